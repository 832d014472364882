"""CreateModelCustomizationJob: a fine-tuning run and its model."""

from typing import Any

IN_PLACE = frozenset({"RoleArn", "OutputUri"})
_RUNNING = {"InProgress", "Stopping"}


def create(bedrock: Any, properties: dict[str, Any], token: str) -> str:
    # Names of jobs are never freed.
    name = f"{properties['Name']}-{token[:8]}"
    tags = [{"key": key, "value": value} for key, value in properties["Tags"].items()]
    started = bedrock.create_model_customization_job(
        jobName=name,
        customModelName=name,
        roleArn=properties["RoleArn"],
        baseModelIdentifier=properties["BaseModel"],
        customizationType="FINE_TUNING",
        trainingDataConfig={"s3Uri": properties["TrainingUri"]},
        outputDataConfig={"s3Uri": properties["OutputUri"]},
        hyperParameters=properties["HyperParameters"],
        jobTags=tags,
        customModelTags=tags,
        clientRequestToken=token,
    )
    return str(started["jobArn"])


def update(_bedrock: Any, _arn: str, _properties: dict[str, Any]) -> None:
    """Role and output matter for the next run only."""


def delete(bedrock: Any, arn: str) -> None:
    job = bedrock.get_model_customization_job(jobIdentifier=arn)
    if job["status"] == "InProgress":
        bedrock.stop_model_customization_job(jobIdentifier=arn)
    elif job["status"] == "Completed":
        bedrock.delete_custom_model(modelIdentifier=job["outputModelArn"])


def is_gone(bedrock: Any, arn: str) -> bool:
    return bedrock.get_model_customization_job(jobIdentifier=arn)["status"] not in _RUNNING


def look(bedrock: Any, arn: str) -> dict[str, Any] | None:
    job = bedrock.get_model_customization_job(jobIdentifier=arn)
    if job["status"] in _RUNNING:
        return None
    if job["status"] != "Completed":
        raise RuntimeError(f"{job['jobName']} is {job['status']}: {job.get('failureMessage', '')}")
    return {"JobArn": arn, "ModelArn": job["outputModelArn"]}
