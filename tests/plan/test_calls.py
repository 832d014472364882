"""How much a plan asks of AWS: fifty models in five stacks."""

from datetime import timedelta
from pathlib import Path

import pytest

from bedrock_models.plan import step
from bedrock_models.plan.step import Action
from tests.faults.steps import Deploy, Quota
from tests.faults.templates import Training
from tests.faults.world import World, environment
from tests.plan import twin

STACKS, MODELS = 5, 10


def deployments(*, inputs: str = "1", tags: str = "ml") -> list[Deploy]:
    models = [Training(id=f"Model{number}", inputs=inputs, tags=tags) for number in range(MODELS)]
    return [Deploy(f"Stack{number}", models) for number in range(STACKS)]


@pytest.fixture(scope="module")
def world() -> World:
    world = World()
    with environment(world):
        for each in (Quota(STACKS * MODELS * 2), *deployments()):
            each.take(world)
    return world


@pytest.mark.parametrize(
    ("change", "action", "reads"),
    [
        ({}, Action.NOTHING, 0),
        # The run, its tags, its model.
        ({"tags": "other"}, Action.UPDATE, 3),
        # The same of the run before, and the tags of its model, which goes. That there is no run of these inputs one
        # list says for all.
        ({"inputs": "2"}, Action.TRAIN, 4),
    ],
)
def test_a_model_takes_few_reads(
    world: World, tmp_path: Path, change: dict[str, str], action: Action, reads: int
) -> None:
    planner = twin.planner(world, tmp_path)

    with environment(world):
        planned = planner.plan([twin.synthesized(each, tmp_path) for each in deployments(**change)])

    assert {each.action for each in step.of(planned)} == {action}
    # And once for all of them: the jobs, what queues, the base model.
    assert planner.recorder.reads <= reads * STACKS * MODELS + 3


@pytest.mark.parametrize(
    ("change", "action"),
    [({"tags": "other"}, Action.UPDATE), ({"inputs": "2"}, Action.TRAIN)],
)
def test_a_clock_that_is_behind_changes_nothing(
    world: World, tmp_path: Path, change: dict[str, str], action: Action
) -> None:
    planner = twin.planner(world, tmp_path, behind=timedelta(days=1))

    with environment(world):
        planned = planner.plan([twin.synthesized(deployments(**change)[0], tmp_path)])

    assert {each.action for each in step.of(planned)} == {action}
