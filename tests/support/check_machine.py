"""The state machine of model checks, as AWS Step Functions documents its calls, beside the machine of the waiter."""

from typing import Any, Final

from botocore.exceptions import ClientError

MACHINE_ARN: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:BedrockModelCheck-11111111-a"
_EXECUTION: Final = f"{MACHINE_ARN.replace(':stateMachine:', ':execution:')}:"


class CheckMachine:
    """Executions by their ARNs. Whoever derives from it says how they end; all other calls are the waiter's."""

    def __init__(self, waiter: Any) -> None:
        self.waiter = waiter
        self.executions: dict[str, dict[str, Any]] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        if stateMachineArn != MACHINE_ARN:
            return dict(self.waiter.start_execution(stateMachineArn=stateMachineArn, name=name, input=input))
        assert len(name) <= 80
        arn = f"{_EXECUTION}{name}"
        known = self.executions.get(arn)
        if known and (known["status"] != "RUNNING" or known["input"] != input):
            raise _error("ExecutionAlreadyExists", "StartExecution")
        if not known:
            self.starts(arn)
            self.executions[arn] = {"executionArn": arn, "status": "RUNNING", "input": input}
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if not executionArn.startswith(_EXECUTION):
            return dict(self.waiter.describe_execution(executionArn=executionArn))
        return dict(self._found(executionArn, "DescribeExecution"))

    def stop_execution(self, *, executionArn: str, cause: str) -> dict[str, Any]:  # noqa: N803
        if not executionArn.startswith(_EXECUTION):
            return dict(self.waiter.stop_execution(executionArn=executionArn, cause=cause))
        found = self._found(executionArn, "StopExecution")
        if found["status"] == "RUNNING":
            found.update(status="ABORTED", cause=cause)
        return {}

    def list_executions(self, **request: Any) -> dict[str, Any]:
        return dict(self.waiter.list_executions(**request))

    def starts(self, arn: str) -> None:
        """A new execution is about to start."""

    def _found(self, arn: str, operation: str) -> dict[str, Any]:
        if arn not in self.executions:
            raise _error("ExecutionDoesNotExist", operation)
        return self.executions[arn]


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
