"""The life of a model check, event by event: one verdict for each pair of model and check."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bedrock_models.bedrock import model_check
from provider.cloudformation.contract import MODEL_CHECK_TYPE
from provider.model_check.verdict import NoVerdict, Verdict
from tests.functional.conftest import STACK_ID
from tests.functional.model_checks import MACHINE_ARN, NOT_PASSED, PASSED, Checks


@pytest.fixture
def cloud(cloud: Checks) -> Checks:
    return Checks()


@pytest.fixture
def properties(cloud: Checks) -> dict[str, Any]:
    """What the construct renders for a check by records."""
    return {
        "RunInputs": {"modelArn": cloud.trained("first"), "check": {"score": "contains", "minScore": "0.5"}},
        "Settings": {
            "NamePrefix": "Check",
            "Path": "Check",
            "Request": {"stateMachineArn": MACHINE_ARN, "input": json.dumps({"modelId": "candidate", "minScore": 0.5})},
        },
        "RemovalPolicy": "destroy",
    }


def of_model(properties: dict[str, Any], arn: str) -> dict[str, Any]:
    changed = copy.deepcopy(properties)
    changed["RunInputs"]["modelArn"] = arn
    return changed


def losses(cloud: Checks, **limits: str) -> dict[str, Any]:
    return {
        "RunInputs": {"modelArn": cloud.trained("judged"), **limits},
        "Settings": {"NamePrefix": "Check", "Path": "Check"},
        "RemovalPolicy": "destroy",
    }


class TestVerdict:
    def test_one_that_passes_hands_the_model_on(self, cloud: Checks, properties):
        created = cloud.create(properties)
        assert created["Status"] == "SUCCESS"
        [execution] = cloud.machines.running
        given = json.loads(execution["input"])
        assert given["modelArn"] == properties["RunInputs"]["modelArn"]
        assert (given["modelId"], given["minScore"]) == ("candidate", 0.5)

        cloud.machines.end(PASSED)
        ready = cloud.ready(created)

        assert ready["Status"] == "SUCCESS"
        assert ready["Data"]["ModelArn"] == properties["RunInputs"]["modelArn"]
        assert json.loads(ready["Data"]["Metrics"]) == PASSED["metrics"]

    def test_one_that_does_not_pass_fails_with_its_reason(self, cloud: Checks, properties):
        created = cloud.create(properties)
        cloud.machines.end(NOT_PASSED)

        ready = cloud.ready(created)

        assert ready["Status"] == "FAILED"
        assert "did not pass the check: the score is 0.2, and at least 0.5 is asked." in ready["Reason"]
        assert "The model is kept" in ready["Reason"]

    def test_the_metrics_are_logged_for_cloudwatch(self, cloud: Checks, properties, logged):
        created = cloud.create(properties)
        cloud.machines.end(PASSED)
        cloud.ready(created)

        [line] = [line for line in logged if line["event"] == "metrics"]
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert directive == {"Namespace": "BedrockModels", "Dimensions": [["Check"]], "Metrics": [{"Name": "Score"}]}
        assert line["Score"] == 0.9
        assert created["PhysicalResourceId"].startswith(line["Check"])

    @pytest.mark.parametrize(
        "output", [{}, {"passed": "true"}, {"passed": 1}, "yes", [], {"passed": True, "metrics": "x"}]
    )
    def test_an_output_that_says_neither_is_no_verdict(self, cloud: Checks, properties, output):
        created = cloud.create(properties)
        cloud.machines.end(output)

        ready = cloud.ready(created)

        assert ready["Status"] == "FAILED"
        assert "came to no verdict" in ready["Reason"]

    def test_a_failure_is_no_verdict_and_the_next_deployment_checks_again(self, cloud: Checks, properties):
        created = cloud.create(properties)
        cause = json.dumps({"errorType": "BadRecord", "errorMessage": "record 3 cannot be asked"})
        cloud.machines.end(status="FAILED", error="BadRecord", cause=cause)
        assert "came to no verdict: BadRecord: record 3 cannot be asked." in cloud.ready(created)["Reason"]

        again = cloud.create(properties)

        assert again["PhysicalResourceId"] == created["PhysicalResourceId"]
        assert len(cloud.machines.started) == 2
        cloud.machines.end(PASSED)
        assert cloud.ready(again)["Status"] == "SUCCESS"

    @pytest.mark.parametrize("verdict", [PASSED, NOT_PASSED])
    def test_a_pair_is_never_checked_twice(self, cloud: Checks, properties, verdict):
        first = cloud.create(properties)
        cloud.machines.end(verdict)

        again = cloud.create(properties)

        assert again["Data"] == first["Data"]
        assert len(cloud.machines.started) == 1
        assert cloud.ready(again)["Status"] == ("SUCCESS" if verdict["passed"] else "FAILED")

    def test_a_second_delivery_starts_nothing(self, cloud: Checks, properties):
        event = cloud.event("Create", properties)
        cloud.send(event)
        cloud.machines.end(status="FAILED", error="X", cause="Y")

        cloud.sent[event["RequestId"]] = event
        cloud.send(event)

        assert len(cloud.machines.started) == 1


class TestUpdate:
    def test_another_model_is_another_check(self, cloud: Checks, properties):
        created = cloud.create(properties)
        cloud.machines.end(PASSED)
        cloud.stack("UPDATE_IN_PROGRESS")
        other = of_model(properties, cloud.trained("second"))

        updated = cloud.update(created["PhysicalResourceId"], other, properties)

        assert updated["PhysicalResourceId"] != created["PhysicalResourceId"]
        assert len(cloud.machines.started) == 2

    def test_a_changed_input_alone_checks_nothing(self, cloud: Checks, properties):
        created = cloud.create(properties)
        cloud.machines.end(PASSED)
        cloud.stack("UPDATE_IN_PROGRESS")
        changed = copy.deepcopy(properties)
        changed["Settings"]["TimeoutSeconds"] = "7200"

        updated = cloud.update(created["PhysicalResourceId"], changed, properties)

        assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]
        assert len(cloud.machines.started) == 1

    def test_a_verdict_that_is_forgotten_after_90_days_still_counts(self, cloud: Checks, properties):
        created = cloud.create(properties)
        cloud.machines.executions.clear()
        cloud.stack("UPDATE_IN_PROGRESS")

        updated = cloud.update(created["PhysicalResourceId"], properties, properties)

        assert cloud.machines.started == []
        assert cloud.ready(updated)["Status"] == "SUCCESS"

    def test_a_rollback_checks_nothing_and_hands_the_old_model_on(self, cloud: Checks, properties):
        other = of_model(properties, cloud.trained("second"))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")

        back = cloud.update("Check-other", properties, other)

        assert cloud.machines.started == []
        assert back["Data"]["ModelArn"] == properties["RunInputs"]["modelArn"]
        assert cloud.ready(back)["Status"] == "SUCCESS"


class TestStop:
    def test_a_delete_stops_what_runs(self, cloud: Checks, properties):
        created = cloud.create(properties)
        cloud.stack("DELETE_IN_PROGRESS")

        assert cloud.delete(created["PhysicalResourceId"], properties)["Status"] == "SUCCESS"
        assert cloud.machines.running == []

    def test_a_delete_of_what_has_gone_succeeds(self, cloud: Checks, properties):
        assert cloud.delete("Check-x", properties)["Status"] == "SUCCESS"

    @pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "UPDATE_COMPLETE"])
    def test_nothing_starts_for_a_stack_that_no_longer_wants_it(self, cloud: Checks, properties, status):
        cloud.stack(status)

        assert cloud.create(properties)["Status"] == "FAILED"
        assert cloud.machines.started == []

    def test_a_stack_that_begins_to_roll_back_stops_the_check(self, cloud: Checks, properties):
        start = cloud.machines.start_execution

        def start_and_turn(**request: Any) -> dict[str, Any]:
            cloud.stacks.status[STACK_ID] = "ROLLBACK_IN_PROGRESS"
            return start(**request)

        cloud.machines.start_execution = start_and_turn  # type: ignore[method-assign]

        refused = cloud.create(properties)

        assert "The check was stopped at once" in refused["Reason"]
        assert cloud.machines.running == []

    def test_a_timeout_says_what_becomes_of_it(self, cloud: Checks, properties):
        created = cloud.create(properties)

        ready = cloud.ready(created, Seconds="60")

        assert ready["Status"] == "FAILED"
        assert "A rollback stops it, and the model is kept" in ready["Reason"]


class TestLosses:
    def test_low_ones_pass_without_an_execution(self, cloud: Checks):
        created = cloud.create(losses(cloud, maxTrainingLoss="100"))

        assert (created["Status"], created["Data"]["Execution"]) == ("SUCCESS", "-")
        assert cloud.ready(created)["Status"] == "SUCCESS"

    def test_a_high_one_fails_before_anything_starts(self, cloud: Checks):
        given = losses(cloud, maxTrainingLoss="0.0001")
        given["Settings"]["Request"] = {"stateMachineArn": MACHINE_ARN, "input": "{}"}

        refused = cloud.create(given)

        assert "did not pass the check: its training loss is" in refused["Reason"]
        assert "above 0.0001" in refused["Reason"]
        assert cloud.machines.started == []

    def test_each_validation_loss_counts(self, cloud: Checks):
        given = losses(cloud, maxValidationLoss="0.0001")
        given["RunInputs"]["modelArn"] = cloud.trained("validated", validators=2)

        assert "its validation loss is" in cloud.create(given)["Reason"]
        given["RunInputs"]["maxValidationLoss"] = "100"
        assert cloud.create(given)["Status"] == "SUCCESS"

    def test_one_that_is_not_reported_cannot_pass(self, cloud: Checks):
        given = losses(cloud, maxTrainingLoss="1")
        given["RunInputs"]["modelArn"] = cloud.imported("without-losses")

        assert "reports no training loss" in cloud.create(given)["Reason"]

    @pytest.mark.parametrize("limit", ["much", "-1", "inf", "nan"])
    def test_a_limit_that_is_no_number_is_refused(self, cloud: Checks, limit):
        assert cloud.create(losses(cloud, maxTrainingLoss=limit))["Status"] == "FAILED"

    def test_a_rollback_judges_nothing(self, cloud: Checks):
        given = losses(cloud, maxTrainingLoss="0.0001")
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")

        assert cloud.update("Check-other", given, given)["Status"] == "SUCCESS"


@pytest.mark.parametrize("given", ["[]", "x", "3"])
def test_an_input_that_is_no_object_is_refused(cloud: Checks, properties, given):
    properties["Settings"]["Request"]["input"] = given

    assert "must be a JSON object" in cloud.create(properties)["Reason"]


def test_a_status_that_nobody_knows_is_refused(cloud: Checks, properties):
    created = cloud.create(properties)
    cloud.machines.end(status="SOMETHING_NEW")

    assert "does not know" in cloud.ready(created)["Reason"]


def test_the_wait_reads_the_type_of_the_check(cloud: Checks, properties):
    assert cloud.event("Create", properties)["ResourceType"] == MODEL_CHECK_TYPE


@pytest.mark.parametrize(
    "output",
    [
        '{"passed": true}',
        '{"passed": false, "reason": "tone", "metrics": {"Tone": 0.5}}',
        '{"passed": true, "metrics": null}',
        '{"passed": "true"}',
        '{"passed": true, "metrics": {"Tone": "high"}}',
        '{"passed": true, "metrics": {"Tone": true}}',
        '{"passed": true, "metrics": ["Tone"]}',
        '["passed"]',
        "passed",
        "null",
    ],
)
def test_the_command_line_reads_an_output_as_the_provider_does(output: str):
    try:
        verdict = Verdict.parse(output)
        expected = model_check.PASSED if verdict.passed else model_check.FAILED, verdict.reason, dict(verdict.metrics)
    except NoVerdict:
        expected = model_check.UNDECIDED, f"its output is no verdict: {output}", {}
    running = model_check.ModelCheck(
        name="Check",
        execution="arn",
        model_arn="arn",
        status=model_check.RUNNING,
        started=datetime(2026, 1, 1, tzinfo=UTC),
    )

    read = model_check._ended(running, {"status": "SUCCEEDED", "output": output})

    assert (read.status, read.reason, dict(read.metrics)) == expected
