"""Custom::BedrockProvisionedModelThroughput: bought by name; model and name change in place, units and term do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from botocore.exceptions import ClientError

from provider.aws import errors, pagination
from provider.aws.clients import Bedrock, Clients
from provider.aws.status import State, existing, state_of
from provider.cloudformation import identity
from provider.cloudformation.contract import THROUGHPUT_ARN, THROUGHPUT_NAME
from provider.cloudformation.request import Properties, Request
from provider.cloudformation.result import Refused
from provider.lifecycle import base_model_life, naming
from provider.serving.resource import FAILED, MISSING, OtherBaseModel, Served, ServingResource

CREATING: Final = "Creating"
IN_SERVICE: Final = "InService"
UPDATING: Final = "Updating"

_KIND: Final = "provisioned-model-throughput"
_NOUN: Final = "Provisioned Throughput"
_NAME: Final = "desiredProvisionedModelName"
_MODEL: Final = "desiredModelId"
_STATES: Final = {
    CREATING: State.RUNNING,
    UPDATING: State.RUNNING,
    IN_SERVICE: State.SUCCEEDED,
    FAILED: State.FAILED,
}


@dataclass(frozen=True, kw_only=True)
class Throughput(Served):
    """Model units that were bought, the model that they serve, and until when they are paid for."""

    noun = _NOUN
    name_attribute = THROUGHPUT_NAME
    arn_attribute = THROUGHPUT_ARN

    desired_model_arn: str
    base_model_arn: str = ""
    committed_until: datetime | None = None

    @property
    def is_changing(self) -> bool:
        return self.status in (CREATING, UPDATING)

    @property
    def target(self) -> str:
        return self.desired_model_arn


class ProvisionedModelThroughputs(ServingResource[Throughput]):
    """CreateProvisionedModelThroughput."""

    noun = _NOUN
    create_operation = "CreateProvisionedModelThroughput"
    name_member = "provisionedModelName"
    model_member = "modelId"
    importer = "ProvisionedModelThroughput.from_provisioned_model_arn"
    name_argument = "provisioned_model_name"
    remedy = "give the construct another id"
    delete_remedy = "It is billed as long as it stands; delete the stack again."
    billed = "it is billed by the hour until it is deleted"

    def names(self, request: Request) -> list[str]:
        """The given name, or one of what cannot change in place; then one of the model too.

        The second is for a model of another base model: that replaces as well, but it shows only in deployment.
        """
        if given := _given_name(request.properties):
            return [given]
        bought = request.properties.run_inputs
        # A Delete finds what there is by its physical id, whatever its template says of the model.
        if not request.properties.settings.request.get(self.model_member):
            return [naming.of_content(request, _KIND, bought)]
        with_model = {**bought, self.model_member: self.model(request)}
        return [naming.of_content(request, _KIND, bought), naming.of_content(request, _KIND, with_model)]

    def candidates(self, request: Request, *, same: bool) -> list[str]:
        earlier = [request.physical_id or "", *self.names(request.before)] if same else []
        return [*earlier, *self.names(request)]

    def is_same(self, request: Request) -> bool:
        return self.digest(request.properties) == self.digest(request.old_properties)

    def digest(self, properties: Properties) -> str:
        return identity.digest(_KIND, properties.run_inputs)

    def best(self, request: Request, held: Sequence[Throughput]) -> Throughput:
        """What has the model already rather than what would have to change."""
        return next((found for found in held if found.target == self.model(request)), held[0])

    def find(self, bedrock: Bedrock, name: str) -> Throughput | None:
        seen = existing(
            partial(bedrock.get_provisioned_model_throughput, provisionedModelId=name),
            listed=lambda: pagination.contains(
                bedrock.list_provisioned_model_throughputs,
                summaries="provisionedModelSummaries",
                name="provisionedModelName",
                arn="provisionedModelArn",
                identifier=name,
            ),
        )
        return _read(seen) if seen else None

    def listed(self, bedrock: Bedrock, scope: str) -> list[str]:
        return pagination.listed(
            bedrock.list_provisioned_model_throughputs,
            summaries="provisionedModelSummaries",
            name="provisionedModelName",
            nameContains=scope,
        )

    def create(self, bedrock: Bedrock, arguments: Mapping[str, Any]) -> str:
        return str(bedrock.create_provisioned_model_throughput(**arguments)["provisionedModelArn"])

    def changes(self, request: Request, found: Throughput) -> dict[str, str]:
        wanted = {_NAME: self._wanted_name(request, found), _MODEL: self.model(request)}
        present = {_NAME: found.name, _MODEL: found.target}
        return {member: value for member, value in wanted.items() if value != present[member]}

    def _wanted_name(self, request: Request, found: Throughput) -> str:
        """A generated name stays when only the model behind it changes."""
        if given := _given_name(request.properties):
            return given
        return self.names(request)[0] if found.name == _given_name(request.old_properties) else found.name

    def change(self, bedrock: Bedrock, found: Throughput, changes: Mapping[str, str]) -> Throughput:
        taken = self.find(bedrock, changes[_NAME]) if _NAME in changes else None
        if taken:
            raise Refused(
                f"{taken.subject} exists already ({taken.arn}). Nothing was changed; give provisioned_model_name "
                "another value, or leave it out for a generated one."
            )
        bedrock.update_provisioned_model_throughput(provisionedModelId=found.arn, **changes)
        return replace(
            found,
            name=changes.get(_NAME, found.name),
            desired_model_arn=changes.get(_MODEL, found.target),
            status=UPDATING if _MODEL in changes else found.status,
        )

    def delete(self, bedrock: Bedrock, arn: str) -> None:
        bedrock.delete_provisioned_model_throughput(provisionedModelId=arn)

    def placeholder(self, name: str, *, arn: str = "", status: str = MISSING, model: str = "") -> Throughput:
        return Throughput(name=name, arn=arn, status=status, model_arn=model, desired_model_arn=model)

    def state(self, found: Throughput, served: str) -> State:
        state = state_of(_STATES, found.status, found.subject)
        if state is not State.SUCCEEDED:
            return state
        if found.model_arn != found.target:
            return State.RUNNING
        # A base model may be told back in another form of its ARN than it was asked for.
        if not served or found.model_arn == served or _is_foundation_model(served):
            return State.SUCCEEDED
        # Bedrock has given the change up; without a reason, it was accepted and does not show yet.
        return State.FAILED if found.message else State.RUNNING

    def require_startable(self, request: Request, clients: Clients) -> None:
        base_model_life.require_living(clients, self.model(request), what=_NOUN)

    def quota_failure(self, error: ClientError) -> Refused:
        # Of model units: no end of anybody's work frees them.
        return Refused(
            f"Nothing was bought: {errors.message(error)} Ask for a higher quota, or delete throughput that is not "
            "needed."
        )

    def require_deletable(self, clients: Clients, found: Throughput) -> None:
        """Until the end of a commitment Bedrock deletes nothing."""
        until = found.committed_until
        if until and found.status != FAILED and clients.now() < until.timestamp():
            raise Refused(
                f"{found.subject} ({found.arn}) is committed until {until:%Y-%m-%d %H:%M} UTC: it cannot be deleted "
                "earlier and is billed until then. Delete the stack again after that date; or set its removal_policy "
                "to RETAIN, deploy, take it out of the stack, and delete it yourself after that date."
            )

    def require_same_base(self, bedrock: Bedrock, found: Throughput, changes: Mapping[str, str]) -> None:
        """Whether it can take the model shows only here: no template says what a model was customized from."""
        if _MODEL not in changes:
            return
        base = _base_of(bedrock, changes[_MODEL])
        if _is_foundation_model(found.model_arn):
            raise OtherBaseModel(f"it serves the foundation model {found.model_arn}, which cannot be changed")
        if base not in ("", found.base_model_arn):
            raise OtherBaseModel(f"it serves models of {found.base_model_arn}, and {changes[_MODEL]} is one of {base}")

    def change_failure(
        self, bedrock: Bedrock, found: Throughput, error: Exception, changes: Mapping[str, str]
    ) -> Exception | None:
        if errors.code(error) != "ValidationException" or _MODEL not in changes:
            return error
        now = self.find(bedrock, found.arn)
        if now and (now.is_changing or now.target == changes[_MODEL]):
            # Our own change whose answer was lost, or one that a second delivery made: no reason to buy another.
            return None
        return OtherBaseModel(f"Amazon Bedrock says: {errors.message(error)}")


def _given_name(properties: Properties) -> str:
    return str(properties.settings.request.get("provisionedModelName") or "")


def _read(seen: Mapping[str, Any]) -> Throughput:
    return Throughput(
        name=seen["provisionedModelName"],
        arn=seen["provisionedModelArn"],
        status=seen["status"],
        model_arn=seen["modelArn"],
        desired_model_arn=seen["desiredModelArn"],
        base_model_arn=seen["foundationModelArn"],
        message=seen.get("failureMessage", ""),
        created=seen["creationTime"],
        changed=seen["lastModifiedTime"],
        committed_until=seen.get("commitmentExpirationTime"),
    )


def _is_foundation_model(arn: str) -> bool:
    """Whether it is a base model, and not one that was customized from it."""
    return ":custom-model/" not in arn


def _base_of(bedrock: Bedrock, model: str) -> str:
    """Empty if Bedrock does not tell, as of an imported model: then its answer to the change decides."""
    if _is_foundation_model(model):
        return model
    try:
        return str(bedrock.get_custom_model(modelIdentifier=model).get("baseModelArn", ""))
    except ClientError as error:
        if errors.is_missing(error):
            return ""
        raise
