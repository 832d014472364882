"""Service roles: whom Amazon Bedrock becomes to read data, and what that role may do."""

from collections.abc import Iterable
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.encryption import allow_serving, model_key_statement, warn_of_imported_key
from constructs_lib.provider import ModelProvider
from constructs_lib.stacks import stack_of

BEDROCK: Final = "bedrock.amazonaws.com"


def bedrock_principal(scope: Construct, *, source_arn: str | None = None) -> iam.IPrincipal:
    """Amazon Bedrock, when it acts for this account (and, if given, for resources of this ARN pattern)."""
    conditions: dict[str, object] = {"StringEquals": {"aws:SourceAccount": stack_of(scope).account}}
    if source_arn:
        conditions["ArnEquals"] = {"aws:SourceArn": source_arn}
    return iam.ServicePrincipal(BEDROCK).with_conditions(conditions)


def warn_of_imported_role(scope: Construct, role: iam.IRole, needed: str) -> None:
    """The trust policy of an imported role is out of reach, and CDK may not be allowed to add to its permissions."""
    if cdk.Resource.is_owned_resource(role):
        return
    cdk.Annotations.of(scope).add_warning_v2(
        "constructs_lib:importedRole",
        f"The trust policy of an imported role can't be checked from here: it must let {BEDROCK} assume it, with "
        f"aws:SourceAccount of this account (see service_principal()), and the role must allow {needed}.",
    )


def allow(role: iam.IRole, statements: Iterable[iam.PolicyStatement]) -> None:
    """Adds the statements to the role's policy, as far as the CDK may."""
    for statement in statements:
        if isinstance(role, iam.Role):
            # The same as the other, without its two answers, which are calls to the CDK's process each.
            role.add_to_policy(statement)
        else:
            role.add_to_principal_policy(statement)


def allow_model_key(scope: Construct, key: kms.IKey, role: iam.IRole | None) -> None:
    """Lets provider and service role use a model's key through Bedrock, and Bedrock itself serve the model."""
    provider = ModelProvider.of(scope)
    provider.allow_key(scope, key)
    if role:
        allow(role, [model_key_statement(scope, key)])
    allow_serving(key)
    warn_of_imported_key(scope, key, [provider.role, *([role] if role else [])])
