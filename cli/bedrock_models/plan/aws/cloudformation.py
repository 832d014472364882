"""CloudFormation for a dry run: the stacks that are planned, as they would be in the middle of their deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.plan.aws.recorder import Recorder

UPDATING: Final = "UPDATE_IN_PROGRESS"
CREATING: Final = "CREATE_IN_PROGRESS"
CLEANING: Final = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
DELETING: Final = "DELETE_IN_PROGRESS"


@dataclass(kw_only=True)
class PlannedStack:
    """One of them: its status, and what it holds by now, by logical id."""

    id: str
    status: str
    held: dict[str, str] = field(default_factory=dict)


class PlannedStacks:
    """What the provider reads of stacks. Those that are not planned are asked for."""

    def __init__(self, api: Any, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self.stacks: dict[str, PlannedStack] = {}

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        """A planned one is under way, and nothing is wrong with it."""
        planned = self.stacks.get(StackName)
        if planned:
            return {"Stacks": [{"StackId": planned.id, "StackStatus": planned.status}]}
        return self._asked("describe_stacks", StackName=StackName)

    def describe_stack_events(self, *, StackName: str, **request: Any) -> dict[str, Any]:  # noqa: N803
        """A planned one has none yet."""
        if StackName in self.stacks:
            return {"StackEvents": []}
        return self._asked("describe_stack_events", StackName=StackName, **request)

    def describe_stack_resource(self, *, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        """The physical id that the stack would hold by now."""
        planned = self.stacks.get(StackName)
        if planned is None:
            return self._asked("describe_stack_resource", StackName=StackName, LogicalResourceId=LogicalResourceId)
        if LogicalResourceId not in planned.held:
            raise _missing(
                f"Resource {LogicalResourceId} does not exist for stack {StackName}", "DescribeStackResource"
            )
        return {"StackResourceDetail": {"PhysicalResourceId": planned.held[LogicalResourceId]}}

    def describe_stack_resources(self, *, PhysicalResourceId: str) -> dict[str, Any]:  # noqa: N803
        """The stack that would hold it by now."""
        for planned in self.stacks.values():
            if PhysicalResourceId in planned.held.values():
                return {"StackResources": [{"StackId": planned.id, "PhysicalResourceId": PhysicalResourceId}]}
        found = self._asked("describe_stack_resources", PhysicalResourceId=PhysicalResourceId)
        held = [each for each in found["StackResources"] if each["StackId"] not in self.stacks]
        if not held:
            raise _missing(f"Stack for {PhysicalResourceId} does not exist", "DescribeStackResources")
        return {"StackResources": held}

    def list_stack_resources(self, *, StackName: str, **request: Any) -> dict[str, Any]:  # noqa: N803
        """All that it would hold by now."""
        planned = self.stacks.get(StackName)
        if planned is None:
            return self._asked("list_stack_resources", StackName=StackName, **request)
        return {"StackResourceSummaries": [*map(_summary, planned.held.items())]}

    def _asked(self, name: str, **request: Any) -> dict[str, Any]:
        self._recorder.reads += 1
        found: dict[str, Any] = getattr(self._api, name)(**request)
        return found


def _summary(held: tuple[str, str]) -> Mapping[str, str]:
    logical_id, physical_id = held
    return {"LogicalResourceId": logical_id, "PhysicalResourceId": physical_id, "ResourceStatus": "UPDATE_COMPLETE"}


def _missing(text: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": text}}, operation)
