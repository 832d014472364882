"""The log of one of a stack's functions: what it said lately about one thing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.cloudformation.stack import Stack
from bedrock_models.context import Context

_LOG_GROUP_TYPE: Final = "AWS::Logs::LogGroup"
# The provider looks a quarter of an hour apart at most, a check asks every two minutes.
_RECENT_SECONDS: Final = 40 * 60


def said(context: Context, around: Stack, log: str, **members: str) -> list[Mapping[str, Any]]:
    """The lines with these members, oldest first, of the log groups with `log` in their logical id.

    Nothing where the log may not be read: a caller tells less then, and does the same.
    """
    named = [each for each in around.resources if each.type == _LOG_GROUP_TYPE and log in each.logical_id]
    try:
        return [line for group in named if group.physical_id for line in _lines(context, group.physical_id, members)]
    except (ClientError, BotoCoreError):
        return []


def _lines(context: Context, group: str, members: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    pattern = " && ".join(f'$.{name} = "{value}"' for name, value in members.items())
    pages = (
        context.aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=group,
            filterPattern=f"{{ {pattern} }}",
            startTime=int((context.now().timestamp() - _RECENT_SECONDS) * 1000),
        )
    )
    for message in (event["message"] for page in pages for event in page["events"]):
        line = _parsed(message)
        # A local AWS may know patterns of text only, and hand out every line.
        if all(line.get(name) == value for name, value in members.items()):
            yield line


def _parsed(message: str) -> Mapping[str, Any]:
    try:
        line = json.loads(message)
    except ValueError:
        line = None
    return line if isinstance(line, dict) else {}
