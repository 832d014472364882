"""The resources of one stack's provider: two functions, the waiter, their roles and log groups."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib import provider_findings
from constructs_lib.assets import handler_code
from constructs_lib.contract import SEGMENT_CONTEXT
from constructs_lib.provider_key import allow_logs, read_environment, use_executions
from constructs_lib.provider_network import Placement, place, use_network, wait_for_endpoints
from constructs_lib.provider_permissions import allow_events, allow_poll
from constructs_lib.provider_settings import ProviderSettings
from constructs_lib.provider_waiter import make_waiter
from constructs_lib.stacks import parent_stack_ids

# Deployed stacks hold it: CloudFormation never lets a ServiceToken change, so neither the logical id of the events
# function nor any property that would replace it may ever change.
_EVENTS_LOGICAL_ID: Final = "BedrockModelProviderEvents"

# `CustomResourceConfig` looks for these, and the CDK sets them on the handlers of its own custom resources.
_LOG_GROUP_MARK: Final = "aws:cdk:is-custom-resource-handler-logGroup"
_RUNTIME_MARK: Final = "aws:cdk:is-custom-resource-handler-runtime-family"


class ProviderResources:
    """Made when the first custom resource of a stack needs them, straight below the provider."""

    def __init__(self, scope: Construct, settings: ProviderSettings) -> None:
        self._scope = scope
        self._settings = settings
        self._waiter_role = iam.Role(scope, "WaiterRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        log_group = _log_group(scope, "WaiterLog", settings)
        self._waiter = make_waiter(scope, role=self._waiter_role, log_group=log_group, settings=settings)
        code, placement = handler_code(), place(scope, settings)
        self._poll = self._function("Poll", code, placement, handler="index.on_poll", timeout=cdk.Duration.minutes(2))
        allow_poll(self._poll.role, waiter_arn=self._waiter.state_machine_arn)
        self._poll.add_environment("WAITER_ARN", self._waiter.state_machine_arn)
        self._events = self._function(
            "Events", code, placement, handler="index.on_event", timeout=cdk.Duration.minutes(3)
        )
        self._finish_events()
        self.permission: Final = self._permit_waiter()
        if settings.vpc:
            wait_for_endpoints([self._poll, self._events], settings.vpc)
        if settings.encryption_key:
            allow_logs(scope, settings.encryption_key)
        provider_findings.accept_all(scope)

    @property
    def service_token(self) -> str:
        """The ARN of the events function."""
        return self._events.function_arn

    @property
    def role(self) -> iam.Role:
        """The role of the events function."""
        assert isinstance(self._events.role, iam.Role)  # noqa: S101  every function made here has one
        return self._events.role

    def _finish_events(self) -> None:
        resource = self._events.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101  what CDK's own class is made of
        resource.override_logical_id(_EVENTS_LOGICAL_ID)
        # An event that comes later than this is dropped: it must not start anything for a stack that has moved on.
        self._events.configure_async_invoke(max_event_age=cdk.Duration.minutes(15), retry_attempts=2)
        waiter_arn = self._waiter.state_machine_arn
        allow_events(self.role, parents=parent_stack_ids(self._scope), waiter_arn=waiter_arn)
        if self._settings.encryption_key:
            # Step Functions asks for it in the name of who starts and stops executions.
            self.role.add_to_principal_policy(use_executions(waiter_arn, self._settings.encryption_key))
        self._events.add_environment("WAITER_ARN", waiter_arn)
        self._events.add_environment("POLL_FUNCTION_ARN", self._poll.function_arn)
        segment = self._scope.node.try_get_context(SEGMENT_CONTEXT)
        if segment:
            self._events.add_environment("SEGMENT_SECONDS", str(segment))

    def _permit_waiter(self) -> iam.Policy:
        # A resource of its own, after all of them: the events function names the waiter, so the waiter's own role
        # can name neither of the two without a cycle.
        statements = [
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[self._events.function_arn, self._poll.function_arn]
            )
        ]
        if self._settings.encryption_key:
            statements.append(use_executions(self._waiter.state_machine_arn, self._settings.encryption_key))
        return iam.Policy(self._scope, "WaiterPermission", roles=[self._waiter_role], statements=statements)

    def _function(
        self, id: str, code: lambda_.Code, placement: Placement, *, handler: str, timeout: cdk.Duration
    ) -> lambda_.Function:
        role = iam.Role(self._scope, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group = _log_group(self._scope, f"{id}Log", self._settings)
        # Without logs:CreateLogGroup: a late line would bring the group back after the stack is gone.
        log_group.grant_write(role)
        if self._settings.vpc:
            role.add_to_principal_policy(use_network())
        if self._settings.encryption_key:
            role.add_to_principal_policy(read_environment(self._scope, self._settings.encryption_key))
        function = lambda_.Function(
            self._scope,
            id,
            description=f"Amazon Bedrock custom models: {id.lower()} function of the provider",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            handler=handler,
            role=role,
            log_group=log_group,
            timeout=timeout,
            memory_size=256,
            environment_encryption=self._settings.encryption_key,
            reserved_concurrent_executions=self._settings.reserved_concurrent_executions,
            tracing=lambda_.Tracing.ACTIVE if self._settings.tracing else None,
            **placement,
        )
        function.node.add_metadata(_RUNTIME_MARK, lambda_.RuntimeFamily.PYTHON)
        return function


def _log_group(scope: Construct, id: str, settings: ProviderSettings) -> logs.LogGroup:
    group = logs.LogGroup(
        scope,
        id,
        retention=settings.log_retention or logs.RetentionDays.THREE_MONTHS,
        encryption_key=settings.encryption_key,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    group.node.add_metadata(_LOG_GROUP_MARK, True)
    return group
