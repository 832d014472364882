"""Two CloudFormations, one of processes and one of a virtual clock, send a provider the same events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.local.aws.recorder import Recorder
from tests.local.aws.simulated import Simulated

Resources = Mapping[str, Mapping[str, Any]]
DELETE = "delete"
FAILED = {"Status": "FAILED", "Reason": "no"}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Templates to deploy one after the other, or the stack's deletion; `answers` by resource, request and version."""

    steps: Sequence[Resources | str]
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    statuses: Sequence[str]
    side_by_side: bool = False


def _of(version: int, *after: str, **more: Any) -> dict[str, Any]:
    return {"Version": version, **({"DependsOn": list(after)} if after else {}), **more}


CHAIN = {"A": _of(1), "B": _of(1, "A"), "C": _of(1, "B")}
SCENARIOS = {
    "create and delete": Scenario(steps=[CHAIN, DELETE], statuses=["CREATE_COMPLETE", "DELETE_COMPLETE"]),
    "update in place": Scenario(
        steps=[CHAIN, {**CHAIN, "B": _of(2, "A")}, DELETE],
        statuses=["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"],
    ),
    "replacement": Scenario(
        steps=[CHAIN, {**CHAIN, "B": _of(2, "A")}, DELETE],
        answers={"B-Update-2": {"PhysicalResourceId": "B-2"}},
        statuses=["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"],
    ),
    "removal": Scenario(
        steps=[CHAIN, {"A": _of(1)}, DELETE], statuses=["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"]
    ),
    "removal and replacement": Scenario(
        steps=[CHAIN, {"A": _of(2), "B": _of(1, "A")}],
        answers={"A-Update-2": {"PhysicalResourceId": "A-2"}},
        statuses=["CREATE_COMPLETE", "UPDATE_COMPLETE"],
        side_by_side=True,
    ),
    "failed create": Scenario(
        steps=[CHAIN],
        answers={"B-Create": {**FAILED, "PhysicalResourceId": "half-made"}},
        statuses=["ROLLBACK_COMPLETE"],
    ),
    "cancelled sibling": Scenario(
        steps=[{"A": _of(1), "Slow": _of(1, "A"), "Broken": _of(1, "A")}],
        answers={"Slow-Create": {"sleep": 4}, "Broken-Create": {**FAILED, "sleep": 1.5}},
        statuses=["ROLLBACK_COMPLETE"],
        side_by_side=True,
    ),
    "failed update": Scenario(
        steps=[CHAIN, {**CHAIN, "B": _of(2, "A")}],
        answers={"B-Update-2": FAILED},
        statuses=["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"],
    ),
    "failed replacement": Scenario(
        steps=[CHAIN, {**CHAIN, "B": _of(2, "A")}],
        answers={"B-Update-2": {**FAILED, "PhysicalResourceId": "B-2"}, "B-Update-1": {"PhysicalResourceId": "B-1"}},
        statuses=["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"],
    ),
    "replacement rolled back": Scenario(
        steps=[CHAIN, {"A": _of(2), "B": _of(2, "A"), "C": _of(1, "B"), "New": _of(1, "B"), "Broken": _of(1, "New")}],
        answers={
            "A-Update-2": {"PhysicalResourceId": "A-2"},
            "A-Update-1": {"PhysicalResourceId": "A-1"},
            "Broken-Create": FAILED,
        },
        statuses=["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"],
        # The clean-up deletes what no longer depends on one another at the same time.
        side_by_side=True,
    ),
    "cancelled update": Scenario(
        steps=[{"A": _of(1)}, {"A": _of(2), "Broken": _of(1)}],
        answers={"A-Update-2": {"sleep": 4}, "Broken-Create": {**FAILED, "sleep": 1.5}},
        statuses=["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"],
        side_by_side=True,
    ),
    "retained": Scenario(
        steps=[{"A": _of(1), "B": _of(1, "A", DeletionPolicy="Retain")}, DELETE],
        statuses=["CREATE_COMPLETE", "DELETE_COMPLETE"],
    ),
    "rollback that fails": Scenario(
        steps=[{"A": _of(1)}, {"A": _of(2)}],
        answers={"A-Update": FAILED},
        statuses=["CREATE_COMPLETE", "UPDATE_ROLLBACK_FAILED"],
    ),
    "delete that fails, and again": Scenario(
        steps=[CHAIN, DELETE],
        answers={"B-Delete": FAILED},
        statuses=["CREATE_COMPLETE", "DELETE_FAILED"],
    ),
    "cleanup that fails": Scenario(
        steps=[{"A": _of(1)}, {"A": _of(2)}],
        answers={"A-Update-2": {"PhysicalResourceId": "A-2"}, "A-Delete-1": FAILED},
        statuses=["CREATE_COMPLETE", "UPDATE_COMPLETE"],
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_both_send_the_same_events(recorder: Recorder, name: str) -> None:
    scenario = SCENARIOS[name]
    recorder.stack_name = f"differential-{name.replace(' ', '-').replace(',', '')}"
    simulated = Simulated(scenario.answers)
    for key, answer in scenario.answers.items():
        logical_id, _, request = key.partition("-")
        recorder.answers(logical_id, request, **answer)

    ended = [(_deploy(recorder, step), _simulate(simulated, step)) for step in scenario.steps]

    assert ended == [(status, status) for status in scenario.statuses]
    order = sorted if scenario.side_by_side else list
    assert order(_seen(recorder.events)) == order(_seen(simulated.events))


def _deploy(recorder: Recorder, step: Resources | str) -> str:
    if isinstance(step, str):
        return recorder.delete().status
    resources = {}
    for name, definition in step.items():
        own = {key: value for key, value in definition.items() if key != "Version"}
        resources[name] = {**recorder.resource(definition["Version"], Describe="yes"), **own}
    return recorder.deploy(**resources).status


def _simulate(simulated: Simulated, step: Resources | str) -> str:
    return simulated.delete() if isinstance(step, str) else simulated.deploy(step)


def _seen(events: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """What a provider can tell events by."""
    return [
        (
            event["StatusMeanwhile"],
            event["RequestType"],
            event["LogicalResourceId"],
            _kind(event),
            event["ResourceProperties"]["Version"],
            event.get("OldResourceProperties", {}).get("Version", ""),
        )
        for event in events
    ]


def _kind(event: dict[str, Any]) -> str:
    """A physical id that CloudFormation made up is another each time."""
    physical_id = event.get("PhysicalResourceId")
    if physical_id is None:
        return "none"
    name = event["StackId"].split("/")[1]
    return "invented" if physical_id.startswith(f"{name}-{event['LogicalResourceId']}-") else str(physical_id)
