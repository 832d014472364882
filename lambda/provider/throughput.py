"""Provisioned Throughput as Bedrock keeps it: how to find it, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from provider import naming, pages, serving
from provider.clients import Bedrock
from provider.look import Look, State, existing, is_dying, missing, reason, state_of
from provider.request import Request

CREATING: Final = "Creating"
IN_SERVICE: Final = "InService"
UPDATING: Final = "Updating"
FAILED: Final = serving.FAILED

KIND: Final = "provisioned-model-throughput"

_STATES: Final = {
    CREATING: State.RUNNING,
    UPDATING: State.RUNNING,
    IN_SERVICE: State.SUCCEEDED,
    FAILED: State.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class Throughput:
    """Model units that were bought, the model that they serve, and until when they are paid for."""

    name: str
    arn: str
    status: str
    model_arn: str
    target: str
    base_model_arn: str = ""
    message: str = ""
    created: datetime | None = None
    changed: datetime | None = None
    committed_until: datetime | None = None

    @property
    def subject(self) -> str:
        return f"The Provisioned Throughput {self.name!r}"

    @property
    def is_dying(self) -> bool:
        return is_dying(self.status)

    @property
    def is_changing(self) -> bool:
        return self.status in (CREATING, UPDATING)

    @property
    def attributes(self) -> dict[str, str]:
        """`ModelArn` is what callers invoke, and that is the throughput; `ServedModelArn` is the model behind."""
        return {
            "ProvisionedModelName": self.name,
            "ProvisionedModelArn": self.arn,
            "ModelArn": self.arn,
            "ServedModelArn": self.target,
            "Status": self.status,
        }


def find(bedrock: Bedrock, name: str) -> Throughput | None:
    """The Provisioned Throughput of that name: names are unique in an account and Region."""
    seen = existing(
        lambda: bedrock.get_provisioned_model_throughput(provisionedModelId=name),
        listed=lambda: pages.contains(
            bedrock.list_provisioned_model_throughputs,
            summaries="provisionedModelSummaries",
            name="provisionedModelName",
            arn="provisionedModelArn",
            identifier=name,
        ),
    )
    if seen is None:
        return None
    return Throughput(
        name=seen["provisionedModelName"],
        arn=seen["provisionedModelArn"],
        status=seen["status"],
        model_arn=seen["modelArn"],
        target=seen["desiredModelArn"],
        base_model_arn=seen["foundationModelArn"],
        message=seen.get("failureMessage", ""),
        created=seen["creationTime"],
        changed=seen["lastModifiedTime"],
        committed_until=seen.get("commitmentExpirationTime"),
    )


def names(request: Request) -> list[str]:
    """The given name, or one of what cannot change in place; then one of the model too.

    The second is for a model of another base model: that replaces as well, but it shows only in deployment.
    """
    given = request.properties.settings.request.get("provisionedModelName")
    if given:
        return [str(given)]
    bought = request.properties.run_inputs
    # A Delete finds what there is by its physical id, whatever its template says of the model.
    if not request.properties.settings.request.get("modelId"):
        return [naming.of_content(request, KIND, bought)]
    with_model = {**bought, "modelId": model_id(request)}
    return [naming.of_content(request, KIND, bought), naming.of_content(request, KIND, with_model)]


def model_id(request: Request) -> str:
    """The model that the event asks for."""
    return str(request.required("modelId"))


def look(bedrock: Bedrock, name: str, *, served: str = "") -> Look:
    """How the throughput stands, for those who wait until it serves this model."""
    subject = f"Provisioned Throughput {name!r}"
    found = find(bedrock, name)
    if found is None or found.is_dying:
        gone = Throughput(name=name, arn="", status="Missing", model_arn=served, target=served)
        return missing(subject, gone.attributes)
    return Look(
        state=_state(found, served),
        subject=subject,
        attributes=found.attributes,
        status=found.status,
        message=_failure(subject, found, served),
        created=found.changed,
    )


def is_foundation_model(arn: str) -> bool:
    """Whether it is a base model, and not one that was customized from it."""
    return ":custom-model/" not in arn


def _state(found: Throughput, served: str) -> State:
    state = state_of(_STATES, found.status, found.subject)
    if state is not State.SUCCEEDED:
        return state
    if found.model_arn != found.target:
        return State.RUNNING
    # A base model may be told back in another form of its ARN than it was asked for.
    if not served or found.model_arn == served or is_foundation_model(served):
        return State.SUCCEEDED
    # Bedrock has given the change up; without a reason, it was accepted and does not show yet.
    return State.FAILED if found.message else State.RUNNING


def _failure(subject: str, found: Throughput, served: str) -> str:
    why = reason(found.message)
    if found.status == FAILED:
        return f"{subject} ({found.arn}) failed: {why}"
    return f"{subject} ({found.arn}) could not take the model {served}: {why}; it goes on serving {found.model_arn}"
