"""Whether the stack still wants what it asked for: read from its own status and its parents'."""

import enum
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider import errors
from provider.clients import CloudFormation
from provider.outcome import NotYet
from provider.request import Request

_GROWING: Final = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
_CLEANING: Final = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

# When CloudFormation sent an event stands nowhere but in the URL that it signed for the answer.
_SIGNED: Final = re.compile(r"[?&]X-Amz-Date=(\d{8}T\d{6})Z")
# The URL tells whole seconds, and the two times may come from two clocks.
_SLACK_SECONDS: Final = 30


class StackState(enum.Enum):
    """What the stack and its parents are doing, as far as the provider cares."""

    GROWING = "being created or updated"
    ROLLING_BACK = "rolling back"
    CLEANING = "cleaning up after an update"
    DELETING = "being deleted"
    SETTLED = "not being created or updated"
    MOVED_ON = "in a later operation than the one that asked for this"
    GONE = "gone"
    UNREADABLE = "unreadable"


def read(cloudformation: CloudFormation, request: Request) -> StackState:
    """The state that counts for this event: of a nested stack, its parents' is often the one that tells.

    A nested stack that its parent rolls back is itself being deleted, or only updated. And an event may come so late
    that its stack is in the next operation already, which has asked for nothing of the kind.
    """
    own = _describe(cloudformation, request.stack_id)
    if isinstance(own, dict) and _is_older(request, own):
        return StackState.MOVED_ON
    above = request.stack_ids[1:]
    return _decisive([_state(own), *(_state(_describe(cloudformation, stack_id)) for stack_id in above)])


def _decisive(states: list[StackState]) -> StackState:
    for decisive in (StackState.UNREADABLE, StackState.ROLLING_BACK):
        if decisive in states:
            return decisive
    ending = (state for state in states if state in (StackState.DELETING, StackState.CLEANING))
    other = (state for state in states if state is not StackState.GROWING)
    return next(ending, None) or next(other, StackState.GROWING)


def is_rolling_back(cloudformation: CloudFormation, stack_ids: Iterable[str]) -> bool:
    """Whether a rollback is under way. Tried again while it cannot be read: the answer decides about money."""
    state = _decisive([_state(_describe(cloudformation, stack_id)) for stack_id in stack_ids])
    if state is StackState.UNREADABLE:
        reason = "whether the stack rolls back could not be read"
        raise NotYet(reason, give_up=f"For half an hour, {reason}; nothing was started.", patience=30 * 60, seconds=30)
    return state is StackState.ROLLING_BACK


def exists(cloudformation: CloudFormation, stack_id: str) -> bool:
    """Whether the stack is still there; a stack that cannot be read counts as there."""
    return _state(_describe(cloudformation, stack_id)) is not StackState.GONE


def is_replaced(cloudformation: CloudFormation, request: Request) -> bool:
    """Whether the resource lives on under another physical id; if that cannot be read, it counts as living on."""
    try:
        detail = cloudformation.describe_stack_resource(
            StackName=request.stack_id, LogicalResourceId=request.logical_id
        )["StackResourceDetail"]
    except (ClientError, BotoCoreError) as error:
        return "does not exist" not in errors.message(error)
    current = detail.get("PhysicalResourceId")
    return bool(current) and current != request.physical_id


def name_of(stack_id: str) -> str:
    """The name inside a stack's ARN."""
    return stack_id.split("/")[1]


def _describe(cloudformation: CloudFormation, stack_id: str) -> dict[str, Any] | StackState:
    """What CloudFormation tells of the stack, or why it does not."""
    try:
        stacks = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        missing = errors.code(error) == "ValidationError" and "does not exist" in errors.message(error)
        return StackState.GONE if missing else StackState.UNREADABLE
    return stacks[0] if stacks else StackState.GONE


def _state(described: dict[str, Any] | StackState) -> StackState:
    return _classify(described["StackStatus"]) if isinstance(described, dict) else described


def _is_older(request: Request, stack: dict[str, Any]) -> bool:
    """Whether the event was sent before the operation began that the stack is in, or was in last."""
    signed, began = _SIGNED.search(request.response_url), stack.get("LastUpdatedTime") or stack.get("CreationTime")
    if signed is None or not isinstance(began, datetime):
        return False
    sent = datetime.strptime(f"{signed[1]}+0000", "%Y%m%dT%H%M%S%z")
    return (began - sent).total_seconds() > _SLACK_SECONDS


def _classify(status: str) -> StackState:
    if status in _GROWING:
        return StackState.GROWING
    if status == _CLEANING:
        return StackState.CLEANING
    # UPDATE_ROLLBACK_COMPLETE is a resting state; every rollback under way, its cleanup included, ends like this.
    if "ROLLBACK" in status and status.endswith("_IN_PROGRESS"):
        return StackState.ROLLING_BACK
    if status == "DELETE_COMPLETE":
        return StackState.GONE
    return StackState.DELETING if status.startswith("DELETE_") else StackState.SETTLED
