"""The world of the tests with model checks in it: their state machine answers as AWS Step Functions documents it."""

import json
from typing import Any

from provider.cloudformation.contract import MODEL_CHECK_TYPE
from tests.functional.serving_cloud import Serving
from tests.support.check_machine import MACHINE_ARN, CheckMachine

__all__ = ["MACHINE_ARN", "NOT_PASSED", "PASSED", "Checks"]

PASSED = {"passed": True, "reason": "all good", "metrics": {"Score": 0.9}}
NOT_PASSED = {"passed": False, "reason": "the score is 0.2, and at least 0.5 is asked", "metrics": {"Score": 0.2}}


class Machines(CheckMachine):
    """Executions of a check, which the test ends."""

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
