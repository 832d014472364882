"""Custom models: imported by CreateCustomModel, or made by a customization job."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from local.bedrock import foundation_models, listing, tags
from local.bedrock.access import check_readable, check_role
from local.bedrock.errors import conflict, invalid, quota_exceeded
from local.bedrock.resource import Params, Resource, without_none
from local.bedrock.store import Request, Store

CREATING = "Creating"
ACTIVE = "Active"
FAILED = "Failed"

IMPORTED = "IMPORTED"


@dataclass(kw_only=True)
class CustomModel(Resource):
    noun: ClassVar[str] = "custom model"

    base_model_arn: str
    customization_type: str
    kms_key_arn: str | None = None
    of_job: Params = field(default_factory=dict)

    def step(self, store: Store, at: datetime) -> None:
        del store
        failure = self.script.fail
        self.enter(FAILED if failure else ACTIVE, at, failure)

    def model_names(self) -> tuple[str, ...]:
        return (self.name,)

    def describe(self) -> Params:
        # An imported model has no base model here: where it came from is the one thing the service keeps to itself.
        return without_none(
            {
                "modelArn": self.arn,
                "modelName": self.name,
                "creationTime": self.created,
                "customizationType": self.customization_type,
                "modelStatus": self.status,
                "modelKmsKeyArn": self.kms_key_arn,
                "failureMessage": self.failure,
                **self.of_job,
            }
        )

    def summary(self) -> Params:
        return {
            "modelArn": self.arn,
            "modelName": self.name,
            "creationTime": self.created,
            "baseModelArn": self.base_model_arn,
            "baseModelName": foundation_models.name_of(self.base_model_arn),
            "customizationType": self.customization_type,
            "ownerAccountId": self.arn.split(":")[4],
            "modelStatus": self.status,
        }


def is_name_taken(store: Store, name: str) -> bool:
    return any(name in resource.model_names() for resource in store.resources())


def active_model(store: Store, identifier: str) -> CustomModel:
    """A model that can be deployed, provisioned or trained further."""
    model = store.of(CustomModel).get(identifier)
    if model.status != ACTIVE:
        raise invalid(f"The custom model {model.name} is {model.status}, and only an {ACTIVE} one can be used.")
    return model


def create(request: Request) -> Params:
    params, store = request.params, request.store
    _check_source(request)
    name = params["modelName"]
    if is_name_taken(store, name):
        raise conflict(f"The provided model name {name} is currently in use.")
    quotas = store.config.quotas
    if len(store.of(CustomModel)) >= quotas.custom_models:
        raise quota_exceeded("The number of custom models exceeds the account's quota.")
    if sum(model.status == CREATING for model in store.of(CustomModel)) >= quotas.custom_models_in_creation:
        raise quota_exceeded("The number of custom models being created exceeds the account's quota.")
    model = _new(request, tags.parse(store, params.get("modelTags", ())))
    return {"modelArn": store.of(CustomModel).add(model).arn}


def _check_source(request: Request) -> None:
    params, config = request.params, request.store.config
    if ("modelSourceConfig" in params) == ("customModelDataSource" in params):
        raise invalid("Exactly one of modelSourceConfig and customModelDataSource must be provided.")
    if "customModelDataSource" in params:
        return
    if "roleArn" not in params:
        raise invalid("roleArn is required when the model source is Amazon S3.")
    check_role(config.access, params["roleArn"], source_account=request.store.account)
    uri = params["modelSourceConfig"]["s3DataSource"]["s3Uri"]
    check_readable(config.access, config.objects, params["roleArn"], [uri])


def _new(request: Request, model_tags: dict[str, str]) -> CustomModel:
    store, name = request.store, request.params["modelName"]
    script = store.config.scripts.take(name)
    model = CustomModel(
        arn=store.arn(f"custom-model/imported/{store.next_id()}"),
        name=name,
        status=CREATING,
        created=request.now,
        modified=request.now,
        sequence=store.next_sequence(),
        tags=model_tags,
        script=script,
        base_model_arn=foundation_models.arn_of(store, foundation_models.BASE_OF_IMPORTED_MODELS),
        customization_type=IMPORTED,
        kms_key_arn=request.params.get("modelKmsKeyArn"),
    )
    model.wait(request.now, script.timings(store.config.timings).model_import)
    return model


def get(request: Request) -> Params:
    return request.store.of(CustomModel).get(request.params["modelIdentifier"]).describe()


def list_(request: Request) -> Params:
    params = request.params

    def matches(model: CustomModel) -> bool:
        return (
            listing.equals(params, "modelStatus", model.status)
            and listing.equals(params, "baseModelArnEquals", model.base_model_arn)
            and listing.equals(params, "foundationModelArnEquals", model.base_model_arn)
            # Every model is the account's own: sharing goes through copy jobs, which are not part of this.
            and params.get("isOwned", True)
        )

    models = request.store.of(CustomModel)
    return listing.page(request, models, answer="modelSummaries", summary=CustomModel.summary, matches=matches)


def delete(request: Request) -> Params:
    models = request.store.of(CustomModel)
    model = models.get(request.params["modelIdentifier"])
    if model.status == CREATING:
        raise conflict(f"The custom model {model.name} is being created and can't be deleted now.")
    for resource in request.store.resources():
        if model.arn in resource.models_in_use():
            raise conflict(f"The custom model {model.name} is in use by {resource.noun} {resource.arn}.")
    models.remove(model)
    return {}


OPERATIONS = {
    "CreateCustomModel": create,
    "GetCustomModel": get,
    "ListCustomModels": list_,
    "DeleteCustomModel": delete,
}
