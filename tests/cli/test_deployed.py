"""The command line against whole deployments in the local AWS, as a user starts it: over HTTPS, with IAM enforced."""

import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

from bedrock_models.bedrock import function_log, model_check
from bedrock_models.cloudformation import stack
from bedrock_models.context import Aws, Context, console
from bedrock_models.main import main
from constructs_lib import (
    CheckData,
    CheckScore,
    CustomModelDeployment,
    ImportedModel,
    ModelCheck,
    OpenWeightsSource,
)
from tests.e2e.conftest import aws, stage
from tests.e2e.stage import DATA_BUCKET, WEIGHTS, Stage

__all__ = ["aws", "stage"]

CLI = Path(__file__).parents[2] / "cli"


@pytest.fixture
def here(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage whose AWS is the one that this process's credentials and endpoints name."""
    for name, value in stage.aws.env.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    # Wide enough that no line of a report is broken.
    monkeypatch.setenv("COLUMNS", "250")
    return stage


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, str]]:
    assert main([*arguments, "--json"]) == 0
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return found


def _watched(here: Stage, line: str) -> str:
    """What `watch` says until its good end; when it has said this, what goes on in Bedrock is brought to its end."""
    command = [sys.executable, "-m", "bedrock_models", "watch", here.id, "--interval", "0.5"]
    path = {"PYTHONPATH": f"{CLI}{os.pathsep}{CLI.parent}"}
    with subprocess.Popen(command, env=os.environ | path, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        seen = ""
        for said in watching.stdout:
            seen += said
            if line in said:
                here.finish()
    assert watching.returncode == 0
    return seen


def test_a_deployment_is_watched_to_its_end(here: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    here.hold()
    deploying = here.start(lambda stack: here.job(stack, timeout=cdk.Duration.hours(8)), segment=None)
    here.until(lambda: here.runs)

    seen = _watched(here, "waits in Wait")

    [run] = here.runs
    assert deploying.result().status == "CREATE_COMPLETE"
    of_the_run = [line.partition(f"{run.name}: ")[2] for line in seen.splitlines() if run.name in line]
    assert of_the_run[0] == "a paid training run was started by this deployment"
    assert f"{run.name}: training InProgress" in seen
    assert "training loss 0.25 at step 39" in seen
    assert seen.endswith(f"model: {run.description['outputModelArn']}\n")
    _is_found_sound(here, capsys)


def test_an_import_is_watched_to_its_end(here: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    bucket = f"weights-of-{here.id.lower()}"
    here.aws.client("s3").create_bucket(Bucket=bucket)
    for file in WEIGHTS:
        body = json.dumps({"architectures": ["LlamaForCausalLM"]}).encode()
        here.aws.client("s3").put_object(Bucket=bucket, Key=f"writer/{file}", Body=body)
    here.script(durations={"model_import_job": 1e9})

    def build(stack: cdk.Stack) -> None:
        source = OpenWeightsSource.from_s3_uri(f"s3://{bucket}/writer/")
        ImportedModel(stack, f"{here.id}Writer", source=source, removal_policy=cdk.RemovalPolicy.DESTROY)

    deploying = here.start(build, segment=None)
    here.until(lambda: here.calls("CreateModelImportJob"))

    seen = _watched(here, "import InProgress")

    [listed] = _json(capsys, "list", "imported-models", "--name-contains", here.id)
    assert deploying.result().status == "CREATE_COMPLETE"
    assert "an import was started by this deployment: its model is billed for its storage" in seen
    assert seen.endswith(f"model: {listed['arn']}\n")
    assert here.delete().status == "DELETE_COMPLETE"


def test_a_model_is_listed_with_the_checks_that_it_passed_and_failed(
    here: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = tmp_path / "questions.jsonl"
    golden.write_text('{"prompt": "How?", "completion": "hold the button"}\n' * 30)
    here.aws.bedrock("answers", {"name_pattern": f"*{here.id}*", "text": "You hold the button."})

    def build(stack: cdk.Stack) -> None:
        model = here.job(stack).custom_model
        candidate = CustomModelDeployment(stack, f"{here.id}Try", custom_model=model)
        for name, score in (("Button", CheckScore.CONTAINS), ("Exact", CheckScore.EXACT_MATCH)):
            records = CheckData.from_asset(golden, score=score)
            ModelCheck(stack, f"{here.id}{name}", custom_model=model, invoke=candidate, records=records)

    deployed = here.deploy(build, disable_rollback=True)

    [listed] = _json(capsys, "list", "models", "--name-contains", here.id)
    verdicts = {each["name"].split("-")[0].removeprefix(here.id): each for each in listed["checks"]}
    assert {name: each["verdict"] for name, each in verdicts.items()} == {"Button": "Passed", "Exact": "Failed"}
    assert verdicts["Button"]["metrics"] == {"Score": 1, "RecordCount": 30}
    assert verdicts["Exact"]["reason"].startswith("the score of 30 records is 0, and at least 1 is asked")
    # What `watch` reads while records are asked.
    context = Context(aws=Aws(), screen=console())
    around = stack.read(context.aws.client("cloudformation"), here.id)
    [told] = function_log.said(
        context,
        around,
        "ButtonRunnerLog",
        event=model_check.ASKED,
        check=verdicts["Button"]["execution"].split(":")[-1],
    )
    assert (told["records"], told["of"]) == (20, 30)
    assert main(["watch", here.id, "--plain"]) == 1
    assert "did not pass the check: the score of 30 records is 0" in capsys.readouterr().out
    assert deployed.status == "CREATE_FAILED"


def _is_found_sound(here: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    [model] = _json(capsys, "list", "models", "--name-contains", here.id)
    assert model["stack"] == here.id
    assert model["name"] not in {each["name"] for each in _json(capsys, "orphans")}
    # The shared data of these tests is no record of Nova's.
    assert main(["doctor", here.id]) == 1
    report = capsys.readouterr().out
    assert report.count("problem ") == 1
    assert f"s3://{DATA_BUCKET}/train.jsonl, line 1: schemaVersion must be text" in report
    assert "(IAM policy simulator)" in report


def test_a_retained_model_is_an_orphan_until_it_is_deleted_by_name(
    here: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    here.deploy(here.model)
    [model] = here.models
    here.delete()

    orphans = {each["name"]: each for each in _json(capsys, "orphans")}

    assert orphans[model.name]["why"] == f"stack {here.id} is deleted"
    assert orphans[model.name]["named_only"] == "RETAIN"
    assert main(["orphans", "--delete", model.name, "--yes"]) == 0
    assert here.models == []
