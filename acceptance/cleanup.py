"""Cleaning up: the stacks of a run, then whatever else carries its tag. What cannot be removed is named."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from acceptance.run import STACKS, TAG, Run
from bedrock_models import failures
from bedrock_models.bedrock import account
from bedrock_models.bedrock.account import Filters
from bedrock_models.bedrock.resource import Resource

# A training run that was just stopped, or a deployment being created, holds a deletion up for so long at most.
_LONGEST: Final = 3 * 3600
# Deployments before the models that they serve.
_KINDS: Final = ("jobs", "throughput", "deployments", "models", "imported-models")
_NAMES: Final = {
    "jobs": "training run",
    "throughput": "throughput",
    "deployments": "deployment",
    "models": "model",
    "imported-models": "imported model",
}
# The codes by which a Region says that it has no Custom Model Import.
_NOT_OFFERED: Final = ("UnknownOperationException", "ValidationException")
_RUNNING: Final = ("InProgress", "Stopping")


@dataclass(frozen=True, kw_only=True)
class Left:
    """Something that could not be removed, and what to type."""

    what: str
    why: str
    command: str


def clean(run: Run) -> list[Left]:
    """Removes what any acceptance run made in this account and Region; what is left."""
    left: list[Left] = []
    _attempt(run, left, "the stacks of the run", _again(run), partial(_delete_stacks, run, left))
    # Nothing stops an import: its model is there to be deleted when it has ended.
    _attempt(run, left, "imports in progress", _again(run), partial(_see_imported, run, left))
    for kind in _KINDS:
        what = f"every {_NAMES[kind]} with the tag {TAG}"
        _attempt(run, left, what, _again(run), partial(_remove_tagged, run, kind, left))
    return left


def tagged(run: Run) -> list[Resource]:
    """What carries the tag of an acceptance run and is still there; the record of an ended job is not."""
    return [each for kind in _KINDS for each in _of_kind(run, kind)]


def imports(run: Run) -> list[str]:
    """The names of the import jobs of acceptance runs that are in progress."""
    try:
        pages = run.bedrock.get_paginator("list_model_import_jobs").paginate(statusEquals="InProgress")
        listed = [each for page in pages for each in page.get("modelImportJobSummaries", ())]
    except ClientError as error:
        if failures.code(error) not in _NOT_OFFERED:
            raise
        return []
    return [each["jobName"] for each in listed if TAG in account.tags(run.bedrock, each["jobArn"])]


def stacks(run: Run) -> list[str]:
    """The names of the stacks of acceptance runs that are there."""
    pages = run.cloudformation.get_paginator("describe_stacks").paginate()
    names = [each["StackName"] for page in pages for each in page["Stacks"] if "ParentId" not in each]
    return [name for name in names if name.startswith(STACKS)]


def _attempt(run: Run, left: list[Left], what: str, command: str, act: Callable[[], None]) -> None:
    """One failure does not keep the rest from being cleaned up."""
    try:
        act()
    except (ClientError, BotoCoreError) as error:
        why = failures.explain(error)
        run.say(f"  not removed: {what}: {why}")
        left.append(Left(what=what, why=why, command=command))


def _again(run: Run) -> str:
    profile = f" PROFILE={run.profile}" if run.profile else ""
    return f"make acceptance CLEAN=1{profile} REGION={run.aws.region}"


def _delete_stacks(run: Run, left: list[Left]) -> None:
    names = stacks(run)
    for name in names:
        _attempt(run, left, f"the stack {name}", _command(run, name), partial(_begin, run, name))
    for name in names:
        _attempt(run, left, f"the stack {name}", _command(run, name), partial(_see_gone, run, name, left))


def _command(run: Run, name: str) -> str:
    profile = f" --profile {run.profile}" if run.profile else ""
    return f"aws cloudformation delete-stack --stack-name {name} --region {run.aws.region}{profile}"


def _begin(run: Run, name: str) -> None:
    run.say(f"  deleting the stack {name}")
    _settle(run, name)
    for bucket in _buckets(run, name):
        _empty(run, bucket)
    run.cloudformation.delete_stack(StackName=name)


def _settle(run: Run, name: str) -> None:
    """An update in progress is cancelled: CloudFormation deletes a stack that is being created, and no other one."""
    if _status(run, name) == "UPDATE_IN_PROGRESS":
        run.cloudformation.cancel_update_stack(StackName=name)
    _until(run, lambda: not _is_updating(_status(run, name)))


def _is_updating(status: str) -> bool:
    return status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS")


def _see_gone(run: Run, name: str, left: list[Left]) -> None:
    _until(run, lambda: _status(run, name) in ("", "DELETE_FAILED"))
    status = _status(run, name)
    if status:
        left.append(Left(what=f"the stack {name}", why=f"it is {status}", command=_command(run, name)))


def _see_imported(run: Run, left: list[Left]) -> None:
    if imports(run):
        run.say("  waiting for the end of an import, which cannot be stopped")
    _until(run, lambda: not imports(run))
    why = "it is still in progress"
    left += [Left(what=f"the import {name}", why=why, command=_again(run)) for name in imports(run)]


def _until(run: Run, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LONGEST
    while not is_so() and time.monotonic() < deadline:
        time.sleep(min(run.pause, 10))


def _status(run: Run, name: str) -> str:
    try:
        return str(run.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in failures.message(error):
            return ""
        raise


def _buckets(run: Run, name: str) -> list[str]:
    pages = run.cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    found = [each for page in pages for each in page["StackResourceSummaries"]]
    return [
        each["PhysicalResourceId"]
        for each in found
        if each["ResourceType"] == "AWS::S3::Bucket" and each["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def _empty(run: Run, bucket: str) -> None:
    s3 = run.aws.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": each["Key"]} for each in page.get("Contents", ())]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})


def _of_kind(run: Run, kind: str) -> Iterator[Resource]:
    filters = [Filters(status=status) for status in _RUNNING] if kind == "jobs" else [Filters()]
    listed = [each for some in filters for each in account.resources(run.bedrock, kind, some)]
    return (each for each in account.with_tags(run.bedrock, listed) if TAG in each.tags)


def _remove_tagged(run: Run, kind: str, left: list[Left]) -> None:
    for each in _of_kind(run, kind):
        if each.status == "Stopping":
            continue
        what = f"the {_NAMES[kind]} {each.name}"
        run.say(f"  removing {what}")
        _attempt(run, left, what, _again(run), partial(_remove, run, each))


def _remove(run: Run, each: Resource) -> None:
    """Tried again while Amazon Bedrock refuses: what is being created or in use goes later."""
    deadline = time.monotonic() + _LONGEST
    while True:
        try:
            _REMOVALS[each.kind](run.bedrock, each.arn)
        except ClientError as error:
            if failures.is_missing(error):
                return
            if failures.code(error) not in ("ConflictException", "ValidationException", "ThrottlingException"):
                raise
            if time.monotonic() > deadline:
                raise
        if each.kind == "jobs" or not _is_there(run, each):
            return
        time.sleep(min(run.pause, 10))


def _is_there(run: Run, each: Resource) -> bool:
    return any(other.arn == each.arn for other in account.resources(run.bedrock, each.kind))


_REMOVALS: Final[dict[str, Callable[[Any, str], object]]] = {
    "jobs": lambda bedrock, arn: bedrock.stop_model_customization_job(jobIdentifier=arn),
    "throughput": lambda bedrock, arn: bedrock.delete_provisioned_model_throughput(provisionedModelId=arn),
    "deployments": lambda bedrock, arn: bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier=arn),
    "models": lambda bedrock, arn: bedrock.delete_custom_model(modelIdentifier=arn),
    "imported-models": lambda bedrock, arn: bedrock.delete_imported_model(modelIdentifier=arn),
}
