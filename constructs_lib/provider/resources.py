"""The resources of one stack's provider: two functions, the waiter, their roles and log groups."""

import json
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct, IDependable

from constructs_lib.core.contract import (
    POLL_FUNCTION_ARN_VARIABLE,
    SEGMENT_SECONDS_VARIABLE,
    WAITER_ARN_VARIABLE,
)
from constructs_lib.core.iam_policy import Statement, inline_policy
from constructs_lib.core.scopes import parent_stack_ids, stack_uuid
from constructs_lib.core.wait_segment import seconds_from_context
from constructs_lib.provider import nag, permissions
from constructs_lib.provider.encryption import allow_logs, use_executions
from constructs_lib.provider.functions import ProviderFunctions
from constructs_lib.provider.network import wait_for_endpoints
from constructs_lib.provider.role import ProviderRole
from constructs_lib.provider.settings import ProviderSettings
from constructs_lib.provider.state_machine import make_state_machine, workflow

# Deployed stacks hold it: CloudFormation never lets a ServiceToken change, so neither the logical id of the events
# function nor any property that would replace it may ever change.
_EVENTS_LOGICAL_ID: Final = "BedrockModelProviderEvents"
# Deployed stacks hold these, too: IAM has no room for another policy of that size, and CloudFormation takes the old one
# away last.
_EVENTS_ROLE_LOGICAL_ID: Final = "BedrockModelProviderEventsRoleB5AB37C4"
_EVENTS_POLICY_LOGICAL_ID: Final = "BedrockModelProviderEventsRoleDefaultPolicy35FE9BF4"

# `CustomResourceConfig` looks for it, and the CDK sets it on the log groups of its own custom resources.
_LOG_GROUP_MARK: Final = "aws:cdk:is-custom-resource-handler-logGroup"


class ProviderResources:
    """Made when the first custom resource of a stack needs them, straight below the provider."""

    def __init__(self, scope: Construct, settings: ProviderSettings) -> None:
        self._scope = scope
        self._settings = settings
        self._waiter_role = iam.Role(scope, "WaiterRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        log_group = make_log_group(scope, "WaiterLog", settings, name=vended_log_name())
        self._waiter = make_state_machine(
            scope,
            "Waiter",
            definition=json.dumps(workflow()),
            role=self._waiter_role,
            log_group=log_group,
            settings=settings,
        )
        self._waiter_arn = self._waiter.state_machine_arn
        self._functions = ProviderFunctions(scope, settings)
        self._poll = self._make_poll()
        self._poll_arn = self._poll.function_arn
        log_group = make_log_group(scope, "EventsLog", settings)
        self.events_role: Final = self._make_events_role(log_group)
        self._events = self._make_events(log_group)
        self.service_token: Final = self._events.function_arn
        self.permission: Final = self._permit_waiter()
        if settings.vpc:
            wait_for_endpoints([self._events, self._poll], settings.vpc, settings.vpc_subnets)
        if settings.encryption_key:
            allow_logs(scope, settings.encryption_key)
        nag.acknowledge_all(scope, self.events_role.wildcards)

    def _make_poll(self) -> lambda_.Function:
        log_group = self.poll_log = make_log_group(self._scope, "PollLog", self._settings)
        statements = [
            *self._functions.needs(log_group),
            *permissions.poll(self._scope, waiter_arn=self._waiter_arn, waiter_name=self._waiter.state_machine_name),
        ]
        self.poll_role = ProviderRole(
            self._scope, "PollRole", principal=self._functions.principal, statements=statements
        )
        return self._functions.make(
            "Poll",
            handler="index.on_poll",
            role=self.poll_role.role,
            log_group=log_group,
            environment={WAITER_ARN_VARIABLE: self._waiter_arn},
            timeout=cdk.Duration.minutes(2),
        )

    def _make_events_role(self, log_group: logs.ILogGroup) -> ProviderRole:
        statements = [
            *self._functions.needs(log_group),
            *permissions.events(
                self._scope,
                waiter_arn=self._waiter_arn,
                waiter_name=self._waiter.state_machine_name,
                parents=parent_stack_ids(self._scope),
            ),
            # Step Functions asks for it in the name of who starts and stops executions.
            *self._use_executions(),
        ]
        # Not by its old name, or what users grant the role would get the logical id of our own policy.
        made = ProviderRole(
            self._scope,
            "EventsServiceRole",
            principal=self._functions.principal,
            statements=statements,
            policy_name=_EVENTS_POLICY_LOGICAL_ID,
        )
        resource = made.role.node.default_child
        if isinstance(resource, iam.CfnRole) and made.policy:
            resource.override_logical_id(_EVENTS_ROLE_LOGICAL_ID)
            made.policy.override_logical_id(_EVENTS_POLICY_LOGICAL_ID)
        return made

    def _make_events(self, log_group: logs.ILogGroup) -> lambda_.Function:
        segment = seconds_from_context(self._scope)
        scaled = {SEGMENT_SECONDS_VARIABLE: str(segment)} if segment else {}
        function = self._functions.make(
            "Events",
            handler="index.on_event",
            role=self.events_role.role,
            log_group=log_group,
            environment={WAITER_ARN_VARIABLE: self._waiter_arn, POLL_FUNCTION_ARN_VARIABLE: self._poll_arn, **scaled},
            timeout=cdk.Duration.minutes(3),
            # One that comes later is dropped: it must not start anything for a stack that has moved on.
            max_event_age=cdk.Duration.minutes(15),
        )
        resource = function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101  what CDK's own class is made of
        resource.override_logical_id(_EVENTS_LOGICAL_ID)
        return function

    def _permit_waiter(self) -> IDependable:
        # A resource of its own, after all of them: the events function names the waiter, so the waiter's own role
        # can name neither of the two without a cycle.
        functions = [self.service_token, self._poll_arn]
        policy = inline_policy(
            self._scope,
            "WaiterPermission",
            name="WaiterPermission",
            role=self._waiter_role,
            role_name=self._waiter_role.role_name,
            statements=[Statement(actions=["lambda:InvokeFunction"], resources=functions), *self._use_executions()],
        )
        permission = policy or self._waiter_role
        # Nothing refers to the limits of asynchronous events. Before they are there, or when they have gone, an event
        # could come hours late.
        permission.node.add_dependency(self._events.node.find_child("EventInvokeConfig"))
        return permission

    def _use_executions(self) -> list[Statement]:
        key = self._settings.encryption_key
        return [use_executions(self._waiter_arn, key)] if key else []


def vended_log_name(*parts: str) -> str:
    """The name of a log group that Step Functions delivers to.

    What Step Functions delivers to a group of any other prefix adds to the account's one resource policy for that.

    It has room for 5,120 characters: after some stacks, no further one could be deployed. The stack's own id, which no
    two stacks share, keeps the name free when a stack is made again.
    """
    return "/".join(("/aws/vendedlogs/states/bedrock-models", cdk.Aws.STACK_NAME, stack_uuid(), *parts))


def make_log_group(scope: Construct, id: str, settings: ProviderSettings, *, name: str | None = None) -> logs.LogGroup:
    """A log group with the retention and the key of the provider."""
    group = logs.LogGroup(
        scope,
        id,
        log_group_name=name,
        retention=settings.log_retention or logs.RetentionDays.THREE_MONTHS,
        encryption_key=settings.encryption_key,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    group.node.add_metadata(_LOG_GROUP_MARK, True)
    return group
