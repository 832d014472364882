"""The workflow that waits: it looks again and again until the poll function has answered CloudFormation."""

import json
from typing import Any, Final

from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.provider_key import deliver_logs, encrypt_executions
from constructs_lib.provider_settings import ProviderSettings

# About three minutes of retries at each look, then the abort path answers CloudFormation.
_RETRY: Final = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "BackoffRate": 2, "MaxAttempts": 5}]
_INVOKE: Final[dict[str, Any]] = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": _RETRY}

_WORKFLOW: Final = {
    "Comment": "Waits for a custom model of Amazon Bedrock, then answers CloudFormation",
    "StartAt": "Wait",
    "States": {
        "Wait": {"Type": "Wait", "SecondsPath": "$.WaitSeconds", "Next": "Look"},
        "Look": {
            **_INVOKE,
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
            **_INVOKE,
            "Parameters": {"FunctionName.$": "$.EventsFunction", "Payload": {"Abort.$": "$"}},
            "End": True,
        },
        "Answered": {"Type": "Succeed"},
    },
}


def make_waiter(
    scope: Construct, *, role: iam.Role, log_group: logs.ILogGroup, settings: ProviderSettings
) -> sfn.StateMachine:
    """The state machine. What its role may invoke is a permission of its own, or functions and waiter are a cycle."""
    if settings.encryption_key:
        role.add_to_policy(deliver_logs(scope, settings.encryption_key).to_policy_statement())
    waiter = sfn.StateMachine(
        scope,
        "Waiter",
        role=role,
        definition_body=sfn.DefinitionBody.from_string(json.dumps(_WORKFLOW)),
        # The executions' data hold a signed URL, which no log may show.
        logs=sfn.LogOptions(destination=log_group, level=sfn.LogLevel.ALL, include_execution_data=False),
        tracing_enabled=settings.tracing or None,
    )
    if settings.encryption_key:
        encrypt_executions(waiter, settings.encryption_key)
    return waiter
