"""The tags of the stacks around a construct, as a property of a custom resource."""

from typing import Any

import aws_cdk as cdk
import jsii

from constructs_lib.core.scopes import remembered_for_stack, stacks_around


@remembered_for_stack
def tags_of_stacks_around(stack: cdk.Stack) -> cdk.IResolvable:
    """One list of tags for each stack, the innermost first; nothing at all while none of them has a tag.

    CloudFormation gives a stack's tags to every resource in it and hands them down to nested stacks, but custom
    resources get none of them.
    """
    return cdk.Lazy.uncached_any(_StackTags(stacks_around(stack)))


@jsii.implements(cdk.IAnyProducer)
class _StackTags:
    """Asked whenever the template is written: a stack may get tags after its last construct is made."""

    def __init__(self, stacks: list[cdk.Stack]) -> None:
        self._stacks = stacks

    def produce(self, context: cdk.IResolveContext) -> Any:  # noqa: ARG002  the interface's signature
        if not any(stack.tags.has_tags() for stack in self._stacks):
            return None
        # The CDK's own tokens, so that what a value refers to is found by the CDK itself.
        return [stack.tags.rendered_tags for stack in self._stacks]
