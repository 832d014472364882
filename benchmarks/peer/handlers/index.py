"""The two entry points that CDK's `Provider` calls."""

from typing import Any

import boto3
import custom_model
import customization_job
import deployment
from botocore.config import Config
from botocore.exceptions import ClientError

_KINDS = {
    "Custom::PeerModel": custom_model,
    "Custom::PeerTrainingJob": customization_job,
    "Custom::PeerDeployment": deployment,
}
_PASSING = {"ThrottlingException", "InternalServerException", "ServiceUnavailableException"}
_bedrock = boto3.client("bedrock", config=Config(retries={"mode": "standard", "total_max_attempts": 5}))


def on_event(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Starts, changes or ends the thing, and says what its id is."""
    kind = _KINDS[event["ResourceType"]]
    properties = event["ResourceProperties"]
    if event["RequestType"] == "Create":
        return {"PhysicalResourceId": kind.create(_bedrock, properties, event["RequestId"])}
    if event["RequestType"] == "Update":
        return {"PhysicalResourceId": _update(kind, event)}
    kind.delete(_bedrock, event["PhysicalResourceId"])
    return {"PhysicalResourceId": event["PhysicalResourceId"]}


def _update(kind: Any, event: dict[str, Any]) -> str:
    arn = event["PhysicalResourceId"]
    properties, old = event["ResourceProperties"], event["OldResourceProperties"]
    changed = {name for name in properties.keys() | old.keys() if properties.get(name) != old.get(name)}
    if changed - {"Tags", *kind.IN_PLACE}:
        # Another id: CloudFormation deletes the old one when the update is through.
        return str(kind.create(_bedrock, properties, event["RequestId"]))
    kind.update(_bedrock, arn, properties)
    if "Tags" in changed:
        _tag(arn, properties["Tags"], old["Tags"])
    return str(arn)


def _tag(arn: str, tags: dict[str, str], old: dict[str, str]) -> None:
    _bedrock.tag_resource(resourceARN=arn, tags=[{"key": key, "value": value} for key, value in tags.items()])
    if gone := sorted(old.keys() - tags.keys()):
        _bedrock.untag_resource(resourceARN=arn, tagKeys=gone)


def is_complete(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Looks once. An exception is final to `Provider`, so passing trouble is "not yet"."""
    kind = _KINDS[event["ResourceType"]]
    try:
        if event["RequestType"] == "Delete":
            return {"IsComplete": bool(kind.is_gone(_bedrock, event["PhysicalResourceId"]))}
        data = kind.look(_bedrock, event["PhysicalResourceId"])
    except ClientError as error:
        if error.response["Error"]["Code"] in _PASSING:
            return {"IsComplete": False}
        raise
    return {"IsComplete": True, "Data": data} if data else {"IsComplete": False}
