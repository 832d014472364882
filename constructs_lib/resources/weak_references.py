"""References to what changes with every new model, as they leave their stack.

CloudFormation refuses to change an export in use, so with a strong one every new model would fail after it was paid
for.
"""

import aws_cdk as cdk

from constructs_lib.core.scopes import remembered, stack_of


def refer_weakly(resource: cdk.CfnResource) -> None:
    """Other stacks read the attributes of this resource when they are deployed; nothing holds them."""
    cdk.CrossStackReferences.of(resource).produce(cdk.ReferenceStrength.WEAK)
    _leave_weakly(stack_of(resource))


@remembered
def _leave_weakly(stack: cdk.Stack) -> None:
    """What leaves a nested stack is an attribute of that stack's own resource."""
    nested = stack.nested_stack_resource
    if nested is not None:
        refer_weakly(nested)
