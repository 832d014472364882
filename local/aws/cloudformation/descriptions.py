"""What the Describe calls tell and ministack leaves out.

DescribeStacks: a nested stack's parent and root, and whether the operation under way deletes what is to be retained.
DescribeStackResources: the stack that holds a physical id.
"""

import re
from collections.abc import Mapping
from typing import Any

from local.aws import seams
from local.aws.cloudformation import stack

_STACK_ID = re.compile(rb"<StackId>([^<]+)</StackId>")


def install() -> None:
    actions = seams.take("services.cloudformation.handlers", "_ACTION_HANDLERS")
    describe = actions["DescribeStacks"]

    def describe_with_family(parameters: Any) -> Any:
        status, headers, body = describe(parameters)
        return status, headers, _STACK_ID.sub(_with_family, body)

    actions["DescribeStacks"] = describe_with_family
    describe_resources = actions["DescribeStackResources"]

    def describe_by_physical_id(parameters: Mapping[str, Any]) -> Any:
        physical_id = _value(parameters, "PhysicalResourceId")
        if _value(parameters, "StackName") or not physical_id:
            return describe_resources(parameters)
        for record in stack.stacks().values():
            held = [each.get("PhysicalResourceId") for each in record.get("_resources", {}).values()]
            if physical_id in held and record["StackStatus"] != "DELETE_COMPLETE":
                return describe_resources({**parameters, "StackName": [record["StackId"]]})
        error = seams.take("services.cloudformation.handlers", "_error")
        return error("ValidationError", f"Stack for {physical_id} does not exist")

    actions["DescribeStackResources"] = describe_by_physical_id


def _value(parameters: Mapping[str, Any], name: str) -> str:
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _with_family(found: re.Match[bytes]) -> bytes:
    record = stack.by_id(found[1].decode()) or {}
    family = "".join(f"<{name}>{record[name]}</{name}>" for name in ("ParentId", "RootId") if record.get(name))
    operation = record.get("_under_way")
    takes = "<RetainExceptOnCreate>true</RetainExceptOnCreate>"
    return found[0] + family.encode() + (takes.encode() if operation and operation.retain_except_on_create else b"")
