"""The life of a base model: Active, then Legacy, then its end, as GetFoundationModel and ListFoundationModels tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bedrock_models import times

ACTIVE: Final = "Active"
LEGACY: Final = "Legacy"
ENDED: Final = "Ended"
# A model is Legacy for half a year at least; a quarter leaves time to train and to move callers.
NEAR: Final = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """Dates that the service, or an older SDK, does not tell are None."""

    status: str = ACTIVE
    legacy: datetime | None = None
    end: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether requests fail."""
        return self.end is not None and self.end <= now

    def is_legacy(self, now: datetime) -> bool:
        """Whether it takes no new jobs and no new throughput."""
        return self.status == LEGACY or (self.legacy is not None and self.legacy <= now)

    def ends_within(self, now: datetime, time: timedelta) -> bool:
        """Whether its end is known and near."""
        return self.end is not None and self.end <= now + time

    def text(self, now: datetime) -> str:
        """In a few words."""
        until = f", ends {times.day(self.end)}" if self.end else ""
        if self.is_over(now):
            return f"{ENDED} {times.day(self.end)}" if self.end else ENDED
        if self.is_legacy(now):
            return f"{LEGACY}{until}"
        return f"{ACTIVE}, Legacy from {times.day(self.legacy)}{until}" if self.legacy else f"{ACTIVE}{until}"


def read(details: Mapping[str, Any]) -> Lifecycle:
    """Of `modelDetails`, or of one of `modelSummaries`."""
    told = details.get("modelLifecycle", {})
    return Lifecycle(
        status=LEGACY if told.get("status") == "LEGACY" else ACTIVE,
        legacy=told.get("legacyTime"),
        end=told.get("endOfLifeTime"),
    )


def of_all(bedrock: Any) -> dict[str, Lifecycle]:
    """By model id, in one call."""
    return {each["modelId"]: read(each) for each in bedrock.list_foundation_models()["modelSummaries"]}


def find(lives: Mapping[str, Lifecycle], model_id: str) -> Lifecycle | None:
    """The life of a model, or of the one that its id names without a context length."""
    if model_id in lives:
        return lives[model_id]
    return lives.get(model_id.rpartition(":")[0])
