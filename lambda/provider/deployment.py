"""A custom model deployment as Bedrock keeps it: how to find it, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from provider import naming, pages, serving
from provider.clients import Bedrock
from provider.look import Look, State, existing, is_dying, missing, reason, state_of
from provider.request import Request

CREATING: Final = "Creating"
ACTIVE: Final = "Active"
FAILED: Final = serving.FAILED

UPDATING: Final = "Updating"
UPDATE_COMPLETED: Final = "UpdateCompleted"
UPDATE_FAILED: Final = "UpdateFailed"

_STATES: Final = {CREATING: State.RUNNING, ACTIVE: State.SUCCEEDED, FAILED: State.FAILED}
_UPDATE_STATES: Final = ("", UPDATING, UPDATE_COMPLETED, UPDATE_FAILED)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A deployment as Bedrock keeps it, with its latest change of the model."""

    name: str
    arn: str
    status: str
    model_arn: str
    update_status: str = ""
    update_model_arn: str = ""
    message: str = ""
    created: datetime | None = None
    changed: datetime | None = None

    @property
    def is_dying(self) -> bool:
        return is_dying(self.status)

    @property
    def subject(self) -> str:
        return f"The custom model deployment {self.name!r}"

    @property
    def is_changing(self) -> bool:
        return self.status == CREATING or self.update_status == UPDATING

    @property
    def target(self) -> str:
        """The model that it serves, or will when it has changed."""
        return self.update_model_arn if self.update_status == UPDATING else self.model_arn

    @property
    def attributes(self) -> dict[str, str]:
        """`ModelArn` is what callers invoke, and that is the deployment; `ServedModelArn` is the model behind."""
        return {
            "CustomModelDeploymentName": self.name,
            "CustomModelDeploymentArn": self.arn,
            "ModelArn": self.arn,
            "ServedModelArn": self.target,
            "Status": self.status,
        }


def find(bedrock: Bedrock, name: str) -> Deployment | None:
    """The deployment of that name: names are unique in an account and Region."""
    get = partial(bedrock.get_custom_model_deployment, customModelDeploymentIdentifier=name)
    seen = existing(
        get,
        listed=lambda: pages.contains(
            bedrock.list_custom_model_deployments,
            summaries="modelDeploymentSummaries",
            name="customModelDeploymentName",
            arn="customModelDeploymentArn",
            identifier=name,
        ),
    )
    if seen is None:
        return None
    change = seen.get("updateDetails", {})
    return Deployment(
        name=seen["modelDeploymentName"],
        arn=seen["customModelDeploymentArn"],
        status=seen["status"],
        model_arn=seen["modelArn"],
        update_status=change.get("updateStatus", ""),
        update_model_arn=change.get("modelArn", ""),
        message=seen.get("failureMessage", ""),
        created=seen["createdAt"],
        changed=seen.get("lastUpdatedAt") or seen["createdAt"],
    )


def given_name(request: Request) -> str:
    """The name that the user gave it, if any."""
    return str(request.properties.run_inputs.get("modelDeploymentName") or "")


def names(request: Request) -> list[str]:
    """The given name, or one that only the scope decides: the model changes under it."""
    return [given_name(request) or naming.stem(request)]


def look(bedrock: Bedrock, name: str, *, served: str = "") -> Look:
    """How the deployment stands, for those who wait until it serves this model."""
    subject = f"Custom model deployment {name!r}"
    found = find(bedrock, name)
    if found is None or found.is_dying:
        gone = Deployment(name=name, arn="", status="Missing", model_arn=served)
        return missing(subject, gone.attributes)
    return Look(
        state=_state(found, served),
        subject=subject,
        attributes=found.attributes,
        status=found.update_status if found.update_status == UPDATING else found.status,
        message=_failure(subject, found),
        created=found.changed,
    )


def _state(found: Deployment, served: str) -> State:
    known = found.status in _STATES and found.update_status in _UPDATE_STATES
    status = found.status if known else f"{found.status} {found.update_status}".rstrip()
    state = state_of(_STATES, status, found.subject)
    if state is not State.SUCCEEDED:
        return state
    if found.update_status == UPDATING:
        return State.RUNNING
    if served in ("", found.model_arn):
        return State.SUCCEEDED
    if (found.update_status, found.update_model_arn) == (UPDATE_FAILED, served):
        return State.FAILED
    # The change was accepted, and does not show yet.
    return State.RUNNING


def _failure(subject: str, found: Deployment) -> str:
    why = reason(found.message)
    if found.status == FAILED:
        return f"{subject} ({found.arn}) failed: {why}"
    return (
        f"{subject} ({found.arn}) could not take the model {found.update_model_arn}: {why}; it goes on serving "
        f"{found.model_arn}"
    )
