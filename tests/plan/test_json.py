"""The JSON of a plan is what the guide says it is: member by member, both ways."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bedrock_models.bedrock.job import Typical
from bedrock_models.plan import as_json, step
from bedrock_models.plan.cost import ONCE, Cost, Training
from bedrock_models.plan.report import Planned, Report
from bedrock_models.plan.stack_plan import AssumedCheck
from bedrock_models.plan.training_data import Size
from tests.faults.world import World, environment
from tests.plan import twin
from tests.plan.test_calls import deployments, world

__all__ = ["world"]

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "plan.md"


def test_the_guide_names_the_members_of_the_json_and_no_others(world: World, tmp_path: Path) -> None:
    documented = _documented(GUIDE.read_text())
    told = _members(_document(world, tmp_path))

    missing = {(place, name) for place, names in told.items() for name in names - documented.get(place, set())}
    assert missing == set()
    assert documented.keys() == told.keys()
    # The values of a member stand beside it.
    values = {"input", "setting", "tag", "once", "month", "hour", "minute", "hours"}
    invented = {(place, name) for place, names in documented.items() for name in names - told[place] - values}
    assert invented == set()


def test_the_version_of_the_guide_is_that_of_the_json() -> None:
    assert f"`version` is {as_json.VERSION};" in GUIDE.read_text()


def _document(world: World, folder: Path) -> dict[str, Any]:
    """A plan with everything that a plan may have: a replacement for one stack, an update in place for another."""
    steps = []
    for number, change in enumerate(({"inputs": "2"}, {"tags": "other"})):
        here = folder / str(number)
        here.mkdir()
        planner = twin.planner(world, here)
        with environment(world):
            steps += step.of(planner.plan([twin.synthesized(deployments(**change)[number], here)]))
    size = Size(source="data", records=1, characters=4)
    planned = [
        Planned(
            step=each,
            training=Training(size=size, why_unknown="", epochs=2),
            costs=(Cost(what="training", per=ONCE, usd=None, made_of="", source=""),),
            usual=Typical(runs=1, whole=timedelta(hours=1), phases={}),
        )
        for each in steps
    ]
    report = Report(
        at=datetime(2026, 11, 27, tzinfo=UTC),
        account="",
        region="us-east-1",
        stacks=("A",),
        planned=tuple(planned),
        checks=(AssumedCheck(stack="A", path="Check", logical_id="Check"),),
    )
    document: dict[str, Any] = json.loads(json.dumps(as_json.of(report)))
    return document


def _members(document: dict[str, Any]) -> dict[str, set[str]]:
    """The members of each object by its path; "" is the document. `actions` has words of the plan as members."""
    found: dict[str, set[str]] = {}

    def collect(value: Any, path: str) -> None:
        if isinstance(value, list):
            for part in value:
                collect(part, f"{path}[]" if isinstance(part, dict) else path)
        elif isinstance(value, dict) and path != "totals.actions":
            found.setdefault(path, set()).update(value)
            for name, part in value.items():
                collect(part, f"{path}.{name}" if path else name)

    collect(document, "")
    # What calls are made of is said once.
    assert found.pop("steps[].replaces.calls[]") == found["steps[].calls[]"]
    return found


def _documented(text: str) -> dict[str, set[str]]:
    table = text.partition("| member | holds |")[2].partition("\n\n")[0]
    found: dict[str, set[str]] = {}
    for line in table.splitlines()[2:]:
        _, members, holds, _ = line.split(" | ") if line.count(" | ") > 2 else ["", *line.strip("| ").split(" | "), ""]
        names = re.findall(r"`([^`]+)`", members)
        if len(names) > 1:
            found.setdefault("", set()).update(names)
            continue
        [path] = names
        found[path] = set(re.findall(r"`([a-zA-Z]+)`", holds))
        if "." not in path:
            found.setdefault("", set()).add(path.removesuffix("[]"))
        elif path.startswith("steps[]."):
            found.setdefault("steps[]", set()).add(path.removeprefix("steps[].").removesuffix("[]"))
    return found
