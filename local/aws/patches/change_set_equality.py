"""Equality of the values that a change set compares."""

from typing import Any

from local.aws.cloudformation.equality import comparable
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.patch import Patch


class ChangeSetEquality(Patch):
    corrects = "ministack compares templates as Python values, to which `1`, `1.0` and `true` are one value."
    aws = "CloudFormation compares them as JSON: a change of a property from `1` to `true` is a change."
    uses = (ministack.resolve_props_for_diff,)

    def apply(self) -> None:
        ministack.resolve_props_for_diff.replace(_resolved)


def _resolved(*arguments: Any) -> dict[str, Any]:
    resources: dict[str, Any] = ministack.resolve_props_for_diff.original(*arguments).get("Resources", {})
    return {"Resources": {name: comparable(definition) for name, definition in resources.items()}}
