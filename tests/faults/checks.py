"""Step Functions with the state machine of a model check: an execution takes five minutes, and then has its verdict."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tests.functional.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.faults.functions import Waiter
    from tests.faults.world import World

MACHINE_ARN: Final = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:BedrockModelCheck-1-a"
_EXECUTION: Final = f"{MACHINE_ARN.replace(':stateMachine:', ':execution:')}:"
_SECONDS: Final = 300


@dataclass
class Checks:
    """The executions of all checks, by their ARNs, beside the waiter's."""

    world: "World"
    waiter: "Waiter"
    executions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        if stateMachineArn != MACHINE_ARN:
            return self.waiter.start_execution(stateMachineArn=stateMachineArn, name=name, input=input)
        assert len(name) <= 80
        arn = f"{_EXECUTION}{name}"
        if arn not in self.executions:
            self._start(arn, input)
        elif self.executions[arn]["status"] != "RUNNING" or self.executions[arn]["input"] != input:
            raise _error("ExecutionAlreadyExists", "StartExecution")
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if not executionArn.startswith(_EXECUTION):
            return self.waiter.describe_execution(executionArn=executionArn)
        if executionArn not in self.executions:
            raise _error("ExecutionDoesNotExist", "DescribeExecution")
        return dict(self.executions[executionArn])

    def stop_execution(self, *, executionArn: str, cause: str) -> dict[str, Any]:  # noqa: N803
        if not executionArn.startswith(_EXECUTION):
            return self.waiter.stop_execution(executionArn=executionArn, cause=cause)
        found = self.executions.get(executionArn)
        if found is None:
            raise _error("ExecutionDoesNotExist", "StopExecution")
        if found["status"] == "RUNNING":
            found.update(status="ABORTED", cause=cause)
        return {}

    def list_executions(self, **request: Any) -> dict[str, Any]:
        return self.waiter.list_executions(**request)

    def _start(self, arn: str, given: str) -> None:
        rules, current = self.world.rules, self.world.functions.current
        if not current.wanted:
            rules.break_(f"checked for a stack that no longer wants it: {current.label}")
        verdicts = [each for other, each in self.executions.items() if _pair(other) == _pair(arn) and "output" in each]
        if verdicts:
            rules.break_(f"checked a pair again that has a verdict: {arn}")
        self.executions[arn] = {"executionArn": arn, "status": "RUNNING", "input": given}
        self.world.timeline.after(_SECONDS, lambda: self._end(arn))

    def _end(self, arn: str) -> None:
        execution = self.executions[arn]
        if execution["status"] == "RUNNING":
            passed = json.loads(execution["input"])["passes"]
            output = {"passed": passed, "reason": "as told", "metrics": {"Score": int(passed)}}
            execution.update(status="SUCCEEDED", output=json.dumps(output))


def _pair(arn: str) -> str:
    """An execution's name without the number of the attempt."""
    return arn.rpartition("-")[0]


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
