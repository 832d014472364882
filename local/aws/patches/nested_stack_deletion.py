"""Deletion of nested stacks."""

import asyncio

from local.aws.cloudformation import stack
from local.aws.cloudformation.resources import STACK_TYPE, Properties
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.names import server
from local.aws.patches.patch import Patch


class NestedStackDeletion(Patch):
    corrects = "ministack deletes the resources of a nested stack without events, policies or a status of their own."
    aws = (
        "A nested stack is deleted like any other, and its parent's deletion fails when the child's does: "
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html"
    )
    uses = (
        ministack.RESOURCE_HANDLERS,
        ministack.delete_stack_async,
        ministack.stack_region_context,
        server.MAIN_LOOP,
    )

    def apply(self) -> None:
        ministack.RESOURCE_HANDLERS.value[STACK_TYPE]["delete"] = _delete


def _delete(physical_id: str, _properties: Properties) -> None:
    child = stack.by_id(physical_id)
    if child is None or child["StackStatus"] == "DELETE_COMPLETE":
        return

    async def run() -> None:
        with ministack.stack_region_context(child, child["StackId"]):
            await ministack.delete_stack_async(child["StackName"], child["StackId"])

    # ministack runs provisioners on worker threads, and stack operations on its event loop.
    asyncio.run_coroutine_threadsafe(run(), server.MAIN_LOOP.value).result()
    if child["StackStatus"] != "DELETE_COMPLETE":
        raise RuntimeError(f"Embedded stack {physical_id} was not successfully deleted: {child['StackStatusReason']}")
