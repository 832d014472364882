"""Where a construct stands: its path in the root stack, and the stacks around a nested one."""

import aws_cdk as cdk
from constructs import IConstruct

from constructs_lib.contract import PARENT_STACKS


def parent_stack_ids(scope: IConstruct) -> list[str]:
    """The ids of the stacks around a nested one, the root last."""
    return [parent.stack_id for parent in _parents(scope)]


def parent_stacks_property(scope: IConstruct) -> dict[str, list[str]]:
    """The same as a property: the provider reads there whether a rollback is under way. Absent in a root stack."""
    ids = parent_stack_ids(scope)
    return {PARENT_STACKS: ids} if ids else {}


def path_in_root_stack(scope: IConstruct) -> str:
    """The construct's path below its root stack: the same wherever the app puts that stack."""
    root = [cdk.Stack.of(scope), *_parents(scope)][-1]
    return scope.node.path.removeprefix(root.node.path).lstrip("/")


def _parents(scope: IConstruct) -> list[cdk.Stack]:
    parents = []
    parent = cdk.Stack.of(scope).nested_stack_parent
    while parent is not None:
        parents.append(parent)
        parent = parent.nested_stack_parent
    return parents
