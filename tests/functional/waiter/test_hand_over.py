"""From the events function to its waiter: tried for a minute, and answered if it cannot be; silence costs an hour."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from provider.cloudformation.contract import MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.functional.conftest import Cloud
from tests.functional.hostile import valid_event
from tests.functional.serving_cloud import ROLE

THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "StartExecution")
DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}, "StartExecution")
REFUSED = ClientError({"Error": {"Code": "ValidationException", "Message": "input is too long"}}, "StartExecution")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://states.us-east-1.amazonaws.com")


class Failing:
    """A Step Functions that starts nothing so many times, then does."""

    def __init__(self, waiter: Any, error: Exception, times: int) -> None:
        self._waiter, self._error, self.times = waiter, error, times

    def start_execution(self, **request: Any) -> dict[str, Any]:
        if self.times:
            self.times -= 1
            raise self._error
        return self._waiter.start_execution(**request)

    def list_executions(self, **request: Any) -> dict[str, Any]:
        return self._waiter.list_executions(**request)


def failing(cloud: Cloud, error: Exception, *, times: int = 1_000_000) -> Failing:
    cloud.outside.states = Failing(cloud.waiter, error, times)
    return cloud.outside.states


def waiting(cloud: Cloud) -> dict[str, Any]:
    """An event that has to be waited for."""
    source = {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}
    cloud.client.create_custom_model(modelName="assistant", modelSourceConfig=source, roleArn=ROLE)
    return valid_event("Create", WAIT_TYPE)


@pytest.mark.parametrize("error", [THROTTLED, DENIED, UNREACHABLE])
def test_a_short_trouble_of_step_functions_is_waited_out(cloud: Cloud, error):
    states = failing(cloud, error, times=3)
    assert cloud.send(waiting(cloud))["Status"] == "SUCCESS"
    assert states.times == 0


@pytest.mark.parametrize("error", [THROTTLED, DENIED, UNREACHABLE])
def test_a_long_one_is_answered_after_a_minute(cloud: Cloud, error):
    event = waiting(cloud)
    failing(cloud, error)
    began = cloud.clock.now()
    answer = cloud.send(event)
    assert 60 <= (cloud.clock.now() - began).total_seconds() < 90
    assert answer["Status"] == "FAILED"
    assert "AWS Step Functions could not be asked to wait for this" in answer["Reason"]


def test_a_refusal_is_answered_at_once(cloud: Cloud):
    states = failing(cloud, REFUSED, times=1)
    answer = cloud.send(waiting(cloud))
    assert "AWS Step Functions refuses to wait for this: ValidationException: input is too long" in answer["Reason"]
    assert states.times == 0


def test_a_delete_that_cannot_be_waited_for_fails_and_keeps_its_id(cloud: Cloud, properties):
    name = cloud.create(properties)["PhysicalResourceId"]
    cloud.stacks.unreadable = True
    failing(cloud, THROTTLED)
    answer = cloud.delete(name, properties)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
    assert cloud.model(name)


def test_a_run_that_can_neither_start_nor_queue_is_refused(cloud: Cloud):
    cloud.occupy()
    failing(cloud, THROTTLED)
    assert cloud.send(valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE))["Status"] == "FAILED"
    assert cloud.bedrock.training_runs() == ["somebody-elses"]


def test_a_defect_after_the_attempt_is_answered_too(cloud: Cloud, monkeypatch, logged):
    event = waiting(cloud)
    monkeypatch.delenv("WAITER_ARN")
    answer = cloud.send(event)
    assert (answer["Status"], answer["Reason"]) == ("FAILED", "The provider failed: KeyError. Its log has the details.")
    assert [line["error"] for line in logged if line["event"] == "defect"] == ["KeyError('WAITER_ARN')"]
