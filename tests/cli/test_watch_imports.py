"""`bedrock-models watch` and `stop` of imports of open weights: what is said on the way to a model, and at the end."""

import json
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from syrupy.assertion import SnapshotAssertion

from bedrock_models.contract import IMPORTED_MODEL_TYPE, MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.cli.conftest import Desk

NAME = "Writer-0123456789-00112233445566778899"
QUICK = ("--interval", "300")
OWNER = (IMPORTED_MODEL_TYPE, NAME, "CREATE_COMPLETE")
READY = {"WriterReady5E6F7A8B": (WAIT_TYPE, "WriterReady", "CREATE_IN_PROGRESS")}


def _deploying(desk: Desk, status: str = "CREATE_IN_PROGRESS") -> None:
    desk.stacks.put("Models", status, {"Writer1A2B3C4D": OWNER, **READY}, began=desk.clock.now())


def _status(desk: Desk) -> str:
    return str(desk.api.get_model_import_job(jobIdentifier=NAME)["status"])


def _follow(desk: Desk, *, ends: str = "CREATE_COMPLETE") -> Callable[[], None]:
    """CloudFormation is done when the import is."""

    def look() -> None:
        if _status(desk) != "InProgress":
            _deploying(desk, ends)

    return look


def test_a_deployment_is_told_change_by_change_until_the_model_is_there(
    desk: Desk, snapshot: SnapshotAssertion
) -> None:
    desk.imported("earlier")
    _deploying(desk)
    desk.import_job("writer", job=NAME)
    desk.between = _follow(desk)

    code, screen = desk.run("watch", "Models", *QUICK)

    assert code == 0
    assert screen == snapshot


def test_a_terminal_shows_where_the_weights_come_from_and_what_is_usual(
    desk: Desk, snapshot: SnapshotAssertion
) -> None:
    desk.imported("earlier")
    _deploying(desk)
    desk.import_job("writer", job=NAME)
    desk.wait(minutes=5)

    assert desk.picture() == snapshot


@pytest.mark.parametrize("by_arn", [False, True])
def test_one_import_is_watched_by_its_name_or_arn_until_its_model_is_there(desk: Desk, by_arn: bool) -> None:
    arn = desk.import_job("writer", job=NAME)

    code, screen = desk.run("watch", arn if by_arn else NAME, *QUICK)

    assert code == 0
    first, *_, last = screen.splitlines()
    assert first.endswith(f"{NAME}: import InProgress (0 s elapsed)")
    assert last == f"model: {desk.api.get_model_import_job(jobIdentifier=arn)['importedModelArn']}"


def test_a_failure_is_told_in_bedrocks_words_and_exits_1(desk: Desk) -> None:
    desk.bedrock.script("*", fail="Invalid model files. config.json could not be found.")
    desk.import_job("writer", job=NAME)
    _deploying(desk)
    desk.between = _follow(desk, ends="ROLLBACK_IN_PROGRESS")

    code, screen = desk.run("watch", "Models", *QUICK)

    assert code == 1
    assert "Failed after" in screen
    assert "Invalid model files. config.json could not be found." in screen


def test_one_in_the_queue_says_what_it_waits_for_and_then_how_it_goes(desk: Desk) -> None:
    _deploying(desk)
    other = desk.import_job("other")

    def start() -> None:
        if desk.api.get_model_import_job(jobIdentifier=other)["status"] == "Completed" and not _is_there(desk):
            desk.import_job("writer", job=NAME)
        elif _is_there(desk):
            _follow(desk)()

    desk.between = start

    code, screen = desk.run("watch", "Models", *QUICK)

    assert code == 0
    queued = f"{NAME}: Queued, not started yet: Amazon Bedrock runs one import at a time in an account and Region"
    assert screen.index(queued) < screen.index(f"{NAME}: import InProgress") < screen.index("model: arn:")


def _is_there(desk: Desk) -> bool:
    jobs = desk.api.list_model_import_jobs()["modelImportJobSummaries"]
    return NAME in [each["jobName"] for each in jobs]


def test_bedrocks_own_words_go_before_ours(desk: Desk) -> None:
    resources = {
        "Writer1A2B3C4D": OWNER,
        "BedrockModelProviderEventsLog6856A798": ("AWS::Logs::LogGroup", "events", "CREATE_COMPLETE"),
    }
    desk.stacks.put("Models", "CREATE_IN_PROGRESS", resources)
    told = {"event": "the quota is full", "name": NAME}
    desk.logs.lines["events"] = [{**told, "reason": "You already have 1 import job in progress."}]
    assert "waits for  You already have 1 import job in progress." in desk.picture()


