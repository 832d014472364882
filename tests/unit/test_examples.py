"""The examples beside their templates (test_templates.py): where they are named, and what their code does."""

import importlib.util
import json
from types import ModuleType
from typing import Any

import pytest

from tests.support import apps

EXAMPLES = apps.ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/app.py"))


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
