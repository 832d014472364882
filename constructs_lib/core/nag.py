"""Findings of security rule packs (cdk-nag) in this library's own resources, each answered beside its resource.

The answers are the CDK's own acknowledgements, so nobody needs a rule pack for them. Each names one rule and stands on
one construct of the library: what a user adds is found as ever, and a wildcard unless the library itself wrote it.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import aws_cdk as cdk
from constructs import IConstruct

from constructs_lib.core.iam_policy import Statement, wildcards
from constructs_lib.core.validation import validate_later

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


def acknowledge_service_role(scope: IConstruct, statements: Iterable[Statement]) -> None:
    """For the role of a model or job: that its policies are inline, and the wildcards in these statements."""
    acknowledge_policies(scope, wildcards(statements), lambda _: _DATA)


def acknowledge_policies(
    scope: IConstruct,
    resources: Sequence[str],
    reason_for: Callable[[str], str | None],
    others: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """For policies below a scope: that they are inline, and those of the wildcard resources that have a reason.

    In synthesis, because a finding is named after the resolved ARN: only then are references across stacks known.
    """

    def acknowledge_all(resolved: Any) -> Iterable[str]:
        reasons = {arn: reason for arn in map(_flat, resolved or []) if (reason := reason_for(arn))}
        found = {f"AwsSolutions-IAM5[Resource::{arn}]": reason for arn, reason in reasons.items()}
        accept(scope, {"IAMNoInlinePolicy": _INLINE, **others, **found})
        return ()

    validate_later(scope, resources, acknowledge_all)


_DATA: Final = (
    "What the documentation of Amazon Bedrock asks for, and only while Bedrock assumes the role for this account: "
    "objects below the given prefix, escrow buckets of the account, a teacher in every Region of its profile, network "
    "interfaces that Bedrock makes."
)


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
