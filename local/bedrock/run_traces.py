"""What a customization job shows of itself outside of its API: files in S3, events on the default event bus."""

import json
import uuid
from datetime import datetime
from typing import Any

from local.bedrock import wire
from local.bedrock.objects import Objects, split
from local.bedrock.resource import Params

DETAIL_TYPE = "Model Customization Job State Change"
STEPS = 4
TRAINING_LOSS = 0.25
VALIDATION_LOSS = 0.375

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


def write_outputs(objects: Objects, job_id: str, params: Params) -> None:
    bucket, prefix = split(params["outputDataConfig"]["s3Uri"])
    folder = f"{prefix.rstrip('/')}/model-customization-job-{job_id}".lstrip("/")
    objects.put(bucket, f"{folder}/training_artifacts/step_wise_training_metrics.csv", _training())
    if params.get("validationDataConfig", {}).get("validators"):
        path = "validation_artifacts/post_fine_tuning_validation/validation_metrics.csv"
        objects.put(bucket, f"{folder}/{path}", _validation())


def _training() -> bytes:
    rows = [f"{step},0,{TRAINING_LOSS * STEPS / (step + 1)},1.0" for step in range(STEPS)]
    return "\n".join(["step_number,epoch_number,training_loss,perplexity", *rows, ""]).encode()


def _validation() -> bytes:
    return f"step_number,epoch_number,validation_loss,perplexity\n0,0,{VALIDATION_LOSS},1.0\n".encode()
