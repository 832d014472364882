"""A job of Amazon Bedrock that ends in a model: what a training run and an import have in common."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

IN_PROGRESS: Final = "InProgress"
STOPPING: Final = "Stopping"
COMPLETED: Final = "Completed"
FAILED: Final = "Failed"
STOPPED: Final = "Stopped"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One of them, as Get tells of it."""

    name: str
    arn: str
    status: str
    created: datetime
    changed: datetime
    ended: datetime | None
    message: str
    model_arn: str

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.status in (COMPLETED, FAILED, STOPPED)

    @property
    def latest(self) -> datetime:
        """The latest time that the service told of it."""
        return max(self.changed, self.ended or self.changed)

    def elapsed(self, now: datetime) -> timedelta:
        """Since its creation, the queue included."""
        return (self.ended or now) - self.created


@dataclass(frozen=True, kw_only=True)
class Typical:
    """What finished jobs of the same kind took in this account, in the middle."""

    runs: int
    whole: timedelta
    phases: Mapping[str, timedelta]
    shortest: timedelta = timedelta()
    longest: timedelta = timedelta()
