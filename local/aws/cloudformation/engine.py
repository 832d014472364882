"""CloudFormation's engine: the operations of a stack, parallel and as strict in their rollbacks as the real one.

The entry points keep the signatures of the functions of ministack that they replace. What is rare and not ours to
test (imported resources, templates with circular dependencies) still goes to ministack's own engine.
"""

import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any

from local.aws.cloudformation import (
    cleanup,
    deletion,
    stack,
)
from local.aws.cloudformation.operation import Operation
from local.aws.cloudformation.resources import Record, Scope
from local.aws.cloudformation.rollback import Rollback
from local.aws.patches.names import cloudformation as ministack


async def deploy(  # noqa: PLR0917 - ministack's signature
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
    failed = record.pop("_failed_operation", {})
    scope = Scope.of(record, template, param_values)
    if imports or _is_circular(template, scope.conditions):
        await ministack.deploy_stack_async.original(
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
    if "rollback" in failed:
        operation.inherited = failed["rollback"].leftovers
    async with _under_way(operation):
        await _carry_out(operation)


async def deploy_or_delete(stack_name: str, _stack_id: str, deploying: Coroutine[Any, Any, None]) -> None:
    """OnFailure=DELETE: a creation that fails goes to its deletion, without a rollback in between."""
    stack.stacks()[stack_name]["_delete_on_failure"] = True
    await deploying


async def roll_back(
    stack_name: str, stack_id: str, record: Record, operation: dict[str, Any], reason_override: str = ""
) -> None:
    """RollbackStack, on a stack that an operation without rollback left as it was."""
    if "operation" not in operation:
        await ministack.roll_back_operation.original(stack_name, stack_id, record, operation, reason_override)
        return
    record.pop("_failed_operation", None)
    failed: Operation = operation["operation"]
    failed.retain_except_on_create |= operation.get("retain_except_on_create", False)
    failed.over.clear()
    async with _under_way(failed):
        await operation["rollback"].run(reason_override)


async def continue_rollback(stack_name: str, _stack_id: str, resources_to_skip: Iterable[str]) -> None:
    """ContinueUpdateRollback."""
    record = stack.stacks()[stack_name]
    record.pop("_rollback_failed", None)
    paused = record.pop("_paused_rollback")
    paused["operation"].over.clear()
    async with _under_way(paused["operation"]):
        await paused["rollback"].continue_(frozenset(resources_to_skip))


async def delete(stack_name: str, stack_id: str, retain_resources: Iterable[str] = (), force: bool = False) -> None:
    record = stack.stacks().get(stack_name)
    if not record or record["StackId"] != stack_id or record["StackStatus"] == "DELETE_IN_PROGRESS":
        return
    if force or _is_circular(record.get("_template") or {}, record.get("_conditions", {})):
        await ministack.delete_stack_async.original(stack_name, stack_id, retain_resources, force)
        return
    await deletion.delete(record, frozenset(retain_resources))


@contextlib.asynccontextmanager
async def _under_way(operation: Operation) -> AsyncIterator[None]:
    """Lets DeleteStack find the operation, and wait for its end."""
    operation.stack["_under_way"] = operation
    try:
        yield
    finally:
        operation.stack.pop("_under_way", None)
        operation.over.set()


async def _carry_out(operation: Operation) -> None:
    if not operation.is_update:
        # What a creation that fails leaves is deleted by it: a change set's is not on the stack's record yet.
        _store_template(operation)
    succeeded = await operation.run()
    if operation.abandoned:
        return
    if succeeded:
        await _complete(operation)
    elif operation.disable_rollback:
        await _stay_failed(operation)
    elif operation.stack.pop("_delete_on_failure", False):
        await deletion.delete_what_failed(operation)
    else:
        await Rollback(operation).run(operation.failure)


async def _complete(operation: Operation) -> None:
    record = operation.stack
    await cleanup.after_update(operation)
    _store_template(operation)
    stack.enter(record, "UPDATE_COMPLETE" if operation.is_update else "CREATE_COMPLETE")


def _store_template(operation: Operation) -> None:
    operation.stack["_template"] = dict(operation.scope.template)
    operation.stack["_resolved_params"] = dict(operation.scope.parameters)
    operation.stack["_conditions"] = operation.scope.conditions


async def _stay_failed(operation: Operation) -> None:
    status = "UPDATE_FAILED" if operation.is_update else "CREATE_FAILED"
    rollback = Rollback(operation)
    await rollback.revert_failed()
    operation.stack["_failed_operation"] = {
        "is_update": operation.is_update,
        "operation": operation,
        "rollback": rollback,
    }
    stack.enter(operation.stack, status, operation.failure)


def _is_circular(template: dict[str, Any], conditions: Any) -> bool:
    try:
        ministack.topological_sort(template.get("Resources", {}), conditions)
    except ValueError:
        return True
    return False


def _is_invalid(operation: Operation) -> bool:
    """ministack's checks before anything is provisioned; it also puts the stack into the failed status."""
    record, scope = operation.stack, operation.scope
    if record.get("_disable_validation"):
        return False
    return bool(
        ministack.fail_property_validation(
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
