"""Why a run has not started: Bedrock's own words, out of the log of the function that asks it again and again."""

import json
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.cloudformation.stack import Stack
from bedrock_models.context import Context

_LOG_GROUP_TYPE: Final = "AWS::Logs::LogGroup"
_EVENTS_LOG: Final = "EventsLog"
# What the provider logs at each try, with the name of what waits; a test holds it equal.
FULL: Final = "the quota is full"
# Tries are a quarter of an hour apart at most.
_RECENT_SECONDS: Final = 40 * 60


def reason(context: Context, around: Stack, job_name: str) -> str:
    """What Bedrock said at the last try; empty if it is not known, or may not be read."""
    groups = [
        each.physical_id for each in around.resources if each.type == _LOG_GROUP_TYPE and _EVENTS_LOG in each.logical_id
    ]
    try:
        told = [line for group in groups if group for line in _lines(context, group, job_name)]
    except (ClientError, BotoCoreError):
        return ""
    return told[-1] if told else ""


def _lines(context: Context, group: str, job_name: str) -> list[str]:
    pages = (
        context.aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=group,
            filterPattern=f'{{ $.event = "{FULL}" && $.name = "{job_name}" }}',
            startTime=int((context.now().timestamp() - _RECENT_SECONDS) * 1000),
        )
    )
    return [str(json.loads(event["message"])["reason"]) for page in pages for event in page["events"]]
