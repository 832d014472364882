"""What a user has to see when a deployment failed: the failed events, and what the functions logged."""

from typing import Any

from rich.console import Console
from rich.table import Table

from local.aws import RunningAws

_LOG_LINES = 40


def report(aws: RunningAws, console: Console) -> None:
    console.rule("[red]what failed")
    table = Table("Stack", "Resource", "Status", "Reason", box=None)
    for event in _failed_events(aws):
        table.add_row(
            event["StackName"],
            event["LogicalResourceId"],
            event["ResourceStatus"],
            event.get("ResourceStatusReason", ""),
        )
    console.print(table)
    console.rule("the last lines of the functions' logs")
    for line in aws.logs(tail=_LOG_LINES):
        console.print(line, markup=False, highlight=False)
    console.print(f"The log of the local AWS itself: {aws.log_file}")


def _failed_events(aws: RunningAws) -> list[dict[str, Any]]:
    cloudformation = aws.client("cloudformation")
    pages = cloudformation.get_paginator("list_stacks").paginate()
    stacks = [stack["StackId"] for page in pages for stack in page["StackSummaries"]]
    events = [
        event
        for stack in stacks
        for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    return sorted(events, key=lambda event: event["Timestamp"])
