"""Which worker of xdist runs which file: one that waits beside one that computes."""

import os
from typing import TYPE_CHECKING

from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

PROCESSORS = os.cpu_count() or 1
# Whole deployments wait for half of their time, so they have workers of their own. The longest come first, so that none
# is left alone with one.
DEPLOYED = (
    "acceptance/",
    "e2e/test_cdk_cli.py",
    "plan/test_deployed.py",
    "e2e/test_rollback.py",
    "e2e/test_permissions.py",
    "e2e/test_model_check.py",
    "e2e/test_serving.py",
    "cli/test_deployed.py",
    "local/aws/test_command_line.py",
    "local/aws/test_differential.py",
    "e2e/",
    "local/aws/",
)


class ByWaiting(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """By file. Of more than two workers, two take deployments first and the others what computes.

    Those beyond the number of processors end with the deployments: two that compute on one processor take a tenth
    longer than one after the other.
    """

    def _reschedule(self, node: "WorkerController") -> None:
        if self._is_one_too_many(node) and not any(map(_is_deployed, self.workqueue)) and not node.shutting_down:
            node.shutdown()
        super()._reschedule(node)

    def _assign_work_unit(self, node: "WorkerController") -> None:
        computing = min(PROCESSORS, self.numnodes - 2) if self.numnodes > 2 else self.numnodes
        takes_deployed = _number(node) >= computing
        fitting = (file for file in self.workqueue if _is_deployed(file) == takes_deployed)
        self.workqueue.move_to_end(next(fitting, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)

    def _is_one_too_many(self, node: "WorkerController") -> bool:
        # Of those that compute, all can have crashed.
        return _number(node) >= PROCESSORS > min(map(_number, self.nodes))


def _number(node: "WorkerController") -> int:
    return int(node.gateway.id.removeprefix("gw"))


def _is_deployed(file: str) -> bool:
    return file.removeprefix("tests/").startswith(DEPLOYED)
