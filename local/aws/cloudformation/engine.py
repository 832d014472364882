"""CloudFormation's engine in the place of ministack's: parallel, and as strict in its rollbacks as the real one.

The two entry points keep ministack's signatures. What is rare and not ours to test (imported resources, templates in a
circle) still goes to ministack's own engine.
"""

from typing import Any

from local.aws import seams
from local.aws.cloudformation import cleanup, custom_resource, descriptions, nested, stack
from local.aws.cloudformation.custom_resource import Delivery
from local.aws.cloudformation.operation import Operation, scope_of
from local.aws.cloudformation.resources import STACK_TYPE, Record
from local.aws.cloudformation.rollback import Rollback

_MODULES = tuple(f"services.cloudformation.{name}" for name in ("stacks", "handlers", "changesets"))


def install(delivery: Delivery) -> None:
    stack.install()
    descriptions.install()
    custom_resource.install(delivery)
    engine = _Engine(
        seams.take("services.cloudformation.stacks", "_deploy_stack_async"),
        seams.take("services.cloudformation.stacks", "_roll_back_operation"),
    )
    for module in _MODULES:
        seams.replace(module, "_deploy_stack_async", engine.deploy)
    for module in _MODULES[:2]:
        seams.replace(module, "_roll_back_operation", engine.roll_back)
    seams.take("services.cloudformation.provisioners", "_RESOURCE_HANDLERS")[STACK_TYPE]["delete"] = (
        nested.delete_from_worker_thread
    )


class _Engine:
    def __init__(self, deploy: Any, roll_back: Any) -> None:
        self._ministacks_deploy = deploy
        self._ministacks_roll_back = roll_back

    async def deploy(  # noqa: PLR0917 - ministack's signature
        self,
        stack_name: str,
        stack_id: str,
        template: dict[str, Any],
        param_values: dict[str, Any],
        disable_rollback: bool,
        tags: list[dict[str, str]],
        is_update: bool = False,
        previous_stack: Record | None = None,
        retain_except_on_create: bool = False,
        imports: dict[str, Any] | None = None,
    ) -> None:
        record = stack.stacks()[stack_name]
        record.pop("_failed_operation", None)
        scope = scope_of(record, template, param_values)
        if imports or _is_circular(template, scope.conditions):
            await self._ministacks_deploy(
                stack_name, stack_id, template, param_values, disable_rollback, tags, is_update, previous_stack,
                retain_except_on_create, imports,
            )  # fmt: skip
            return
        operation = Operation(
            scope,
            previous=previous_stack if is_update else None,
            disable_rollback=disable_rollback,
            retain_except_on_create=retain_except_on_create,
        )
        if _is_invalid(operation):
            return
        if await operation.run():
            await _complete(operation)
        elif disable_rollback:
            _stay_failed(operation)
        else:
            await Rollback(operation).run(operation.failure)

    async def roll_back(
        self, stack_name: str, stack_id: str, record: Record, operation: dict[str, Any], reason_override: str = ""
    ) -> None:
        """RollbackStack, on a stack that an operation without rollback left as it was."""
        if "operation" not in operation:
            await self._ministacks_roll_back(stack_name, stack_id, record, operation, reason_override)
            return
        record.pop("_failed_operation", None)
        failed: Operation = operation["operation"]
        failed.retain_except_on_create |= operation.get("retain_except_on_create", False)
        await Rollback(failed).run(reason_override)


async def _complete(operation: Operation) -> None:
    record = operation.stack
    await cleanup.after_update(operation)
    record["_template"] = dict(operation.scope.template)
    record["_resolved_params"] = dict(operation.scope.parameters)
    stack.enter(record, "UPDATE_COMPLETE" if operation.is_update else "CREATE_COMPLETE")


def _stay_failed(operation: Operation) -> None:
    status = "UPDATE_FAILED" if operation.is_update else "CREATE_FAILED"
    operation.stack["_failed_operation"] = {"is_update": operation.is_update, "operation": operation}
    stack.enter(operation.stack, status, operation.failure)


def _is_circular(template: dict[str, Any], conditions: Any) -> bool:
    try:
        seams.take("services.cloudformation.engine", "_topological_sort")(template.get("Resources", {}), conditions)
    except ValueError:
        return True
    return False


def _is_invalid(operation: Operation) -> bool:
    """ministack's checks before anything is provisioned; it also puts the stack into the failed status."""
    record, scope = operation.stack, operation.scope
    if record.get("_disable_validation"):
        return False
    return bool(
        seams.take("services.cloudformation.stacks", "_fail_property_validation")(
            record,
            record["StackId"],
            record["StackName"],
            scope.template.get("Resources", {}),
            list(operation.definitions),
            scope.parameters,
            scope.conditions,
            scope.mappings,
            operation.disable_rollback,
            previous_stack=operation.previous,
        )
    )
