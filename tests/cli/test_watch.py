"""`bedrock-models watch`: what is said while a run goes on, how it ends, and that the run is left alone."""

import json
from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion

from bedrock_models.contract import MODEL_CUSTOMIZATION_JOB_TYPE, NESTED_STACK_TYPE, WAIT_TYPE
from tests.cli.conftest import Desk, tags_of
from tests.cli.fakes import stack_id

NAME = "Support-0123456789-00112233445566778899"
JOB = (MODEL_CUSTOMIZATION_JOB_TYPE, NAME, "CREATE_COMPLETE")
SLOW = ("--interval", "1800")


def _deploying(desk: Desk, status: str = "CREATE_IN_PROGRESS") -> None:
    """A stack whose later waits stand in a nested one, as the construct makes them."""
    inner = desk.stacks.put("Models-Waits", status, {"Wait02": (WAIT_TYPE, "Wait02", "CREATE_IN_PROGRESS")})
    resources = {
        "Support1A2B3C4D": JOB,
        "SupportWait015E6F7A8B": (WAIT_TYPE, "SupportWait015E6F7A8B", "CREATE_COMPLETE"),
        "SupportWaits9C0D1E2F": (NESTED_STACK_TYPE, inner, "CREATE_IN_PROGRESS"),
        "OtherReady00000000": (WAIT_TYPE, "OtherReady00000000", "CREATE_IN_PROGRESS"),
    }
    desk.stacks.put("Models", status, resources)


def test_a_run_is_told_change_by_change_until_it_is_completed(desk: Desk, snapshot: SnapshotAssertion) -> None:
    desk.trained("earlier")
    desk.job(NAME)
    _deploying(desk)
    desk.between = lambda: _settle(desk)

    code, screen = desk.run("watch", "Models", *SLOW)

    assert code == 0
    assert screen == snapshot


def _settle(desk: Desk) -> None:
    """CloudFormation is done when the run is."""
    if desk.api.get_model_customization_job(jobIdentifier=NAME)["status"] == "Completed":
        _deploying(desk, "CREATE_COMPLETE")


def test_a_terminal_shows_phases_segment_and_what_is_usual(desk: Desk, snapshot: SnapshotAssertion) -> None:
    desk.trained("earlier")
    desk.job(NAME)
    _deploying(desk)
    desk.wait(hours=1)

    assert desk.picture() == snapshot


def test_a_terminal_shows_the_losses_as_a_line(desk: Desk, snapshot: SnapshotAssertion) -> None:
    desk.trained(NAME)
    _deploying(desk, "CREATE_COMPLETE")

    assert desk.picture() == snapshot


@pytest.mark.parametrize(
    ("hours_before", "told"),
    [
        (0, "a paid training run was started by this deployment"),
        (2, "the deployment adopted a run that was there before: nothing is paid again"),
    ],
)
def test_it_begins_with_what_the_deployment_pays_for(desk: Desk, hours_before: int, told: str) -> None:
    desk.job(NAME)
    desk.wait(hours=hours_before)
    desk.stacks.put("Models", "CREATE_IN_PROGRESS", {"Support1A2B3C4D": JOB}, began=desk.clock.now())
    desk.between = lambda: _settle(desk)

    _, screen = desk.run("watch", "Models", *SLOW)

    assert screen.splitlines()[1].endswith(f" {NAME}: {told}")


def test_losses_are_told_as_soon_as_they_are_written(desk: Desk) -> None:
    job_id = desk.job(NAME).rpartition("/")[2]
    written = f"out/model-customization-job-{job_id}/somewhere/else/metrics.csv"

    def write() -> None:
        desk.objects.put("data", written, b"step_number,training_loss\n0,2.5\n1,1.5\n")

    desk.between = write

    screen = desk.run("watch", NAME, *SLOW)[1]

    assert screen.index("training loss 1.5 at step 1") < screen.index("training Completed")


def test_a_failure_is_told_in_bedrocks_words_and_exits_1(desk: Desk) -> None:
    desk.bedrock.script("*", fail="Maximum input token count 4097 exceeds limit of 4096")
    desk.job(NAME)

    code, screen = desk.run("watch", NAME, *SLOW)

    assert code == 1
    assert "Failed after 4 h 0 min: Maximum input token count 4097 exceeds limit of 4096" in screen


