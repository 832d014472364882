"""What a check says: fine, doubtful or wrong, and what to do about it."""

import enum
from dataclasses import dataclass


class Verdict(enum.StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report."""

    check: str
    verdict: Verdict
    text: str
    remedy: str = ""


def ok(check: str, text: str) -> Finding:
    """As it has to be."""
    return Finding(check=check, verdict=Verdict.OK, text=text)


def warning(check: str, text: str, remedy: str = "") -> Finding:
    """Doubtful, or not to be seen from here."""
    return Finding(check=check, verdict=Verdict.WARNING, text=text, remedy=remedy)


def problem(check: str, text: str, remedy: str) -> Finding:
    """Bedrock would refuse it, or the run would fail."""
    return Finding(check=check, verdict=Verdict.PROBLEM, text=text, remedy=remedy)
