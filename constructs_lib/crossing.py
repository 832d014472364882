"""A model's ARN that another stack uses: it works, and hurts with the next training."""

from collections.abc import Iterator
from typing import Any, Final

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from constructs_lib.stacks import stack_of

# Where the CDK puts the outputs that weak and strong references of other stacks read.
_PUBLISHED_UNDER: Final = ("Publish", "Exports")


def warn_of_crossing_model_arn(scope: Construct, arn: cdk.Reference) -> None:
    """Warns in synthesis if the ARN leaves its stack; a nested stack counts as part of the stack around it."""
    scope.node.add_validation(_CrossingValidation(scope, arn))


@jsii.implements(IValidation)
class _CrossingValidation:
    """A validation, because only after the CDK's own preparation is it known which references cross."""

    def __init__(self, scope: Construct, arn: cdk.Reference) -> None:
        self._scope = scope
        self._arn = arn

    def validate(self) -> list[str]:
        if _crosses(stack_of(self._scope), self._arn):
            cdk.Annotations.of(self._scope).add_warning_v2(
                "constructs_lib:modelArnCrossesStacks",
                "Another stack uses this model's ARN, which changes with every new model: that stack keeps the old one "
                "until it is deployed with a template that has changed, and meanwhile the old model must stay "
                "(RemovalPolicy.RETAIN). Give other stacks the ARN of a CustomModelDeployment, which does not change.",
            )
        return []


def _crosses(stack: cdk.Stack, reference: Any) -> bool:
    value = stack.resolve(reference)
    if any(stack.resolve(output.value) == value for output in _published(stack)):
        return True
    parent, nested = stack.nested_stack_parent, stack.nested_stack_resource
    if parent is None or nested is None:
        return False
    # Out of a nested stack it goes as an output, and from there it may go on.
    carriers = [output for output in _outputs(stack) if stack.resolve(output.value) == value]
    return any(_crosses(parent, nested.get_att(f"Outputs.{stack.resolve(output.logical_id)}")) for output in carriers)


def _published(stack: cdk.Stack) -> Iterator[cdk.CfnOutput]:
    for name in _PUBLISHED_UNDER:
        scope = stack.node.try_find_child(name)
        if scope is not None:
            yield from _outputs(scope)


def _outputs(scope: Any) -> Iterator[cdk.CfnOutput]:
    return (child for child in scope.node.children if isinstance(child, cdk.CfnOutput))
