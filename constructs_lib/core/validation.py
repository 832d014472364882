"""What only synthesis can tell: one validation in each stack, however many constructs have something to ask.

A validation of each construct's own would be a call from the CDK's process, and more of them back, for every model.
"""

from collections.abc import Callable, Iterable
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import IConstruct, IValidation

from constructs_lib.core.scopes import remembered_for_stack

Then = Callable[[Any], Iterable[str]]


def validate_later(scope: IConstruct, value: Any, then: Then) -> None:
    """Hands `then` the value as the scope's stack will write it, None for nothing; what it returns are errors."""
    _questions_of(scope).ask(scope, value, then)


@jsii.implements(IValidation)
class _Questions:
    """A validation comes after the CDK's own preparation: tags are complete, and references across stacks known."""

    def __init__(self, stack: cdk.Stack) -> None:
        self._stack = stack
        self._asked: list[tuple[IConstruct, Any, Then]] = []

    def ask(self, scope: IConstruct, value: Any, then: Then) -> None:
        self._asked.append((scope, value, then))

    def validate(self) -> list[str]:
        # By name, because the CDK leaves what resolves to nothing out of a list.
        values = {str(index): value for index, (_, value, _) in enumerate(self._asked)}
        resolved = self._stack.resolve(values) if values else {}
        return [
            f"[{scope.node.path}] {problem}"
            for index, (scope, _, then) in enumerate(self._asked)
            for problem in then(resolved.get(str(index)))
        ]


@remembered_for_stack
def _questions_of(stack: cdk.Stack) -> _Questions:
    questions = _Questions(stack)
    stack.node.add_validation(questions)
    return questions
