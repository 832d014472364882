"""Examples deployed end to end: what they make serves, callers are answered, and it all goes again."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.aws import RunningAws
from tests.support import apps
from tests.support.cloudformation import Deployment, delete_stack, deploy_template, publish_assets

QUALIFIER = "examples"
NAMES = ("import_and_serve", "fine_tune_and_serve", "distillation", "reinforcement", "teams", "checked", "look_up")
MODULES = [f"examples.{name}.app" for name in NAMES]
FIRST, THEN = (
    ("ImportAndServe", "FineTuneAndServe", "Distillation", "Reinforcement", "Research", "Checked"),
    ("Chat", "Batch", "LookUp"),
)


@dataclass(frozen=True)
class Examples:
    """All of them while they were up, and what there was when they were gone."""

    stacks: Mapping[str, Deployment]
    resources: list[dict[str, Any]]
    answers: Mapping[str, Mapping[str, str]]
    alarms: list[dict[str, Any]]
    deleted: Mapping[str, str]
    left: list[dict[str, Any]]

    def model_behind(self, stack: str, output: str = "DeploymentArn") -> str:
        arn = self.stacks[stack].outputs[output]
        [found] = [each for each in self.resources if each["arn"] == arn]
        return str(found["description"]["modelArn"])


@pytest.fixture(scope="module")
def examples(aws: RunningAws, tmp_path_factory: pytest.TempPathFactory) -> Examples:
    templates = synthesized(aws, tmp_path_factory.mktemp("cdk.out"))
    with ThreadPoolExecutor() as pool:

        def deploy(*names: str) -> dict[str, Deployment]:
            return dict(
                zip(names, pool.map(lambda name: deploy_template(aws, name, templates[name]), names), strict=True)
            )

        def delete(*names: str) -> dict[str, str]:
            return dict(zip(names, pool.map(lambda name: delete_stack(aws, name).status, names), strict=True))

        stacks = deploy(*FIRST) | deploy(*THEN)
        resources = made_by_examples(aws)
        answers = {name: ask(aws, stacks[name].outputs["CallerName"]) for name in ("ImportAndServe", "Chat")}
        alarms = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="FineTuneAndServe")["MetricAlarms"]
        deleted = delete(*THEN) | delete(*FIRST)
    return Examples(stacks, resources, answers, alarms, deleted, made_by_examples(aws))


def test_they_are_deployed_and_deleted(examples: Examples) -> None:
    assert {done.status for done in examples.stacks.values()} == {"CREATE_COMPLETE"}
    assert set(examples.deleted.values()) == {"DELETE_COMPLETE"}


def test_the_function_answers_with_the_imported_model(examples: Examples) -> None:
    model = examples.model_behind("ImportAndServe")
    assert "custom-model/imported/" in model
    assert examples.answers["ImportAndServe"] == {"answer": f"Answered by {model}"}


def test_the_fine_tuned_model_is_served_and_watched(examples: Examples) -> None:
    assert "custom-model/amazon.nova-lite" in examples.model_behind("FineTuneAndServe")
    assert len(examples.alarms) == 4
    assert all(len(alarm["AlarmActions"]) == 1 for alarm in examples.alarms)


def test_one_team_is_answered_by_the_model_that_another_has_trained(examples: Examples) -> None:
    assert examples.answers["Chat"] == {"answer": f"Answered by {examples.model_behind('Research')}"}


def test_a_third_has_throughput_of_its_own_for_the_same_model(examples: Examples) -> None:
    assert examples.model_behind("Batch", "ThroughputArn") == examples.model_behind("Research")


def test_a_model_that_was_checked_is_served(examples: Examples) -> None:
    assert json.loads(examples.stacks["Checked"].outputs["Score"]) == {"Score": 1, "RecordCount": 5}
    assert "custom-model/amazon.nova-lite" in examples.model_behind("Checked")


def test_a_model_that_was_found_by_its_name_is_served(examples: Examples) -> None:
    [name] = [each["name"] for each in examples.resources if each["arn"] == examples.model_behind("LookUp")]
    assert name == examples.stacks["LookUp"].outputs["ModelName"]
    assert "Assistant" in name


def test_only_what_is_to_be_retained_is_left(examples: Examples) -> None:
    # A job can never be deleted.
    left = {each["arn"] for each in examples.left if each["kind"] != "model customization job"}
    trained = {examples.stacks[name].outputs["ModelArn"] for name in ("Distillation", "Reinforcement")}
    assert left == {examples.model_behind("Research")} | trained


def synthesized(aws: RunningAws, folder: Path) -> dict[str, Mapping[str, Any]]:
    """Their assets go to a bucket beside the one that the CDK CLI makes in the same AWS."""
    context = {"@aws-cdk/core:bootstrapQualifier": QUALIFIER}
    made = apps.synthesize_unchecked(folder, *MODULES, **context)
    for module in MODULES:
        publish_assets(aws, folder / module)
    aws.client("ssm").put_parameter(Name=f"/cdk-bootstrap/{QUALIFIER}/version", Value="99", Type="String")
    return {name: template for app in made.values() for name, template in app.items()}


def made_by_examples(aws: RunningAws) -> list[dict[str, Any]]:
    found = aws.bedrock("resources")["resources"]
    return [each for each in found if each["tags"].get("project") == "bedrock-custom-models"]


def ask(aws: RunningAws, function_name: str) -> dict[str, str]:
    payload = json.dumps({"question": "How do I fill the tank?"})
    called = aws.client("lambda").invoke(FunctionName=function_name, Payload=payload)
    answer: dict[str, str] = json.loads(called["Payload"].read())
    return answer