def test_a_stopped_run_exits_3(desk: Desk) -> None:
    desk.job(NAME)
    desk.between = lambda: _stop(desk)
    assert desk.run("watch", NAME, *SLOW)[0] == 3


def _stop(desk: Desk) -> None:
    if desk.api.get_model_customization_job(jobIdentifier=NAME)["status"] == "InProgress":
        desk.api.stop_model_customization_job(jobIdentifier=NAME)


def test_a_stack_that_fails_before_the_run_starts_exits_4(desk: Desk) -> None:
    _deploying(desk)
    desk.between = lambda: _deploying(desk, "ROLLBACK_COMPLETE")

    code, screen = desk.run("watch", "Models")

    assert code == 4
    assert "Queued, not started yet" in screen
    assert "No run was started: the stack 'Models' is ROLLBACK_COMPLETE." in screen


def test_an_update_is_followed_to_its_new_run_and_not_judged_by_the_old_one(desk: Desk) -> None:
    desk.trained("old-run")
    old = {"Support1A2B3C4D": (MODEL_CUSTOMIZATION_JOB_TYPE, "old-run", "UPDATE_IN_PROGRESS")}
    desk.stacks.put("Models", "UPDATE_IN_PROGRESS", old)
    desk.bedrock.script(NAME, fail="Unable to parse Amazon S3 file")
    looks = iter(range(100))

    def go_on() -> None:
        number = next(looks)
        if number == 0:
            desk.job(NAME)
            desk.stacks.put("Models", "UPDATE_IN_PROGRESS", {"Support1A2B3C4D": JOB})
        if desk.api.get_model_customization_job(jobIdentifier=NAME)["status"] == "Failed":
            desk.stacks.put("Models", "UPDATE_ROLLBACK_IN_PROGRESS", old)

    desk.between = go_on

    code, screen = desk.run("watch", "Models", *SLOW)

    assert code == 1
    assert f"{NAME}: Failed after" in screen


def test_the_longest_chain_of_waits_ends_in_ready(desk: Desk) -> None:
    desk.job(NAME)
    waits = {f"SupportWait{number:02}00000000": (WAIT_TYPE, "w", "CREATE_COMPLETE") for number in (1, 2, 10)}
    ready = {"SupportReady00000000": (WAIT_TYPE, "r", "CREATE_IN_PROGRESS")}
    desk.stacks.put("Models", "CREATE_IN_PROGRESS", {"Support1A2B3C4D": JOB, **waits, **ready})
    assert "waits in Ready" in desk.picture()
    desk.stacks.put("Models", "CREATE_IN_PROGRESS", {"Support1A2B3C4D": JOB, **waits})
    assert "waits in Wait10" in desk.picture()


def test_ctrl_c_leaves_the_run_alone_and_says_so(desk: Desk) -> None:
    desk.job(NAME)
    _deploying(desk)
    desk.between = _interrupt

    code, screen = desk.run("watch", "Models")

    assert code == 130
    assert screen.endswith("Stopped watching. The run goes on, and so does the deployment.\n")
    assert desk.api.get_model_customization_job(jobIdentifier=NAME)["status"] == "InProgress"


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_a_timeout_leaves_the_run_alone_and_exits_124(desk: Desk) -> None:
    desk.job(NAME)
    code, screen = desk.run("watch", NAME, "--timeout", "0.000001")
    assert code == 124
    assert "ended. The run goes on." in screen


def test_logs_have_no_escape_codes_and_no_line_twice(desk: Desk) -> None:
    desk.job(NAME)
    screen = desk.run("watch", NAME, "--interval", "600")[1]
    lines = [line.partition(" ")[2] for line in screen.splitlines()]
    assert "\x1b" not in screen
    assert len(lines) == len(set(lines))


