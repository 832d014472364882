"""A custom model: how Bedrock keeps it, and what its name and tags say of the resource that made it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from provider.aws import pagination
from provider.aws.clients import Bedrock
from provider.aws.status import Snapshot, State, existing, is_being_deleted, missing, reason, state_of
from provider.cloudformation import identity
from provider.cloudformation.contract import MODEL_ARN, MODEL_NAME
from provider.cloudformation.request import Request
from provider.lifecycle import naming
from provider.lifecycle.ownership_tags import Ownership

CREATING: Final = "Creating"
ACTIVE: Final = "Active"
FAILED: Final = "Failed"

_KIND: Final = "custom-model"
_STATES: Final = {CREATING: State.RUNNING, ACTIVE: State.SUCCEEDED, FAILED: State.FAILED}


@dataclass(frozen=True, kw_only=True)
class Model:
    """A custom model as Bedrock keeps it. Its source is not among what Bedrock tells; a digest tag stands in for it."""

    name: str
    arn: str
    status: str
    message: str = ""
    key_arn: str = ""
    created: datetime | None = None

    @property
    def is_being_deleted(self) -> bool:
        return is_being_deleted(self.status)

    @property
    def attributes(self) -> dict[str, str]:
        return {MODEL_NAME: self.name, MODEL_ARN: self.arn, "Status": self.status}


def describe(bedrock: Bedrock, name: str) -> Snapshot:
    """How the model stands, for those who wait for it."""
    subject = f"Custom model {name!r}"
    found = find(bedrock, name)
    if found is None or found.is_being_deleted:
        gone = Model(name=name, arn="", status="Missing")
        return missing(subject, gone.attributes)
    return Snapshot(
        state=state_of(_STATES, found.status, subject),
        subject=subject,
        attributes=found.attributes,
        status=found.status,
        message=f"{subject} ({found.arn}) failed: {reason(found.message)}",
        created=found.created,
    )


def read(bedrock: Bedrock, name: str) -> dict[str, Any] | None:
    """What GetCustomModel tells of the model of that name or ARN; None if there is none."""
    return existing(
        lambda: bedrock.get_custom_model(modelIdentifier=name),
        listed=lambda: pagination.contains(
            bedrock.list_custom_models,
            summaries="modelSummaries",
            name="modelName",
            arn="modelArn",
            identifier=name,
        ),
    )


def find(bedrock: Bedrock, name: str) -> Model | None:
    """The model of that name: names are unique in an account and Region."""
    seen = read(bedrock, name)
    if seen is None:
        return None
    return Model(
        name=seen["modelName"],
        arn=seen["modelArn"],
        # Models from before there was a status are all active.
        status=seen.get("modelStatus", ACTIVE),
        message=seen.get("failureMessage", ""),
        key_arn=seen.get("modelKmsKeyArn", ""),
        created=seen.get("creationTime"),
    )


def name_of(request: Request) -> str:
    """The given name, or the one that these inputs make."""
    given = request.properties.run_inputs.get("modelName")
    return str(given) if given else naming.of_content(request, _KIND, request.properties.run_inputs)


def digest(request: Request) -> str:
    """What another value of is another model."""
    return identity.digest(_KIND, request.properties.run_inputs)


def ownership_of(request: Request) -> Ownership:
    """What the resource of this event puts on its model."""
    return Ownership.of(request, digest=digest(request))
