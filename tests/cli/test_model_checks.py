"""Model checks on the command line: `list` says what they have found, `watch` how far one is."""

import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bedrock_models.bedrock import model_check
from bedrock_models.contract import MODEL_CHECK_TYPE
from constructs_lib.provider import permissions
from tests.cli.conftest import Desk

MACHINE = "BedrockModelCheck-0a1b2c3d-11111111"
CHECK = "Golden-0123456789-00112233445566778899"
VERDICT = {"passed": True, "reason": "the score of 40 records is 0.95", "metrics": {"Score": 0.95, "RecordCount": 40}}


def succeeded(output: Any) -> dict[str, Any]:
    return {"status": "SUCCEEDED", "output": json.dumps(output)}


@pytest.fixture
def model(desk: Desk) -> str:
    return desk.trained()


def put(desk: Desk, model: str, attempt: int = 1, **members: Any) -> dict[str, Any]:
    return desk.states.put(MACHINE, f"{CHECK}-{attempt}", model, desk.clock.now(), **members)


def deploying(desk: Desk, status: str = "CREATE_IN_PROGRESS") -> None:
    desk.stacks.put(
        "Models",
        status,
        {
            "Golden1A2B3C4D": (MODEL_CHECK_TYPE, CHECK, "CREATE_COMPLETE"),
            "GoldenStateMachine5E6F7A8B": (
                "AWS::StepFunctions::StateMachine",
                desk.states.arn(MACHINE),
                "CREATE_COMPLETE",
            ),
            "Waiter9C0D1E2F": ("AWS::StepFunctions::StateMachine", desk.states.arn("Waiter"), "CREATE_COMPLETE"),
            "GoldenRunnerLog3A4B5C6D": ("AWS::Logs::LogGroup", "runner", "CREATE_COMPLETE"),
        },
    )


class TestList:
    def test_the_verdicts_stand_below_the_models(self, desk: Desk, model: str, snapshot: SnapshotAssertion) -> None:
        other = desk.trained("other")
        put(desk, model, **succeeded(VERDICT))
        desk.wait(hours=3)
        failed = {"passed": False, "reason": "tone", "metrics": {"Tone": 0.5}}
        desk.states.put(MACHINE, "Tone-0123456789-99887766554433221100-1", model, desk.clock.now(), **succeeded(failed))
        desk.states.put(MACHINE, "Tone-0123456789-aa887766554433221100-1", other, desk.clock.now())

        code, screen = desk.run("list", "models")

        assert code == 0
        assert screen == snapshot

    def test_a_narrow_terminal_cuts_nothing(self, desk: Desk, model: str) -> None:
        put(desk, model, **succeeded(VERDICT))
        screen = desk.run("list", "models", terminal=True, width=60)[1]
        assert "the score of 40 records is 0.95" in " ".join(screen.split())

    def test_json_has_them_with_each_model(self, desk: Desk, model: str) -> None:
        put(desk, model, **succeeded(VERDICT))
        found = {each["kind"]: each for each in json.loads(desk.run("list", "--json")[1])}
        [check] = found["models"]["checks"]
        assert (check["name"], check["verdict"]) == (CHECK, "Passed")
        assert check["metrics"] == {"Score": 0.95, "RecordCount": 40}
        assert found["jobs"]["checks"] is None

    def test_the_last_attempt_counts(self, desk: Desk, model: str) -> None:
        put(desk, model, 9, status="FAILED", error="BadRecord", cause='{"errorMessage": "record 3 has no prompt"}')
        put(desk, model, 10, **succeeded(VERDICT))
        desk.states.put(MACHINE, "by-hand", model, desk.clock.now(), **succeeded({"passed": False}))
        [listed] = json.loads(desk.run("list", "models", "--json")[1])
        assert [each["verdict"] for each in listed["checks"]] == ["Passed"]

    @pytest.mark.parametrize(
        ("members", "reason"),
        [
            ({"status": "FAILED", "cause": '{"errorMessage": "record 3 has no prompt"}'}, "record 3 has no prompt"),
            ({"status": "ABORTED", "cause": '{"reason": "its resource is deleted"}'}, "its resource is deleted"),
            ({"status": "TIMED_OUT"}, "TIMED_OUT"),
            (succeeded({"passed": "yes"}), 'its output is no verdict: {"passed": "yes"}'),
            (succeeded(["passed"]), 'its output is no verdict: ["passed"]'),
        ],
    )
    def test_what_came_to_no_verdict_is_neither(
        self, desk: Desk, model: str, members: dict[str, Any], reason: str
    ) -> None:
        put(desk, model, **members)
        [listed] = json.loads(desk.run("list", "models", "--json")[1])
        assert [(each["verdict"], each["reason"]) for each in listed["checks"]] == [("Undecided", reason)]

    def test_who_may_not_ask_step_functions_sees_the_models_and_why_no_checks(self, desk: Desk, model: str) -> None:
        put(desk, model, **succeeded(VERDICT))
        desk.states.denied = True

        code, screen = desk.run("list", "models")

        assert code == 0
        assert "run-model" in screen
        assert "These credentials may not do states:ListStateMachines" in screen
        [listed] = json.loads(desk.run("list", "models", "--json")[1])
        assert listed["checks"] is None

    def test_without_models_nothing_is_asked(self, desk: Desk) -> None:
        desk.states.denied = True
        assert desk.run("list", "models")[1] == "Custom models: none\n"


