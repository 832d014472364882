"""Whether the stack still wants what it asked for: read from its own status and its parents'."""

import enum
from collections.abc import Iterable
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from provider import errors
from provider.clients import CloudFormation
from provider.outcome import NotYet
from provider.request import Request

_GROWING: Final = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


class StackState(enum.Enum):
    """What the stack and its parents are doing, as far as the provider cares."""

    GROWING = "being created or updated"
    ROLLING_BACK = "rolling back"
    DELETING = "being deleted"
    SETTLED = "not being created or updated"
    GONE = "gone"
    UNREADABLE = "unreadable"


def read(cloudformation: CloudFormation, stack_ids: Iterable[str]) -> StackState:
    """The state that counts: a nested stack that its parent rolls back is itself being deleted, or only updated."""
    states = [_read_one(cloudformation, stack_id) for stack_id in stack_ids]
    for decisive in (StackState.UNREADABLE, StackState.ROLLING_BACK):
        if decisive in states:
            return decisive
    return next((state for state in states if state is not StackState.GROWING), StackState.GROWING)


def is_rolling_back(cloudformation: CloudFormation, stack_ids: Iterable[str]) -> bool:
    """Whether a rollback is under way. Tried again while it cannot be read: the answer decides about money."""
    state = read(cloudformation, stack_ids)
    if state is StackState.UNREADABLE:
        reason = "whether the stack rolls back could not be read"
        raise NotYet(reason, give_up=f"For half an hour, {reason}; nothing was started.", patience=30 * 60, seconds=30)
    return state is StackState.ROLLING_BACK


def exists(cloudformation: CloudFormation, stack_id: str) -> bool:
    """Whether the stack is still there; a stack that cannot be read counts as there."""
    return _read_one(cloudformation, stack_id) is not StackState.GONE


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


def _read_one(cloudformation: CloudFormation, stack_id: str) -> StackState:
    try:
        stacks = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        missing = errors.code(error) == "ValidationError" and "does not exist" in errors.message(error)
        return StackState.GONE if missing else StackState.UNREADABLE
    return _classify(stacks[0]["StackStatus"]) if stacks else StackState.GONE


def _classify(status: str) -> StackState:
    if status in _GROWING:
        return StackState.GROWING
    # UPDATE_ROLLBACK_COMPLETE is a resting state; every rollback under way, its cleanup included, ends like this.
    if "ROLLBACK" in status and status.endswith("_IN_PROGRESS"):
        return StackState.ROLLING_BACK
    if status == "DELETE_COMPLETE":
        return StackState.GONE
    return StackState.DELETING if status.startswith("DELETE_") else StackState.SETTLED
