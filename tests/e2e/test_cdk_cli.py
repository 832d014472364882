"""The real CDK command line, on the example app and on a deployment that fails."""

import io
import re
from pathlib import Path

import pytest
from aws_cdk import RemovalPolicy, Stack
from rich.console import Console

from constructs_lib import ModelCustomizationJob
from local import cdk, summary
from local.aws import RunningAws
from scripts import record_plan
from tests.e2e.stage import Stage, broken
from tests.support import apps

pytestmark = pytest.mark.cli


@pytest.fixture(scope="module", autouse=True)
def bootstrapped(aws: RunningAws) -> None:
    cdk.bootstrap(aws)


def test_the_example_is_deployed_and_then_no_different_and_destroyed(
    aws: RunningAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(apps.ROOT)
    assembly = str(tmp_path / "cdk.out")

    deploy = ["deploy", "--all", "--app", cdk.unchecked(apps.ROOT / "app.py"), "--output", assembly]
    assert cdk.run(aws, deploy) == 0
    made = {
        found["kind"]: found["status"]
        for found in aws.bedrock("resources")["resources"]
        if found["tags"].get("project") == "bedrock-custom-models"
    }
    assert made == {"model customization job": "Completed", "custom model": "Active"}
    summary_of_it = _summary(aws, "CustomModels")
    assert [line for line in _in_the_readme() if line not in summary_of_it] == []

    assert cdk.run(aws, ["diff", "--fail", "--app", assembly]) == 0
    assert _reproducible(record_plan.plan(aws, tmp_path)) == _reproducible(record_plan.RECORDED.read_text())
    assert cdk.run(aws, ["destroy", "--all", "--app", assembly]) == 0


def _summary(aws: RunningAws, stack: str) -> list[str]:
    """What `make deploy` prints of a stack when it is deployed."""
    printed = io.StringIO()
    summary.made(aws, [stack], Console(file=printed, width=200))
    return _without_what_varies(printed.getvalue())


def _in_the_readme() -> list[str]:
    """What the README shows of that."""
    shown = (apps.ROOT / "README.md").read_text().split("```console\n")[1].split("```")[0]
    return [line for line in _without_what_varies(shown) if line.startswith(("  ", "model customization job  "))]


def _without_what_varies(text: str) -> list[str]:
    """Without the end of names, which hangs on the ARN of a key, and how long a run takes."""
    return re.sub(r"-[0-9a-f]{20}\b", "-…", re.sub(r"\b\d+:\d\d:\d\d\b", "…", text)).splitlines()


def _reproducible(shown: str) -> list[str]:
    """Without how long runs take, which is another matter in an account of many tests, and without the end of names,
    which hangs on the ARN of a key."""
    lines = re.sub(r"-[0-9a-f]{20}\b", "-…", shown).splitlines()
    return [line for line in lines if line.split(None, 1)[:1] not in (["time"], ["warning"])]


def test_a_deployment_without_rollback_is_taken_up_again(stage: Stage) -> None:
    whole = stage.assembly(stage.job)
    failing = stage.assembly(lambda stack: broken(stack, after=[stage.job(stack)]))

    assert cdk.run(stage.aws, ["deploy", "--no-rollback", "--app", failing.directory]) != 0
    assert cdk.run(stage.aws, ["deploy", "--no-rollback", "--app", whole.directory]) == 0

    assert [run.status for run in stage.runs] == ["Completed"]


def test_a_run_keeps_its_role_when_what_was_left_without_rollback_is_rolled_back_after_all(stage: Stage) -> None:
    def build(stack: Stack) -> ModelCustomizationJob:
        return stage.job(stack, wait=False, removal_policy=RemovalPolicy.DESTROY)

    whole = stage.assembly(build)
    failing = stage.assembly(lambda stack: broken(stack, after=[build(stack)]))
    stage.hold()

    assert cdk.run(stage.aws, ["deploy", "--no-rollback", "--app", failing.directory]) != 0
    [run] = stage.runs
    role = run.description["roleArn"].rsplit("/", 1)[1]
    assert cdk.run(stage.aws, ["rollback", "--app", failing.directory]) != 0
    assert (role in stage.roles, [each.status for each in stage.runs]) == (True, ["InProgress"])

    assert cdk.run(stage.aws, ["deploy", "--app", whole.directory]) == 0
    assert (role in stage.roles, [(each.name, each.status) for each in stage.runs]) == (
        True,
        [(run.name, "InProgress")],
    )

    assert cdk.run(stage.aws, ["destroy", "--app", whole.directory]) == 0
    assert (stage.roles, [each.status for each in stage.runs]) == ([], ["Stopped"])


def test_a_diff_of_tags_shows_tags_alone(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    before = stage.assembly(lambda stack: stage.job(stack, tags={"team": "one"}))
    after = stage.assembly(lambda stack: stage.job(stack, tags={"team": "two"}))
    assert cdk.run(stage.aws, ["deploy", "--app", before.directory]) == 0
    capfd.readouterr()

    assert cdk.run(stage.aws, ["diff", "--fail", "--app", after.directory]) == 1

    shown = "".join(capfd.readouterr())
    assert "Tags" in shown
    assert [word for word in ("RunInputs", "ServiceToken", "Settings", "IAM") if word in shown] == []
