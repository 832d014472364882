"""Imported models: made by an import job, invoked by their own ARN, and cold until somebody does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from local.bedrock import listing
from local.bedrock.errors import ServiceError
from local.bedrock.resource import Params, Resource, without_none
from local.bedrock.store import Request, Store

# The API tells no status of an imported model; this one is for whoever looks into the local Bedrock.
ACTIVE = "Active"
_UNITS = {"customModelUnitsPerModelCopy": 2, "customModelUnitsVersion": "v1.0"}
# Copies go when nobody has invoked the model for five minutes.
_COPY_LIFE = timedelta(minutes=5)


@dataclass(kw_only=True)
class ImportedModel(Resource):
    noun: ClassVar[str] = "imported model"

    job_name: str
    job_arn: str
    source: Params
    kms_key_arn: str | None = None
    architecture: str = "LlamaForCausalLM"
    # When the copy that was asked for is there, and when the model was invoked last.
    warm_from: datetime | None = None
    invoked: datetime | None = None

    def require_copy(self, at: datetime, seconds: float) -> None:
        """Raises ModelNotReadyException until a copy of a cold model is there; asking for it makes one."""
        if self.invoked is None or self.warm_from is None or at - max(self.invoked, self.warm_from) > _COPY_LIFE:
            self.warm_from = at + timedelta(seconds=seconds)
        self.invoked = at
        if at < self.warm_from:
            raise ServiceError("ModelNotReadyException", f"Model {self.arn} is not ready for inference.")

    def step(self, store: Store, at: datetime) -> None:
        raise NotImplementedError

    def describe(self) -> Params:
        return without_none(
            {
                **self.summary(),
                "jobName": self.job_name,
                "jobArn": self.job_arn,
                "modelDataSource": self.source,
                "modelKmsKeyArn": self.kms_key_arn,
                "customModelUnits": _UNITS,
            }
        )

    def summary(self) -> Params:
        return {
            "modelArn": self.arn,
            "modelName": self.name,
            "creationTime": self.created,
            "modelArchitecture": self.architecture,
            "instructSupported": True,
        }


def get(request: Request) -> Params:
    return request.store.of(ImportedModel).get(request.params["modelIdentifier"]).describe()


def list_(request: Request) -> Params:
    models = request.store.of(ImportedModel)
    return listing.page(request, models, answer="modelSummaries", summary=ImportedModel.summary)


def delete(request: Request) -> Params:
    models = request.store.of(ImportedModel)
    models.remove(models.get(request.params["modelIdentifier"]))
    return {}


OPERATIONS = {"GetImportedModel": get, "ListImportedModels": list_, "DeleteImportedModel": delete}
