"""What one look at a run shows, the same for every resource that can be waited for."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.cloudformation.result import Refused


class State(enum.Enum):
    """Where a run stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """State, attributes (every one always present: a GetAtt of a missing one fails), and the service's own words.

    `progress` says why one that is on its way is not further, if that is known. `metrics` are those of a check.
    """

    state: State
    subject: str
    attributes: dict[str, Any]
    status: str = ""
    message: str = ""
    progress: str = ""
    created: datetime | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


def existing(get: Callable[[], dict[str, Any]], *, listed: Callable[[], bool]) -> dict[str, Any] | None:
    """What Bedrock tells of something, or None if there is no such thing.

    Some calls tell an unknown identifier with a ValidationException. Its words are not documented, so a List is asked
    (docs/assumptions.md: get-unknown-model).
    """
    try:
        return get()
    except ClientError as error:
        if errors.is_missing(error):
            return None
        if not errors.may_be_missing(error):
            raise
        if listed():
            raise errors.AmbiguousError(error.response, error.operation_name) from error
        return None


def is_being_deleted(status: str) -> bool:
    """Whether the thing is being deleted: it can be seen for some minutes, in a status that no document knows."""
    return status.upper().startswith("DELET")


def missing(subject: str, attributes: dict[str, Any], *, message: str = "") -> Snapshot:
    """The look at something that is not there."""
    gone = f"{subject} does not exist: it was never started, or was deleted while the stack waited for it."
    return Snapshot(state=State.MISSING, subject=subject, attributes=attributes, message=message or gone)


def state_of(states: Mapping[str, State], status: str, subject: str) -> State:
    """Where a status of the service stands. An unknown one is an error, never a reason to keep waiting."""
    if status not in states:
        raise Refused(f"{subject} has the status {status!r}, which this version of the library does not know.")
    return states[status]


def reason(message: str) -> str:
    """Bedrock's own words, if it has any."""
    return message or "Amazon Bedrock gives no reason"
