"""Virtual time: what is to happen, in the order of time, on the clock that the Bedrock in memory reads too."""

import heapq
import itertools
from collections.abc import Callable
from datetime import timedelta

from local.bedrock import ManualClock


class Timeline:
    """Hours pass in milliseconds, and the same way in every run."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.now = 0.0
        self._origin = self.clock.now().timestamp()
        self._order = itertools.count()
        self._due: list[tuple[float, int, Callable[[], object]]] = []

    @property
    def epoch(self) -> float:
        """Seconds since 1970, as the handlers ask for them."""
        return self._origin + self.now

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        heapq.heappush(self._due, (self.now + seconds, next(self._order), action))

    def run(self, *, until: float = float("inf"), stop: Callable[[], bool] = lambda: False) -> None:
        """Lets happen what falls due. May be called from within: a slow call lets others go on meanwhile."""
        while self._due and self._due[0][0] <= until and not stop():
            at, _, action = heapq.heappop(self._due)
            self._advance(at)
            action()

    def pass_by(self, seconds: float) -> None:
        """Lets so much time go by, with all that happens in it."""
        until = self.now + seconds
        self.run(until=until)
        self._advance(until)

    def _advance(self, at: float) -> None:
        if at > self.now:
            self.clock.advance(timedelta(seconds=at - self.now))
            self.now = at
