"""Stacks that an earlier release deployed: each event from now on is this release's, whatever was going on."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from provider import events, poll
from tests.faults.life_cycles import LIFE_CYCLES
from tests.faults.trial import clean, difference
from tests.faults.world import environment, play_in
from tests.functional.conftest import EVENTS_ARN, RESPONSE_URL
from tests.upgrade.names import golden_names
from tests.upgrade.recording import RECORDED, RELEASES, PlaysBack

FOLDERS = sorted(folder for folder in RELEASES.iterdir() if folder.is_dir())


def load(folder: Path, life_cycle: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{life_cycle.replace(', ', '-').replace(' ', '_')}.json").read_text())
    return found


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def release(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


def test_there_is_a_recording_of_this_release() -> None:
    assert FOLDERS


@pytest.mark.parametrize("life_cycle", RECORDED)
def test_an_upgrade_at_any_moment_changes_nothing(release: Path, life_cycle: str) -> None:
    """A run that goes on, a rollback after the upgrade, a move under a lock: all are moments of these."""
    recorded = load(release, life_cycle)["events"]
    for count in range(len(recorded) + 1):
        world = PlaysBack(recorded, count)
        play_in(world, LIFE_CYCLES[life_cycle].script)
        # What was played back was not started by a handler, so it is not counted.
        world.rules.starts = clean(life_cycle).rules.starts
        assert world.rules.broken == [], f"after {count} events:\n{world.story}"
        assert difference(world, clean(life_cycle)) == "", f"after {count} events:\n{world.story}"


@pytest.mark.parametrize("life_cycle", RECORDED)
def test_an_execution_that_was_running_is_understood(release: Path, life_cycle: str) -> None:
    """The state machine goes on with the state that the earlier release wrote, and calls this one's functions."""
    for state in load(release, life_cycle)["states"]:
        state["Event"]["ResponseURL"] = RESPONSE_URL
        said = _answers_to(state)
        assert "cannot be read" not in said
        assert "cannot be looked at" not in said
        assert "The provider failed" not in said


def _answers_to(state: dict[str, Any]) -> str:
    """All that is answered in one look, in an account in which there is nothing else."""
    world, answers = PlaysBack([], 0), list[bytes]()
    outside = SimpleNamespace(
        **world.services,
        cloudformation=world.cloudformation,
        states=world.waiter,
        put=lambda _url, body: not answers.append(body),
        now=lambda: float(state["Since"]),
        sleep=world.timeline.pass_by,
    )
    with environment(world):
        if "Deadline" in state:
            poll.handle(state, None, clients=outside)
        else:
            events.handle(state, SimpleNamespace(invoked_function_arn=EVENTS_ARN), clients=outside)
    return b" ".join(answers).decode()


def test_names_digests_tags_and_ids_are_those_of_every_release(release: Path) -> None:
    """A name is the lock of a paid run: under another one the same inputs are trained, and paid for, again.

    Nothing of this may ever change. What is new in the inputs is a new member, which leaves these as they are.
    """
    assert golden_names() == json.loads((release / "names.json").read_text())
