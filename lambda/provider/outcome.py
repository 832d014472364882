"""How the handling of an event can end."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """SUCCESS. An update in place returns all attributes again: CloudFormation keeps none of the old ones."""

    physical_id: str
    data: dict[str, Any] = field(default_factory=dict)


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
    """The answer, and a place in the queue for what could not start yet under this name."""

    name: str
    answer: Answer


class Refused(Exception):  # noqa: N818  a decision, not a defect
    """FAILED, with the reason that the user will read."""


class NotYet(Exception):  # noqa: N818  a decision, not a defect
    """To be tried again by the waiter: the handlers can be repeated from their start at any time.

    `patience` is how many seconds of waiting are worth it; then the event is answered FAILED with `give_up`.
    """

    def __init__(self, reason: str, *, give_up: str, patience: int, seconds: int = 15) -> None:
        super().__init__(reason)
        self.give_up = give_up
        self.patience = patience
        self.seconds = seconds
