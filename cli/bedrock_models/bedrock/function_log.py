"""The log of one of a stack's functions: what it said lately about one thing."""

import json
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.cloudformation.stack import Stack
from bedrock_models.context import Context

_LOG_GROUP_TYPE: Final = "AWS::Logs::LogGroup"
# The provider looks a quarter of an hour apart at most, a check asks every two minutes.
_RECENT_SECONDS: Final = 40 * 60


def said(context: Context, around: Stack, log: str, **members: str) -> list[Mapping[str, Any]]:
    """The lines with these members, oldest first, of the log groups with `log` in their logical id.

    None at all where the log may not be read: it tells more than Amazon Bedrock, and nothing hangs on it.
    """
    named = [each for each in around.resources if each.type == _LOG_GROUP_TYPE and log in each.logical_id]
    pattern = " && ".join(f'$.{name} = "{value}"' for name, value in members.items())
    try:
        return [line for group in named if group.physical_id for line in _lines(context, group.physical_id, pattern)]
    except (ClientError, BotoCoreError):
        return []


def _lines(context: Context, group: str, pattern: str) -> list[Mapping[str, Any]]:
    pages = (
        context.aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=group,
            filterPattern=f"{{ {pattern} }}",
            startTime=int((context.now().timestamp() - _RECENT_SECONDS) * 1000),
        )
    )
    return [json.loads(event["message"]) for page in pages for event in page["events"]]
