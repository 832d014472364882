"""Where a construct stands: its stack, its path in the root stack, and the stacks around a nested one.

Constructs never move, and each question is a call to the CDK's own process, so answers are remembered.
"""

import functools
import weakref
from collections.abc import Callable
from typing import TypeVar

import aws_cdk as cdk
from constructs import IConstruct

from constructs_lib.contract import PARENT_STACKS

_T = TypeVar("_T")


def remembered(question: Callable[[IConstruct], _T]) -> Callable[[IConstruct], _T]:
    """Asks once for each construct."""
    answers: weakref.WeakKeyDictionary[IConstruct, _T] = weakref.WeakKeyDictionary()

    @functools.wraps(question)
    def asked(construct: IConstruct) -> _T:
        if construct not in answers:
            answers[construct] = question(construct)
        return answers[construct]

    return asked


@remembered
def stack_of(scope: IConstruct) -> cdk.Stack:
    """The stack around the construct."""
    return cdk.Stack.of(scope)


def parent_stack_ids(scope: IConstruct) -> list[str]:
    """The ids of the stacks around a nested one, the root last."""
    return [parent.stack_id for parent in _parents(stack_of(scope))]


def parent_stacks_property(scope: IConstruct) -> dict[str, list[str]]:
    """The same as a property: the provider reads there whether a rollback is under way. Absent in a root stack."""
    ids = parent_stack_ids(scope)
    return {PARENT_STACKS: ids} if ids else {}


@remembered
def path_in_root_stack(scope: IConstruct) -> str:
    """The construct's path below its root stack: the same wherever the app puts that stack."""
    stack = stack_of(scope)
    root = [stack, *_parents(stack)][-1]
    return _path(scope).removeprefix(_path(root)).lstrip("/")


@remembered
def _path(scope: IConstruct) -> str:
    return scope.node.path


@remembered
def _parents(stack: IConstruct) -> list[cdk.Stack]:
    assert isinstance(stack, cdk.Stack)  # noqa: S101  only ever asked about one
    parent = stack.nested_stack_parent
    return [parent, *_parents(parent)] if parent else []
