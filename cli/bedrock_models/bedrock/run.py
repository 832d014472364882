"""A training run as GetModelCustomizationJob tells of it: its phases, its end, where its losses are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bedrock_models.bedrock import account
from bedrock_models.bedrock.account import Filters
from bedrock_models.bedrock.job import COMPLETED, IN_PROGRESS, STOPPING, Job, Typical
from bedrock_models.bedrock.resource import Resource, model_id
from bedrock_models.failures import is_missing, is_wrong_input
from bedrock_models.times import duration, median

NOT_STARTED: Final = "NotStarted"

_PHASES: Final = {
    "validation": "validationDetails",
    "data processing": "dataProcessingDetails",
    "training": "trainingDetails",
}
# Runs were seen to wait for days; most begin within two hours.
_STALLED: Final = timedelta(hours=6)
# Enough for a median; more would be pages of calls for a line of text.
_COMPARED: Final = 20


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One of the three phases, by `statusDetails`."""

    name: str
    status: str = NOT_STARTED
    started: datetime | None = None
    changed: datetime | None = None

    def lasted(self, now: datetime) -> timedelta | None:
        """How long it took, or has taken so far."""
        if self.started is None:
            return None
        end = now if self.status in (IN_PROGRESS, STOPPING) else self.changed
        return end - self.started if end else None


@dataclass(frozen=True, kw_only=True)
class Run(Job):
    """One training run."""

    base_model: str
    customization: str
    phases: tuple[Phase, ...]
    output_uri: str
    model_name: str
    training_loss: float | None
    validation_losses: tuple[float, ...]
    details: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The end of the ARN, which names the run's folder in the output bucket."""
        return self.arn.rpartition("/")[2]

    @property
    def latest(self) -> datetime:
        """The latest time that the service told of it."""
        told = [at for phase in self.phases for at in (phase.started, phase.changed) if at is not None]
        return max([super().latest, *told])

    def stall(self, now: datetime) -> str:
        """What to say of a run whose training has not started for hours, or nothing."""
        idle = self.status == IN_PROGRESS and self.phases[-1].status == NOT_STARTED
        if not idle or self.elapsed(now) < _STALLED:
            return ""
        return (
            f"training has not started for more than {duration(_STALLED)}: Bedrock has no capacity, or the run is "
            "stuck. Wait, or name its ARN to AWS Support; stopped, it trains again under another revision"
        )


def find(bedrock: Any, identifier: str) -> Run | None:
    """The run of that name or ARN, if there is one."""
    try:
        return read(bedrock.get_model_customization_job(jobIdentifier=identifier))
    except bedrock.exceptions.ClientError as error:
        # A stack's name may be none that a job could have.
        if is_missing(error) or is_wrong_input(error):
            return None
        raise


def read(seen: Mapping[str, Any]) -> Run:
    """Takes apart what Get answers."""
    metrics = [metric.get("validationLoss") for metric in seen.get("validationMetrics", ())]
    return Run(
        name=seen["jobName"],
        arn=seen["jobArn"],
        status=seen.get("status", IN_PROGRESS),
        created=seen["creationTime"],
        changed=seen.get("lastModifiedTime", seen["creationTime"]),
        ended=seen.get("endTime"),
        base_model=model_id(seen["baseModelArn"]),
        customization=seen.get("customizationType", "FINE_TUNING"),
        phases=tuple(phases(seen)),
        message=seen.get("failureMessage", ""),
        output_uri=seen.get("outputDataConfig", {}).get("s3Uri", ""),
        model_arn=seen.get("outputModelArn", ""),
        model_name=seen.get("outputModelName", ""),
        training_loss=seen.get("trainingMetrics", {}).get("trainingLoss"),
        validation_losses=tuple(loss for loss in metrics if loss is not None),
        details=seen,
    )


def phases(seen: Mapping[str, Any]) -> Iterable[Phase]:
    """The phases in the order in which they come. Old jobs have no details."""
    details = seen.get("statusDetails", {})
    for name, member in _PHASES.items():
        told = details.get(member, {})
        yield Phase(
            name=name,
            status=told.get("status", NOT_STARTED),
            started=told.get("creationTime"),
            changed=told.get("lastModifiedTime"),
        )


def typical(bedrock: Any, of: Run) -> Typical | None:
    """What is usual, if any such run has finished here."""
    return typical_of(finished(bedrock), of.base_model, of.customization, but=of.name)


def finished(bedrock: Any) -> Iterator[Resource]:
    """The runs of the account that ended in a model, the latest first."""
    return account.resources(bedrock, "jobs", Filters(status=COMPLETED))


def typical_of(runs: Iterable[Resource], base_model: str, customization: str, *, but: str = "") -> Typical | None:
    """What is usual among these for a base model and a type, `but` for the run of this name."""
    alike = [
        each.summary
        for each in runs
        if (each.base_model, each.customization) == (base_model, customization)
        and each.name != but
        and "endTime" in each.summary
    ][:_COMPARED]
    lasted = [summary["endTime"] - summary["creationTime"] for summary in alike]
    whole = median(lasted)
    if whole is None:
        return None
    return Typical(
        runs=len(alike), whole=whole, phases=_typical_phases(alike), shortest=min(lasted), longest=max(lasted)
    )


def _typical_phases(summaries: list[Mapping[str, Any]]) -> dict[str, timedelta]:
    found: dict[str, list[timedelta]] = {}
    for summary in summaries:
        for phase in phases(summary):
            if phase.status == COMPLETED and phase.started and phase.changed:
                found.setdefault(phase.name, []).append(phase.changed - phase.started)
    return {name: middle for name, times in found.items() if (middle := median(times)) is not None}
