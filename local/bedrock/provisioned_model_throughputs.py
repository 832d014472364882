"""Provisioned Throughput: model units bought for a model, by the hour or for a term."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from local.bedrock import foundation_models, listing, tags
from local.bedrock.custom_models import active_model
from local.bedrock.errors import conflict, invalid, quota_exceeded
from local.bedrock.resource import Params, Resource, without_none
from local.bedrock.store import Request, Store

CREATING = "Creating"
IN_SERVICE = "InService"
UPDATING = "Updating"
FAILED = "Failed"

TERMS = {"OneMonth": timedelta(days=30), "SixMonths": timedelta(days=180)}


@dataclass(kw_only=True)
class ProvisionedModelThroughput(Resource):
    noun: ClassVar[str] = "provisioned model throughput"

    model_arn: str
    desired_model_arn: str
    foundation_model_arn: str
    units: int
    commitment: str | None = None

    @property
    def commitment_end(self) -> datetime | None:
        return self.created + TERMS[self.commitment] if self.commitment else None

    @property
    def is_mutating(self) -> bool:
        return self.status in (CREATING, UPDATING)

    def models_in_use(self) -> tuple[str, ...]:
        return () if self.status == FAILED else (self.model_arn, self.desired_model_arn)

    def step(self, store: Store, at: datetime) -> None:
        del store
        failure = self.script.fail
        if failure and self.status == UPDATING:
            # The units stay bought and go on serving the model that they served before.
            self.desired_model_arn = self.model_arn
            self.enter(IN_SERVICE, at, failure)
            return
        self.model_arn = self.desired_model_arn
        self.enter(FAILED if failure else IN_SERVICE, at, failure)

    def describe(self) -> Params:
        return without_none({**self.summary(), "failureMessage": self.failure})

    def summary(self) -> Params:
        return without_none(
            {
                "provisionedModelArn": self.arn,
                "provisionedModelName": self.name,
                "modelArn": self.model_arn,
                "desiredModelArn": self.desired_model_arn,
                "foundationModelArn": self.foundation_model_arn,
                "modelUnits": self.units,
                "desiredModelUnits": self.units,
                "status": self.status,
                "commitmentDuration": self.commitment,
                "commitmentExpirationTime": self.commitment_end,
                "creationTime": self.created,
                "lastModifiedTime": self.modified,
            }
        )


def create(request: Request) -> Params:
    store, params = request.store, request.params
    throughputs = store.of(ProvisionedModelThroughput)
    if throughputs.find(params["provisionedModelName"]):
        raise invalid("The provided provisioned model name is currently in use.")
    model_arn, base_arn = _model_and_base(store, params["modelId"])
    foundation_models.check_new_use(request, base_arn)
    limit = store.config.quotas.provisioned_model_units
    if sum(bought.units for bought in throughputs) + params["modelUnits"] > limit:
        raise quota_exceeded(f"The number of model units exceeds the account's quota of {limit}.")
    throughput = throughputs.add(_new(request, model_arn, base_arn))
    return {"provisionedModelArn": throughput.arn}


def _model_and_base(store: Store, identifier: str) -> tuple[str, str]:
    if foundation := foundation_models.parse(store, identifier):
        return foundation, foundation
    model = active_model(store, identifier)
    return model.arn, model.base_model_arn


def _new(request: Request, model_arn: str, base_arn: str) -> ProvisionedModelThroughput:
    store, params = request.store, request.params
    throughput = ProvisionedModelThroughput(
        arn=store.arn(f"provisioned-model/{store.next_id()}"),
        name=params["provisionedModelName"],
        status=CREATING,
        created=request.now,
        modified=request.now,
        sequence=store.next_sequence(),
        tags=tags.parse(store, params.get("tags", ())),
        model_arn=model_arn,
        desired_model_arn=model_arn,
        foundation_model_arn=base_arn,
        units=params["modelUnits"],
        commitment=params.get("commitmentDuration"),
    )
    _wait(request, throughput)
    return throughput


def _wait(request: Request, throughput: ProvisionedModelThroughput) -> None:
    config = request.store.config
    throughput.script = config.scripts.take(throughput.name)
    throughput.wait(request.now, throughput.script.timings(config.timings).throughput)


def _get(request: Request) -> ProvisionedModelThroughput:
    return request.store.of(ProvisionedModelThroughput).get(request.params["provisionedModelId"])


def get(request: Request) -> Params:
    return _get(request).describe()


def list_(request: Request) -> Params:
    params = request.params
    return listing.page(
        request,
        request.store.of(ProvisionedModelThroughput),
        answer="provisionedModelSummaries",
        summary=ProvisionedModelThroughput.summary,
        matches=lambda found: listing.equals(params, "modelArnEquals", found.model_arn),
    )


def update(request: Request) -> Params:
    params, throughput = request.params, _get(request)
    if throughput.status != IN_SERVICE:
        raise invalid(f"The provisioned model {throughput.name} is {throughput.status} and can't be updated now.")
    name = params.get("desiredProvisionedModelName", throughput.name)
    if request.store.of(ProvisionedModelThroughput).find(name) not in (None, throughput):
        raise invalid("The provided provisioned model name is currently in use.")
    if "desiredModelId" in params:
        _change_model(request, throughput)
    throughput.name, throughput.modified = name, request.now
    return {}


def _change_model(request: Request, throughput: ProvisionedModelThroughput) -> None:
    model_arn, base_arn = _model_and_base(request.store, request.params["desiredModelId"])
    # https://docs.aws.amazon.com/bedrock/latest/userguide/prov-thru-purchase.html
    if throughput.model_arn == throughput.foundation_model_arn != model_arn:
        raise invalid("The associated model can be changed only for a provisioned model of a custom model.")
    if base_arn != throughput.foundation_model_arn:
        raise invalid(f"The desired model must have the same base model, {throughput.foundation_model_arn}.")
    throughput.desired_model_arn = model_arn
    throughput.enter(UPDATING, request.now)
    _wait(request, throughput)


def delete(request: Request) -> Params:
    throughput = _get(request)
    if throughput.is_mutating:
        raise conflict(f"The provisioned model {throughput.name} is {throughput.status} and can't be deleted now.")
    end = throughput.commitment_end
    if end and request.now < end and throughput.status != FAILED:
        raise conflict(f"The provisioned model {throughput.name} can't be deleted before its commitment ends at {end}.")
    request.store.of(ProvisionedModelThroughput).remove(throughput)
    return {}


OPERATIONS = {
    "CreateProvisionedModelThroughput": create,
    "GetProvisionedModelThroughput": get,
    "ListProvisionedModelThroughputs": list_,
    "UpdateProvisionedModelThroughput": update,
    "DeleteProvisionedModelThroughput": delete,
}
