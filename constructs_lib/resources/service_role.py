"""Service roles: Amazon Bedrock assumes them to read and write data; here is what they trust and may do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct

from constructs_lib.core.contract import PREFIX
from constructs_lib.core.iam_policy import Statement, inline_policy
from constructs_lib.core.kms_keys import allow_serving, warn_of_imported_key
from constructs_lib.core.nag import acknowledge_service_role
from constructs_lib.core.scopes import environment_of, remembered_for_stack
from constructs_lib.core.validation import validate_later
from constructs_lib.provider.model_provider import ModelProvider

BEDROCK: Final = "bedrock.amazonaws.com"


def bedrock_principal(scope: IConstruct, *, source_arn: str | None = None) -> iam.IPrincipal:
    """Amazon Bedrock, when it acts for this account (and, if given, for resources of this ARN pattern).

    The same for all roles of a stack that trust it alike.
    """
    made = _principals_of(scope)
    if source_arn not in made:
        conditions: dict[str, object] = {"StringEquals": {"aws:SourceAccount": environment_of(scope).account}}
        if source_arn:
            conditions["ArnEquals"] = {"aws:SourceArn": source_arn}
        made[source_arn] = iam.ServicePrincipal(BEDROCK, conditions=conditions)
    return made[source_arn]


@remembered_for_stack
def _principals_of(stack: cdk.Stack) -> dict[str | None, iam.IPrincipal]:
    del stack
    return {}


def warn_of_given_role(scope: Construct, role: iam.IRole, needed: str) -> None:
    """The trust policy of an imported role is out of reach, and CDK may not be allowed to add to its permissions. That
    of a role of the app is looked at.
    """
    if cdk.Resource.is_owned_resource(role):
        trust = getattr(role, "assume_role_policy", None)
        if trust is not None:
            validate_later(scope, trust, lambda document: _warn_of_trust(scope, document))
        return
    cdk.Annotations.of(scope).add_warning_v2(
        f"{PREFIX}importedRole",
        f"The trust policy of an imported role can't be checked from here: it must let {BEDROCK} assume it, with "
        f"aws:SourceAccount of this account (see service_principal()), and the role must allow {needed}.",
    )


def _warn_of_trust(scope: Construct, document: Mapping[str, Any] | None) -> Iterable[str]:
    # In synthesis only: until then the app may add to the policy.
    principals = [each.get("Principal") for each in (document or {}).get("Statement", ()) if each["Effect"] == "Allow"]
    # A principal that only the deployment knows is an object there, and may be Bedrock.
    services = [service for each in principals for service in _services_of(each)]
    if all(isinstance(service, str) and service not in (BEDROCK, "*") for service in services):
        cdk.Annotations.of(scope).add_warning_v2(
            f"{PREFIX}roleTrust",
            f"The role's trust policy does not let {BEDROCK} assume it, so nothing could start. Make it with "
            "assumed_by=service_principal(scope) of the construct's class, or leave role out.",
        )
    return ()


def _services_of(principal: Any) -> list[Any]:
    if not isinstance(principal, Mapping):
        return [principal]
    found = principal.get("Service", [])
    return list(found) if isinstance(found, list) else [found]


def make_service_role(
    scope: Construct, *, principal: iam.IPrincipal, description: str, statements: Sequence[Statement]
) -> iam.Role:
    """A role of the library's own with these permissions in a policy beside those that users grant it."""
    role = iam.Role(scope, "ServiceRole", assumed_by=principal, description=description)
    inline_policy(role, "Permissions", name="Permissions", role=role, role_name=role.role_name, statements=statements)
    acknowledge_service_role(scope, statements)
    return role


def allow_model_key(scope: Construct, key: kms.IKey, role: iam.IRole | None, *, provisioned: bool = True) -> None:
    """Lets the provider use a model's key through Bedrock, and Bedrock itself serve a model that can be `provisioned`
    with throughput.
    """
    provider = ModelProvider.of(scope)
    provider.allow_key(scope, key)
    if provisioned:
        allow_serving(key)
    warn_of_imported_key(scope, key, [provider.role, *([role] if role else [])], provisioned=provisioned)
