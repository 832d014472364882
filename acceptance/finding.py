"""Findings: what a probe says about an assumption of the register."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`OPEN` is everything that is neither: not reached, not allowed, or an answer that decides nothing."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One assumption, by its id in the register, with the raw answer that decided."""

    assumption: str
    probe: str
    verdict: Verdict
    answer: str
