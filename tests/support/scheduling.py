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
    """By file, and workers beyond the number of processors take none that computes.

    Two that compute on one processor take a tenth longer than one after the other.
    """

    def _reschedule(self, node: "WorkerController") -> None:
        if _only_waits(node) and not any(map(_is_deployed, self.workqueue)) and not node.shutting_down:
            node.shutdown()
        super()._reschedule(node)

    def _assign_work_unit(self, node: "WorkerController") -> None:
        fitting = (file for file in self.workqueue if _is_deployed(file) == _only_waits(node))
        self.workqueue.move_to_end(next(fitting, next(iter(self.workqueue))), last=False)
        super()._assign_work_unit(node)


def _only_waits(node: "WorkerController") -> bool:
    return int(node.gateway.id.removeprefix("gw")) >= PROCESSORS


def _is_deployed(file: str) -> bool:
    return file.removeprefix("tests/").startswith(DEPLOYED)
