import time
from datetime import timedelta

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from local.bedrock import Bedrock, ConnectionLost, Fault, ManualClock, memory_client

CREATE_JOB = "CreateModelCustomizationJob"


@pytest.mark.parametrize(
    ("fault", "code", "status", "attempts"),
    [
        (Fault.THROTTLE, "ThrottlingException", 429, 3),
        (Fault.INTERNAL_ERROR, "InternalServerException", 500, 3),
        (Fault.ACCESS_DENIED, "AccessDeniedException", 403, 1),
        (Fault.QUOTA, "ServiceQuotaExceededException", 400, 1),
        (Fault.VALIDATION, "ValidationException", 400, 1),
    ],
)
def test_a_fault_that_stays_reaches_the_caller_after_the_retries_of_botocore(world, fault, code, status, attempts):
    world.bedrock.faults.add(CREATE_JOB, fault, times=10)
    with pytest.raises(ClientError) as caught:
        world.start_job()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert [call.outcome for call in world.bedrock.calls] == [code] * attempts
    assert world.bedrock.training_runs() == []


@pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.INTERNAL_ERROR, Fault.LOST_BEFORE_EFFECT])
def test_a_fault_that_passes_is_retried_without_waiting(world, fault):
    world.bedrock.faults.add(CREATE_JOB, fault, times=2)
    started = time.monotonic()
    world.start_job()
    assert time.monotonic() - started < 0.5
    assert len(world.bedrock.calls) == 3


@pytest.mark.parametrize(
    ("fault", "error", "runs"),
    [
        (Fault.LOST_BEFORE_EFFECT, EndpointConnectionError, []),
        (Fault.LOST_AFTER_EFFECT, ConnectionClosedError, ["run"]),
    ],
)
def test_a_lost_connection_is_lost_before_or_after_the_effect(world, job, fault, error, runs):
    client = memory_client(world.bedrock, config=Config(retries={"total_max_attempts": 1}))
    world.bedrock.faults.add(CREATE_JOB, fault)
    with pytest.raises(error):
        client.create_model_customization_job(**job())
    assert world.bedrock.training_runs() == runs
    assert world.bedrock.calls[-1].outcome == "ConnectionLost"


def test_a_retry_after_a_lost_answer_starts_nothing_twice(world):
    world.bedrock.faults.add(CREATE_JOB, Fault.LOST_AFTER_EFFECT)
    world.start_job()
    assert world.bedrock.training_runs() == ["run"]


def test_over_http_the_adapter_is_told_that_the_connection_is_lost():
    bedrock = Bedrock(ManualClock())
    bedrock.faults.add("ListCustomModels", Fault.LOST_BEFORE_EFFECT)
    with pytest.raises(ConnectionLost) as caught:
        bedrock.handle("GET", "/custom-models", {}, {}, b"")
    assert caught.value.effect is False


@pytest.mark.parametrize(
    "text",
    [
        "Could not assume provided IAM role",
        "Could not validate GetObject permissions to access Amazon S3 bucket: data at key train.jsonl",
        "Amazon S3 perms missing (PutObject): Could not validate PutObject permissions to access S3 bucket: b at key x",
    ],
)
def test_a_refusal_comes_in_the_given_words(world, text):
    world.bedrock.faults.add(CREATE_JOB, Fault.VALIDATION, text)
    with pytest.raises(ClientError) as caught:
        world.start_job()
    assert caught.value.response["Error"]["Message"] == text


def test_a_fault_waits_for_its_call(world):
    world.bedrock.faults.add("ListCustomModels", Fault.ACCESS_DENIED, after=2)
    outcomes = []
    for _ in range(4):
        try:
            world.client.list_custom_models()
            outcomes.append("ok")
        except ClientError:
            outcomes.append("denied")
    assert outcomes == ["ok", "ok", "denied", "ok"]


def test_a_fault_strikes_its_own_operation_or_every_one(world):
    world.bedrock.faults.add(CREATE_JOB, Fault.ACCESS_DENIED)
    world.client.list_custom_models()
    world.bedrock.faults.clear()
    world.bedrock.faults.add("*", Fault.ACCESS_DENIED)
    with pytest.raises(ClientError):
        world.client.list_custom_models()


def test_the_number_of_attempts_is_the_callers(world):
    config = Config(read_timeout=7, retries={"mode": "standard", "max_attempts": 4})
    client = memory_client(world.bedrock, config=config)
    world.bedrock.faults.add("ListCustomModels", Fault.THROTTLE, times=4)
    client.list_custom_models()
    assert len(world.bedrock.calls) == 5
    assert client.meta.config.read_timeout == 7


def test_a_call_is_remembered_with_its_caller_parameters_and_time(world):
    caller = "arn:aws:sts::123456789012:assumed-role/events/i-1"
    world.clock.advance(timedelta(hours=1))
    memory_client(world.bedrock, caller=caller).list_custom_models(nameContains="x")
    (call,) = world.bedrock.calls
    assert (call.operation, call.caller, call.params) == ("ListCustomModels", caller, {"nameContains": "x"})
    assert (call.at, call.outcome) == (world.clock.now(), "ok")
