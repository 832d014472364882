"""The floor: the same template, in which one function answers every custom resource at once."""

import json
from collections.abc import Mapping
from typing import Any, Final

_EVENTS: Final = "BedrockModelProviderEvents"
_CODE: Final = """
import hashlib, json, urllib.request


def handler(event, context):
    name = event["LogicalResourceId"]
    arn = f"arn:aws:bedrock:us-east-1:111122223333:custom-model/floor/{name}"
    names = ("JobArn", "ModelArn", "ModelName", "CustomModelDeploymentArn", "ServedModelArn", "TrainingLoss", "Ended")
    inputs = json.dumps(event["ResourceProperties"].get("RunInputs"), sort_keys=True)
    # Other inputs are another thing: what waits for it is told, and the old one is deleted.
    made = f"{name}-{hashlib.sha256(inputs.encode()).hexdigest()[:8]}"
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": event["PhysicalResourceId"] if event["RequestType"] == "Delete" else made,
        "Data": dict.fromkeys(names, arn),
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    body = json.dumps(answer).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request).close()
"""


def answering_at_once(template: Mapping[str, Any]) -> Mapping[str, Any]:
    """Everything stays (resources, roles, dependencies) but what the events function does."""
    copy: dict[str, Any] = json.loads(json.dumps(template))
    properties = copy["Resources"][_EVENTS]["Properties"]
    properties |= {"Code": {"ZipFile": _CODE}, "Handler": "index.handler"}
    return copy
