"""Options of a benchmark run: how much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Options:
    """`smoke` proves that everything still runs; its numbers say nothing."""

    smoke: bool = False
    rounds: int = 3

    @property
    def turns(self) -> int:
        """Rounds of interleaved runs."""
        return 1 if self.smoke else self.rounds
