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
    return cdk.Lazy.uncached_any(_StackTags(stack))


@remembered_for_stack
def rendered_tags_around(stack: cdk.Stack) -> list[cdk.IResolvable]:
    """The CDK's own token for the tags of each of these stacks, which resolves to nothing while there is none."""
    return [around.tags.rendered_tags for around in stacks_around(stack)]


@jsii.implements(cdk.IAnyProducer)
class _StackTags:
    """Asked whenever the template is written: a stack may get tags after its last construct is made."""

    def __init__(self, stack: cdk.Stack) -> None:
        # Once and not at each question: every one is a call to the CDK's process.
        self._managers = [around.tags for around in stacks_around(stack)]
        # The CDK's own tokens, so that what a value refers to is found by the CDK itself.
        self._rendered = rendered_tags_around(stack)

    def produce(self, context: cdk.IResolveContext) -> Any:  # noqa: ARG002  the interface's signature
        return self._rendered if any(manager.has_tags() for manager in self._managers) else None
