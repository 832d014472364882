"""Rules of CloudFormation for the operations that a stack takes in each status."""

from collections.abc import Callable, Mapping
from typing import Any

from local.aws.cloudformation import equality, stack
from local.aws.cloudformation.resources import Record
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.patch import Patch

# An operation without rollback failed: the stack can be taken up again, in the same manner only.
_PAUSED = ("CREATE_FAILED", "UPDATE_FAILED")
_NOT_UPDATABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")


class StackStatusRules(Patch):
    corrects = (
        "ministack deletes a stack in the middle of an update, updates none whose operation failed without rollback, "
        "finds no update where a template differs in `1` and `true` only, and refuses in words of its own."
    )
    aws = (
        "Each status takes certain operations, and refuses the others with words that tools look for: "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html"
    )
    uses = (ministack.ACTION_HANDLERS, ministack.error, ministack.stack_has_no_updates, ministack.stacks)

    def apply(self) -> None:
        actions = ministack.ACTION_HANDLERS.value
        actions["CreateStack"] = _guarded(actions["CreateStack"], _create, code="AlreadyExistsException")
        actions["UpdateStack"] = _resuming(_guarded(actions["UpdateStack"], _update))
        actions["DeleteStack"] = _guarded(actions["DeleteStack"], _delete)
        ministack.stack_has_no_updates.replace(_has_no_updates)


def _has_no_updates(record: Record, template: Record, *arguments: Any, **options: Any) -> bool:
    # What failed is tried again, whether or not the template has changed.
    unchanged = "_failed_operation" not in record and equality.same(template, record.get("_template", {}))
    return unchanged and bool(ministack.stack_has_no_updates.original(record, template, *arguments, **options))


def _guarded(action: Any, refusal: Callable[[Record, Mapping[str, Any]], str], *, code: str = "ValidationError") -> Any:
    def guarded(parameters: Mapping[str, Any]) -> Any:
        record = stack.by_id(stack.parameter(parameters, "StackName"))
        if record and (reason := refusal(record, parameters)):
            return ministack.error(code, reason)
        return action(parameters)

    return guarded


def _resuming(update: Any) -> Any:
    """ministack knows no way on from a paused stack; to its checks it is a stack like any other."""

    def resume(parameters: Mapping[str, Any]) -> Any:
        record = stack.by_id(stack.parameter(parameters, "StackName"))
        paused = record["StackStatus"] if record else ""
        if record and paused in _PAUSED and stack.parameter(parameters, "DisableRollback") == "true":
            record["StackStatus"] = "UPDATE_COMPLETE"
        answer = update(parameters)
        if record and paused in _PAUSED and record["StackStatus"] == "UPDATE_COMPLETE":
            record["StackStatus"] = paused
        return answer

    return resume


def _create(record: Record, _parameters: Mapping[str, Any]) -> str:
    return f"Stack [{record['StackName']}] already exists" if record["StackStatus"] == "ROLLBACK_COMPLETE" else ""


def _update(record: Record, parameters: Mapping[str, Any]) -> str:
    status = record["StackStatus"]
    if status in _PAUSED and stack.parameter(parameters, "DisableRollback") != "true":
        return (
            f"This stack is currently in a non-terminal [{status}] state. To update the stack from this state, please "
            "use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use "
            "the rollback-stack API"
        )
    if status in _NOT_UPDATABLE or status.endswith("_IN_PROGRESS"):
        return f"Stack:{record['StackId']} is in {status} state and can not be updated."
    return ""


def _delete(record: Record, _parameters: Mapping[str, Any]) -> str:
    status = record["StackStatus"]
    if status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS"):
        return f"Stack [{record['StackId']}] cannot be deleted while in status {status}"
    return ""
