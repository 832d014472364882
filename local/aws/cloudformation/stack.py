"""The record of a stack in ministack: its status, its events, its exports."""

import contextvars
from collections.abc import Iterable, Mapping
from typing import Any

from local.aws.cloudformation.resources import Record
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.names import server

_TYPE = "AWS::CloudFormation::Stack"
# What an update replaces on a stack's record, and what its rollback puts back.
RESTORED = ("_template", "_template_body", "_resolved_params", "_conditions", "Parameters", "Tags", "Outputs")


def event(  # noqa: PLR0917 - in the order of an event's columns
    stack: Record, logical_id: str, resource_type: str, status: str, reason: str = "", physical_id: str = ""
) -> None:
    add = ministack.add_event
    add(stack["StackId"], stack["StackName"], logical_id, resource_type, status, reason, physical_id)
    if physical_id != stack["StackId"]:
        _show(stack, logical_id, resource_type, status, reason, physical_id)


def _show(  # noqa: PLR0917 - the same columns
    stack: Record, logical_id: str, resource_type: str, status: str, reason: str, physical_id: str
) -> None:
    """What DescribeStackResource says of the resource from now on, also while something happens to it."""
    record = stack["_resources"].get(logical_id)
    if record is None and status.startswith("CREATE_"):
        record = {"PhysicalResourceId": "", "ResourceType": resource_type, "Properties": {}, "Attributes": {}}
        stack["_resources"][logical_id] = record
    if record is None or (physical_id and record["PhysicalResourceId"] not in ("", physical_id)):
        # A physical resource that has been replaced: the record is the one of its successor.
        return
    record |= {"ResourceStatus": status, "ResourceStatusReason": reason, "Timestamp": now()}
    record["PhysicalResourceId"] = physical_id or record["PhysicalResourceId"]


def enter(stack: Record, status: str, reason: str = "") -> None:
    """Put the stack into a status, with the event that says so."""
    stack["StackStatus"] = status
    stack["StackStatusReason"] = reason
    event(stack, stack["StackName"], _TYPE, status, reason, stack["StackId"])


def exports() -> Any:
    return ministack.exports.value


def stacks() -> Any:
    return ministack.stacks.value


def by_id(name_or_id: str) -> Record | None:
    found: Iterable[Record] = stacks().values()
    return next((stack for stack in found if name_or_id in (stack["StackId"], stack["StackName"])), None)


def importers(export_name: str, but: Record) -> list[str]:
    """The stacks that import it: while there are any, its value stands."""
    imported = ministack.imported_export_names
    return sorted(
        name
        for name, stack in stacks().items()
        if stack is not but and stack["StackStatus"] != "DELETE_COMPLETE" and export_name in imported(stack, name)
    )


def refuse_changed_exports(stack: Record, new: Mapping[str, Mapping[str, str]]) -> None:
    """An export may neither change nor go while another stack imports it."""
    for name, old in list(exports().items()):
        if old["StackId"] != stack["StackId"] or new.get(name, {}).get("Value") == old["Value"]:
            continue
        if users := importers(name, stack):
            verb = "update" if name in new else "delete"
            raise ValueError(f"Cannot {verb} export {name} as it is in use by {', '.join(users)}.")


def now() -> str:
    return str(server.now_iso())


def requested_token(stack: Record) -> bool:
    """Whether CancelUpdateStack was called; the events that follow carry its token."""
    if not stack.pop("_cancel_requested", False):
        return False
    token: contextvars.ContextVar[str] = ministack.CLIENT_REQUEST_TOKEN.value
    token.set(stack.pop("_cancel_token", ""))
    return True


def parameter(parameters: Mapping[str, Any], name: str) -> str:
    """A parameter of a request: the query protocol repeats names, so that ministack has a list for each."""
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)
