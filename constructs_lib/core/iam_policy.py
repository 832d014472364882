"""Statements of IAM policies as plain values: the CDK's own objects cost a call to its process each, these none."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.core.scopes import remembered_for_stack

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
    """A policy that says everything once: IAM counts the characters. It allows exactly what the statements do."""
    by_actions = _united(statements, "actions", "resources")
    alike = _united(_without_repetition(by_actions), "resources", "actions")
    return {"Statement": [each.to_json() for each in alike], "Version": "2012-10-17"}


def _united(statements: Iterable[Statement], same: str, united: str) -> list[Statement]:
    """One statement for all with the same of this, under the same conditions."""
    alike: dict[str, Statement] = {}
    for each in statements:
        key = json.dumps([getattr(each, same), each.conditions])
        before = getattr(alike[key], united) if key in alike else ()
        together: dict[str, Any] = {united: list(dict.fromkeys([*before, *getattr(each, united)]))}
        alike[key] = replace(each, **together)
    return list(alike.values())


def _without_repetition(statements: Sequence[Statement]) -> Iterator[Statement]:
    """Each without the resources on which another one allows the same actions and more, under the same conditions."""
    for each in statements:
        wider = [
            other.resources
            for other in statements
            if set(each.actions) < set(other.actions) and each.conditions == other.conditions
        ]
        left = [resource for resource in each.resources if not any(resource in covered for covered in wider)]
        if left:
            yield replace(each, resources=left)


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


@remembered_for_stack
def customizes_roles(stack: cdk.Stack) -> bool:
    """Whether the app leaves roles and policies to somebody else (`iam.Role.customize_roles`)."""
    return bool(stack.node.try_get_context(_CUSTOMIZE_ROLES))


def policy_name(id: str, path: str) -> str:
    """A name for the policy of this id at a path, which no other path has: IAM takes only some of its characters."""
    digest = hashlib.sha256(path.encode()).hexdigest()[:8]
    readable = re.sub(r"[^\w+=,.@-]", "-", path, flags=re.ASCII)
    return f"{id}-{readable[-_READABLE_MAX:]}-{digest}"


def _bare(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
