"""The acceptance run against the local AWS as the account, with the real CDK CLI: what it finds, and what it leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance import probes, report
from acceptance.command import main
from acceptance.probe import PROBES, Probe, Told
from acceptance.run import Run
from local.aws import RunningAws
from local.bedrock import Profile

assert probes
ROOT = Path(__file__).parents[2]

KINDS = ("model", "job", "deployment", "throughput", "imported-model", "import-job")
UNKNOWN = {f"get-unknown-{kind}" for kind in KINDS}
WRITTEN = {"stop-unknown-job", *(f"delete-unknown-{kind}" for kind in KINDS if kind not in ("job", "import-job"))}
# What no local AWS has.
PRICES = {"import-price-names", "import-storage-by-units"}
LAGGING = {"model-is-readable-at-once", "deployment-is-readable-at-once", "tags-at-create-of-a-model"}
DYING = {"deleted-model-is-gone-at-once", "deleted-deployment-is-gone-at-once"}
CODES = UNKNOWN | WRITTEN | {"stop-ended-job-code", "model-in-use-code"}


def run(aws: RunningAws, folder: Path, steps: str, *more: str) -> tuple[int, dict[str, Any]]:
    """The exit status and report.json of a run that nobody has to answer."""
    given = ["--endpoint-url", aws.endpoint, "--steps", steps, "--yes", "--pause", "0.2", "--folder", str(folder)]
    code = main([*given, *(more or ("--budget", "20", "--source", aws.bedrock("escrow")["uri"]))])
    made = sorted(folder.glob("*/report.json"))
    return code, report.read(made[-1].parent) if made else {}


def of(verdict: str, found: dict[str, Any]) -> set[str]:
    return {each["assumption"] for each in found["findings"] if each["verdict"] == verdict}


def stacks(aws: RunningAws) -> list[str]:
    found = aws.client("cloudformation").describe_stacks()["Stacks"]
    return [each["StackName"] for each in found if each["StackName"].startswith("BedrockAcceptance")]


def things(aws: RunningAws) -> list[str]:
    """What there is besides the records of ended jobs."""
    found = aws.bedrock("resources")["resources"]
    return [each["name"] for each in found if each["status"] not in ("Stopped", "Completed", "Failed", "Deleting")]


def test_where_aws_is_as_documented_nothing_is_refuted_and_nothing_left(here: RunningAws, folder: Path) -> None:
    code, found = run(here, folder, "0,1,2,3")

    assert (code, of("refuted", found)) == (0, set())
    settled = {each for probe in PROBES.values() if probe.step < 4 for each in probe.settles}
    # The local AWS has no Legacy model, and gives no reason for a stack's status.
    assert settled - of("confirmed", found) <= {
        "legacy-base-takes-no-new-jobs", "root-status-reason-words", *PRICES
    }  # fmt: skip
    assert [step["state"] for step in found["steps"]] == ["done"] * 4
    assert (stacks(here), things(here), found["left"]) == ([], [], [])


@pytest.mark.usefixtures("without_cli")
@pytest.mark.parametrize(
    ("profile", "refuted"),
    [(Profile.VALIDATION_ERRORS, UNKNOWN | WRITTEN), (Profile.SLOW_READS, set()), (Profile.SLOW_DELETES, set())],
)
def test_what_an_account_answers_otherwise_is_refuted(
    here: RunningAws, folder: Path, profile: Profile, refuted: set[str]
) -> None:
    here.bedrock("profiles", {"profiles": [profile]})

    code, found = run(here, folder, "0,1")

    assert of("refuted", found) == refuted
    assert code == (1 if refuted else 0)
    assert (stacks(here), found["left"]) == ([], [])


def test_what_it_answers_otherwise_of_what_is_made_is_refuted(here: RunningAws, folder: Path) -> None:
    # With the CDK CLI: it takes longer than reads lag behind, so that they are found to lag at the start only.
    here.bedrock("profiles", {"profiles": [Profile.VALIDATION_ERRORS, Profile.SLOW_READS, Profile.SLOW_DELETES]})

    code, found = run(here, folder, "2,3")

    assert of("refuted", found) == {"stop-ended-job-code", "model-in-use-code"} | LAGGING | DYING
    assert code == 1
    assert (stacks(here), found["left"]) == ([], [])


@pytest.mark.usefixtures("without_cli")
def test_a_legacy_model_is_told_by_its_refusal(here: RunningAws, folder: Path) -> None:
    here.bedrock("lifecycles", {"model_id": "amazon.nova-lite-v1:0", "legacy": "2020-01-01T00:00:00+00:00"})

    _, found = run(here, folder, "1")
    [legacy] = [each for each in found["findings"] if each["assumption"] == "legacy-base-takes-no-new-jobs"]
    assert (legacy["verdict"], legacy["answer"][:21]) == ("confirmed", "amazon.nova-lite-v1:0")


def test_a_step_that_would_exceed_the_budget_is_not_run(here: RunningAws, folder: Path) -> None:
    code, found = run(here, folder, "0,3", "--budget", "0.5")

    assert code == 4
    assert [step["state"] for step in found["steps"]] == ["done", "skipped"]
    assert found["steps"][1]["why"] == "it costs up to 1.05 USD, and 0.50 USD of the budget are left"
    assert here.bedrock("resources")["resources"] == [
        each for each in here.bedrock("resources")["resources"] if each["status"] in ("Stopped", "Failed")
    ]


def test_a_step_that_nobody_agrees_to_is_not_run(
    here: RunningAws, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "no")
    given = ["--endpoint-url", here.endpoint, "--steps", "1", "--budget", "1", "--folder", str(folder)]

    assert main(given) == 4
    assert "It costs up to 0.05 USD" in capsys.readouterr().out
    assert stacks(here) == []


def test_a_region_without_the_base_model_trains_nothing(here: RunningAws, folder: Path) -> None:
    code, found = run(here, folder, "3", "--budget", "20", "--base-model", "amazon.nova-none-v1:0")

    assert code == 4
    assert found["steps"][0]["why"].startswith("amazon.nova-none-v1:0 is no base model of us-east-1")


def test_what_is_there_already_stops_the_run_before_it_begins(
    here: RunningAws, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bedrock = here.client("bedrock")
    role = _role_of_imports(here)
    source = {"s3DataSource": {"s3Uri": here.bedrock("escrow")["uri"]}}
    tags = [{"key": "bedrock-models:owner", "value": "somebody"}, {"key": "bedrock-models:scope", "value": "there"}]
    arn = bedrock.create_custom_model(modelName="theirs", modelSourceConfig=source, roleArn=role, modelTags=tags)
    here.bedrock("finish", {"name_pattern": "theirs"})

    assert run(here, folder, "0")[0] == 2
    assert "the account must hold nothing that these constructs made, got 1: theirs" in capsys.readouterr().err
    assert run(here, folder, "0", "--allow-existing")[0] in (0, 4)
    assert things(here) == ["theirs"]
    bedrock.delete_custom_model(modelIdentifier=arn["modelArn"])


def test_without_credentials_it_says_what_is_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert main(["--region", "us-east-1", "--steps", "0", "--folder", str(folder)]) == 2
    assert "Credentials are needed, got none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--steps", "1"], "--budget is needed, got none"),
        (["--steps", "7"], "must name steps of 0, 1, 2, 3, 4, 5, got '7'"),
        (["--budget", "1", "--weights", "here"], "--weights must be the URI of a folder in Amazon S3, got 'here'"),
        (["--budget", "1", "--source", "here"], "--source must be the URI of artifacts in Amazon S3, got 'here'"),
        (["--budget", "-1"], "must be a number of 0 or more"),
    ],
)
def test_a_wrong_argument_is_named(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert said in capsys.readouterr().err


def test_a_missing_permission_is_named_and_the_rest_goes_on(
    here: RunningAws, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _become(here, monkeypatch, "reader", denied="bedrock:GetFoundationModel")

    code, found = run(here, folder, "0")

    assert (code, found["denied"]) == (4, ["bedrock:GetFoundationModel"])
    assert "foundation-model-lifecycle" in of("open", found)
    assert of("confirmed", found) >= UNKNOWN
    assert found["steps"][0]["why"] == "not allowed: bedrock:GetFoundationModel"


@pytest.mark.usefixtures("without_cli")
def test_when_the_session_ends_what_is_left_is_said_and_can_be_removed(
    here: RunningAws, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = _become(here, monkeypatch, "worker")

    def end(run: Run) -> Iterator[Told]:
        here.client("iam").delete_access_key(UserName="worker", AccessKeyId=key)
        yield "never", None, str(run.bedrock.list_custom_models())

    # After the deployment of step 1, whose stack is still there.
    monkeypatch.setitem(PROBES, "session-ends", Probe(id="session-ends", step=1, settles=("never",), ask=end))

    code, found = run(here, folder, "1", "--budget", "1")

    assert code == 3
    assert sorted(stacks(here)) == ["BedrockAcceptanceLogged", "BedrockAcceptanceRefused"]
    assert found["steps"][0]["state"] == "interrupted"
    assert "make acceptance CLEAN=1 REGION=us-east-1" in {each["command"] for each in found["left"]}
    assert "LEFT: the stacks of the run" in capsys.readouterr().out
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    # The next one does not begin beside it.
    assert run(here, folder, "0")[0] == 2
    assert main(["--endpoint-url", here.endpoint, "--clean", "--pause", "0.2", "--folder", str(folder)]) == 0
    assert stacks(here) == []


def test_after_ctrl_c_in_the_middle_of_a_training_nothing_runs_on(here: RunningAws, folder: Path) -> None:
    given = ["--endpoint-url", here.endpoint, "--steps", "3", "--yes", "--budget", "9", "--pause", "0.2"]
    command = [sys.executable, "-m", "acceptance", *given, "--folder", str(folder)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'cli'}"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as acceptance:
        deadline = time.monotonic() + 90
        while not things(here) and time.monotonic() < deadline:
            time.sleep(0.05)
        acceptance.send_signal(signal.SIGINT)
        assert acceptance.wait(120) == 4

    assert (stacks(here), things(here)) == ([], [])
    [made] = folder.glob("*/report.json")
    assert json.loads(made.read_text())["steps"][0]["state"] == "interrupted"


def _become(aws: RunningAws, monkeypatch: pytest.MonkeyPatch, name: str, *, denied: str = "") -> str:
    """This process's credentials are now a user's who may do everything else."""
    iam = aws.client("iam")
    statements = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    statements += [{"Effect": "Deny", "Action": denied, "Resource": "*"}] if denied else []
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="All", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    return str(key["AccessKeyId"])


def _role_of_imports(aws: RunningAws) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = aws.client("iam")
    role = iam.create_role(RoleName="import", AssumeRolePolicyDocument=trust)["Role"]
    reads = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    iam.put_role_policy(RoleName="import", PolicyName="Read", PolicyDocument=document)
    return str(role["Arn"])
