"""Which operation a stack takes in which status: CloudFormation's own rules and words."""

from collections.abc import Callable, Mapping
from typing import Any

from local.aws import seams
from local.aws.cloudformation import equality, stack
from local.aws.cloudformation.resources import Record

Answer = Any
_HANDLERS = "services.cloudformation.handlers"
# An operation without rollback failed: the stack can be taken up again, in the same manner only.
_PAUSED = ("CREATE_FAILED", "UPDATE_FAILED")
_CODES = {"CreateStack": "AlreadyExistsException"}
_NOT_UPDATABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")


def install() -> None:
    actions = seams.take(_HANDLERS, "_ACTION_HANDLERS")
    for action, refusal in (("CreateStack", _create), ("UpdateStack", _update), ("DeleteStack", _delete)):
        actions[action] = _guarded(actions[action], refusal, code=_CODES.get(action, "ValidationError"))
    actions["UpdateStack"] = _resuming(actions["UpdateStack"])
    same = seams.take(_HANDLERS, "_stack_has_no_updates")

    def has_no_updates(record: Record, template: Record, *arguments: Any, **options: Any) -> bool:
        # What failed is tried again, whether or not the template has changed.
        unchanged = "_failed_operation" not in record and equality.same(template, record.get("_template", {}))
        return unchanged and bool(same(record, template, *arguments, **options))

    seams.replace(_HANDLERS, "_stack_has_no_updates", has_no_updates)


def _guarded(action: Any, refusal: Callable[[Record, Mapping[str, Any]], str], *, code: str) -> Any:
    def guarded(parameters: Mapping[str, Any]) -> Answer:
        record = stack.by_id(_value(parameters, "StackName"))
        if record and (reason := refusal(record, parameters)):
            return seams.take(_HANDLERS, "_error")(code, reason)
        return action(parameters)

    return guarded


def _resuming(update: Any) -> Any:
    """ministack knows no way on from a paused stack; to its checks it is a stack like any other."""

    def resume(parameters: Mapping[str, Any]) -> Answer:
        record = stack.by_id(_value(parameters, "StackName"))
        paused = record["StackStatus"] if record else ""
        if record and paused in _PAUSED and _value(parameters, "DisableRollback") == "true":
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
    if status in _PAUSED and _value(parameters, "DisableRollback") != "true":
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


def _value(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)
