"""Points in time and durations, read and written as people do."""

import re
import statistics
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def point(text: str, now: datetime) -> datetime:
    """`2026-11-01`, `2026-11-01T08:00`, or how long ago: `30m`, `12h`, `7d`, `2w`."""
    ago = re.fullmatch(r"(\d+)([mhdw])", text)
    try:
        if ago:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        given = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f"a time must be a date, or how long ago, got {text!r}; use 2026-11-01, 2026-11-01T08:00, 12h or 7d"
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def age(since: datetime, now: datetime) -> str:
    """In one unit, short enough for a column: `45m`, `7h`, `12d`."""
    minutes = max(0, int((now - since).total_seconds())) // 60
    if minutes < 120:  # noqa: PLR2004  two hours
        return f"{minutes}m"
    hours = minutes // 60
    return f"{hours}h" if hours < 48 else f"{hours // 24}d"  # noqa: PLR2004  two days


def duration(time: timedelta) -> str:
    """In the two largest units: `50 s`, `4 min`, `3 h 30 min`, `2 d 4 h`."""
    seconds = max(0, round(time.total_seconds()))
    if seconds < 120:  # noqa: PLR2004  two minutes
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    if hours < 1:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"  # noqa: PLR2004


def median(times: Iterable[timedelta]) -> timedelta | None:
    """The middle one, None of none."""
    seconds = [time.total_seconds() for time in times]
    return timedelta(seconds=statistics.median(seconds)) if seconds else None


def stamp(time: datetime) -> str:
    """For logs: UTC to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(time: datetime) -> str:
    """For people: the date alone."""
    return time.astimezone(UTC).strftime("%Y-%m-%d")
