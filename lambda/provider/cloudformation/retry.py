"""A minute of trying, for what stands between a run and CloudFormation. Only the standard library."""

import time
from collections.abc import Callable
from typing import Final

_SECONDS: Final = 60
_LONGEST_PAUSE: Final = 15.0


def succeeds(attempt: Callable[[], bool], *, sleep: Callable[[float], None]) -> bool:
    """Whether one of the attempts comes off, made less and less often."""
    # Attempts that hang count as well: the function has three minutes for everything.
    end = time.monotonic() + _SECONDS
    pause, spent = 1.0, 0.0
    while not attempt():
        if spent >= _SECONDS or time.monotonic() >= end:
            return False
        sleep(pause)
        spent, pause = spent + pause, min(pause * 2, _LONGEST_PAUSE)
    return True
