"""Scopes: a construct's stack, its path in the root stack, its environment, and the stacks around a nested one.

Constructs never move, and each question is a call to the CDK's process, so an answer is kept with its construct.
"""

import functools
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import aws_cdk as cdk
from constructs import IConstruct

from constructs_lib.core.contract import PARENT_STACKS

_C = TypeVar("_C")
_T = TypeVar("_T")


class remembered(Generic[_C, _T]):  # noqa: N801  a decorator
    """A function of one construct that runs once for each construct. Its results live as long as their construct."""

    def __init__(self, function: Callable[[_C], _T]) -> None:
        self._function = function
        self._results: weakref.WeakKeyDictionary[_C, _T] = weakref.WeakKeyDictionary()
        functools.update_wrapper(self, function)

    def __call__(self, construct: _C) -> _T:
        """The result of the first call."""
        if construct not in self._results:
            self._results[construct] = self._function(construct)
        return self._results[construct]


def remembered_for_stack(function: Callable[[cdk.Stack], _T]) -> Callable[[IConstruct], _T]:
    """A function of a stack that may be asked of anything in the stack, and runs once for each stack."""
    of_stack = remembered(function)

    @functools.wraps(function)
    def of_scope(scope: IConstruct) -> _T:
        return of_stack(stack_of(scope))

    return of_scope


@remembered
def stack_of(scope: IConstruct) -> cdk.Stack:
    """The stack around the construct."""
    return scope if isinstance(scope, cdk.Stack) else cdk.Stack.of(scope)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where a stack is deployed to; what is known only then are the CDK's pseudo parameters."""

    account: str
    region: str
    partition: str

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """An ARN in it, of a `resource` as `kind/name`."""
        where = f"{self.region if region is None else region}:{self.account if account is None else account}"
        return f"arn:{self.partition}:{service}:{where}:{resource}"


@remembered_for_stack
def environment_of(stack: cdk.Stack) -> Environment:
    """The environment of the stack around a construct."""
    return Environment(account=stack.account, region=stack.region, partition=stack.partition)


def stacks_around(scope: IConstruct) -> list[cdk.Stack]:
    """The stack of the construct, then the stacks around that one, the root last."""
    stack = stack_of(scope)
    return [stack, *_parents(stack)]


@functools.cache
def stack_id() -> str:
    """The id of whatever stack it is used in, known at deployment."""
    return cdk.Aws.STACK_ID


def stack_uuid() -> str:
    """The end of the stack's id. No two stacks share it, also not of one name."""
    return cdk.Fn.select(2, cdk.Fn.split("/", stack_id()))


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
    root = stacks_around(scope)[-1]
    return _path(scope).removeprefix(_path(root)).lstrip("/")


@remembered
def _path(scope: IConstruct) -> str:
    return scope.node.path


@remembered
def _parents(stack: cdk.Stack) -> list[cdk.Stack]:
    parent = stack.nested_stack_parent
    return [parent, *_parents(parent)] if parent else []
