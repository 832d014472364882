"""What one look at a run shows, the same for every resource that can be waited for."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class State(enum.Enum):
    """Where a run stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Look:
    """State, attributes (every one always present: a GetAtt of a missing one fails), and the service's own words."""

    state: State
    subject: str
    attributes: dict[str, Any]
    status: str = ""
    message: str = ""
    created: datetime | None = None
