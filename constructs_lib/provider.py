"""The provider: an events function that writes, a poll function that reads, and a waiter. One in each stack."""

import json
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.assets import handler_code
from constructs_lib.contract import SEGMENT_CONTEXT
from constructs_lib.encryption import model_key_statement
from constructs_lib.provider_permissions import allow_events, allow_poll
from constructs_lib.stacks import parent_stack_ids

# Deployed stacks hold these: CloudFormation never lets a ServiceToken change, so neither the logical id of the events
# function nor any property that would replace it may ever change.
_ID: Final = "BedrockModelProvider"
_EVENTS_LOGICAL_ID: Final = "BedrockModelProviderEvents"

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


class ModelProvider(Construct):
    """What stands behind the custom resources of one stack. It is made when first needed; use `ModelProvider.of`."""

    @classmethod
    def of(cls, scope: Construct) -> "ModelProvider":
        """The provider of the stack around this scope."""
        stack = cdk.Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, cls) else cls(stack, _ID)

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        code = handler_code()
        self._waiter_role = iam.Role(self, "WaiterRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        waiter = _waiter(self, self._waiter_role)
        poll = _function(self, "Poll", code, handler="index.on_poll", timeout=cdk.Duration.minutes(2))
        allow_poll(poll.role, waiter_arn=waiter.state_machine_arn)
        poll.add_environment("WAITER_ARN", waiter.state_machine_arn)
        self._events = _function(self, "Events", code, handler="index.on_event", timeout=cdk.Duration.minutes(3))
        _fix_logical_id(self._events, _EVENTS_LOGICAL_ID)
        # An event that comes later than this is dropped: it must not start anything for a stack that has moved on.
        self._events.configure_async_invoke(max_event_age=cdk.Duration.minutes(15), retry_attempts=2)
        allow_events(self._events.role, parents=parent_stack_ids(self), waiter_arn=waiter.state_machine_arn)
        self._events.add_environment("WAITER_ARN", waiter.state_machine_arn)
        self._events.add_environment("POLL_FUNCTION_ARN", poll.function_arn)
        segment = self.node.try_get_context(SEGMENT_CONTEXT)
        if segment:
            self._events.add_environment("SEGMENT_SECONDS", str(segment))
        self.permission: Final = self._permit(poll)
        self._allowed: set[str] = set()

    @property
    def service_token(self) -> str:
        """The ARN that custom resources name."""
        return self._events.function_arn

    @property
    def role(self) -> iam.IRole:
        """The role of the events function: the caller of every request to Bedrock that writes."""
        role = self._events.role
        assert role is not None  # noqa: S101  every function made here has one
        return role

    def allow(self, *statements: iam.PolicyStatement) -> None:
        """Lets the events function do this."""
        for statement in statements:
            self.role.add_to_principal_policy(statement)

    def allow_once(self, what: str, *statements: iam.PolicyStatement) -> None:
        """The same, for statements that every resource of a kind needs: in the policy once, however many there are."""
        if what not in self._allowed:
            self._allowed.add(what)
            self.allow(*statements)

    def allow_key(self, scope: Construct, key: kms.IKey) -> None:
        """Lets the events function use a model's key, through Bedrock only."""
        self.allow_once(f"key {key.node.addr}", model_key_statement(scope, key))

    def allow_pass_role(self, scope: Construct, role: iam.IRole) -> iam.Policy:
        """Lets the events function hand exactly this role to Bedrock.

        In a policy of the construct's own: everything waits for the functions and their policies, so if one of those
        named the role, no construct could be made to wait for another one of the stack.
        """
        passing = iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
        )
        policy = iam.Policy(scope, "PassRole", statements=[passing])
        self.role.attach_inline_policy(policy)
        return policy

    def _permit(self, poll: lambda_.Function) -> iam.Policy:
        # A resource of its own, after both: the events function names the waiter, so the waiter's own role cannot name
        # the events function without a cycle.
        return iam.Policy(
            self,
            "WaiterPermission",
            roles=[self._waiter_role],
            statements=[
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"], resources=[self._events.function_arn, poll.function_arn]
                )
            ],
        )


def _function(
    scope: Construct, id: str, code: lambda_.Code, *, handler: str, timeout: cdk.Duration
) -> lambda_.Function:
    role = iam.Role(scope, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group = _log_group(scope, f"{id}Log")
    # Without logs:CreateLogGroup: a late line would bring the group back after the stack is gone.
    log_group.grant_write(role)
    return lambda_.Function(
        scope,
        id,
        description=f"Amazon Bedrock custom models: {id.lower()} function of the provider",
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        code=code,
        handler=handler,
        role=role,
        log_group=log_group,
        timeout=timeout,
        memory_size=256,
    )


def _log_group(scope: Construct, id: str) -> logs.LogGroup:
    return logs.LogGroup(scope, id, retention=logs.RetentionDays.THREE_MONTHS, removal_policy=cdk.RemovalPolicy.DESTROY)


def _waiter(scope: Construct, role: iam.Role) -> sfn.StateMachine:
    return sfn.StateMachine(
        scope,
        "Waiter",
        role=role,
        definition_body=sfn.DefinitionBody.from_string(json.dumps(_WORKFLOW)),
        # The executions' data hold a signed URL, which no log may show.
        logs=sfn.LogOptions(
            destination=_log_group(scope, "WaiterLog"), level=sfn.LogLevel.ALL, include_execution_data=False
        ),
    )


def _fix_logical_id(function: lambda_.Function, logical_id: str) -> None:
    resource = function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101  what CDK's own class is made of
    resource.override_logical_id(logical_id)
