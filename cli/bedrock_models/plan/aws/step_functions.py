"""The queues of the provider's waiters: what in a stack still waits for a place to start."""

from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.failures import is_missing
from bedrock_models.plan.aws.recorder import Recorder, Write


class Waiters:
    """Step Functions for a dry run: one state machine, which stands for those of all stacks that are planned."""

    ARN: Final = "arn:aws:states:::stateMachine:of-the-plan"

    def __init__(self, api: Any, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._known: dict[str, list[Any] | None] = {}
        self._stopped: set[str] = set()

    def know(self, state_machine_arn: str) -> None:
        """Takes a waiter into account."""
        self._known.setdefault(state_machine_arn, None)

    def list_executions(self, *, stateMachineArn: str, **request: Any) -> dict[str, Any]:  # noqa: N803, ARG002
        """Those that run, of all waiters."""
        running = [each for arn in self._known for each in self._running(arn, str(request["statusFilter"]))]
        return {"executions": [each for each in running if each["executionArn"] not in self._stopped]}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        """As it is."""
        self._recorder.reads += 1
        found: dict[str, Any] = self._api.describe_execution(executionArn=executionArn)
        return found

    def stop_execution(self, *, executionArn: str, cause: str) -> dict[str, Any]:  # noqa: N803
        """Recorded; from now on it has ended."""
        self._stopped.add(executionArn)
        params = {"executionArn": executionArn, "cause": cause}
        self._recorder.writes.append(Write(operation="StopExecution", target=executionArn, params=params))
        return {}

    def start_execution(self, **request: Any) -> dict[str, Any]:
        """No handler starts one itself."""
        raise NotImplementedError(request)

    def _running(self, arn: str, status: str) -> list[Any]:
        known = self._known[arn]
        if known is None:
            self._recorder.reads += 1
            try:
                pages = self._api.get_paginator("list_executions").paginate(stateMachineArn=arn, statusFilter=status)
                known = [each for page in pages for each in page["executions"]]
            except ClientError as error:
                if not is_missing(error) and "StateMachineDoesNotExist" not in str(error):
                    raise
                known = []
            self._known[arn] = known
        return known
