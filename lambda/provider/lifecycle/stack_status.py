"""Whether the stack still wants what it asked for: read from its own status and its parents'."""

import enum
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider.aws import errors
from provider.aws.clients import CloudFormation
from provider.cloudformation.request import Request
from provider.cloudformation.result import Cause, NotYet

_GROWING: Final = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
_CLEANING: Final = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

# With OnFailure=DELETE a failed creation goes straight to its deletion, and only the root's reason tells. A nested
# stack may still show why its own creation had failed, days before somebody deletes it.
_FAILED_CREATION: Final = "failed to create"
# The URL tells whole seconds, and the two times may come from two clocks. That LastUpdatedTime is the beginning of an
# operation is an assumption (docs/assumptions.md: last-updated-time-is-the-beginning).
_SLACK_SECONDS: Final = 30


class StackState(enum.Enum):
    """What the stack and its parents are doing, as far as the provider cares."""

    DEPLOYING = "being created or updated"
    ROLLING_BACK = "rolling back"
    CLEANING = "cleaning up after an update"
    DELETING = "being deleted"
    SETTLED = "not being created or updated"
    MOVED_ON = "in a later operation than the one that asked for this"
    GONE = "gone"
    UNREADABLE = "unreadable"


def read(cloudformation: CloudFormation, request: Request, *, again: bool = False) -> StackState:
    """The state that counts for this event: of a nested stack, its parents' is often the one that tells.

    A nested stack that its parent rolls back is itself being deleted, or only updated. And an event may come so late
    that its stack is in the next operation already, which has asked for nothing of the kind.

    Read once for an event, because DescribeStacks takes few calls a second from a whole account. `again` reads anew.
    """
    if again:
        request.stacks_read.clear()
    own = _described(cloudformation, request, request.stack_id)
    if isinstance(own, dict) and _is_older(request, own):
        return StackState.MOVED_ON
    described = [_described(cloudformation, request, stack_id) for stack_id in request.stack_ids]
    return StackState.ROLLING_BACK if _is_failed_creation(described[-1]) else _decisive([*map(_state, described)])


def _decisive(states: list[StackState]) -> StackState:
    for decisive in (StackState.UNREADABLE, StackState.ROLLING_BACK):
        if decisive in states:
            return decisive
    ending = (state for state in states if state in (StackState.DELETING, StackState.CLEANING))
    other = (state for state in states if state is not StackState.DEPLOYING)
    return next(ending, None) or next(other, StackState.DEPLOYING)


def known(cloudformation: CloudFormation, request: Request, *, otherwise: str) -> StackState:
    """The same, tried again for half an hour while it cannot be read. `otherwise` says what was not done for it."""
    state = read(cloudformation, request)
    if state is StackState.UNREADABLE:
        give_up = f"For half an hour, the state of the stack could not be read; {otherwise}."
        raise NotYet(
            "the stack cannot be read", cause=Cause.STACK_UNREADABLE, give_up=give_up, patience=30 * 60, seconds=30
        )
    return state


def is_rolling_back(cloudformation: CloudFormation, request: Request) -> bool:
    """Whether a rollback is under way. Tried again while it cannot be read: the answer decides about money."""
    return known(cloudformation, request, otherwise="nothing was started") is StackState.ROLLING_BACK


def exists(cloudformation: CloudFormation, stack_id: str) -> bool:
    """Whether the stack is still there; a stack that cannot be read counts as there."""
    return _state(_describe(cloudformation, stack_id)) is not StackState.GONE


def takes_what_is_retained(cloudformation: CloudFormation, request: Request) -> bool:
    """Whether a rollback under way deletes what was newly created also where its policy says Retain."""
    found = [_described(cloudformation, request, stack_id) for stack_id in request.stack_ids]
    return any(isinstance(each, dict) and bool(each.get("RetainExceptOnCreate")) for each in found)


def ends_failed_creation(cloudformation: CloudFormation, request: Request) -> bool:
    """Whether the deletion under way ends a creation that failed, so that it is still a part of its rollback.

    CloudFormation takes a stack whose rollback failed no further: it is deleted to be made again, and the CDK CLI does
    so. Then what the rollback could not delete gets a Delete which only the events of the stack tell from a user's.
    """
    root, page = request.stack_ids[-1], dict[str, str]()
    while True:
        try:
            listed = cloudformation.describe_stack_events(StackName=root, **page)
        except ClientError as error:
            if _is_missing(error):
                return False
            raise
        for event in listed["StackEvents"]:
            if event.get("PhysicalResourceId") != root:
                continue
            status, reason = event["ResourceStatus"], str(event.get("ResourceStatusReason", ""))
            if not status.startswith("DELETE_"):
                return bool(status == "ROLLBACK_FAILED")
            if _FAILED_CREATION in reason:
                return True
        if not listed.get("NextToken"):
            return False
        page = {"NextToken": listed["NextToken"]}


