"""The command line against whole deployments in the local AWS, as a user starts it: over HTTPS, with IAM enforced."""

import json
import os
import subprocess
import sys
from pathlib import Path

import aws_cdk as cdk
import pytest

from bedrock_models.main import main
from tests.e2e.conftest import aws, stage
from tests.e2e.stage import DATA_BUCKET, Stage

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


def test_a_deployment_is_watched_to_its_end(here: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    here.hold()
    deploying = here.start(lambda stack: here.job(stack, timeout=cdk.Duration.hours(8)), segment=None)
    here.until(lambda: here.runs)
    command = [sys.executable, "-m", "bedrock_models", "watch", here.id, "--interval", "0.5"]
    path = {"PYTHONPATH": f"{CLI}{os.pathsep}{CLI.parent}"}
    with subprocess.Popen(command, env=os.environ | path, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        seen = ""
        for line in watching.stdout:
            seen += line
            if "waits in Wait" in line:
                here.finish()

    [run] = here.runs
    assert watching.returncode == 0
    assert deploying.result().status == "CREATE_COMPLETE"
    of_the_run = [line.partition(f"{run.name}: ")[2] for line in seen.splitlines() if run.name in line]
    assert of_the_run[0] == "a paid training run was started by this deployment"
    assert f"{run.name}: training InProgress" in seen
    assert "training loss 0.25 at step 39" in seen
    assert seen.endswith(f"model: {run.description['outputModelArn']}\n")
    _is_found_sound(here, capsys)


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