def test_an_adopted_import_is_told_as_such(desk: Desk) -> None:
    desk.import_job("writer", job=NAME)
    desk.wait(minutes=3)
    _deploying(desk)
    assert "adopted an import that was there before: nothing is imported again" in desk.picture()


def test_a_stack_with_a_run_and_an_import_waits_for_both(desk: Desk) -> None:
    desk.job("run")
    desk.import_job("writer", job=NAME)
    jobs = {"Trained": (MODEL_CUSTOMIZATION_JOB_TYPE, "run", "CREATE_COMPLETE"), "Writer1A2B3C4D": OWNER}
    desk.stacks.put("Models", "CREATE_COMPLETE", jobs)

    code, screen = desk.run("watch", "Models", "--interval", "1800")

    assert code == 0
    assert screen.count("\nmodel: ") + screen.startswith("model: ") == 2


def test_an_import_that_a_rollback_takes_out_of_its_stack_stays_in_sight(desk: Desk) -> None:
    _deploying(desk)
    desk.import_job("writer", job=NAME)
    desk.between = lambda: desk.stacks.put("Models", "ROLLBACK_IN_PROGRESS", {}) and None

    code, screen = desk.run("watch", "Models", *QUICK)

    assert code == 1
    assert f"{NAME}: Completed after" in screen


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("Models", "Stopped watching. The run goes on, and so does the deployment."),
        (NAME, "Stopped watching. The import goes on."),
    ],
)
def test_ctrl_c_leaves_the_import_alone(desk: Desk, target: str, said: str) -> None:
    _deploying(desk)
    desk.import_job("writer", job=NAME)
    desk.between = _interrupt

    code, screen = desk.run("watch", target)

    assert code == 130
    assert screen.endswith(f"{said}\n")
    assert _status(desk) == "InProgress"


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_json_is_one_object_for_each_change_and_one_for_the_end(desk: Desk) -> None:
    desk.import_job("writer", job=NAME)
    *changes, end = [json.loads(line) for line in desk.run("watch", NAME, "--json", *QUICK)[1].splitlines()]
    assert [change["text"].partition(" after ")[0] for change in changes] == ["import InProgress", "Completed"]
    assert end["exitCode"] == 0
    assert end["text"].startswith("model: arn:aws:bedrock:us-east-1:123456789012:imported-model/")


def test_a_region_without_imports_has_none_by_that_name(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        error = {"Code": "UnknownOperationException", "Message": "not here"}
        raise ClientError({"Error": error}, "GetModelImportJob")

    monkeypatch.setattr(desk.api, "get_model_import_job", refuse)
    assert desk.run("watch", "nothing")[0] == 2
    assert "no stack, training run or import job is named 'nothing'" in capsys.readouterr().err


def test_an_arn_of_no_import_is_said(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    arn = "arn:aws:bedrock:us-east-1:123456789012:model-import-job/abcdefghijkl"
    assert desk.run("watch", arn)[0] == 2
    assert f"there is no import job '{arn}' in this account and Region" in capsys.readouterr().err


@pytest.mark.parametrize("target", [NAME, "Models"])
def test_an_import_cannot_be_stopped_and_what_can_be_done_is_said(
    desk: Desk, capsys: pytest.CaptureFixture[str], target: str
) -> None:
    _deploying(desk)
    desk.import_job("writer", job=NAME)

    assert desk.run("stop", target, "--yes")[0] == 2

    said = capsys.readouterr().err
    assert "an import cannot be stopped, because Amazon Bedrock has no call for it" in said
    assert "aws bedrock delete-imported-model" in said
    assert _status(desk) == "InProgress"


def test_an_import_has_no_losses_to_plot(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.import_job("writer", job=NAME)
    assert desk.run("plot", NAME)[0] == 2
    assert f"'{NAME}' is a model import job: an import trains nothing, so it has no losses" in capsys.readouterr().err


def test_a_start_that_was_refused_is_not_said_to_be_in_the_queue(desk: Desk) -> None:
    refused = (IMPORTED_MODEL_TYPE, "Models-Writer-ABCDEFGHIJKL", "CREATE_FAILED")
    desk.stacks.put("Models", "ROLLBACK_IN_PROGRESS", {"Writer1A2B3C4D": refused})
    assert "one import at a time" not in desk.picture()