class TestWatch:
    def test_a_check_is_told_from_its_first_records_to_its_verdict(
        self, desk: Desk, model: str, snapshot: SnapshotAssertion
    ) -> None:
        execution = put(desk, model)
        deploying(desk)
        looks = iter(range(9))

        def go_on() -> None:
            look = next(looks)
            if look < 2:
                line = {"event": "asked", "check": f"{CHECK}-1", "records": 20 * (look + 1), "of": 50}
                desk.logs.lines.setdefault("runner", []).append(line)
            elif look == 2:
                execution.update(succeeded(VERDICT))
            else:
                deploying(desk, "CREATE_COMPLETE")

        desk.between = go_on

        code, screen = desk.run("watch", "Models")

        assert code == 0
        assert screen == snapshot

    def test_a_terminal_shows_how_many_records_are_answered(
        self, desk: Desk, model: str, snapshot: SnapshotAssertion
    ) -> None:
        put(desk, model)
        deploying(desk)
        desk.logs.lines["runner"] = [{"event": "asked", "check": f"{CHECK}-1", "records": 20, "of": 50}]
        desk.wait(minutes=4)
        assert desk.picture() == snapshot

    def test_one_that_does_not_pass_is_told_and_exits_1_when_the_rollback_has_begun(
        self, desk: Desk, model: str
    ) -> None:
        execution = put(desk, model)
        deploying(desk)

        def fail() -> None:
            execution.update(succeeded({"passed": False, "reason": "the score of 40 records is 0.4"}))
            # The rollback takes the check out of the stack, and its state machine with it.
            if desk.stacks.describe_stacks("Models")["Stacks"][0]["StackStatus"] == "CREATE_IN_PROGRESS":
                deploying(desk, "UPDATE_IN_PROGRESS")
            else:
                desk.states.machines.pop(MACHINE, None)
                desk.stacks.put("Models", "ROLLBACK_IN_PROGRESS", {})

        desk.between = fail

        code, screen = desk.run("watch", "Models")

        assert code == 1
        assert f"{model.partition('/')[2]} did not pass the check: the score of 40 records is 0.4" in screen

    def test_a_stack_of_a_check_alone_is_watched_by_its_verdict(self, desk: Desk, model: str) -> None:
        put(desk, model, **succeeded(VERDICT))
        deploying(desk, "CREATE_COMPLETE")
        assert desk.run("watch", "Models")[0] == 0

    def test_only_the_check_that_the_stack_names_is_looked_at(self, desk: Desk, model: str) -> None:
        desk.states.put(MACHINE, "Golden-0123456789-aa112233445566778899-1", model, desk.clock.now())
        put(desk, model, 1, status="ABORTED")
        put(desk, model, 2)
        deploying(desk)
        assert desk.picture()
        assert desk.states.described == [f"{CHECK}-2"]

    def test_who_may_not_ask_sees_the_stack_wait(self, desk: Desk, model: str) -> None:
        put(desk, model)
        deploying(desk)
        desk.states.denied = True
        desk.between = lambda: deploying(desk, "ROLLBACK_IN_PROGRESS")
        assert desk.run("watch", "Models")[0] == 4


def test_the_state_machines_are_named_as_the_construct_names_them() -> None:
    assert permissions.check_machine_name("11111111").startswith(model_check.MACHINES)
