"""The workflow that waits: it looks again and again until the poll function has answered CloudFormation."""

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.provider.encryption import deliver_logs, encrypt_executions
from constructs_lib.provider.settings import ProviderSettings

# Executions that began together must not come back together: each retry waits a random part of its pause.
_SPREAD: Final = {"JitterStrategy": "FULL"}
# A function that fails for a reason of its own: about two minutes of retries, then the abort path answers.
_FAILING: Final = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 5, **_SPREAD}
# AWS Lambda had no room for it, or was out of order. No other function would have more room, the aborting one included:
# half an hour is borne, on the average, as of every other outage.
_NO_ROOM: Final = {
    "ErrorEquals": [
        "Lambda.TooManyRequestsException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
    ],
    "IntervalSeconds": 5,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 60,
    **_SPREAD,
}


def workflow() -> dict[str, Any]:
    """The definition in the Amazon States Language.

    In another partition than its own, the resource of a task is a runtime error that no catcher catches.
    """
    invoke = {
        "Type": "Task",
        "Resource": f"arn:{cdk.Aws.PARTITION}:states:::lambda:invoke",
        "Retry": [_NO_ROOM, _FAILING],
    }
    return {
        "Comment": "Waits for a custom model of Amazon Bedrock, then answers CloudFormation",
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "SecondsPath": "$.WaitSeconds", "Next": "Poll"},
            "Poll": {
                **invoke,
                "Parameters": {"FunctionName.$": "$.Function", "Payload.$": "$"},
                "OutputPath": "$.Payload",
                "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.Error", "Next": "Abort"}],
                "Next": "Done?",
            },
            "Done?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.Done", "BooleanEquals": True, "Next": "Answered"}],
                "Default": "Wait",
            },
            "Abort": {
                **invoke,
                "Parameters": {"FunctionName.$": "$.EventsFunction", "Payload": {"Abort.$": "$"}},
                "End": True,
            },
            "Answered": {"Type": "Succeed"},
        },
    }


def make_state_machine(
    scope: Construct,
    id: str,
    *,
    definition: str,
    role: iam.Role,
    log_group: logs.ILogGroup,
    settings: ProviderSettings,
    name: str | None = None,
) -> sfn.StateMachine:
    """A state machine. What its role may invoke is a permission of its own, or functions and waiter are a cycle."""
    if settings.encryption_key:
        role.add_to_policy(deliver_logs(scope, settings.encryption_key).to_policy_statement())
    made = sfn.StateMachine(
        scope,
        id,
        state_machine_name=name,
        role=role,
        definition_body=sfn.DefinitionBody.from_string(definition),
        # The executions' data hold a signed URL, which no log may show.
        logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=False),
        tracing_enabled=settings.tracing or None,
    )
    if settings.encryption_key:
        encrypt_executions(made, settings.encryption_key)
    return made
