"""The role of a state machine, under which it invokes Lambda functions."""

import contextvars
from typing import Any

from local.aws.patches.names import iam, lambda_functions, step_functions
from local.aws.patches.patch import Patch
from local.aws.roles import Role

_role_arn: contextvars.ContextVar[str] = contextvars.ContextVar("state_machine_role", default="")


class StateMachineRole(Patch):
    corrects = "ministack invokes a task's Lambda function whether or not the machine's role allows it."
    aws = (
        "Step Functions assumes the machine's role, and fails the task with Lambda.AWSLambdaException: "
        "https://docs.aws.amazon.com/step-functions/latest/dg/lambda-iam.html"
    )
    uses = (
        step_functions.run_execution,
        step_functions.call_lambda,
        step_functions.executions,
        step_functions.state_machines,
        step_functions.ExecutionError,
        lambda_functions.get_func_record_for_ref,
        iam.evaluate,
    )

    def __init__(self, region: str) -> None:
        self._region = region

    def apply(self) -> None:
        step_functions.run_execution.replace(self._run)
        step_functions.call_lambda.replace(self._call)

    def _run(self, execution_arn: str) -> Any:
        # Each execution runs in a context of its own, so that the role reaches its tasks and no other's.
        execution = step_functions.executions.value.get(execution_arn) or {}
        machine = step_functions.state_machines.value.get(execution.get("stateMachineArn")) or {}
        _role_arn.set(machine.get("roleArn", ""))
        return step_functions.run_execution.original(execution_arn)

    def _call(self, function: str, event: Any) -> Any:
        _, config, _ = lambda_functions.get_func_record_for_ref(function)
        role = Role(_role_arn.get())
        if config and role.arn and not role.may("lambda:InvokeFunction", config["FunctionArn"], self._region):
            cause = (
                f"User: {role.session('execution')} is not authorized to perform: lambda:InvokeFunction on resource: "
                f"{config['FunctionArn']} because no identity-based policy allows the lambda:InvokeFunction action"
            )
            raise step_functions.ExecutionError("Lambda.AWSLambdaException", cause)
        return step_functions.call_lambda.original(function, event)
