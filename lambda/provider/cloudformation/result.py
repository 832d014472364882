"""How the handling of an event can end."""

import enum
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """SUCCESS. An update in place returns all attributes again: CloudFormation keeps none of the old ones.

    `reason` says what was started or adopted, for whoever reads the log or the answer. CloudFormation takes one on
    success, and does not document where it shows it.
    """

    physical_id: str
    data: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Nothing to say yet: the poll function watches the run, for so many seconds at most, and answers.

    It looks first when `interval` seconds have passed.
    """

    subject: str
    seconds: int | None = None
    interval: int


@dataclass(frozen=True, kw_only=True)
class Enqueue:
    """The answer, and a place in the queue for what could not start yet under this name, for Bedrock's reason."""

    name: str
    answer: Answer
    refusal: str


class Cause(enum.StrEnum):
    """What an event waits for."""

    OUTAGE = "outage"
    DENIED = "denied"
    STACK_UNREADABLE = "stack unreadable"
    STACK_AT_REST = "stack at rest"
    IN_FLIGHT = "start in flight"
    NOT_VISIBLE = "not visible yet"
    # Patience for a cause counts from the first time it was met, and the run itself may not have shown at first.
    MODEL_NOT_VISIBLE = "model not visible yet"
    NAME_IN_USE = "name in use"
    PROPAGATION = "role propagating"
    QUOTA = "quota"
    OTHER_QUOTA = "quota of something else"
    STOPPING = "stopping"
    LEAVING_QUEUE = "leaving the queue"
    CHANGING = "changing"
    DELETING = "deleting"
    ROLE_IN_USE = "role or network in use"


class Refused(Exception):  # noqa: N818  a decision, not a defect
    """FAILED, with the reason that the user will read."""


class NotYet(Exception):  # noqa: N818  a decision, not a defect
    """To be tried again by the waiter: the handlers can be repeated from their start at any time.

    `patience` is how many seconds of waiting for this `cause` are worth it; then the event is answered FAILED with
    `give_up`, or goes on in the queue with `enqueue`. What was waited for another cause before does not count.
    """

    def __init__(
        self,
        reason: str,
        *,
        cause: Cause,
        give_up: str,
        patience: int,
        seconds: int = 15,
        enqueue: Enqueue | None = None,
    ) -> None:
        super().__init__(reason)
        self.enqueue = enqueue
        self.cause = cause
        self.give_up = give_up
        self.patience = patience
        self.seconds = seconds
