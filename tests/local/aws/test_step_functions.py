"""The parts of Step Functions that a waiter needs."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import LocalAws, RunningAws, Settings
from tests.local.aws.recorder import Recorder

INVOKE = "arn:aws:states:::lambda:invoke"
END = {"Type": "Pass", "End": True}


def test_a_wait_and_the_intervals_of_retries_are_scaled(aws: RunningAws, recorder_function: str) -> None:
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxAttempts": 2, "BackoffRate": 1}]
    states = {
        "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Fail"},
        "Fail": {**_invoke({"Payload": {"broken": True}}), "Retry": retry, "Catch": _caught(), "Next": "Caught"},
        "Caught": END,
    }
    started = time.monotonic()

    ended = _run(aws, "scaled", states, {"seconds": 60, "function": recorder_function})

    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["error"]["Error"]
    assert 1.2 <= time.monotonic() - started < 60, "unscaled it would be two minutes"


def test_an_executions_name_can_not_be_used_again(aws: RunningAws) -> None:
    states = aws.client("stepfunctions")
    machine = _machine(aws, "once", {"Only": END})
    states.start_execution(stateMachineArn=machine, name="same", input='{"first": 1}')
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(stateMachineArn=machine, name="same", input='{"second": 2}')


def test_an_execution_can_be_stopped(aws: RunningAws) -> None:
    states = aws.client("stepfunctions")
    machine = _machine(aws, "long", {"Only": {"Type": "Wait", "Seconds": 100_000, "End": True}})
    execution = states.start_execution(stateMachineArn=machine, name="stopped")["executionArn"]

    states.stop_execution(executionArn=execution, error="Because", cause="of a test")

    assert states.describe_execution(executionArn=execution)["status"] == "ABORTED"


def test_a_task_of_another_partition_is_an_error_that_nothing_catches(aws: RunningAws, recorder_function: str) -> None:
    states = {
        "Foreign": {
            **_invoke({"Payload": {}}),
            "Resource": "arn:aws-us-gov:states:::lambda:invoke",
            "Catch": _caught(),
            "End": True,
        },
        "Caught": END,
    }
    ended = _run(aws, "foreign", states, {"function": recorder_function})
    assert (ended["status"], ended.get("error")) == ("FAILED", "States.Runtime"), ended


def test_the_state_machines_role_must_allow_the_function() -> None:
    with LocalAws(Settings(tls=False)) as aws:
        function = Recorder.make_function(aws)
        states = {"Only": {**_invoke({"Payload": {}}), "End": True}}
        ended = _run(aws, "denied", states, {"function": function})

    assert ended["status"] == "FAILED"
    assert ended["error"] == "Lambda.AWSLambdaException"
    assert "not authorized to perform: lambda:InvokeFunction" in ended["cause"]


def _invoke(parameters: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName.$": "$.function", **parameters}}


def _caught() -> list[dict[str, Any]]:
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]


def _machine(aws: RunningAws, name: str, states: dict[str, Any]) -> str:
    definition = {"StartAt": next(iter(states)), "States": states}
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(
        RoleName=f"machine-{name}", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
    )["Role"]["Arn"]
    created = aws.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role
    )
    arn: str = created["stateMachineArn"]
    return arn


def _run(aws: RunningAws, name: str, states: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    client = aws.client("stepfunctions")
    machine = _machine(aws, name, states)
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
    while True:
        described: dict[str, Any] = client.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        time.sleep(0.05)
