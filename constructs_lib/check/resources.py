"""What checks a model: a state machine with its role, and for records the function that asks the candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct, IDependable

from constructs_lib.check import state_machine
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.nag import accept, acknowledge_policies
from constructs_lib.core.scopes import environment_of, stack_of
from constructs_lib.provider.encryption import use_executions
from constructs_lib.provider.functions import ProviderFunctions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.provider.permissions import check_machine_name
from constructs_lib.provider.resources import make_log_group, vended_log_name
from constructs_lib.provider.role import ProviderRole
from constructs_lib.provider.state_machine import make_state_machine

_UNIQUE_LENGTH: Final = 8
# As long as a function may run: one answer may take minutes.
_RUNNER_TIMEOUT_MINUTES: Final = 15
_EVENTS_RULE: Final = "StepFunctionsGetEventsForStepFunctionsExecutionRule"

_SAME: Final = "As for the provider's own functions, log groups and workflow: it calls AWS APIs only. "
_FINDINGS: Final = {
    "LambdaInsideVPC": _SAME + "ModelProvider.of(scope).configure(vpc=...) changes it.",
    "LambdaConcurrency": _SAME + "One check asks one question at a time.",
    "LambdaDLQ": "AWS Step Functions invokes it and repeats what fails; there is no asynchronous event to lose.",
    "CloudWatchLogGroupEncrypted": _SAME + "ModelProvider.of(scope).configure(encryption_key=...) changes it.",
    "AwsSolutions-SF2": _SAME + "ModelProvider.of(scope).configure(tracing=True) changes it.",
}
_WILDCARD: Final = (
    "Delivery of logs, AWS X-Ray and network interfaces know no resources; objects of the report are below its prefix; "
    "executions of the given state machine and versions of the given function have names of their own."
)


@dataclass(frozen=True, kw_only=True)
class CheckResources:
    """`state_machine_arn` is what the provider starts, when everything in `complete` is there."""

    state_machine_arn: str
    complete: Sequence[IDependable]


def asking(scope: Construct, statements: Sequence[Statement]) -> CheckResources:
    """For records: a function that is allowed this asks the candidate."""
    settings = ModelProvider.of(scope).settings
    functions = ProviderFunctions(scope, settings)
    log_group = make_log_group(scope, "RunnerLog", settings)
    needed = [*functions.needs(log_group), *statements]
    role = ProviderRole(scope, "RunnerRole", principal=functions.principal, statements=needed)
    runner = functions.make(
        "Runner",
        handler="index.on_check",
        role=role.role,
        log_group=log_group,
        environment={},
        timeout=cdk.Duration.minutes(_RUNNER_TIMEOUT_MINUTES),
    )
    made = _make(scope, state_machine.asking(runner.function_arn), [_invoking(runner.function_arn)])
    acknowledge_policies(scope, role.wildcards, lambda _: _WILDCARD)
    return CheckResources(state_machine_arn=made.state_machine_arn, complete=[*made.complete, role.role])


def calling(scope: Construct, function: lambda_.IFunction) -> CheckResources:
    """For a function that does the whole check: lambda:InvokeFunction on exactly this one."""
    return _make(scope, state_machine.calling(function.function_arn), [_invoking(function.function_arn)])


def running(scope: Construct, machine: sfn.IStateMachine) -> CheckResources:
    """For a state machine that does the whole check: states:StartExecution on it, DescribeExecution and StopExecution
    on its executions, and the rule by which Step Functions waits for them.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """
    environment = environment_of(scope)
    name = stack_of(scope).split_arn(machine.state_machine_arn, cdk.ArnFormat.COLON_RESOURCE_NAME).resource_name
    executions = environment.arn("states", f"execution:{name}:*")
    statements = [
        Statement(actions=["states:StartExecution"], resources=[machine.state_machine_arn]),
        Statement(actions=["states:DescribeExecution", "states:StopExecution"], resources=[executions]),
        Statement(
            actions=["events:PutTargets", "events:PutRule", "events:DescribeRule"],
            resources=[environment.arn("events", f"rule/{_EVENTS_RULE}")],
        ),
    ]
    return _make(scope, state_machine.running(machine.state_machine_arn), statements)


def _invoking(function_arn: str) -> Statement:
    return Statement(actions=["lambda:InvokeFunction"], resources=[function_arn])


def _make(scope: Construct, definition: dict[str, Any], statements: Sequence[Statement]) -> CheckResources:
    settings = ModelProvider.of(scope).settings
    unique = scope.node.addr[-_UNIQUE_LENGTH:]
    name = check_machine_name(unique)
    key = settings.encryption_key
    arn = environment_of(scope).arn("states", f"stateMachine:{name}")
    role = ProviderRole(
        scope,
        "StateMachineRole",
        principal=iam.ServicePrincipal("states.amazonaws.com"),
        statements=[*statements, *([use_executions(arn, key)] if key else [])],
    )
    machine = make_state_machine(
        scope,
        "StateMachine",
        definition=stack_of(scope).to_json_string(definition),
        role=role.role,
        log_group=make_log_group(scope, "StateMachineLog", settings, name=vended_log_name(unique)),
        settings=settings,
        name=name,
    )
    accept(scope, _FINDINGS)
    acknowledge_policies(scope, [*role.wildcards, "*"], lambda _: _WILDCARD)
    return CheckResources(state_machine_arn=machine.state_machine_arn, complete=[role.role, machine])
