"""A model customization job as Bedrock keeps it, and how to find the ones that certain inputs were trained in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from provider.aws import pagination
from provider.aws.clients import Bedrock, Clients
from provider.aws.status import existing
from provider.cloudformation import identity
from provider.cloudformation.contract import (
    JOB_ARN,
    JOB_NAME,
    MODEL_ARN,
    MODEL_NAME,
    SCOPE_TAG,
    TRAINING_LOSS,
    VALIDATION_LOSSES,
)
from provider.cloudformation.request import Properties, Request
from provider.cloudformation.result import Cause, NotYet
from provider.custom_model import handler as custom_model
from provider.lifecycle import naming
from provider.lifecycle.ownership_tags import read_tags

IN_PROGRESS: Final = "InProgress"
STOPPING: Final = "Stopping"
COMPLETED: Final = "Completed"
FAILED: Final = "Failed"
STOPPED: Final = "Stopped"
# Of the phase of training, within a run in progress.
NOT_STARTED: Final = "NotStarted"

_LAG_SECONDS: Final = 60
_KIND: Final = "model-customization-job"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training run. Its record stays for ever, and so does its name; its model may be gone."""

    name: str
    arn: str
    status: str
    training: str = ""
    token: str = ""
    message: str = ""
    model_arn: str = ""
    model_name: str = ""
    training_loss: str = ""
    validation_losses: str = ""
    role_arn: str = ""
    security_groups: tuple[str, ...] = ()
    created: datetime | None = None
    ended: datetime | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """Every one always present: a GetAtt of a missing one fails."""
        return {
            JOB_NAME: self.name,
            JOB_ARN: self.arn,
            "Status": self.status,
            MODEL_ARN: self.model_arn,
            MODEL_NAME: self.model_name,
            TRAINING_LOSS: self.training_loss,
            VALIDATION_LOSSES: self.validation_losses,
        }


def find(bedrock: Bedrock, name: str) -> Run | None:
    """The run of that name: names are unique in an account and Region, and never freed."""
    seen = read(bedrock, name)
    return _run(seen) if seen else None


def read(bedrock: Bedrock, name: str) -> dict[str, Any] | None:
    """What GetModelCustomizationJob tells of the run of that name or ARN; None if there is none."""
    return existing(
        lambda: bedrock.get_model_customization_job(jobIdentifier=name),
        listed=lambda: pagination.contains(
            bedrock.list_model_customization_jobs,
            summaries="modelCustomizationJobSummaries",
            name="jobName",
            arn="jobArn",
            identifier=name,
        ),
    )


def attempts(bedrock: Bedrock, request: Request) -> list[Run]:
    """The runs of these inputs in this scope, the first attempt first."""
    found = _numbered(bedrock, name_of_attempt(request, 1))
    found = found or [run for name in _names_with(bedrock, _lock(request)) if (run := find(bedrock, name))]
    return found or _locked_later(bedrock, request)


def elsewhere(bedrock: Bedrock, request: Request) -> list[Run]:
    """Runs of the same inputs in any scope: a construct that was renamed or moved finds its former self here."""
    return [run for name in _names_with(bedrock, digest(request.properties)) if (run := find(bedrock, name))]


def names_in_scope(bedrock: Bedrock, request: Request) -> list[str]:
    """The names of all runs of this scope, whatever they were trained on."""
    return _names_with(bedrock, naming.scope(request))


def any_in_progress(bedrock: Bedrock) -> bool:
    """Whether any job of the account and Region takes up a place: only then will one be free some time."""
    return any(
        bedrock.list_model_customization_jobs(statusEquals=status, maxResults=1).get("modelCustomizationJobSummaries")
        for status in (IN_PROGRESS, STOPPING)
    )


def model_of(clients: Clients, run: Run) -> custom_model.Model | None:
    """The model that the run ended in, or None if it is gone.

    Raises `NotYet` for a minute after the run's end: what was just made may not show
    (docs/assumptions.md: model-is-readable-at-once), and taken for gone it would be trained again, or left behind.
    """
    model = custom_model.find(clients.bedrock, run.model_arn)
    # Bedrock's clock may be ahead of the function's, but not by much: the wait ends before its patience does.
    if model is None and run.ended and abs(clients.now() - run.ended.timestamp()) < _LAG_SECONDS:
        text = f"the model of the run {run.name!r}, which has just ended, does not show"
        raise NotYet(text, cause=Cause.NOT_VISIBLE, give_up=text, patience=5 * _LAG_SECONDS, seconds=_LAG_SECONDS)
    return model


def usable(clients: Clients, run: Run) -> bool:
    """Whether the run is in progress, or ended with a model that still exists."""
    if run.status == IN_PROGRESS:
        return True
    if run.status != COMPLETED:
        return False
    model = model_of(clients, run)
    return model is not None and not model.is_being_deleted


def name_of_attempt(request: Request, number: int) -> str:
    """The name of the first attempt is made of scope and inputs alone, so two starts of them meet there."""
    base = naming.of_content(request, _KIND, request.properties.run_inputs)
    return base if number == 1 else f"{base}-{number}"


def digest(properties: Properties) -> str:
    """What another value of is another run."""
    return identity.digest(_KIND, properties.run_inputs)


def _lock(request: Request) -> str:
    return f"{naming.scope(request)}-{digest(request.properties)}"


def _locked_later(bedrock: Bedrock, request: Request) -> list[Run]:
    """A name holds the scope of the start. A `lock_id` that was given to the run later stands in its tags alone."""
    if not request.properties.settings.lock_id:
        return []
    scope = naming.scope(request)
    return [run for run in elsewhere(bedrock, request) if read_tags(bedrock, run.arn).get(SCOPE_TAG) == scope]


def _numbered(bedrock: Bedrock, base: str) -> list[Run]:
    found: list[Run] = []
    while run := find(bedrock, base if not found else f"{base}-{len(found) + 1}"):
        found.append(run)
    return found


def _names_with(bedrock: Bedrock, part: str) -> list[str]:
    return pagination.listed(
        bedrock.list_model_customization_jobs,
        summaries="modelCustomizationJobSummaries",
        name="jobName",
        nameContains=part,
        sortBy="CreationTime",
        sortOrder="Ascending",
    )


def _run(seen: dict[str, Any]) -> Run:
    training_loss, validation_losses = losses(seen)
    return Run(
        name=seen["jobName"],
        arn=seen["jobArn"],
        status=seen["status"],
        training=seen.get("statusDetails", {}).get("trainingDetails", {}).get("status", ""),
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


def losses(seen: dict[str, Any]) -> tuple[str, str]:
    """The training loss of a run or of its model, and its validation losses separated by commas, as far as told."""
    validation = [str(metric.get("validationLoss", "")) for metric in seen.get("validationMetrics", [])]
    return str(seen.get("trainingMetrics", {}).get("trainingLoss", "")), ",".join(validation)
