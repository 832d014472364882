"""What the plan names is what the deployment then does, in every life cycle that the simulation plays."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from bedrock_models.cloudformation import unknown
from bedrock_models.plan.stack_plan import PlannedEvent
from tests.faults.life_cycles import LIFE_CYCLES
from tests.faults.steps import Deploy, RefusesLogging
from tests.faults.templates import Check
from tests.faults.world import Step, World, environment
from tests.plan import twin

_READS = ("Get", "List", "Describe")
_FORWARD = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_CLEANING = ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",)


@pytest.mark.parametrize("life_cycle", LIFE_CYCLES)
def test_the_plan_names_the_writes_that_the_deployment_then_makes(life_cycle: str, tmp_path: Path) -> None:
    world = World()
    with environment(world):
        before: Step | None = None
        for number, step in enumerate(LIFE_CYCLES[life_cycle].script):
            _take(world, step, tmp_path / str(number), is_refused=isinstance(before, RefusesLogging))
            before = step


def _take(world: World, step: Step, directory: Path, *, is_refused: bool) -> None:
    stack = world.cloudformation.find(step.stack) if isinstance(step, Deploy) else None
    if not isinstance(step, Deploy) or (stack and (not stack.is_settled or stack.status.endswith("_FAILED"))):
        step.take(world)
        return
    directory.mkdir()
    planned = twin.plan(world, step, directory)
    first = len(world.calls.made)
    asked = set(world.cloudformation.questions)
    step.take(world)
    does_not_pass = any(isinstance(each, Check) and not each.passes for each in step.models)
    is_whole = step.fails_after is None and step.deleted_after is None and not (does_not_pass or is_refused)
    for each in planned:
        done = _done(world, first, each)
        wanted = _wanted(each)
        assert done == (wanted if is_whole else wanted[: len(done)]), f"{step}: {each.kind} {each.logical_id}"
        answer = _answer(world, asked, each)
        is_named = not unknown.are_made(each.new.get("RunInputs", {}))
        if answer and each.kind and answer["Status"] == "SUCCESS" and each.result.answer and is_named:
            assert answer["PhysicalResourceId"] == each.result.answer.physical_id
    if is_whole:
        _require_nothing_else(world, first, planned, str(step))


def _wanted(planned: PlannedEvent) -> list[str]:
    writes = [each.operation for each in planned.result.writes]
    start = ["CreateModelCustomizationJob"] if planned.result.queued else []
    return _once([*writes, *start])


def _done(world: World, first: int, planned: PlannedEvent) -> list[str]:
    return _once([operation for event, operation in _writes(world, first) if _is_about(world, event, planned)])


def _writes(world: World, first: int) -> list[tuple[Any, str]]:
    made = [(call.event, call.operation.partition(":")) for call in world.calls.made[first:]]
    return [
        (event, operation)
        for event, (service, _, operation) in made
        if service in ("bedrock", "iam", "ec2", "ssm") and not operation.startswith(_READS)
    ]


def _is_about(world: World, event: Any, planned: PlannedEvent) -> bool:
    question = world.cloudformation.questions.get(event["RequestId"])
    if question is None or event["LogicalResourceId"] != planned.logical_id:
        return False
    statuses = _CLEANING if planned.kind == "Delete" else _FORWARD
    same = event["RequestType"] == planned.kind and question.stack_status in statuses
    return same and (planned.kind != "Delete" or event["PhysicalResourceId"] == planned.held)


def _answer(world: World, asked: set[str], planned: PlannedEvent) -> Any:
    questions = [each for name, each in world.cloudformation.questions.items() if name not in asked]
    found = [each for each in questions if _is_about(world, each.event, planned) and each.answers]
    return found[0].answers[0] if found else None


def _require_nothing_else(world: World, first: int, planned: list[PlannedEvent], step: str) -> None:
    others = {
        (event["RequestType"], event["LogicalResourceId"], operation)
        for event, operation in _writes(world, first)
        if event["RequestType"] != "Delete"
        or world.cloudformation.questions[event["RequestId"]].stack_status in _CLEANING
        if not any(_is_about(world, event, each) for each in planned)
    }
    assert others == set(), step


def _once(operations: list[str]) -> list[str]:
    """What is tried again counts once. A run may have ended by itself before its clean-up would stop it."""
    return [operation for operation, _ in itertools.groupby(operations) if operation != "StopModelCustomizationJob"]
