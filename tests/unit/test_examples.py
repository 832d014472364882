"""Every example is well typed, synthesizes as it stands, is valid, and is pinned."""

import importlib.util
import json
from types import ModuleType
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.support import apps

EXAMPLES = apps.ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/app.py"))
# cfn-lint reads the CDK's own way of writing an ARN in a pipeline's action as a fault.
NOT_FOR_PIPELINES = ["E3703"]


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, apps.Templates]:
    modules = [f"examples.{name}.app" for name in NAMES]
    return dict(zip(NAMES, apps.synthesize(tmp_path_factory.mktemp("cdk.out"), *modules).values(), strict=True))


@pytest.fixture(params=NAMES)
def templates(request: pytest.FixtureRequest, synthesized: dict[str, apps.Templates]) -> apps.Templates:
    return synthesized[request.param]


def test_it_synthesizes_to_the_pinned_templates(templates: apps.Templates, snapshot: SnapshotAssertion) -> None:
    for name, template in templates.items():
        assert apps.without_asset_hashes(_own_part(template)) == snapshot(
            name=name, extension_class=JSONSnapshotExtension
        )


def test_cloudformation_would_take_it(templates: apps.Templates) -> None:
    for name, template in templates.items():
        but = NOT_FOR_PIPELINES if name == "Pipeline" else []
        assert apps.findings(template, but=but) == [], name


def test_the_readme_names_every_example() -> None:
    readme = (apps.ROOT / "README.md").read_text()
    assert [name for name in NAMES if f"examples/{name}" not in readme] == []


@pytest.fixture(scope="module")
def grader() -> ModuleType:
    path = EXAMPLES / "reinforcement" / "grader" / "index.py"
    spec = importlib.util.spec_from_file_location("grader", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("place", ["top", "metadata"])
@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("1750 ml at 110 ml a day: 15", 1.0),
        ("About 16 days.", 0.3),
        ("It lasts 40 days.", 0.0),
        ("I cannot say.", 0.0),
        ("15 " + "word " * 600 + "15", 0.82),
    ],
)
def test_the_grader_marks_the_number_that_an_answer_ends_with(
    grader: ModuleType, place: str, answer: str, score: float
) -> None:
    reference = {"reference_answer": {"days": 15}}
    sample = {"id": "1", "messages": [{"role": "assistant", "content": [{"text": answer}]}]}

    [graded] = grader.handler([sample | (reference if place == "top" else {"metadata": reference})], None)

    assert graded["id"] == "1"
    assert graded["aggregate_reward_score"] == pytest.approx(score, abs=0.01)


def test_the_graders_answers_to_its_own_data_are_right(grader: ModuleType) -> None:
    records = [json.loads(line) for line in (EXAMPLES / "reinforcement/data/train.jsonl").read_text().splitlines()]
    samples = [
        {**record, "id": str(number), "messages": [*record["messages"], _answer(record)]}
        for number, record in enumerate(records)
    ]
    assert {graded["aggregate_reward_score"] for graded in grader.handler(samples, None)} == {1.0}


def _answer(record: dict[str, Any]) -> dict[str, str]:
    return {"role": "assistant", "content": f"It lasts {record['reference_answer']['days']} days."}


def _own_part(template: dict[str, Any]) -> dict[str, Any]:
    """Without the provider, which the snapshot of app.py pins: a change of it would show in every example."""
    resources = template["Resources"]
    own = {name: resource for name, resource in resources.items() if not name.startswith("BedrockModelProvider")}
    return {**template, "Resources": own}
