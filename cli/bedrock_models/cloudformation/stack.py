"""A stack and those nested in it: which jobs it has, and which segment of the wait it is in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bedrock_models.contract import (
    IMPORTED_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    NESTED_STACK_TYPE,
    WAIT_TYPE,
)
from bedrock_models.failures import Failure, is_missing, is_wrong_input

_HASH: Final = re.compile(r"[0-9A-F]{8}$")


@dataclass(frozen=True, kw_only=True)
class StackResource:
    """One resource. `path` is its logical id behind those of the nested stacks that it is in."""

    path: tuple[str, ...]
    type: str
    status: str
    physical_id: str
    reason: str = ""

    @property
    def logical_id(self) -> str:
        return self.path[-1]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """How a stack stands."""

    name: str
    id: str
    status: str
    reason: str
    resources: tuple[StackResource, ...]
    began: datetime | None = None

    @property
    def is_moving(self) -> bool:
        """Whether CloudFormation is at work on it."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def ids(self) -> set[str]:
        """Its own id and those of the stacks nested in it."""
        return {self.id, *(each.physical_id for each in self.resources if each.type == NESTED_STACK_TYPE)}

    @property
    def jobs(self) -> list[StackResource]:
        """The resources that own a training run."""
        return [each for each in self.resources if each.type == MODEL_CUSTOMIZATION_JOB_TYPE]

    @property
    def imports(self) -> list[StackResource]:
        """The resources that own an import job."""
        return [each for each in self.resources if each.type == IMPORTED_MODEL_TYPE]

    def segment(self, job: StackResource) -> StackResource | None:
        """The wait for this job that is under way, or the last one that was."""
        waits = [each for each in self.resources if each.type == WAIT_TYPE and _waits_for(each, job)]
        under_way = [wait for wait in waits if wait.status.endswith("_IN_PROGRESS")]
        return max(under_way or waits, key=_position, default=None)


def read(cloudformation: Any, name: str) -> Stack:
    """The stack of that name or id. Raises `Failure` if there is none."""
    found = find(cloudformation, name)
    if found is None:
        raise Failure(f"no stack is named {name!r} in this account and Region; check --region and --profile")
    return found


def find(cloudformation: Any, name: str) -> Stack | None:
    """The stack of that name or id, if there is one."""
    try:
        seen = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except cloudformation.exceptions.ClientError as error:
        if is_missing(error) or is_wrong_input(error):
            return None
        raise
    return Stack(
        name=seen["StackName"],
        id=seen["StackId"],
        status=seen["StackStatus"],
        reason=seen.get("StackStatusReason", ""),
        resources=tuple(_resources(cloudformation, seen["StackId"], ())),
        began=seen.get("LastUpdatedTime") or seen.get("CreationTime"),
    )


def segment_name(wait: StackResource) -> str:
    """`Wait03` or `Ready`, as the construct calls it."""
    return _position(wait)[1]


def _resources(cloudformation: Any, stack_id: str, path: tuple[str, ...]) -> Iterator[StackResource]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    for each in (found for page in pages for found in page["StackResourceSummaries"]):
        here = (*path, each["LogicalResourceId"])
        physical_id = each.get("PhysicalResourceId", "")
        yield StackResource(
            path=here,
            type=each["ResourceType"],
            status=each["ResourceStatus"],
            physical_id=physical_id,
            reason=each.get("ResourceStatusReason", ""),
        )
        if each["ResourceType"] == NESTED_STACK_TYPE and physical_id:
            yield from _resources(cloudformation, physical_id, here)


def _waits_for(wait: StackResource, job: StackResource) -> bool:
    """By the logical ids, which the CDK makes of the path: the waits are below the job, nested or not."""
    below = len(job.path) - 1
    prefix = _HASH.sub("", job.logical_id)
    rest = wait.path[below].removeprefix(prefix) if len(wait.path) > below else ""
    return wait.path[:below] == job.path[:below] and re.match(r"Wait|Ready", rest) is not None


def _position(wait: StackResource) -> tuple[bool, str]:
    name = re.search(r"(Wait\d+|Ready)(?:[0-9A-F]{8})?$", wait.logical_id)
    text = name[1] if name else wait.logical_id
    # The last one comes after all that have a number.
    return text == "Ready", text
