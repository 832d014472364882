"""Custom::BedrockCustomModelDeployment: made by name, given another model in place, so that callers keep its ARN."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from provider.aws import pagination
from provider.aws.clients import Bedrock
from provider.aws.status import State, existing, state_of
from provider.cloudformation import identity
from provider.cloudformation.contract import DEPLOYMENT_ARN, DEPLOYMENT_NAME
from provider.cloudformation.request import Properties, Request
from provider.cloudformation.result import Refused
from provider.lifecycle import naming
from provider.lifecycle.ownership_tags import Ownership
from provider.serving.resource import FAILED, MISSING, Served, ServingResource

CREATING: Final = "Creating"
ACTIVE: Final = "Active"

UPDATING: Final = "Updating"
UPDATE_COMPLETED: Final = "UpdateCompleted"
UPDATE_FAILED: Final = "UpdateFailed"

_STATES: Final = {CREATING: State.RUNNING, ACTIVE: State.SUCCEEDED, FAILED: State.FAILED}
_UPDATE_STATES: Final = ("", UPDATING, UPDATE_COMPLETED, UPDATE_FAILED)
_NOUN: Final = "custom model deployment"


@dataclass(frozen=True, kw_only=True)
class Deployment(Served):
    """A deployment, with its latest change of the model."""

    noun = _NOUN
    name_attribute = DEPLOYMENT_NAME
    arn_attribute = DEPLOYMENT_ARN

    update_status: str = ""
    update_model_arn: str = ""

    @property
    def is_changing(self) -> bool:
        return self.status == CREATING or self.update_status == UPDATING

    @property
    def target(self) -> str:
        return self.update_model_arn if self.update_status == UPDATING else self.model_arn

    @property
    def shown_status(self) -> str:
        return self.update_status if self.update_status == UPDATING else self.status


class CustomModelDeployments(ServingResource[Deployment]):
    """CreateCustomModelDeployment."""

    noun = _NOUN
    create_operation = "CreateCustomModelDeployment"
    name_member = "modelDeploymentName"
    model_member = "modelArn"
    importer = "CustomModelDeployment.from_custom_model_deployment_arn"
    name_argument = "deployment_name"
    remedy = "change deployment_name, or give the construct another id"
    delete_remedy = "Delete the stack again when it is no longer being changed."
    billed = "it is billed by the token when it is invoked"

    def names(self, request: Request) -> list[str]:
        """The given name, or one that only the scope decides: the model changes under it."""
        return [_given_name(request) or naming.stem(request)]

    def candidates(self, request: Request, *, same: bool) -> list[str]:
        # By name first: when an update's rollback was continued without the resource, its id may be of another one.
        return [*self.names(request), request.physical_id or ""] if same else self.names(request)

    def is_same(self, request: Request) -> bool:
        # A generated name holds the scope, which changes when the construct moves; callers hold the ARN.
        return _given_name(request) == _given_name(request.before)

    def digest(self, properties: Properties) -> str:
        # The one thing that neither the name says nor a change in place can bring up to date.
        return identity.digest("custom-model-deployment", {"description": properties.run_inputs.get("description")})

    def find(self, bedrock: Bedrock, name: str) -> Deployment | None:
        seen = existing(
            partial(bedrock.get_custom_model_deployment, customModelDeploymentIdentifier=name),
            listed=lambda: pagination.contains(
                bedrock.list_custom_model_deployments,
                summaries="modelDeploymentSummaries",
                name="customModelDeploymentName",
                arn="customModelDeploymentArn",
                identifier=name,
            ),
        )
        return _read(seen) if seen else None

    def listed(self, bedrock: Bedrock, scope: str) -> list[str]:
        return pagination.listed(
            bedrock.list_custom_model_deployments,
            summaries="modelDeploymentSummaries",
            name="customModelDeploymentName",
            nameContains=scope,
        )

    def create(self, bedrock: Bedrock, arguments: Mapping[str, Any]) -> str:
        return str(bedrock.create_custom_model_deployment(**arguments)["customModelDeploymentArn"])

    def changes(self, request: Request, found: Deployment) -> dict[str, str]:
        model = self.model(request)
        return {} if found.target == model else {"modelArn": model}

    def change(self, bedrock: Bedrock, found: Deployment, changes: Mapping[str, str]) -> Deployment:
        bedrock.update_custom_model_deployment(customModelDeploymentIdentifier=found.arn, **changes)
        return replace(found, update_status=UPDATING, update_model_arn=changes["modelArn"])

    def delete(self, bedrock: Bedrock, arn: str) -> None:
        bedrock.delete_custom_model_deployment(customModelDeploymentIdentifier=arn)

    def is_any_creating(self, bedrock: Bedrock) -> bool:
        listed = bedrock.list_custom_model_deployments(statusEquals=CREATING, maxResults=1)
        return bool(listed.get("modelDeploymentSummaries"))

    def placeholder(self, name: str, *, arn: str = "", status: str = MISSING, model: str = "") -> Deployment:
        return Deployment(name=name, arn=arn, status=status, model_arn=model)

    def state(self, found: Deployment, served: str) -> State:
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

    def refusal(self, found: Deployment, current: Ownership | None, wanted: Ownership) -> Refused:
        if current and current.scope == wanted.scope:
            return Refused(
                f"The description of the custom model deployment {found.name!r} cannot be changed: only another "
                "deployment could have it, under an ARN that callers do not hold. Keep the description, or change "
                "deployment_name too."
            )
        return super().refusal(found, current, wanted)


def _given_name(request: Request) -> str:
    return str(request.properties.run_inputs.get("modelDeploymentName") or "")


def _read(seen: Mapping[str, Any]) -> Deployment:
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
