"""The partition of a task's resource in Step Functions."""

from typing import Any

from local.aws.patches.names import step_functions
from local.aws.patches.patch import Patch

_PARTITION = "aws"
_RUNTIME = "States.Runtime"


class TaskPartition(Patch):
    corrects = "ministack runs a task whatever the partition of its Resource is."
    aws = (
        "A Resource of another partition than the machine's is a States.Runtime error, which States.ALL does not "
        "catch: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
    )
    uses = (step_functions.execute_task, step_functions.error_matches, step_functions.ExecutionError)

    def apply(self) -> None:
        step_functions.execute_task.replace(_execute)
        step_functions.error_matches.replace(_error_matches)


def _execute(state: dict[str, Any], *arguments: Any, **options: Any) -> Any:
    resource = str(state.get("Resource", ""))
    if resource.startswith("arn:") and resource.split(":")[1] != _PARTITION:
        cause = f"The resource {resource} of the task is not one of the partition {_PARTITION}."
        raise step_functions.ExecutionError(_RUNTIME, cause)
    return step_functions.execute_task.original(state, *arguments, **options)


def _error_matches(names: list[str], error: str) -> bool:
    return error in names if error == _RUNTIME else bool(step_functions.error_matches.original(names, error))
