"""The training job of SageMaker AI whose checkpoint is imported: it has to have come to its end."""

from collections.abc import Iterator
from typing import Final

from bedrock_models.cloudformation.unknown import is_known
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource
from bedrock_models.failures import code

_CHECK: Final = "training job"
_COMPLETED: Final = "Completed"
_MISSING: Final = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """One finding. Whether its output names the checkpoint, `plan` finds out as the deployment does."""
    name = examined.training_job
    if not name:
        return
    if not is_known(name):
        yield warning(_CHECK, f"{name} is known only at deployment, so it was not looked at")
        return
    sagemaker = context.aws.client("sagemaker")
    try:
        job = sagemaker.describe_training_job(TrainingJobName=name)
    except sagemaker.exceptions.ClientError as error:
        if code(error) not in _MISSING:
            raise
        if examined.training_output:
            yield warning(_CHECK, f"{name} is known to no API, as one on SageMaker HyperPod: it was not looked at")
        else:
            remedy = "correct the name or the Region, or give bucket= and prefix= if it ran on SageMaker HyperPod"
            yield problem(_CHECK, f"SageMaker AI knows no training job {name}", remedy)
        return
    status = job["TrainingJobStatus"]
    if status == _COMPLETED:
        yield ok(_CHECK, f"{name} is {status}")
    else:
        failure = f": {job['FailureReason']}" if job.get("FailureReason") else ""
        yield problem(_CHECK, f"{name} is {status}{failure}", "import the checkpoint of one that is Completed")
