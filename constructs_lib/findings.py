"""Findings of security rule packs (cdk-nag) in this library's own resources, each answered beside its resource.

The answers are the CDK's own acknowledgements, so nobody needs a rule pack for them. Each names one rule and stands on
one resource of the library: what a user adds is found as ever, and a wildcard only where the library itself wrote it.
"""

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import IConstruct, IValidation

from constructs_lib.stacks import stack_of

_PACKS: Final = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")

_INLINE: Final = (
    "An inline policy belongs to exactly one role and goes with it; a managed one could be attached elsewhere. AWS "
    "recommends inline policies for such a strict one-to-one relation."
)


def accept(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledges rules on a construct. A name without a pack in front stands for the rule in each compliance pack."""
    acknowledged = [
        cdk.Acknowledgment(id=finding, reason=reason)
        for rule, reason in reasons.items()
        for finding in ([rule] if "-" in rule else [f"{pack}-{rule}" for pack in _PACKS])
    ]
    cdk.Validations.of(construct).acknowledge(*acknowledged)


def accept_inline_policy(construct: IConstruct) -> None:
    """For a policy, or for a role and its policies."""
    accept(construct, {"IAMNoInlinePolicy": _INLINE})


def accept_wildcards(scope: IConstruct, reason_for: Callable[[str], str | None]) -> None:
    """Acknowledges wildcards in the resources of the policies below a scope: those that there is a reason for."""
    scope.node.add_validation(_Wildcards(scope, reason_for))


def accept_service_role(role: iam.IRole, statements: Iterable[iam.PolicyStatement]) -> None:
    """For a role that the library makes: the wildcards in the statements that the library gives it, and no others."""
    ours = [resource for statement in statements for resource in statement.resources]

    @functools.cache
    def written() -> set[str]:
        return {_flat(arn) for arn in stack_of(role).resolve(ours)}

    def reason(resource: str) -> str | None:
        return _DATA if resource in written() else None

    accept_inline_policy(role)
    accept_wildcards(role, reason)


_DATA: Final = (
    "What the documentation of Amazon Bedrock asks for, and only while Bedrock assumes the role for this account: "
    "objects below the given prefix, a teacher in every Region of its profile, network interfaces that Bedrock makes."
)


@jsii.implements(IValidation)
class _Wildcards:
    """A validation, because a finding is named after the resolved ARN: only now are references across stacks known."""

    def __init__(self, scope: IConstruct, reason_for: Callable[[str], str | None]) -> None:
        self._scope = scope
        self._reason_for = reason_for

    def validate(self) -> list[str]:
        found = {resource: self._reason_for(resource) for resource in self._resources() if "*" in resource}
        accept(
            self._scope,
            {f"AwsSolutions-IAM5[Resource::{resource}]": reason for resource, reason in found.items() if reason},
        )
        return []

    def _resources(self) -> Iterable[str]:
        for child in self._scope.node.find_all():
            if isinstance(child, iam.CfnPolicy | iam.CfnManagedPolicy):
                document = stack_of(child).resolve(child.policy_document)
                for statement in document["Statement"]:
                    resources = statement["Resource"]
                    yield from map(_flat, resources if isinstance(resources, list) else [resources])


def _flat(value: Any) -> str:  # noqa: PLR0911  one for each intrinsic function
    """An ARN as rule packs write it into the id of a finding."""
    if isinstance(value, str):
        return value.replace("${", "<").replace("}", ">")
    match value:
        case {"Fn::Join": [str() as separator, parts]}:
            return separator.join(map(_flat, parts))
        case {"Fn::Sub": text}:
            return _flat(text)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{_flat(name)}.{_flat(attribute)}>"
        case {"Fn::ImportValue": name}:
            return _flat(name)
        case {"Ref": name}:
            return f"<{_flat(name)}>"
    return json.dumps(value, separators=(",", ":"))
