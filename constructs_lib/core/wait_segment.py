"""How long one wait is: asked of the context by the waits and by the function that they call."""

import aws_cdk as cdk

from constructs_lib.core import checks
from constructs_lib.core.contract import SEGMENT_CONTEXT, SEGMENT_SECONDS
from constructs_lib.core.scopes import remembered_for_stack


@remembered_for_stack
def seconds_from_context(stack: cdk.Stack) -> int | None:
    """What the context key `bedrock-models:wait_segment_seconds` says; None if nothing, which means 50 minutes.

    Raises `ValueError` unless that is a whole number that leaves room in CloudFormation's hour.
    """
    given = stack.node.try_get_context(SEGMENT_CONTEXT)
    if given is None:
        return None
    checks.require(
        str(given).isdecimal() and 1 <= int(given) <= SEGMENT_SECONDS,
        f"The context key {SEGMENT_CONTEXT} must be a whole number from 1 to {SEGMENT_SECONDS}",
        given,
        "leave it out in an account",
    )
    return int(given)
