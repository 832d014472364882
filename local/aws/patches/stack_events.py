"""Events of stacks, with a time that orders them."""

import datetime
from typing import Any

from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.patch import Patch


class StackEvents(Patch):
    corrects = "ministack writes the time of an event in whole seconds, so that several events share one."
    aws = "DescribeStackEvents tells milliseconds; the CDK CLI sorts by them and asks for what is newer than the last."
    uses = (ministack.add_event, ministack.stack_events)

    def __init__(self) -> None:
        self._last = datetime.datetime.now(datetime.UTC)

    def apply(self) -> None:
        ministack.add_event.replace(self._add)

    def _add(self, stack_id: str, *arguments: Any, **options: Any) -> None:
        ministack.add_event.original(stack_id, *arguments, **options)
        self._last = max(datetime.datetime.now(datetime.UTC), self._last + datetime.timedelta(milliseconds=1))
        moment = self._last.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        ministack.stack_events.value[stack_id][-1]["Timestamp"] = moment
