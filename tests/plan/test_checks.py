"""Model checks in a plan: their verdict is not known before, so it says for which ones it assumes that they pass."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk, desk
from tests.faults.steps import Deploy
from tests.faults.templates import Check, Deployment, Model, Training
from tests.faults.world import World, environment
from tests.plan import twin
from tests.plan.test_command import Pricing, assembly, pricing

__all__ = ["assembly", "desk", "pricing"]

CHECKED = (Training(), Check(), Deployment(of="Check"))
GOLDEN = "the model passes the check Check of Models"


def test_text_markdown_and_json_say_what_is_assumed(desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> None:
    assert pricing.products
    app = assembly(*CHECKED)

    assert f"note: assumed: {GOLDEN}; if it does not, the deployment fails" in desk.run("plan", "--app", app)[1]
    assert f"> assumed: {GOLDEN}" in desk.run("plan", "--app", app, "--markdown")[1]
    planned: dict[str, Any] = json.loads(desk.run("plan", "--app", app, "--json")[1])
    assert planned["checks"] == [{"stack": "Models", "path": "Check", "logicalId": "Check", "assumed": "passed"}]


def test_without_a_check_nothing_is_assumed(desk: Desk, pricing: Pricing, assembly: Callable[..., str]) -> None:
    assert pricing.products
    planned: dict[str, Any] = json.loads(desk.run("plan", "--app", assembly(Training()), "--json")[1])
    assert planned["checks"] == []


@pytest.mark.parametrize(
    ("models", "assumed"),
    [
        (CHECKED, []),
        # Tags are no part of the check.
        ((Training(tags="other"), Check(), Deployment(of="Check")), []),
        ((Training(inputs="2"), Check(), Deployment(of="Check")), ["Check"]),
        ((Training(), Check(inputs="2"), Deployment(of="Check")), ["Check"]),
        ((Training(), Check(), Check(id="Second")), ["Second"]),
    ],
    ids=["unchanged", "tags", "another model", "other criteria", "another check"],
)
@pytest.mark.parametrize("nested", [False, True])
def test_only_checks_that_the_deployment_would_make_are_assumed(
    tmp_path: Path, models: tuple[Model, ...], assumed: list[str], nested: bool
) -> None:
    world = World()
    with environment(world):
        Deploy("Models", CHECKED, nested=nested).take(world)
        planner = twin.planner(world, tmp_path)
        stack = twin.synthesized(Deploy("Models", models, nested=nested), tmp_path)
        planner.plan([stack])
        assert [each.path for each in planner.assumed_checks([stack])] == assumed
