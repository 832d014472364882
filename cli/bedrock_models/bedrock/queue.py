"""Why a job has not started: Bedrock's own words, out of the log of the function that asks it again and again."""

from typing import Final

from bedrock_models.bedrock import function_log
from bedrock_models.cloudformation.stack import Stack
from bedrock_models.context import Context

_EVENTS_LOG: Final = "EventsLog"
# What the provider logs at each try, with the name of what waits; a test holds it equal.
FULL: Final = "the quota is full"


def reason(context: Context, around: Stack, job_name: str) -> str:
    """What Bedrock said at the last try; empty if it is not known, or may not be read."""
    told = function_log.said(context, around, _EVENTS_LOG, event=FULL, name=job_name)
    return str(told[-1]["reason"]) if told else ""
