"""Steps: what each does, and what it can cost at most."""

from dataclasses import dataclass
from typing import Final

# Storage is counted as a whole month for each model, though it goes within the hour: 1.95 USD is listed for Nova.
_STORED: Final = 2.0
# 40 records of 640 characters are 10,000 tokens at most, for one epoch, at ten times what training is listed for.
_TRAINED: Final = 1.0
# A custom model unit is listed at 1.95 USD a month, and at up to 0.15 USD a minute, of which five are billed at least.
_UNIT_STORED: Final = 2.0
_UNIT_CALLED: Final = 0.75


@dataclass(frozen=True, kw_only=True)
class Step:
    """`most` are USD that it stays below. A step `by_name` runs only when it is asked for."""

    number: int
    title: str
    most: float
    because: str
    minutes: str
    by_name: bool = False
    needs_source: bool = False
    needs_weights: bool = False


STEPS: Final = (
    Step(number=0, title="reads", most=0.0, because="it only reads", minutes="a minute"),
    Step(
        number=1,
        title="requests that are refused",
        most=0.05,
        because="two stacks with two functions and a state machine for some minutes; nothing is imported or trained",
        minutes="10 to 15 minutes",
    ),
    Step(
        number=2,
        title="an import, its deployment, a call, a swap",
        most=3 * _STORED + 0.05,
        because="three imported models, each counted as a month of storage, and one call of a few tokens",
        minutes="1 to 3 hours",
        needs_source=True,
    ),
    Step(
        number=3,
        title="one training run, stopped after its start",
        most=_TRAINED + 0.05,
        because="a run over at most 10,000 tokens for one epoch, counted as if it ended; a stop may come too late",
        minutes="10 minutes to 2 hours",
    ),
    Step(
        number=4,
        title="one whole training run, its deployment",
        most=_TRAINED + _STORED + 0.05,
        because="a run over at most 10,000 tokens for one epoch, and a month of its model's storage",
        minutes="2 hours to 3 days",
        by_name=True,
    ),
    Step(
        number=5,
        title="an import of open weights, a call, names and quota",
        most=2 * 2 * _UNIT_STORED + 2 * _UNIT_CALLED + 0.05,
        because="two models of up to two custom model units, each counted as a month of storage, and one call",
        minutes="1 to 4 hours",
        by_name=True,
        needs_weights=True,
    ),
)
