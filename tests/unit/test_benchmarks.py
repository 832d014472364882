"""What the numbers of the benchmarks are made with: turns, medians, limits, the counting of a workflow."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import limits
from benchmarks.rounds import interleaved, ratio
from benchmarks.table import Table
from benchmarks.workflow import NotNowError, Workflow
from local.bedrock import ManualClock

ROLE = {"Ref": "Role"}


def test_systems_take_turns_and_every_other_round_goes_the_other_way() -> None:
    order: list[tuple[str, int]] = []
    found = interleaved(["ours", "peer"], 2, lambda system, turn: order.append((system, turn)) or len(order))
    assert order == [("ours", 0), ("peer", 0), ("peer", 1), ("ours", 1)]
    assert found == {"ours": [1, 4], "peer": [2, 3]}


def test_a_ratio_compares_runs_of_the_same_round() -> None:
    assert ratio([1.0, 20.0, 3.0], [2.0, 40.0, 3.0]) == 0.5
    assert ratio([1.0], [0.0]) is None


def test_a_table_reads_the_same_in_markdown() -> None:
    table = Table(title="Waiting", header=["", "s"], rows=[["ours", 0.12345], ["peer", None]], notes=["One.", "Two."])
    assert table.markdown() == "### Waiting\n\n|  | s |\n| --- | ---: |\n| ours | 0.123 |\n| peer | - |\n\nOne. Two."


def policy(*actions: str) -> dict[str, Any]:
    document = {"Statement": [{"Action": list(actions), "Effect": "Allow", "Resource": "*"}]}
    return {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [ROLE], "PolicyDocument": document}}


@pytest.mark.parametrize(
    ("template", "broken"),
    [
        ({"Resources": {"One": policy("s3:GetObject")}}, []),
        ({"Resources": {str(number): {"Type": "Custom::X"} for number in range(501)}}, ["resources"]),
        ({"Resources": {}, "Outputs": {str(number): {} for number in range(201)}}, ["outputs"]),
        (
            {"Resources": {str(number): policy("s3:GetObject" * 300) for number in range(3)}},
            ["characters of a role's inline policies"],
        ),
    ],
)
def test_a_broken_limit_is_named(tmp_path: Path, template: dict[str, Any], broken: list[str]) -> None:
    path = tmp_path / "Stack.template.json"
    path.write_text(json.dumps(template))
    assert limits.broken(path) == broken


def test_every_state_and_every_retry_is_a_transition() -> None:
    clock, looks = ManualClock(), iter([NotNowError(), NotNowError(), {"Done": True}])
    started = clock.now()

    def look(_: dict[str, Any]) -> Any:
        answer = next(looks)
        if isinstance(answer, Exception):
            raise answer
        return answer

    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 1, "MaxAttempts": 10}
    states = {
        "Look": {"Type": "Task", "Resource": "look", "Retry": [retry], "Next": "End"},
        "End": {"Type": "Succeed"},
    }
    workflow = Workflow({"StartAt": "Look", "States": states}, {"look": look}, clock)
    assert workflow.run({}) == {"Done": True}
    assert (workflow.transitions, workflow.invocations["look"]) == (4, 3)
    assert (clock.now() - started).total_seconds() == 10
