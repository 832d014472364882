"""Deploys templates and CDK apps to a local AWS without the CDK CLI: about a second, where the CLI takes ten."""

import dataclasses
import io
import json
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from botocore.exceptions import ClientError

from local.aws import RunningAws
from tests.support.synth import published

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_INLINE_TEMPLATE_LIMIT = 51_200
# Seconds between two looks at a stack, and later a fifth of the time that it has taken: each look takes as long as a
# small resource, and other tests go on meanwhile.
_PAUSE, _SHARE = 0.15, 0.2
# Assets that are there, by endpoint, bucket and key, which is a hash of the content.
_PUBLISHED: set[tuple[str, str, str]] = set()


@dataclasses.dataclass(frozen=True)
class Deployment:
    """How an operation on a stack ended. `events` are the ones of this operation, oldest first."""

    status: str
    reason: str
    outputs: dict[str, str]
    events: list[dict[str, Any]]

    def statuses(self, logical_id: str) -> list[str]:
        return [event["ResourceStatus"] for event in self.events if event["LogicalResourceId"] == logical_id]

    def reasons(self, logical_id: str) -> list[str]:
        """The reasons of its failures."""
        return [
            event.get("ResourceStatusReason", "")
            for event in self.events
            if event["LogicalResourceId"] == logical_id and event["ResourceStatus"].endswith("_FAILED")
        ]


def deploy_template(
    aws: RunningAws,
    stack_name: str,
    template: Mapping[str, Any],
    *,
    parameters: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    disable_rollback: bool = False,
    on_failure: str = "",
    timeout: float = 60,
) -> Deployment:
    """Create or update the stack, and wait for the end of it."""
    cloudformation = aws.client("cloudformation")
    exists = _exists(cloudformation, stack_name)
    seen = _event_ids(cloudformation, stack_name) if exists else set()
    act = cloudformation.update_stack if exists else cloudformation.create_stack
    stack_id = act(
        StackName=stack_name,
        **_body(aws, stack_name, template),
        Capabilities=_CAPABILITIES,
        **({"OnFailure": on_failure} if on_failure else {"DisableRollback": disable_rollback}),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()],
        Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
    )["StackId"]
    return wait(aws, stack_id, seen=seen, timeout=timeout)


def deploy_stack(aws: RunningAws, stack: cdk.Stack, **options: Any) -> Deployment:
    """Synthesize in this process, publish the assets, deploy. The stack needs no bootstrapped environment."""
    app = stack.node.root
    assert isinstance(app, cdk.App)
    assembly = app.synth()
    artifact = assembly.get_stack_artifact(stack.artifact_id)
    publish_assets(aws, Path(assembly.directory))
    aws.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="99", Type="String", Overwrite=True)
    return deploy_template(aws, stack.stack_name, artifact.template, **options)


def delete_stack(aws: RunningAws, stack_name: str, *, timeout: float = 60) -> Deployment:
    cloudformation = aws.client("cloudformation")
    stack_id = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]["StackId"]
    seen = _event_ids(cloudformation, stack_id)
    cloudformation.delete_stack(StackName=stack_name)
    return wait(aws, stack_id, seen=seen, timeout=timeout)


def wait(aws: RunningAws, stack_name: str, *, seen: set[str] | None = None, timeout: float = 60) -> Deployment:
    cloudformation = aws.client("cloudformation")
    started = time.monotonic()
    while True:
        stack = cloudformation.describe_stacks(StackName=stack_name)["Stacks"][0]
        # Before the end they would cost more than the deployment itself.
        is_over = not stack["StackStatus"].endswith("_IN_PROGRESS")
        events = _events(cloudformation, stack_name) if is_over else []
        events = [event for event in events if event["EventId"] not in (seen or set())]
        # A delete may have begun between the two looks.
        if events and events[-1]["ResourceStatus"] == stack["StackStatus"]:
            break
        if (waited := time.monotonic() - started) > timeout:
            raise TimeoutError(f"{stack_name} is still {stack['StackStatus']} after {timeout} s")
        time.sleep(max(_PAUSE, waited * _SHARE))
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return Deployment(stack["StackStatus"], stack.get("StackStatusReason", ""), outputs, events)


def publish_assets(aws: RunningAws, directory: Path) -> None:
    """What `cdk-assets` does with the manifests of a cloud assembly: files to the bucket they name."""
    for path, destination in published(directory):
        _publish(aws, path, destination)


def _publish(aws: RunningAws, path: Path, destination: Mapping[str, str]) -> None:
    s3 = aws.client("s3")
    bucket, key = _substituted(aws, destination["bucketName"]), destination["objectKey"]
    if (aws.endpoint, bucket, key) in _PUBLISHED:
        return
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=_zipped(path) if path.is_dir() else path.read_bytes())
    _PUBLISHED.add((aws.endpoint, bucket, key))


def _substituted(aws: RunningAws, text: str) -> str:
    values = {"AccountId": aws.settings.account, "Region": aws.settings.region, "Partition": "aws"}
    for name, value in values.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return text


def _zipped(directory: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            archive.write(file, file.relative_to(directory))
    return content.getvalue()


def _body(aws: RunningAws, stack_name: str, template: Mapping[str, Any]) -> dict[str, str]:
    body = json.dumps(template)
    if len(body) <= _INLINE_TEMPLATE_LIMIT:
        return {"TemplateBody": body}
    s3, bucket = aws.client("s3"), "templates-of-tests"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=f"{stack_name}.json", Body=body.encode())
    return {"TemplateURL": f"https://s3.{aws.settings.region}.amazonaws.com/{bucket}/{stack_name}.json"}


def _exists(cloudformation: Any, stack_name: str) -> bool:
    try:
        stacks = cloudformation.describe_stacks(StackName=stack_name)["Stacks"]
    except ClientError:
        return False
    return any(stack["StackStatus"] != "DELETE_COMPLETE" for stack in stacks)


def _event_ids(cloudformation: Any, stack_name: str) -> set[str]:
    return {event["EventId"] for event in _events(cloudformation, stack_name)}


def _events(cloudformation: Any, stack_name: str) -> list[dict[str, Any]]:
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_name)
    return [event for page in pages for event in page["StackEvents"]][::-1]
