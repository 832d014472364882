"""Rounds in which the systems take turns, so that whatever slows the machine slows all of them."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")


def interleaved(systems: Sequence[str], rounds: int, measure: Callable[[str, int], T]) -> dict[str, list[T]]:
    """Measures each system once in every round; every other round goes the other way round."""
    found: dict[str, list[T]] = {system: [] for system in systems}
    for number in range(rounds):
        for system in systems if number % 2 == 0 else reversed(systems):
            found[system].append(measure(system, number))
    return found


def median(values: Iterable[float]) -> float:
    """Of at least one value."""
    return statistics.median(values)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """The median of the rounds' own ratios: two runs of one round saw the same machine."""
    pairs = [mine / other for mine, other in zip(ours, theirs, strict=True) if other > 0]
    return statistics.median(pairs) if pairs else None