def test_a_terminal_may_ask_for_plain_lines(desk: Desk) -> None:
    desk.trained(NAME)
    assert "\x1b" not in desk.run("watch", NAME, "--plain", terminal=True)[1]


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda desk: desk.job("other"), "no stack, training run or import job is named 'Models'"),
        (lambda desk: desk.stacks.put("Models", "CREATE_COMPLETE", {}), "has nothing of Amazon Bedrock to watch"),
    ],
)
def test_what_cannot_be_watched_is_a_wrong_argument(
    desk: Desk, capsys: pytest.CaptureFixture[str], put: Callable[[Desk], object], said: str
) -> None:
    put(desk)
    assert desk.run("watch", "Models")[0] == 2
    assert said in capsys.readouterr().err


IMPORT, DEPLOYMENT = "Custom::BedrockCustomModel", "Custom::BedrockCustomModelDeployment"


def test_a_deployment_that_cloudformation_does_not_name_yet_is_followed_by_its_tags(
    desk: Desk, snapshot: SnapshotAssertion
) -> None:
    model = desk.trained()
    desk.stacks.put("Models", "CREATE_IN_PROGRESS", {"Live": (DEPLOYMENT, "", "CREATE_IN_PROGRESS")})
    desk.deployment(model, "live", tags=tags_of(stack_id("Models"), "Live"))
    desk.deployment(model, "other", tags=tags_of(stack_id("Other"), "Live"))
    desk.between = lambda: _settle_deployment(desk)

    code, screen = desk.run("watch", "Models", "--interval", "600")

    assert code == 0
    assert "other" not in screen
    assert screen == snapshot


def _settle_deployment(desk: Desk) -> None:
    if desk.api.get_custom_model_deployment(customModelDeploymentIdentifier="live")["status"] == "Active":
        desk.stacks.put("Models", "CREATE_COMPLETE", {"Live": (DEPLOYMENT, "live", "CREATE_COMPLETE")})


def test_a_stack_that_fails_after_its_run_is_completed_exits_1_with_the_reason(desk: Desk) -> None:
    desk.job(NAME)
    _deploying(desk)

    def fail() -> None:
        if desk.api.get_model_customization_job(jobIdentifier=NAME)["status"] == "Completed":
            _deploying(desk, "ROLLBACK_IN_PROGRESS")

    desk.between = fail
    code, screen = desk.run("watch", "Models", *SLOW)
    assert code == 1
    assert screen.endswith("the stack 'Models' is ROLLBACK_IN_PROGRESS.\n")


@pytest.mark.parametrize("denied", [False, True])
def test_a_queued_run_is_told_with_bedrocks_own_words_where_the_log_may_be_read(desk: Desk, denied: bool) -> None:
    resources = {
        "Job": JOB,
        "BedrockModelProviderEventsLog6856A798": ("AWS::Logs::LogGroup", "events", "CREATE_COMPLETE"),
    }
    desk.stacks.put("Models", "CREATE_IN_PROGRESS", resources)
    told = {"event": "the quota is full", "name": NAME}
    desk.logs.lines["events"] = [{**told, "reason": "The number of concurrent jobs exceeds the quota of 2."}]
    desk.logs.denied = denied
    desk.between = lambda: desk.stacks.put("Models", "ROLLBACK_COMPLETE", resources) and None

    screen = desk.run("watch", "Models")[1]

    assert ("Queued, not started yet: The number of concurrent jobs exceeds the quota of 2." in screen) is not denied


def test_json_is_one_object_for_each_change_and_one_for_the_end(desk: Desk) -> None:
    desk.trained(NAME)
    *changes, end = [json.loads(line) for line in desk.run("watch", NAME, "--json", terminal=True)[1].splitlines()]
    assert {"at", "name", "what", "text"} == set(changes[0])
    assert end["exitCode"] == 0


def test_a_run_whose_training_does_not_start_for_hours_is_told(desk: Desk) -> None:
    desk.bedrock.script(NAME, durations={"job_queue": 30 * 3600})
    desk.job(NAME)
    _deploying(desk)
    desk.wait(hours=5)
    assert "stalled" not in desk.picture()
    desk.wait(hours=2)
    assert "training has not started for more than 6 h 0 min" in desk.picture()
    looks = iter([False, False, True])
    desk.between = lambda: _interrupt() if next(looks) else None
    _, screen = desk.run("watch", "Models", "--plain")
    assert screen.count("training has not started") == 1
    desk.wait(hours=24)
    assert "stalled" not in desk.picture()
