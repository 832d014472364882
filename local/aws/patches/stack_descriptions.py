"""Descriptions of stacks and their resources in CloudFormation's answers."""

import re
from collections.abc import Mapping
from typing import Any

from local.aws.cloudformation import stack
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.patch import Patch

_STACK_ID = re.compile(rb"<StackId>([^<]+)</StackId>")


class StackDescriptions(Patch):
    corrects = (
        "ministack's DescribeStacks leaves out ParentId, RootId and RetainExceptOnCreate, and its "
        "DescribeStackResources does not find a stack by a physical id."
    )
    aws = (
        "A provider reads from them whether its stack is nested, what a rollback deletes, and which stack holds a "
        "resource: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html"
    )
    uses = (ministack.ACTION_HANDLERS, ministack.error, ministack.stacks)

    def apply(self) -> None:
        actions = ministack.ACTION_HANDLERS.value
        describe_stacks, describe_resources = actions["DescribeStacks"], actions["DescribeStackResources"]

        def describe_completely(parameters: Any) -> Any:
            status, headers, body = describe_stacks(parameters)
            return status, headers, _STACK_ID.sub(_completed, body)

        def describe_by_physical_id(parameters: Mapping[str, Any]) -> Any:
            physical_id = stack.parameter(parameters, "PhysicalResourceId")
            if stack.parameter(parameters, "StackName") or not physical_id:
                return describe_resources(parameters)
            for record in stack.stacks().values():
                held = [each.get("PhysicalResourceId") for each in record.get("_resources", {}).values()]
                if physical_id in held and record["StackStatus"] != "DELETE_COMPLETE":
                    return describe_resources({**parameters, "StackName": [record["StackId"]]})
            return ministack.error("ValidationError", f"Stack for {physical_id} does not exist")

        actions |= {"DescribeStacks": describe_completely, "DescribeStackResources": describe_by_physical_id}


def _completed(found: re.Match[bytes]) -> bytes:
    """The id of a stack in an answer, followed by the members that are missing."""
    record = stack.by_id(found[1].decode()) or {}
    members = "".join(f"<{name}>{record[name]}</{name}>" for name in ("ParentId", "RootId") if record.get(name))
    operation = record.get("_under_way")
    if operation and operation.retain_except_on_create:
        members += "<RetainExceptOnCreate>true</RetainExceptOnCreate>"
    return found[0] + members.encode()