def is_replaced(cloudformation: CloudFormation, request: Request) -> bool:
    """Whether the stack holds the resource under another physical id; if that cannot be read, it counts as held."""
    try:
        current = held_id(cloudformation, request)
    except (ClientError, BotoCoreError):
        return True
    return current not in ("", request.physical_id)


def held_id(cloudformation: CloudFormation, request: Request) -> str:
    """The physical id that the stack holds for this resource now; empty if it holds none."""
    try:
        detail = cloudformation.describe_stack_resource(
            StackName=request.stack_id, LogicalResourceId=request.logical_id
        )["StackResourceDetail"]
    except ClientError as error:
        if "does not exist" in errors.message(error):
            return ""
        raise
    return str(detail.get("PhysicalResourceId") or "")


def holders(cloudformation: CloudFormation, stack_id: str, physical_id: str) -> list[str]:
    """The logical ids under which that stack holds this physical id; none if the stack is gone."""
    found: list[str] = []
    page: dict[str, Any] = {}
    while True:
        try:
            listed = cloudformation.list_stack_resources(StackName=stack_id, **page)
        except ClientError as error:
            if "does not exist" in errors.message(error):
                return found
            raise
        found += [
            each["LogicalResourceId"]
            for each in listed["StackResourceSummaries"]
            if each.get("PhysicalResourceId") == physical_id and each.get("ResourceStatus") != "DELETE_COMPLETE"
        ]
        if not listed.get("NextToken"):
            return found
        page = {"NextToken": listed["NextToken"]}


def is_held_elsewhere(cloudformation: CloudFormation, request: Request, physical_id: str) -> bool:
    """Whether another stack than the one of the event holds this physical id."""
    try:
        found = cloudformation.describe_stack_resources(PhysicalResourceId=physical_id)["StackResources"]
    except ClientError as error:
        if "does not exist" in errors.message(error):
            return False
        raise
    return any(each["PhysicalResourceId"] == physical_id and each["StackId"] != request.stack_id for each in found)


def _describe(cloudformation: CloudFormation, stack_id: str) -> dict[str, Any] | StackState:
    """What CloudFormation tells of the stack, or why it does not."""
    try:
        stacks = cloudformation.describe_stacks(StackName=stack_id)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        return StackState.GONE if _is_missing(error) else StackState.UNREADABLE
    return stacks[0] if stacks else StackState.GONE


def _is_missing(error: ClientError | BotoCoreError) -> bool:
    return errors.code(error) == "ValidationError" and "does not exist" in errors.message(error)


def _described(cloudformation: CloudFormation, request: Request, stack_id: str) -> dict[str, Any] | StackState:
    if stack_id not in request.stacks_read:
        request.stacks_read[stack_id] = _describe(cloudformation, stack_id)
    found: dict[str, Any] | StackState = request.stacks_read[stack_id]
    return found


def _state(described: dict[str, Any] | StackState) -> StackState:
    if not isinstance(described, dict):
        return described
    return _classify(described["StackStatus"])


def _is_failed_creation(root: dict[str, Any] | StackState) -> bool:
    is_deleting = _state(root) is StackState.DELETING
    return is_deleting and isinstance(root, dict) and _FAILED_CREATION in str(root.get("StackStatusReason", ""))


def _is_older(request: Request, stack: dict[str, Any]) -> bool:
    """Whether the event was sent before the operation began that the stack is in, or was in last."""
    sent, began = request.sent, stack.get("LastUpdatedTime") or stack.get("CreationTime")
    if sent is None or not isinstance(began, datetime):
        return False
    return (began - sent).total_seconds() > _SLACK_SECONDS


def _classify(status: str) -> StackState:
    if status in _GROWING:
        return StackState.DEPLOYING
    if status == _CLEANING:
        return StackState.CLEANING
    # UPDATE_ROLLBACK_COMPLETE is a resting state; every rollback under way, its cleanup included, ends like this.
    if "ROLLBACK" in status and status.endswith("_IN_PROGRESS"):
        return StackState.ROLLING_BACK
    if status == "DELETE_COMPLETE":
        return StackState.GONE
    return StackState.DELETING if status.startswith("DELETE_") else StackState.SETTLED
