"""Statements of IAM policies as plain values: the CDK's own objects cost a call to its process each, these none."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from constructs_lib.stacks import remembered, stack_of

# Where `iam.Role.customize_roles` leaves what it is told.
_CUSTOMIZE_ROLES: Final = "@aws-cdk/iam:customizeRoles"
# IAM takes 128 characters, of which an id that ends in a construct's address takes 50.
_READABLE_MAX: Final = 68


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What is allowed. Resources and conditions may hold tokens."""

    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it stands in a policy document, as the CDK would write it."""
        return {
            "Action": _bare(self.actions),
            "Effect": "Allow",
            "Resource": _bare(self.resources),
            **({"Condition": dict(self.conditions)} if self.conditions else {}),
        }

    def to_policy_statement(self) -> iam.PolicyStatement:
        """The CDK's own object, for roles that are not the library's."""
        return iam.PolicyStatement.from_json(self.to_json())


def policy_document(statements: Iterable[Statement]) -> dict[str, Any]:
    """A policy that says once what is allowed on several resources: IAM counts the characters."""
    alike: dict[str, Statement] = {}
    for each in statements:
        key = json.dumps([each.actions, each.conditions])
        before = alike[key].resources if key in alike else ()
        alike[key] = replace(each, resources=list(dict.fromkeys([*before, *each.resources])))
    return {"Statement": [each.to_json() for each in alike.values()], "Version": "2012-10-17"}


def wildcards(statements: Iterable[Statement]) -> list[str]:
    """The resources that hold one."""
    return [resource for each in statements for resource in each.resources if "*" in resource]


def inline_policy(
    scope: Construct, id: str, *, name: str, role: iam.IRole, role_name: str, statements: Iterable[Statement]
) -> iam.CfnPolicy | None:
    """An inline policy of a role; `name` has to be the only one of its role.

    None under `iam.Role.customize_roles`: somebody else makes the policies, and the CDK reports what has to be in them.
    """
    if customizes_roles(scope):
        allow(role, statements)
        return None
    return iam.CfnPolicy(scope, id, policy_name=name, policy_document=policy_document(statements), roles=[role_name])


def allow(role: iam.IRole, statements: Iterable[Statement]) -> None:
    """Adds the statements to a role in the CDK's own way, as far as it may."""
    for statement in statements:
        role.add_to_principal_policy(statement.to_policy_statement())


def customizes_roles(scope: IConstruct) -> bool:
    """Whether the app leaves roles and policies to somebody else."""
    return _customizes_roles(stack_of(scope))


@remembered
def _customizes_roles(stack: IConstruct) -> bool:
    return bool(stack.node.try_get_context(_CUSTOMIZE_ROLES))


def policy_name(id: str, path: str) -> str:
    """A name for the policy of this id at a path, which no other path has: IAM takes only some of its characters."""
    digest = hashlib.sha256(path.encode()).hexdigest()[:8]
    readable = re.sub(r"[^\w+=,.@-]", "-", path, flags=re.ASCII)
    return f"{id}-{readable[-_READABLE_MAX:]}-{digest}"


def _bare(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
