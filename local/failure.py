"""The report of a failed deployment: its failed events, and what the functions logged meanwhile."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from rich.console import Console

from local import summary
from local.aws import RunningAws

_LOG_LINES = 40
# CloudFormation's words for what had to stop because something else failed.
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled")
# What Lambda itself writes around an invocation.
_PLATFORM = ("START ", "END ", "REPORT ", "INIT_START ")


def report(aws: RunningAws, stacks: Collection[str], since: datetime, console: Console) -> None:
    """Everything since then, of these stacks and those nested in them."""
    events = list(_failed_events(aws, stacks, since))
    if not events:
        summary.say(console, "No stack has failed: what the CDK CLI says above is why it ended.")
        return
    summary.rule(console, "what failed, first things first", style="red")
    for event in events:
        summary.say(console, f"{event['StackName']}  {event['LogicalResourceId']}  {event['ResourceStatus']}")
        summary.say(console, f"  {event.get('ResourceStatusReason', '')}")
    if lines := [readable(line) for line in aws.logs(since=since) if not line.startswith(_PLATFORM)]:
        summary.rule(console, "the last lines of the functions' logs")
        for line in lines[-_LOG_LINES:]:
            summary.say(console, line)
    summary.say(console, f"The log of the local AWS itself: {aws.log_file}")


def readable(line: str) -> str:
    """Level and message of a line that the provider wrote; any other line as it is."""
    try:
        told = json.loads(line)
        return f"{told['level']:<5} {told['message']}"
    except (ValueError, TypeError, KeyError):
        return line


def _failed_events(aws: RunningAws, stacks: Collection[str], since: datetime) -> Iterator[dict[str, Any]]:
    cloudformation = aws.client("cloudformation")
    events = [
        event
        for stack_id in summary.stack_ids(aws, stacks)
        for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED") and event["Timestamp"] >= since
    ]
    for event in sorted(events, key=lambda event: event["Timestamp"]):
        if event.get("ResourceStatusReason") not in _CANCELLED:
            yield event
