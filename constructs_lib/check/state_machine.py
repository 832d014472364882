"""The state machine of a check, in the Amazon States Language. Its output is the verdict."""

from typing import Any, Final

import aws_cdk as cdk

# Until the permissions of a new role are known everywhere, and while AWS Lambda has no room.
_PROPAGATING: Final = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxAttempts": 6,
    "JitterStrategy": "FULL",
}
# A record that cannot be asked stays one.
_FINAL: Final = {"ErrorEquals": ["BadRecord"], "MaxAttempts": 0}


def asking(runner_arn: str) -> dict[str, Any]:
    """Asks the candidate some records at a time, and waits in between as long as the runner says."""
    return {
        "Comment": "Asks a candidate the records of a model check",
        "StartAt": "Ask",
        "States": {
            "Ask": {
                **_task("lambda:invoke", {"FunctionName": runner_arn, "Payload.$": "$"}),
                "OutputPath": "$.Payload",
                "Next": "Done?",
            },
            "Done?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "Verdict"}],
                "Default": "Wait",
            },
            "Wait": {"Type": "Wait", "SecondsPath": "$.waitSeconds", "Next": "Ask"},
            "Verdict": {"Type": "Pass", "InputPath": "$.verdict", "End": True},
        },
    }


def calling(function_arn: str) -> dict[str, Any]:
    """Leaves the whole check to a function of the user's, for up to 15 minutes."""
    task = _task("lambda:invoke", {"FunctionName": function_arn, "Payload.$": "$"})
    return _only({**task, "OutputPath": "$.Payload"})


def running(state_machine_arn: str) -> dict[str, Any]:
    """Leaves the whole check to a state machine of the user's, for as long as it takes."""
    task = _task("states:startExecution.sync:2", {"StateMachineArn": state_machine_arn, "Input.$": "$"})
    return _only({**task, "OutputPath": "$.Output"})


def _only(task: dict[str, Any]) -> dict[str, Any]:
    return {"Comment": "Checks a model", "StartAt": "Decide", "States": {"Decide": {**task, "End": True}}}


def _task(integration: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{cdk.Aws.PARTITION}:states:::{integration}",
        "Parameters": parameters,
        "Retry": [_FINAL, _PROPAGATING],
    }
