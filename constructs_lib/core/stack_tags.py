"""The tags of the stacks around a construct, as properties of a custom resource.

CloudFormation gives a stack's tags to every resource in it and hands them down to nested stacks, but custom resources
get none of them.
"""

from collections.abc import Mapping

import aws_cdk as cdk

from constructs_lib.core.contract import PARENT_STACK_TAGS, STACK_TAGS
from constructs_lib.core.scopes import remembered_for_stack, stacks_around


@remembered_for_stack
def rendered_tags_around(stack: cdk.Stack) -> list[cdk.IResolvable]:
    """The tags of each of these stacks, the innermost first.

    They are the CDK's own tokens: a stack may get tags after its last construct is made, and one without tags resolves
    to nothing.
    """
    return [around.tags.rendered_tags for around in stacks_around(stack)]


@remembered_for_stack
def stack_tags_properties(stack: cdk.Stack) -> Mapping[str, cdk.IResolvable | list[cdk.IResolvable]]:
    """The stack's own, absent while it has none, and in a nested stack those of the stacks around it."""
    own, *parents = rendered_tags_around(stack)
    return {STACK_TAGS: own, PARENT_STACK_TAGS: parents} if parents else {STACK_TAGS: own}
