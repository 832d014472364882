"""Model checks on the timeline: an execution takes five minutes, and then has its verdict."""

import json
from typing import TYPE_CHECKING, Any, Final

from tests.support.check_machine import MACHINE_ARN, CheckMachine

if TYPE_CHECKING:
    from tests.faults.world import World

__all__ = ["MACHINE_ARN", "Checks"]

_SECONDS: Final = 300


class Checks(CheckMachine):
    """The executions of all checks, with the rules that hold for their starts."""

    def __init__(self, world: "World", waiter: Any) -> None:
        super().__init__(waiter)
        self.world = world

    def starts(self, arn: str) -> None:
        rules, current = self.world.rules, self.world.functions.current
        if not current.wanted:
            rules.break_(f"checked for a stack that no longer wants it: {current.label}")
        verdicts = [each for other, each in self.executions.items() if _pair(other) == _pair(arn) and "output" in each]
        if verdicts:
            rules.break_(f"checked a pair again that has a verdict: {arn}")
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
