"""Every life cycle, with every fault at every call it makes.

All of them are tens of thousands; here runs a slice that is spread over all and the same each time, and `make soak`
runs them all. A failure names life cycle, call and fault; `repeat` shows that one alone.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.faults import Fault
from tests.faults.life_cycles import LIFE_CYCLES
from tests.faults.trial import clean, pairs, problems, trials

# One in so many, each pair of life cycle and fault with another beginning.
_STRIDE = 37
_COUNTS: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def _report(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter:
        reporter.write_line(
            f"\nfaults: {len(LIFE_CYCLES)} life cycles x {_COUNTS['calls']} calls x {len(Fault)} kinds: "
            f"{_COUNTS['single']} of {_COUNTS['all']} single faults and {_COUNTS['pair']} pairs were run"
        )


@pytest.mark.parametrize("life_cycle", LIFE_CYCLES)
def test_a_life_cycle_without_faults_breaks_no_rule(life_cycle: str) -> None:
    world = clean(life_cycle)
    assert not world.rules.broken, world.story


@pytest.mark.parametrize("life_cycle", LIFE_CYCLES)
def test_no_single_fault_breaks_a_rule(life_cycle: str) -> None:
    every = [trial for fault in Fault for trial in trials(life_cycle, fault)]
    chosen = every[sum(map(ord, life_cycle)) % _STRIDE :: _STRIDE]
    _COUNTS["single"] += len(chosen)
    _COUNTS["all"] += len(every)
    _COUNTS["calls"] += len({trial.call.number for trial in every})
    found = {str(trial): broken for trial in chosen if (broken := problems(trial))}
    assert not found, _told(found)


def test_no_pair_of_faults_breaks_a_rule() -> None:
    chosen = list(pairs(seed=1, count=40))
    _COUNTS["pair"] += len(chosen)
    found = {str(pair): broken for pair in chosen if (broken := problems(pair))}
    assert not found, _told(found)


def _told(found: dict[str, list[str]]) -> str:
    lines = [f"python -m tests.faults.repeat {trial}\n    {'; '.join(broken)}" for trial, broken in found.items()]
    return "\n".join([f"{len(found)} broken; each alone by", *lines[:5]])
