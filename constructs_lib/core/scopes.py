"""Where a construct stands: its stack, its path in the root stack, and the stacks around a nested one.

Constructs never move, and each question is a call to the CDK's own process, so answers are remembered.
"""

import functools
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import aws_cdk as cdk
from constructs import IConstruct

from constructs_lib.core.contract import PARENT_STACKS

_T = TypeVar("_T")


class remembered(Generic[_T]):  # noqa: N801  a decorator
    """Asks once for each construct."""

    def __init__(self, question: Callable[[IConstruct], _T]) -> None:
        self._question = question
        self._answers: weakref.WeakKeyDictionary[IConstruct, _T] = weakref.WeakKeyDictionary()
        functools.update_wrapper(self, question)

    def __call__(self, construct: IConstruct) -> _T:
        """The answer."""
        if construct not in self._answers:
            self._answers[construct] = self._question(construct)
        return self._answers[construct]

    def tell(self, construct: IConstruct, answer: _T) -> None:
        """What follows from another answer need not be asked."""
        self._answers[construct] = answer


def remember_place(construct: IConstruct, scope: IConstruct, id: str) -> None:
    """Says where a construct was just made: in the stack of its scope, and below its path."""
    stack_of.tell(construct, stack_of(scope))
    _path.tell(construct, "/".join(part for part in (_path(scope), id.replace("/", "--")) if part))


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


def environment_of(scope: IConstruct) -> Environment:
    """The environment of the stack around the construct."""
    return _environment(stack_of(scope))


@remembered
def _environment(stack: IConstruct) -> Environment:
    assert isinstance(stack, cdk.Stack)  # noqa: S101  only ever asked about one
    return Environment(account=stack.account, region=stack.region, partition=stack.partition)


def stacks_around(scope: IConstruct) -> list[cdk.Stack]:
    """The stack of the construct, then the stacks around that one, the root last."""
    stack = stack_of(scope)
    return [stack, *_parents(stack)]


def stack_uuid() -> str:
    """The end of the stack's id, known at deployment. No two stacks share it, also not of one name."""
    return cdk.Fn.select(2, cdk.Fn.split("/", cdk.Aws.STACK_ID))


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
def _parents(stack: IConstruct) -> list[cdk.Stack]:
    assert isinstance(stack, cdk.Stack)  # noqa: S101  only ever asked about one
    parent = stack.nested_stack_parent
    return [parent, *_parents(parent)] if parent else []
