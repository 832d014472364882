"""Planned, deployed, compared: against the local AWS, as a user runs it, with IAM enforced."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.exceptions import ClientError
from constructs import Construct

from bedrock_models.main import main
from constructs_lib import (
    CustomModelDeployment,
    OutputData,
    ProvisionedModelThroughput,
    RollbackBehavior,
    TrainingData,
)
from constructs_lib.core.contract import SEGMENT_CONTEXT
from tests.e2e.conftest import aws, stage
from tests.e2e.stage import DATA_BUCKET, NO_QUOTA, SEGMENT, Build, Stage, broken
from tests.support.cloudformation import Deployment, publish_assets
from tests.support.synth import staged_app

__all__ = ["aws", "stage"]

RECORD = '{{"schemaVersion": "bedrock-conversation-2024", "system": [], "messages": {messages}}}'
DESTROY = cdk.RemovalPolicy.DESTROY
_READS = ("Get", "List")


class Desk:
    """A stage with somebody who plans before each deployment."""

    def __init__(self, stage: Stage, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self.stage = stage
        self._capsys = capsys
        self._folders = (folder / f"assembly-{number}" for number in range(100))

    def assembly(self, build: Build) -> str:
        app = staged_app(outdir=str(next(self._folders)), context={SEGMENT_CONTEXT: SEGMENT})
        settings = self.stage.aws.settings
        synthesizer = cdk.DefaultStackSynthesizer(qualifier="e2e", generate_bootstrap_version_rule=False)
        env = cdk.Environment(account=settings.account, region=settings.region)
        build(cdk.Stack(app, self.stage.id, env=env, synthesizer=synthesizer))
        assembly = app.synth()
        publish_assets(self.stage.aws, Path(assembly.directory))
        return str(assembly.directory)

    def plan(self, build: Build, *options: str, code: int = 0) -> dict[str, Any]:
        assert main(["plan", "--app", self.assembly(build), "--json", *options]) == code
        planned: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return planned

    def deploy(self, build: Build, **options: Any) -> Deployment:
        return self.stage.deploy(build, **options)

    def agrees(self, build: Build, *, code: int = 0) -> list[dict[str, Any]]:
        """Plans, deploys, and holds the calls of the one against those of the other."""
        steps: list[dict[str, Any]] = self.plan(build, code=code)["steps"]
        before = len(self._writes())
        deployment = self._deployed(build)
        if code:
            assert "ROLLBACK" in deployment.status
            return steps
        calls = [call for step in steps for call in [*step["calls"], *(step["replaces"] or {"calls": []})["calls"]]]
        planned = [call for call in calls if _is_of_bedrock(call["operation"])]
        made = self._writes()[before:]
        assert Counter(call["operation"] for call in made) == Counter(call["operation"] for call in planned)
        started = {call["params"].get("jobName") for call in made} - {None}
        assert started == {call["target"] for call in planned if call["operation"] == "CreateModelCustomizationJob"}
        return steps

    def waits(self, which: str) -> bool:
        """Whether a start of this job was refused for the quota, so that it waits in the queue."""
        calls = self.stage.aws.bedrock("calls")["calls"]
        return any(
            each["operation"] == "CreateModelCustomizationJob"
            and each["outcome"] != "ok"
            and f"{self.stage.id}{which}" in json.dumps(each["params"])
            for each in calls
        )

    def _deployed(self, build: Build) -> Deployment:
        try:
            return self.deploy(build)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
            return Deployment("UPDATE_COMPLETE", "", {}, [])

    def _writes(self) -> list[dict[str, Any]]:
        calls = self.stage.aws.bedrock("calls")["calls"]
        return [each for each in calls if each["outcome"] == "ok" and not each["operation"].startswith(_READS)]


def _is_of_bedrock(operation: str) -> bool:
    return not operation.startswith(("DeleteRole", "DeleteSecurityGroup", "DetachRole"))


def actions(steps: list[dict[str, Any]]) -> list[str]:
    return [step["action"] for step in steps]


@pytest.fixture
def desk(stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name, value in stage.aws.env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return Desk(stage, capsys, tmp_path)


def test_a_first_deployment_then_none_then_tags_then_other_data(desk: Desk, tmp_path: Path) -> None:
    def build(*, records: int = 1, tag: str = "one") -> Build:
        file = tmp_path / f"records-{records}.jsonl"
        message = [{"role": "user", "content": [{"text": "Hi"}]}, {"role": "assistant", "content": [{"text": "Ho"}]}]
        file.write_text(f"{RECORD.format(messages=json.dumps(message))}\n" * records)
        return lambda stack: desk.stage.job(
            stack, training_data=TrainingData.from_asset(str(file)), tags={"t": tag}, removal_policy=DESTROY
        )

    [first] = desk.agrees(build())
    assert (first["action"], first["attempt"]) == ("train", {"number": 1, "of": 2})
    assert (first["data"]["records"], first["data"]["characters"]) == (1, 4)

    [same] = desk.agrees(build())
    assert (same["action"], same["calls"]) == ("nothing", [])

    [tags] = desk.agrees(build(tag="two"))
    assert tags["action"] == "update"
    assert [(each["name"], each["old"], each["new"]) for each in tags["changes"]] == [("tag t", "one", "two")]

    [data] = desk.agrees(build(records=2, tag="two"))
    assert (data["action"], data["text"]) == ("train", "starts a paid training run: training data changed")
    assert data["replaces"]["action"] == "delete"
    assert data["data"]["records"] == 2


def test_what_is_protected_is_refused_as_the_deployment_refuses_it(desk: Desk) -> None:
    def build(epochs: int) -> Build:
        return lambda stack: desk.stage.job(stack, epochs=epochs, retrain_protection=True)

    desk.agrees(build(2))
    [step] = desk.agrees(build(3), code=1)

    assert step["action"] == "refuse"
    assert "retrain_protection: a change of hyperParameters would start a paid training run" in step["text"]


def test_a_run_that_a_rollback_kept_is_taken_over(desk: Desk) -> None:
    def fails(stack: cdk.Stack) -> None:
        job = desk.stage.job(stack, rollback_behavior=RollbackBehavior.KEEP, removal_policy=DESTROY)
        broken(stack, after=[job])

    assert desk.deploy(fails).status == "ROLLBACK_COMPLETE"
    desk.stage.aws.client("cloudformation").delete_stack(StackName=desk.stage.id)
    desk.stage.until(lambda: not _exists(desk.stage))
    [step] = desk.agrees(lambda stack: desk.stage.job(stack, removal_policy=DESTROY))

    assert (step["action"], step["existing"]["status"]) == ("adopt", "Completed")


def _exists(stage: Stage) -> bool:
    pages = stage.aws.client("cloudformation").get_paginator("list_stacks").paginate()
    return any(
        each["StackName"] == stage.id and each["StackStatus"] != "DELETE_COMPLETE"
        for page in pages
        for each in page["StackSummaries"]
    )


@pytest.mark.parametrize(("lock", "expected"), [("", "train"), ("shared", "adopt")])
def test_a_renamed_construct_trains_anew_without_a_lock(desk: Desk, lock: str, expected: str) -> None:
    given = {"lock_id": f"{desk.stage.id}-{lock}"} if lock else {}
    desk.agrees(lambda stack: desk.stage.job(stack, "One", removal_policy=DESTROY, **given))

    steps = desk.agrees(lambda stack: desk.stage.job(stack, "Two", removal_policy=DESTROY, **given))

    assert actions(steps) == [expected, "keep" if lock else "delete"]


def test_what_leaves_the_app_goes_by_its_policy(desk: Desk) -> None:
    def build(*, whole: bool) -> Build:
        def both(stack: cdk.Stack) -> None:
            desk.stage.model(stack, "Stays")
            if whole:
                desk.stage.model(stack, "Kept", uri=f"{desk.stage.escrow_uri}")
                desk.stage.job(stack, "Goes", removal_policy=DESTROY)

        return both

    desk.agrees(build(whole=True))
    steps = desk.agrees(build(whole=False))

    assert sorted(actions(steps)) == ["delete", "keep", "nothing"]


def test_a_deployment_is_made_and_then_given_another_model(desk: Desk) -> None:
    def build(epochs: int) -> Build:
        def serving(stack: cdk.Stack) -> None:
            job = desk.stage.job(stack, epochs=epochs)
            CustomModelDeployment(stack, f"{desk.stage.id}Live", custom_model=job.custom_model)

        return serving

    assert actions(desk.agrees(build(2))) == ["train", "deploy"]
    assert actions(desk.agrees(build(3))) == ["train", "swap"]


def test_throughput_is_bought_and_then_given_another_model(desk: Desk) -> None:
    def build(epochs: int) -> Build:
        def serving(stack: cdk.Stack) -> None:
            job = desk.stage.job(stack, epochs=epochs)
            ProvisionedModelThroughput(stack, f"{desk.stage.id}Units", model=job.custom_model)

        return serving

    assert actions(desk.agrees(build(2))) == ["train", "buy"]
    assert actions(desk.agrees(build(3))) == ["train", "swap"]


def test_a_full_quota_is_told_and_the_run_starts_when_there_is_room(desk: Desk) -> None:
    stage = desk.stage
    stage.hold("First")
    busy = stage.start(lambda stack: stage.job(stack, "First"), name=f"{stage.id}-first")
    stage.until(lambda: [run for run in stage.runs if run.status == "InProgress"])
    stage.aws.bedrock("quotas", {"concurrent_customization_jobs": 1})
    try:
        [step] = desk.plan(lambda stack: stage.job(stack, "Second"))["steps"]
        queued = stage.start(lambda stack: stage.job(stack, "Second"))
        stage.until(lambda: desk.waits("Second"))
        stage.finish("First")
        assert [busy.result().status, queued.result().status] == ["CREATE_COMPLETE"] * 2
    finally:
        stage.aws.bedrock("quotas", {"concurrent_customization_jobs": NO_QUOTA})
        stage.finish()

    assert step["action"] == "train"
    assert "1 training jobs are in progress, and 1 may be" in json.dumps(step)
    assert [run.name for run in stage.runs if f"{stage.id}Second" in run.name] == [step["name"]]


def test_nested_stacks_and_stages_are_planned_as_a_part_of_theirs(desk: Desk) -> None:
    def nested(stack: cdk.Stack) -> None:
        desk.stage.job(cdk.NestedStack(stack, "Inner"))

    [step] = desk.agrees(nested)
    assert (step["action"], step["stack"]) == ("train", desk.stage.id)
    [again] = desk.agrees(nested)
    assert again["action"] == "nothing"


def test_data_in_a_bucket_is_measured(desk: Desk) -> None:
    def build(scope: Construct) -> object:
        return desk.stage.job(scope, output_data=OutputData.to_s3_uri(f"s3://{DATA_BUCKET}/o/"))

    [step] = desk.plan(build)["steps"]
    assert step["data"]["source"] == f"s3://{DATA_BUCKET}/train.jsonl"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--fail-on", "train"), 3),
        (("--fail-on", "delete,stop"), 0),
        (("--max-cost", "1000"), 4),
        ((), 0),
    ],
)
def test_what_the_options_object_to_has_its_exit_code(desk: Desk, options: tuple[str, ...], code: int) -> None:
    desk.plan(desk.stage.job, *options, code=code)
