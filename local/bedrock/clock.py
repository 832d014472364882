"""Time as the local Bedrock sees it: never the wall clock directly, so that hours can pass in a test."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    def now(self) -> datetime: ...


class ManualClock:
    """Stands still until it is told to advance."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        if by < timedelta(0):
            raise ValueError(f"a clock only goes forward, got {by}")
        self._now += by


class ScaledClock:
    """Starts at the real time and runs `scale` times as fast: at 3600 an hour passes in a second."""

    def __init__(self, scale: float = 1) -> None:
        if scale <= 0:
            raise ValueError(f"scale must be above 0, got {scale}")
        self.scale = scale
        self._start = datetime.now(UTC)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self.scale)
