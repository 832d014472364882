"""The long version: every fault at every call, pairs of them, and invented scripts, until the time is over.

Each profile of the Bedrock in memory gets its part of the time.

`python -m tests.faults.soak --minutes 10 --seed 1`; `make soak MINUTES=10` is the same.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle

from hypothesis import HealthCheck, Phase, given, seed, settings

from local.bedrock import Profile
from tests.faults import trial
from tests.faults.faults import Fault
from tests.faults.life_cycles import LIFE_CYCLES
from tests.faults.scripts import SCRIPTS, played, told
from tests.faults.trial import followers, pairs, problems, trials
from tests.faults.world import PROFILES, PROFILES_VARIABLE, Step

_SHORTEST = "throughput, create rolled back"
_REPORT_SECONDS = 15


class _Broken(Exception):  # noqa: N818 - a finding, not an error of this program
    """What to print; nothing more is run."""


def _singles(chance: random.Random) -> Iterator[str]:
    every = [each for life_cycle in LIFE_CYCLES for fault in Fault for each in trials(life_cycle, fault)]
    chance.shuffle(every)
    for each in every:
        yield _judged(f"{each}", problems(each))


def _all_pairs(chance: random.Random) -> Iterator[str]:
    """Of one short life cycle, then samples of all of them, for as long as there is time."""
    firsts = [each for fault in Fault for each in trials(_SHORTEST, fault)]
    chance.shuffle(firsts)
    for first in firsts:
        for pair in followers(first):
            yield _judged(f"{pair}", problems(pair))
    while True:
        for pair in pairs(seed=chance.randrange(2**32), count=100):
            yield _judged(f"{pair}", problems(pair))


def _scripts(chance: random.Random) -> Iterator[str]:
    while True:
        _invent(chance.randrange(2**32))
        yield "20 scripts"


def _invent(number: int) -> None:
    @seed(number)
    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(script=SCRIPTS)
    def invented(script: list[Step]) -> None:
        world = played(script)
        assert not world.rules.broken, told(script, world)

    try:
        invented()
    except AssertionError as broken:
        raise _Broken(f"Seed {number}:{broken}") from broken


def _each_profile() -> list[set[Profile]]:
    """Every one alone, and all together."""
    others = [profile for profile in Profile if profile is not Profile.STRICT]
    return [*({one} for one in Profile), set(others)]


def _take(profiles: set[Profile]) -> None:
    """What Bedrock answers in the worlds made from now on; how life cycles go without a fault is found out anew."""
    PROFILES.clear()
    PROFILES.update(profiles)
    trial.forget()


def _repeat() -> str:
    return f"{PROFILES_VARIABLE}={','.join(sorted(PROFILES))} python -m tests.faults.repeat"


def _judged(name: str, broken: list[str]) -> str:
    if broken:
        raise _Broken(f"{_repeat()} {name}\n  " + "\n  ".join(broken))
    return name


_KINDS: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "single faults": _singles,
    "pairs of faults": _all_pairs,
    "script batches": _scripts,
}


def main() -> int:
    """Runs a little of each kind in turn; 1 at the first broken rule."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance, begin = random.Random(asked.seed), time.monotonic()  # noqa: S311 - an order, no secret
    print(f"{asked.minutes:g} minutes with seed {asked.seed}; the first broken rule ends it.")  # noqa: T201
    turns = _each_profile()
    for number, profiles in enumerate(turns, start=1):
        _take(profiles)
        if not _played(chance, end=begin + asked.minutes * 60 * number / len(turns)):
            return 1
    return 0


def _played(chance: random.Random, *, end: float) -> bool:
    """A little of each kind in turn; False at the first broken rule."""
    begin = next_report = time.monotonic()
    counts, sources = dict.fromkeys(_KINDS, 0), {kind: run(chance) for kind, run in _KINDS.items()}
    for kind in cycle(_KINDS):
        slice_ends = time.monotonic() + 1
        while time.monotonic() < min(slice_ends, end):
            try:
                counts[kind] += next(sources[kind], None) is not None
            except _Broken as broken:
                print(f"BROKEN among the {kind}:\n{broken}")  # noqa: T201
                return False
        if time.monotonic() >= min(next_report, end):
            next_report = time.monotonic() + _REPORT_SECONDS
            _report(counts, time.monotonic() - begin)
        if time.monotonic() >= end:
            return True
    return True


def _report(counts: dict[str, int], seconds: float) -> None:
    done = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    print(f"{seconds:6.0f} s  {'+'.join(sorted(PROFILES))}: {done}: no rule broken", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
