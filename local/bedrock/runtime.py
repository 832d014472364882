"""Inference: an answer that names the model that gave it, or that a test has chosen for it."""

import json
from fnmatch import fnmatchcase

from local.bedrock import custom_model_deployments, foundation_models, provisioned_model_throughputs
from local.bedrock.custom_model_deployments import CustomModelDeployment
from local.bedrock.custom_models import CustomModel
from local.bedrock.errors import ServiceError, invalid
from local.bedrock.imported_models import ImportedModel
from local.bedrock.provisioned_model_throughputs import ProvisionedModelThroughput
from local.bedrock.resource import Params
from local.bedrock.store import Request, Store

_UNABLE = (
    custom_model_deployments.CREATING,
    custom_model_deployments.FAILED,
    provisioned_model_throughputs.CREATING,
    provisioned_model_throughputs.FAILED,
)


def invoke(request: Request) -> Params:
    answer = {"modelArn": _serving_model(request), "invoked": request.params["modelId"]}
    return {"body": json.dumps(answer).encode(), "contentType": "application/json"}


def converse(request: Request) -> Params:
    content = [{"text": _answer(request.store, _serving_model(request))}]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }


def _answer(store: Store, model_arn: str) -> str:
    model = store.of(CustomModel).find(model_arn) or store.of(ImportedModel).find(model_arn)
    answers = store.config.answers.items() if model else ()
    told = next((text for pattern, text in answers if model and fnmatchcase(model.name, pattern)), None)
    return told or f"Answered by {model_arn}"


def _serving_model(request: Request) -> str:
    identifier, store = request.params["modelId"], request.store
    if arn := foundation_models.parse(store, identifier):
        foundation_models.check_living(request, arn)
        return arn
    found = store.find(identifier) or store.of(ProvisionedModelThroughput).find(identifier)
    if isinstance(found, ImportedModel):
        found.require_copy(request.now, store.config.timings.model_copy)
        return found.arn
    # A custom model is no resource of inference: only a deployment or a throughput of it is.
    if not isinstance(found, CustomModelDeployment | ProvisionedModelThroughput):
        raise invalid("The provided model identifier is invalid.")
    if found.status in _UNABLE:
        raise ServiceError("ModelNotReadyException", f"The {found.noun} {found.name} is {found.status}.")
    foundation_models.check_living(request, _base_of(store, found.model_arn))
    return found.model_arn


def _base_of(store: Store, model_arn: str) -> str:
    model = store.of(CustomModel).find(model_arn)
    return model.base_model_arn if model else model_arn


OPERATIONS = {"InvokeModel": invoke, "Converse": converse}
