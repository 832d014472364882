"""The EventBridge event that Bedrock sends for every change of a customization job's status."""

import json
import uuid
from datetime import datetime
from typing import Any

from local.bedrock import wire
from local.bedrock.resource import Params

DETAIL_TYPE = "Model Customization Job State Change"

# `status` is the only member that has another name in the event than in the API.
_DETAIL = {
    "jobName": "jobName",
    "jobArn": "jobArn",
    "outputModelName": "outputModelName",
    "outputModelArn": "outputModelArn",
    "roleArn": "roleArn",
    "jobStatus": "status",
    "failureMessage": "failureMessage",
    "creationTime": "creationTime",
    "lastModifiedTime": "lastModifiedTime",
    "endTime": "endTime",
    "baseModelArn": "baseModelArn",
    "hyperParameters": "hyperParameters",
    "trainingDataConfig": "trainingDataConfig",
    "validationDataConfig": "validationDataConfig",
    "outputDataConfig": "outputDataConfig",
}


def event(job: Params, job_arn: str, at: datetime) -> dict[str, Any]:
    """The whole event as a rule's target gets it."""
    _, _, _, region, account, _ = job_arn.split(":", 5)
    detail = {name: job[member] for name, member in _DETAIL.items() if member in job}
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{job_arn}/{job['status']}")),
        "detail-type": DETAIL_TYPE,
        "source": "aws.bedrock",
        "account": account,
        "time": wire.isoformat(at.replace(microsecond=0)),
        "region": region,
        "resources": [job_arn],
        "detail": json.loads(wire.as_json(detail)),
    }
