"""What the simulated CloudFormation keeps: stacks, their resources, and the events that wait for an answer."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.templates import Template
from tests.functional.conftest import EVENTS_ARN

if TYPE_CHECKING:
    from tests.faults.deletions import Deletion
    from tests.faults.operations import Operation


@dataclass(kw_only=True)
class Record:
    """One resource as the stack knows it, with the properties that were sent last."""

    logical_id: str
    type: str
    physical_id: str
    properties: Mapping[str, Any]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, eq=False)
class Stack:
    """`turns` counts its operations, so that an event can be told from one of an earlier operation."""

    id: str
    name: str
    parents: tuple[str, ...] = ()
    status: str = ""
    reason: str = ""
    template: Template = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    turns: int = 0
    began: float = 0
    operation: "Operation | Deletion | None" = None
    on_failure_delete: bool = False
    takes_retained: bool = False
    skips: Sequence[str] = ()
    roles: set[str] = field(default_factory=set)

    @property
    def is_settled(self) -> bool:
        return not self.status.endswith("_IN_PROGRESS")


@dataclass(kw_only=True, eq=False)
class Question:
    """An event, and the one answer that counts."""

    event: Mapping[str, Any]
    stack: Stack
    turn: int
    asked: float
    stack_status: str
    on_answer: Callable[[dict[str, Any] | None], None] | None
    answers: list[dict[str, Any]] = field(default_factory=list)
    answered: float | None = None


def request(type: str, record: Record, **fields: Any) -> dict[str, Any]:
    """An event of that type for the resource of the record."""
    return {
        "RequestType": type,
        "LogicalResourceId": record.logical_id,
        "ResourceType": record.type,
        "ResourceProperties": sent(record.properties),
        **fields,
    }


def sent(properties: Mapping[str, Any]) -> dict[str, Any]:
    """As the handlers get them."""
    return {"ServiceToken": EVENTS_ARN, "ServiceTimeout": "3600", **copy.deepcopy(dict(properties))}


def line(event: Mapping[str, Any]) -> str:
    physical_id = event.get("PhysicalResourceId")
    return f"{event['RequestType']} {event['LogicalResourceId']} ({event['RequestId'][-3:]}" + (
        f", {physical_id})" if physical_id else ")"
    )
