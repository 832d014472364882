"""A model's ARN that another stack uses: it works, and hurts with the next training."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.core.contract import PREFIX
from constructs_lib.core.scopes import remembered, stack_of
from constructs_lib.core.validation import validate_later

# Where the CDK puts the outputs that weak and strong references of other stacks read.
_PUBLISHED_UNDER: Final = ("Publish", "Exports")


def warn_of_cross_stack_model_arn(scope: Construct, arn: cdk.Reference, *, is_invoked: bool = False) -> None:
    """Warns in synthesis if the ARN leaves its stack; a nested stack counts as part of the stack around it.

    A model that `is_invoked` by this ARN has no deployment in front of it, whose ARN would stay.
    """
    stable = "the ARN of a CustomModelDeployment, which does not change"
    publish = "with publish_to into a parameter that callers read when they invoke"
    export = f"Write it {publish}" if is_invoked else f"Export {stable}"
    use = f"Write it {publish}." if is_invoked else f"Give other stacks {stable}."

    def warn(value: Any) -> Iterable[str]:
        if any(stack_of(scope).resolve(output.value) == value for output in _exported_by_hand(stack_of(scope))):
            cdk.Annotations.of(scope).add_warning_v2(
                f"{PREFIX}modelArnExported",
                "An output exports this model's ARN, which changes with every new model. CloudFormation refuses to "
                "change an export in use: with an importer every new model fails after it was made. "
                f"{export}, or leave export_name out.",
            )
        if _crosses(stack_of(scope), value):
            cdk.Annotations.of(scope).add_warning_v2(
                f"{PREFIX}modelArnCrossesStacks",
                "Another stack uses this model's ARN, which changes with every new model: that stack keeps the old one "
                "until it is deployed with a template that has changed, and meanwhile the old model must stay "
                f"(RemovalPolicy.RETAIN). {use}",
            )
        return ()

    validate_later(scope, arn, warn)


def _crosses(stack: cdk.Stack, value: Any) -> bool:
    if any(stack.resolve(output.value) == value for output in _published(stack)):
        return True
    parent, nested = stack.nested_stack_parent, stack.nested_stack_resource
    if parent is None or nested is None:
        return False
    # Out of a nested stack it goes as an output, and from there it may go on.
    carriers = [output for output in _outputs(stack) if stack.resolve(output.value) == value]
    attributes = (nested.get_att(f"Outputs.{stack.resolve(output.logical_id)}") for output in carriers)
    return any(_crosses(parent, parent.resolve(attribute)) for attribute in attributes)


def _published(stack: cdk.Stack) -> Iterator[cdk.CfnOutput]:
    for name in _PUBLISHED_UNDER:
        scope = stack.node.try_find_child(name)
        if scope is not None:
            yield from _outputs(scope)


@remembered
def _exported_by_hand(stack: cdk.Stack) -> list[cdk.CfnOutput]:
    """Outputs of users with an export_name, wherever they stand in the stack."""
    own = [child for child in stack.node.children if child.node.id not in _PUBLISHED_UNDER]
    found = [child for child in own if isinstance(child, cdk.CfnOutput)]
    groups = [child for child in own if not isinstance(child, cdk.CfnElement | cdk.Resource | cdk.Stack)]
    deeper = [each for group in groups for each in group.node.find_all() if isinstance(each, cdk.CfnOutput)]
    return [output for output in (*found, *deeper) if output.export_name is not None]


def _outputs(scope: Any) -> Iterator[cdk.CfnOutput]:
    return (child for child in scope.node.children if isinstance(child, cdk.CfnOutput))
