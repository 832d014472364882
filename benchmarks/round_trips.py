"""Round trips of jsii: every call from Python to Node.js, counted at the one method that sends them."""

import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Final

from jsii._kernel.providers import process

_LIBRARY: Final = Path(__file__).parents[1] / "constructs_lib"


class RoundTrips:
    """Counts from `install` on; with `where=True` also which line of the library each call comes from."""

    def __init__(self, *, where: bool = False) -> None:
        self.count = 0
        self.seconds = 0.0
        self.calls: Counter[str] = Counter()
        self.seconds_of: defaultdict[str, float] = defaultdict(float)
        self._where = where

    def install(self) -> "RoundTrips":
        original = process._NodeProcess.send

        def send(node: Any, request: Any, response_type: Any) -> Any:
            started = time.perf_counter()
            try:
                return original(node, request, response_type)
            finally:
                self._count(request, time.perf_counter() - started)

        process._NodeProcess.send = send  # type: ignore[method-assign, assignment]
        return self

    def _count(self, request: Any, seconds: float) -> None:
        self.count += 1
        self.seconds += seconds
        if self._where:
            key = f"{_caller()}  {_described(request)}"
            self.calls[key] += 1
            self.seconds_of[key] += seconds


def _described(request: Any) -> str:
    kind = type(request).__name__.removesuffix("Request")
    what = next((getattr(request, name) for name in ("fqn", "name") if hasattr(request, name)), "")
    member = next((getattr(request, name) for name in ("method", "property") if hasattr(request, name)), "")
    target = getattr(getattr(request, "objref", None), "ref", "").split("@")[0]
    return " ".join(part for part in (kind, what or target, member) if part)


def _caller() -> str:
    """The innermost frame of the library: a file and a function."""
    frame: Any = sys._getframe(3)
    while frame:
        path = Path(frame.f_code.co_filename)
        if _LIBRARY in path.parents:
            return f"{path.stem}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "app"
