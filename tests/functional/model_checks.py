"""The world of the tests with model checks in it: their state machine answers as AWS Step Functions documents it."""

import json
from typing import Any

from botocore.exceptions import ClientError

from provider.cloudformation.contract import MODEL_CHECK_TYPE
from tests.functional.conftest import ACCOUNT, Waiter
from tests.functional.serving_cloud import Serving

MACHINE_ARN = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:BedrockModelCheck-11111111-a"
PASSED = {"passed": True, "reason": "all good", "metrics": {"Score": 0.9}}
NOT_PASSED = {"passed": False, "reason": "the score is 0.2, and at least 0.5 is asked", "metrics": {"Score": 0.2}}


class Machines:
    """Executions of a check, which the test ends, beside those of the waiter."""

    def __init__(self, waiter: Waiter) -> None:
        self.waiter = waiter
        self.executions: dict[str, dict[str, Any]] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        if stateMachineArn != MACHINE_ARN:
            return self.waiter.start_execution(stateMachineArn=stateMachineArn, name=name, input=input)
        assert len(name) <= 80
        arn = f"{MACHINE_ARN.replace(':stateMachine:', ':execution:')}:{name}"
        known = self.executions.get(arn)
        if known and (known["status"] != "RUNNING" or known["input"] != input):
            raise _error("ExecutionAlreadyExists", "StartExecution")
        self.executions[arn] = known or {"executionArn": arn, "status": "RUNNING", "input": input}
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if ":BedrockModelCheck-" not in executionArn:
            return self.waiter.describe_execution(executionArn=executionArn)
        if executionArn not in self.executions:
            raise _error("ExecutionDoesNotExist", "DescribeExecution")
        return dict(self.executions[executionArn])

    def stop_execution(self, *, executionArn: str, cause: str) -> dict[str, Any]:  # noqa: N803
        if ":BedrockModelCheck-" not in executionArn:
            return self.waiter.stop_execution(executionArn=executionArn, cause=cause)
        if executionArn not in self.executions:
            raise _error("ExecutionDoesNotExist", "StopExecution")
        self.executions[executionArn] |= {"status": "ABORTED", "cause": cause}
        return {}

    def list_executions(self, **request: Any) -> dict[str, Any]:
        return self.waiter.list_executions(**request)

    @property
    def started(self) -> list[str]:
        """The names of all executions, in their order."""
        return [arn.rpartition(":")[2] for arn in self.executions]

    @property
    def running(self) -> list[dict[str, Any]]:
        return [each for each in self.executions.values() if each["status"] == "RUNNING"]

    def end(self, output: Any = None, **how: str) -> None:
        """All that run: with this output, or as told."""
        ended = {"status": "SUCCEEDED", "output": json.dumps(output)} if output is not None else how
        for each in self.running:
            each.update(ended)


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


class Checks(Serving):
    """The same, with short ways to ask for a check."""

    type = MODEL_CHECK_TYPE

    def __init__(self) -> None:
        super().__init__()
        self.machines = Machines(self.waiter)
        self.outside.states = self.machines

    def ready(self, answer: dict[str, Any], **properties: Any) -> dict[str, Any]:
        """Waits for the verdict, as the construct renders it."""
        data = answer["Data"]
        given = {"Execution": data["Execution"], "ModelArn": data["ModelArn"], **properties}
        return self.wait_for(answer["PhysicalResourceId"], For=MODEL_CHECK_TYPE, **given)
