"""Step Functions in line with the real one.

A state machine's role has to allow the Lambda functions that it invokes. The resource of a task is one of the partition
that the machine runs in: any other is a runtime error, which `States.ALL` does not catch.
"""

import contextvars
from typing import Any

from local.aws import seams
from local.aws.roles import Role

_MODULE = "services.stepfunctions"
_PARTITION = "aws"
_RUNTIME = "States.Runtime"
_role_arn: contextvars.ContextVar[str] = contextvars.ContextVar("state_machine_role", default="")


def refuse_other_partitions() -> None:
    execute, catches = seams.take(_MODULE, "_execute_task"), seams.take(_MODULE, "_error_matches")

    def execute_of_partition(state: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        resource = str(state.get("Resource", ""))
        if resource.startswith("arn:") and resource.split(":")[1] != _PARTITION:
            cause = f"The resource {resource} of the task is not one of the partition {_PARTITION}."
            raise seams.take(_MODULE, "_ExecutionError")(_RUNTIME, cause)
        return execute(state, *arguments, **options)

    def error_matches(names: list[str], error: str) -> bool:
        return error in names if error == _RUNTIME else bool(catches(names, error))

    seams.replace(_MODULE, "_execute_task", execute_of_partition)
    seams.replace(_MODULE, "_error_matches", error_matches)


def install(region: str) -> None:
    run = seams.take(_MODULE, "_run_execution")
    call = seams.take(_MODULE, "_call_lambda")

    def run_as_role(execution_arn: str) -> Any:
        execution = seams.take(_MODULE, "_executions").get(execution_arn) or {}
        machine = seams.take(_MODULE, "_state_machines").get(execution.get("stateMachineArn")) or {}
        _role_arn.set(machine.get("roleArn", ""))
        return run(execution_arn)

    def call_if_allowed(function: str, event: Any) -> Any:
        _, config, _ = seams.take("services.lambda_svc", "_get_func_record_for_ref")(function)
        role = Role(_role_arn.get())
        if config and role.arn and not role.may("lambda:InvokeFunction", config["FunctionArn"], region):
            raise _denied(role, config["FunctionArn"])
        return call(function, event)

    seams.replace(_MODULE, "_run_execution", run_as_role)
    seams.replace(_MODULE, "_call_lambda", call_if_allowed)


def _denied(role: Role, function_arn: str) -> Exception:
    user = role.session("execution")
    cause = (
        f"User: {user} is not authorized to perform: lambda:InvokeFunction on resource: {function_arn} because no "
        "identity-based policy allows the lambda:InvokeFunction action"
    )
    error: Exception = seams.take(_MODULE, "_ExecutionError")("Lambda.AWSLambdaException", cause)
    return error
