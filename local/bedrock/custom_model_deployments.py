"""Custom model deployments: a model made ready for on-demand inference, under an ARN that outlives the model."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from local.bedrock import foundation_models, listing, tags
from local.bedrock.custom_models import active_model
from local.bedrock.errors import conflict, invalid, quota_exceeded
from local.bedrock.resource import Params, Resource, without_none
from local.bedrock.store import Request, Store

CREATING = "Creating"
ACTIVE = "Active"
FAILED = "Failed"

UPDATING = "Updating"
UPDATE_COMPLETED = "UpdateCompleted"
UPDATE_FAILED = "UpdateFailed"

MUTATING = "Custom model deployment is in a mutating state"


@dataclass(kw_only=True)
class CustomModelDeployment(Resource):
    noun: ClassVar[str] = "custom model deployment"

    model_arn: str
    description: str | None = None
    update_model_arn: str | None = None
    update_status: str | None = None

    @property
    def is_mutating(self) -> bool:
        return self.status == CREATING or self.update_status == UPDATING

    def models_in_use(self) -> tuple[str, ...]:
        if self.status == FAILED:
            return ()
        return (self.model_arn, *((self.update_model_arn or "",) if self.update_status == UPDATING else ()))

    def update(self, model_arn: str) -> None:
        self.update_model_arn, self.update_status, self.failure = model_arn, UPDATING, None

    def step(self, store: Store, at: datetime) -> None:
        del store
        failure = self.script.fail
        if self.status == CREATING:
            self.enter(FAILED if failure else ACTIVE, at, failure)
            return
        self.update_status = UPDATE_FAILED if failure else UPDATE_COMPLETED
        if self.update_model_arn and not failure:
            self.model_arn = self.update_model_arn
        self.enter(self.status, at, failure)

    def describe(self) -> Params:
        update = self.update_status and {"modelArn": self.update_model_arn, "updateStatus": self.update_status}
        return without_none(
            {
                **self._state(),
                "modelDeploymentName": self.name,
                "description": self.description,
                "updateDetails": update,
            }
        )

    def summary(self) -> Params:
        return {**self._state(), "customModelDeploymentName": self.name}

    def _state(self) -> Params:
        return without_none(
            {
                "customModelDeploymentArn": self.arn,
                "modelArn": self.model_arn,
                "createdAt": self.created,
                "lastUpdatedAt": self.modified,
                "status": self.status,
                "failureMessage": self.failure,
            }
        )


def create(request: Request) -> Params:
    store, params = request.store, request.params
    deployments = store.of(CustomModelDeployment)
    if deployments.find(params["modelDeploymentName"]):
        raise invalid("The provided custom model deployment name is currently in use.")
    model = active_model(store, params["modelArn"])
    foundation_models.check_living(request, model.base_model_arn)
    if len(deployments) >= store.config.quotas.custom_model_deployments:
        raise quota_exceeded("The number of custom model deployments exceeds the account's quota.")
    in_progress = sum(each.status == CREATING or each.update_status == UPDATING for each in deployments)
    if in_progress >= store.config.quotas.custom_model_deployments_in_progress:
        raise quota_exceeded("The number of custom model deployments in progress exceeds the account's quota.")
    deployment = deployments.add(_new(request, model.arn))
    return {"customModelDeploymentArn": deployment.arn}


def _new(request: Request, model_arn: str) -> CustomModelDeployment:
    store, params = request.store, request.params
    deployment = CustomModelDeployment(
        arn=store.arn(f"custom-model-deployment/{store.next_id()}"),
        name=params["modelDeploymentName"],
        status=CREATING,
        created=request.now,
        modified=request.now,
        sequence=store.next_sequence(),
        tags=tags.parse(store, params.get("tags", ())),
        model_arn=model_arn,
        description=params.get("description"),
    )
    _wait(request, deployment)
    return deployment


def _wait(request: Request, deployment: CustomModelDeployment) -> None:
    config = request.store.config
    deployment.script = config.scripts.take(deployment.name)
    deployment.wait(request.now, deployment.script.timings(config.timings).deployment)


def _get(request: Request) -> CustomModelDeployment:
    return request.store.of(CustomModelDeployment).get(request.params["customModelDeploymentIdentifier"])


def get(request: Request) -> Params:
    return _get(request).describe()


def list_(request: Request) -> Params:
    params = request.params
    return listing.page(
        request,
        request.store.of(CustomModelDeployment),
        answer="modelDeploymentSummaries",
        summary=CustomModelDeployment.summary,
        matches=lambda found: listing.equals(params, "modelArnEquals", found.model_arn),
    )


def update(request: Request) -> Params:
    deployment = _get(request)
    if deployment.is_mutating:
        raise invalid(MUTATING)
    if deployment.status == FAILED:
        raise invalid(f"The custom model deployment {deployment.name} has failed and can't be updated.")
    deployment.update(active_model(request.store, request.params["modelArn"]).arn)
    _wait(request, deployment)
    return {"customModelDeploymentArn": deployment.arn}


def delete(request: Request) -> Params:
    deployment = _get(request)
    if deployment.is_mutating:
        raise conflict(MUTATING)
    request.store.of(CustomModelDeployment).remove(deployment)
    return {}


OPERATIONS = {
    "CreateCustomModelDeployment": create,
    "GetCustomModelDeployment": get,
    "ListCustomModelDeployments": list_,
    "UpdateCustomModelDeployment": update,
    "DeleteCustomModelDeployment": delete,
}
