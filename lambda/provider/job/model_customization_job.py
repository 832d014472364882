"""Custom::BedrockModelCustomizationJob: CreateModelCustomizationJob and its run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from provider.aws.clients import Bedrock, Clients
from provider.aws.status import State
from provider.cloudformation.contract import TRAINING_LOSS, VALIDATION_LOSSES
from provider.cloudformation.request import Request
from provider.custom_model import model as custom_model
from provider.custom_model.deletion import remove
from provider.job import refusals
from provider.job.resource import JobResource, token
from provider.job.run import COMPLETED, FAILED, IN_PROGRESS, STOPPED, STOPPING, Run
from provider.lifecycle import base_model_life
from provider.lifecycle.ownership_tags import Ownership

# Of the phase of training, within a run in progress. Seen to last for one to three days, in Amazon Bedrock's own queue.
_NOT_STARTED: Final = "NotStarted"
_NOT_STARTED_TEXT: Final = "Its training has not started: it waits for Amazon Bedrock's capacity."


@dataclass(frozen=True, kw_only=True)
class TrainingRun(Run):
    """One training run. `token` is the idempotency token of its start."""

    token: str = ""
    training_loss: str = ""
    validation_losses: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        return {
            **super().attributes,
            TRAINING_LOSS: self.training_loss,
            VALIDATION_LOSSES: self.validation_losses,
        }


class ModelCustomizationJobs(JobResource[TrainingRun]):
    """What there is to say of a training job."""

    kind = "model-customization-job"
    noun = "model customization job"
    run = TrainingRun
    states: ClassVar = {
        IN_PROGRESS: State.RUNNING,
        STOPPING: State.RUNNING,
        COMPLETED: State.SUCCEEDED,
        FAILED: State.FAILED,
        STOPPED: State.FAILED,
    }
    summaries = "modelCustomizationJobSummaries"
    creates = "CreateModelCustomizationJob"
    model_name = "customModelName"
    model_tags = "customModelTags"
    model_noun = "a custom model"
    importer = "CustomModel.from_custom_model_arn"
    name_argument = "custom_model_name"
    role_remedy = (
        "Its trust policy must let bedrock.amazonaws.com assume it, with aws:SourceAccount of this account and "
        "aws:SourceArn of its model-customization-job/*; its policy must allow the data, the output and their keys; "
        "and the buckets must be in this Region."
    )
    started_event = "training started"
    stops = True

    def get(self, bedrock: Bedrock, name: str) -> dict[str, Any]:
        return bedrock.get_model_customization_job(jobIdentifier=name)

    def lister(self, bedrock: Bedrock) -> Callable[..., dict[str, Any]]:
        return bedrock.list_model_customization_jobs

    def start(self, bedrock: Bedrock, arguments: Mapping[str, Any]) -> str:
        return str(bedrock.create_model_customization_job(**arguments)["jobArn"])

    def stop(self, bedrock: Bedrock, arn: str) -> None:
        bedrock.stop_model_customization_job(jobIdentifier=arn)

    def read(self, seen: Mapping[str, Any]) -> TrainingRun:
        training_loss, validation_losses = losses(seen)
        training = seen.get("statusDetails", {}).get("trainingDetails", {}).get("status", "")
        waits = seen["status"] == IN_PROGRESS and training == _NOT_STARTED
        return TrainingRun(
            name=seen["jobName"],
            arn=seen["jobArn"],
            status=seen["status"],
            progress=_NOT_STARTED_TEXT if waits else "",
            token=seen.get("clientRequestToken", ""),
            message=seen.get("failureMessage", ""),
            model_arn=seen.get("outputModelArn", ""),
            model_name=seen.get("outputModelName", ""),
            training_loss=training_loss,
            validation_losses=validation_losses,
            role_arn=seen.get("roleArn", ""),
            security_groups=tuple(seen.get("vpcConfig", {}).get("securityGroupIds", [])),
            created=seen.get("creationTime"),
            ended=seen.get("endTime"),
        )

    def find_model(self, bedrock: Bedrock, identifier: str) -> custom_model.Model | None:
        return custom_model.find(bedrock, identifier)

    def remove_model(self, request: Request, clients: Clients, model: Any, current: Ownership | None) -> None:
        remove(request, clients, model, current)

    def is_started_by(self, request: Request, clients: Clients, run: TrainingRun) -> bool:  # noqa: ARG002
        # Get returns the token of the start, so no tag has to be read.
        return run.token == token(request, run.name)

    def started(self, name: str) -> str:
        return f"A paid training run was started: {name}."

    def adopted(self, run: TrainingRun) -> str:
        stands = "still in progress" if run.status == IN_PROGRESS else run.status
        return f"Adopted the run {run.name}, which is {stands}: nothing is paid again."

    def cost(self, run: TrainingRun) -> str:
        costs = "left a model that is billed per month" if run.status == COMPLETED else "is still running and is billed"
        return f"The model customization job {run.name!r} ({run.arn}) {costs}"

    def unfinished(self, run: TrainingRun) -> tuple[str, str]:
        stopping = f"The model customization job {run.name!r} ({run.arn}) is still being stopped"
        return stopping, "delete the stack again."

    def refuse_attempt(self, request: Request, runs: list[TrainingRun]) -> None:
        refusals.refuse_more_attempts(request, runs)

    def refuse_update(self, request: Request) -> None:
        refusals.refuse_relabelling(request)

    def refuse_protected(self, request: Request) -> None:
        refusals.refuse_protected(request)

    def refuse_start(self, request: Request, clients: Clients) -> None:
        inputs = request.properties.run_inputs
        seconds = request.properties.settings.timeout_seconds
        base_model = inputs.get("baseModelIdentifier", "")
        base_model_life.require_living(clients, base_model, what="training jobs", seconds=seconds)
        if teacher := _teacher(inputs):
            base_model_life.require_teacher(clients, teacher)

    def refuse_repetition(self, request: Request, clients: Clients) -> None:
        if request.properties.settings.is_protected:
            others = self.elsewhere(clients.bedrock, request)
            refusals.refuse_repetition(run for run in others if self.usable(clients, run))


def losses(seen: Mapping[str, Any]) -> tuple[str, str]:
    """The training loss of a run or of its model, and its validation losses separated by commas, as far as told."""
    validation = [str(metric.get("validationLoss", "")) for metric in seen.get("validationMetrics", [])]
    return str(seen.get("trainingMetrics", {}).get("trainingLoss", "")), ",".join(validation)


def _teacher(inputs: Mapping[str, Any]) -> str:
    config = inputs.get("customizationConfig", {}).get("distillationConfig", {})
    return str(config.get("teacherModelConfig", {}).get("teacherModelIdentifier", ""))
