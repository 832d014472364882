"""What a custom model is made from: as the template names it, or as a training job of SageMaker AI left it."""

from collections.abc import Mapping
from typing import Any

from provider.aws.clients import Clients
from provider.cloudformation.contract import TRAINING_JOB, TRAINING_JOB_NAME, TRAINING_JOB_OUTPUT
from provider.cloudformation.request import Malformed, Request
from provider.custom_model import training_job

_MEMBERS = (TRAINING_JOB_NAME, TRAINING_JOB_OUTPUT)


def resolved(request: Request, clients: Clients) -> dict[str, Any]:
    """The members of CreateCustomModel among the inputs, with the checkpoint of a training job in its place.

    It is looked for only to start or adopt something: the name stays the input, since SageMaker AI may no longer know
    the job when the model is changed, rolled back or deleted.
    """
    inputs = dict(request.properties.run_inputs)
    if TRAINING_JOB not in inputs:
        return inputs
    name, output = _training_job(inputs.pop(TRAINING_JOB))
    uri = training_job.checkpoint(clients, name, output)
    return {**inputs, "modelSourceConfig": {"s3DataSource": {"s3Uri": uri}}}


def identifier(inputs: Mapping[str, Any]) -> str:
    """The S3 URI or the model package in resolved inputs."""
    package = inputs.get("customModelDataSource", {}).get("modelPackageArnDataSource", {})
    artifacts = inputs.get("modelSourceConfig", {}).get("s3DataSource", {})
    return str(package.get("modelPackageArn") or artifacts.get("s3Uri") or "")


def _training_job(given: Any) -> tuple[str, str]:
    """Its name and where it writes, if that is said."""
    if not isinstance(given, Mapping) or not all(isinstance(each, str) for each in given.values()):
        raise Malformed(f"{TRAINING_JOB} must be an object of texts.")
    unknown = [member for member in given if member not in _MEMBERS]
    if unknown or not given.get(TRAINING_JOB_NAME):
        what = f"has the unknown member {unknown[0][:80]!r}" if unknown else f"has no {TRAINING_JOB_NAME}"
        raise Malformed(f"{TRAINING_JOB} {what}: it is of another version of the library.")
    return given[TRAINING_JOB_NAME], given.get(TRAINING_JOB_OUTPUT, "")
