"""A model is checked before it is served: one that does not pass never reaches the callers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import CheckData, CheckScore, CustomModelDeployment, ModelCheck, OutputData
from tests.e2e.stage import DATA_BUCKET, Seen, Stage, failure
from tests.support.cloudformation import Deployment

SECONDS = cdk.Duration.seconds(50)
QUESTIONS = [{"prompt": f"Question {number}?", "completion": "hold the button"} for number in range(30)]
# A whole check of the user's own: it passes by its payload.
JUDGE = """
def handler(event, context):
    assert event["modelId"].split(":")[5].startswith("custom-model-deployment/")
    return {"passed": event["payload"]["passes"], "reason": "as told", "metrics": {"Told": event["payload"]["number"]}}
"""


@dataclass(frozen=True)
class Checked:
    """A model that passes, a second one that does not, and the stack deleted."""

    first: Deployment
    second: Deployment
    again: Deployment
    deleted: Deployment
    behind: list[str]
    asked: list[int]
    seen: Seen
    report: list[str]


@pytest.fixture(scope="module")
def checked(new_stage: Callable[[str], Stage], tmp_path_factory: pytest.TempPathFactory) -> Checked:
    stage = new_stage("checked")
    golden: Path = tmp_path_factory.mktemp("golden") / "questions.jsonl"
    golden.write_text("".join(f"{json.dumps(each)}\n" for each in QUESTIONS))

    def build(stack: cdk.Stack, epochs: int) -> None:
        job = stage.job(stack, epochs=epochs, custom_model_name=f"{stage.id}-{epochs}")
        candidate = CustomModelDeployment(stack, f"{stage.id}Try", custom_model=job.custom_model, timeout=SECONDS)
        check = ModelCheck(
            stack,
            f"{stage.id}Check",
            custom_model=job.custom_model,
            max_training_loss=3,
            invoke=candidate,
            records=CheckData.from_asset(golden, score=CheckScore.CONTAINS, min_score=0.9),
            report=OutputData.to_s3_uri(f"s3://{DATA_BUCKET}/checks/{stage.id}"),
            timeout=SECONDS,
        )
        live = CustomModelDeployment(stack, f"{stage.id}Live", custom_model=check.custom_model, timeout=SECONDS)
        cdk.CfnOutput(stack, "Live", value=live.custom_model_deployment_arn)
        cdk.CfnOutput(stack, "Metrics", value=check.metrics)

    def asked() -> int:
        return len([call for call in stage.aws.bedrock("calls")["calls"] if call["operation"] == "Converse"])

    stage.aws.bedrock("answers", {"name_pattern": f"{stage.id}-1", "text": "You hold the button for ten seconds."})
    stage.aws.bedrock("answers", {"name_pattern": f"{stage.id}-2", "text": "I do not know."})
    counts = [asked()]
    first = stage.deploy(lambda stack: build(stack, 1))
    counts.append(asked())
    behind = [model_behind(stage, first)]
    second = stage.deploy(lambda stack: build(stack, 2))
    counts.append(asked())
    behind.append(model_behind(stage, first))
    again = stage.deploy(lambda stack: build(stack, 2))
    counts.append(asked())
    behind.append(model_behind(stage, first))
    seen = stage.seen(again)
    listed = stage.aws.client("s3").list_objects_v2(Bucket=DATA_BUCKET, Prefix=f"checks/{stage.id}/")
    report = [each["Key"] for each in listed.get("Contents", [])]
    return Checked(first, second, again, stage.delete(), behind, counts, seen, report)


def model_behind(stage: Stage, deployment: Deployment) -> str:
    [found] = [
        each["description"]["modelArn"]
        for each in stage.aws.bedrock("resources")["resources"]
        if each["arn"] == deployment.outputs["Live"]
    ]
    return str(found)


def test_one_that_passes_is_served(checked: Checked) -> None:
    assert checked.first.status == "CREATE_COMPLETE"
    assert json.loads(checked.first.outputs["Metrics"]) == {"Score": 1, "RecordCount": 30}


def test_one_that_does_not_pass_fails_the_deployment_with_the_reason(checked: Checked) -> None:
    assert checked.second.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "did not pass the check: the score of 30 records is 0, and at least 0.9 is asked" in failure(checked.second)


def test_callers_see_the_first_one_all_the_time(checked: Checked) -> None:
    assert len(set(checked.behind)) == 1


def test_the_model_that_failed_is_kept_and_adopted_and_never_asked_again(checked: Checked) -> None:
    assert checked.again.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "did not pass the check" in failure(checked.again)
    assert len(checked.seen.runs) == 2
    before, first, second, again = checked.asked
    assert (first - before, second - first, again - second) == (30, 30, 0)


def test_the_report_has_every_batch(checked: Checked) -> None:
    assert [key.rpartition("/")[2] for key in sorted(checked.report)].count("000001.jsonl") == 2
    assert len(checked.report) == 4


def test_nothing_hinders_the_deletion(checked: Checked) -> None:
    assert checked.deleted.status == "DELETE_COMPLETE"


@pytest.mark.parametrize("by", ["function", "state machine"])
def test_a_check_of_the_users_own(stage: Stage, by: str) -> None:
    def build(stack: cdk.Stack, *, passes: bool) -> None:
        model = stage.model(stack)
        candidate = CustomModelDeployment(stack, f"{stage.id}Try", custom_model=model, timeout=SECONDS)
        judge = lambda_.Function(
            stack,
            f"{stage.id}Judge",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(JUDGE),
        )
        check = ModelCheck(
            stack,
            f"{stage.id}Check",
            custom_model=model,
            invoke=candidate,
            function=judge if by == "function" else None,
            state_machine=_machine(stack, judge) if by == "state machine" else None,
            payload={"passes": passes, "number": 3},
            timeout=SECONDS,
        )
        cdk.CfnOutput(stack, "Model", value=check.custom_model.custom_model_arn)
        cdk.CfnOutput(stack, "Metrics", value=check.metrics)

    first = stage.deploy(lambda stack: build(stack, passes=True))
    assert first.status == "CREATE_COMPLETE", failure(first)
    assert ":custom-model/" in first.outputs["Model"]
    assert json.loads(first.outputs["Metrics"]) == {"Told": 3}

    second = stage.deploy(lambda stack: build(stack, passes=False))
    assert second.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "did not pass the check: as told." in failure(second)


def _machine(stack: cdk.Stack, judge: lambda_.Function) -> sfn.StateMachine:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": judge.function_arn, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "End": True,
    }
    definition = stack.to_json_string({"StartAt": "Ask", "States": {"Ask": state}})
    machine = sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_string(definition))
    judge.grant_invoke(machine)
    return machine
