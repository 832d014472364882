"""Nested stacks: operations of their own, cleaned up and rolled back with their parent's."""

import copy
import json
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from local.aws.cloudformation import stack
from local.aws.cloudformation.resources import Made, Properties, Record, Scope
from local.aws.cloudformation.responses import CANCELLED
from local.aws.patches.names import cloudformation as ministack

if TYPE_CHECKING:
    from local.aws.cloudformation.operation import Operation


class NestedStackFailedError(Exception):
    """The child's own failure, under the id the parent's rollback needs."""

    def __init__(self, child: Record, message: str) -> None:
        super().__init__(message)
        self.physical_id = child["StackId"]


async def create(parent: "Operation", logical_id: str, properties: Properties) -> Made:
    template, parameters, body = _template(parent, properties)
    name = f"{parent.stack['StackName']}-{logical_id}-{uuid.uuid4().hex[:12].upper()}"
    prefix = parent.stack["StackId"].split("/")[0]
    child: Record = {
        "StackName": name,
        "StackId": f"{prefix}/{name}/{uuid.uuid4()}",
        "CreationTime": stack.now(),
        "ParentId": parent.stack["StackId"],
        "RootId": parent.stack.get("RootId") or parent.stack["StackId"],
        # A nested stack has no rollback of its own: its parent's operation undoes it.
        "DisableRollback": True,
        "Capabilities": parent.stack.get("Capabilities", []),
        "Outputs": [],
        "_region": parent.stack.get("_region"),
        "_parent_stack_name": parent.stack["StackName"],
        "_resources": {},
    }
    stack.stacks()[name] = child
    stack.enter(child, "CREATE_IN_PROGRESS")
    parent.initiated(logical_id, child["StackId"])
    _take_over(child, template, parameters, body, properties)
    return await _run(parent, logical_id, child, None)


async def update(parent: "Operation", logical_id: str, child_id: str, properties: Properties) -> Made:
    child = stack.by_id(child_id)
    if child is None:
        raise ValueError(f"Stack [{child_id}] does not exist")
    template, parameters, body = _template(parent, properties)
    if template == child["_template"] and parameters == child["_resolved_params"]:
        return Made(child_id, _attributes(child))
    previous = copy.deepcopy({name: child[name] for name in ("_resources", *stack.RESTORED) if name in child})
    stack.enter(child, "UPDATE_IN_PROGRESS")
    _take_over(child, template, parameters, body, properties)
    return await _run(parent, logical_id, child, previous)


async def _run(parent: "Operation", logical_id: str, child: Record, previous: Record | None) -> Made:
    operation = type(parent)(
        Scope.of(child, child["_template"], child["_resolved_params"]),
        previous=previous,
        disable_rollback=parent.disable_rollback,
        retain_except_on_create=parent.retain_except_on_create,
        cancellation=parent.cancellation,
    )
    parent.children[logical_id] = operation
    if not await operation.run():
        raise NestedStackFailedError(child, _failed(child, operation))
    # Until its parent has come to an end, an updated child may still have to go back.
    stack.enter(child, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" if previous else "CREATE_COMPLETE")
    return Made(child["StackId"], _attributes(child))


def _failed(child: Record, operation: "Operation") -> str:
    """The status of a child that failed, and what its parent says of it."""
    if not operation.is_update:
        stack.enter(child, "CREATE_FAILED", operation.failure)
        said = f"Embedded stack {child['StackId']} was not successfully created: {operation.failure}"
        return said if operation.has_own_failure else CANCELLED["CREATE"]
    status = "UPDATE_FAILED" if operation.disable_rollback else "UPDATE_ROLLBACK_IN_PROGRESS"
    stack.enter(child, status, operation.failure)
    said = f"Embedded stack {child['StackId']} was not successfully updated. Currently in {status} with reason: "
    return f"{said}{operation.failure}" if operation.has_own_failure else CANCELLED["UPDATE"]


def _take_over(
    child: Record, template: Mapping[str, Any], parameters: Mapping[str, Any], body: str, properties: Properties
) -> None:
    child |= {
        "LastUpdatedTime": stack.now(),
        "Description": template.get("Description", ""),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value["Value"], "NoEcho": value["NoEcho"]}
            for name, value in parameters.items()
        ],
        "Tags": [tag for tag in properties.get("Tags") or [] if not tag["Key"].startswith("aws:")],
        "_template": template,
        "_template_body": body,
        "_resolved_params": parameters,
        "_conditions": ministack.evaluate_conditions(template, parameters),
    }


def _template(parent: "Operation", properties: Properties) -> tuple[dict[str, Any], dict[str, Any], str]:
    url = properties.get("TemplateURL")
    body, error = ministack.resolve_template({"TemplateURL": [url]})
    if error is not None or not body:
        raise ValueError(f"TemplateURL must reference a valid S3 object to which you have access, got {url}")
    template = ministack.parse_template(body)
    capabilities = ministack.check_nested_stack_capabilities
    capabilities(parent.stack["StackName"], template)
    given = [{"Key": name, "Value": str(value)} for name, value in (properties.get("Parameters") or {}).items()]
    parameters = ministack.resolve_parameters(template, given)
    # CreateStack and a change set look at the template around it only; 500 resources are the limit of each.
    ministack.validate_template(template, ministack.evaluate_conditions(template, parameters), parameters)
    return template, parameters, body if isinstance(body, str) else json.dumps(body)


def _attributes(child: Record) -> dict[str, str]:
    return {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in child["Outputs"]}
