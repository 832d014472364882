"""A small catalogue of the foundation models that custom models are made from."""

import re
from dataclasses import dataclass

from local.bedrock.errors import invalid, not_found
from local.bedrock.resource import Params
from local.bedrock.store import Request, Store

FINE_TUNING = "FINE_TUNING"
DISTILLATION = "DISTILLATION"
CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"
ON_DEMAND = "ON_DEMAND"
PROVISIONED = "PROVISIONED"

# GetCustomModel does not tell from which Nova model an imported one was trained, but List has to name one.
BASE_OF_IMPORTED_MODELS = "amazon.nova-lite-v1:0"

_MODEL_ID = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+(:[a-z0-9-]+){0,2}")


@dataclass(frozen=True)
class FoundationModel:
    id: str
    name: str
    provider: str
    customizations: tuple[str, ...] = (FINE_TUNING,)
    inputs: tuple[str, ...] = ("TEXT",)


CATALOGUE = (
    FoundationModel("amazon.nova-micro-v1:0", "Nova Micro", "Amazon", (FINE_TUNING, DISTILLATION)),
    FoundationModel("amazon.nova-lite-v1:0", "Nova Lite", "Amazon", (FINE_TUNING, DISTILLATION), ("TEXT", "IMAGE")),
    FoundationModel("amazon.nova-pro-v1:0", "Nova Pro", "Amazon", (FINE_TUNING, DISTILLATION), ("TEXT", "IMAGE")),
    FoundationModel("amazon.nova-2-lite-v1:0", "Nova 2 Lite", "Amazon", (FINE_TUNING,), ("TEXT", "IMAGE")),
    FoundationModel("amazon.titan-text-express-v1", "Titan Text G1", "Amazon", (FINE_TUNING, CONTINUED_PRE_TRAINING)),
    FoundationModel("meta.llama3-3-70b-instruct-v1:0", "Llama 3.3 70B", "Meta", (FINE_TUNING, DISTILLATION)),
)


def arn_of(store: Store, model_id: str) -> str:
    return f"arn:{store.partition}:bedrock:{store.region}::foundation-model/{model_id}"


def parse(store: Store, identifier: str) -> str | None:
    """The model's ARN, if the identifier is an id or an ARN of a foundation model of this Region."""
    model_id = identifier.removeprefix(arn_of(store, ""))
    return arn_of(store, model_id) if _MODEL_ID.fullmatch(model_id) else None


def id_of(arn: str) -> str:
    return arn.partition(":foundation-model/")[2]


def name_of(arn: str) -> str:
    return id_of(arn).partition(":")[0]


def get(request: Request) -> Params:
    arn = parse(request.store, request.params["modelIdentifier"])
    if arn is None:
        raise invalid("The provided model identifier is invalid.")
    for model in CATALOGUE:
        if arn_of(request.store, model.id) == arn:
            return {"modelDetails": _describe(request.store, model)}
    raise not_found(f"The foundation model {id_of(arn)} could not be found.")


def list_(request: Request) -> Params:
    found = [model for model in CATALOGUE if _is_match(request.params, model)]
    return {"modelSummaries": [_describe(request.store, model) for model in found]}


def _is_match(params: Params, model: FoundationModel) -> bool:
    return (
        params.get("byProvider", model.provider).lower() == model.provider.lower()
        and params.get("byCustomizationType", model.customizations[0]) in model.customizations
        and params.get("byOutputModality", "TEXT") == "TEXT"
        and params.get("byInferenceType", ON_DEMAND) in (ON_DEMAND, PROVISIONED)
    )


def _describe(store: Store, model: FoundationModel) -> Params:
    return {
        "modelArn": arn_of(store, model.id),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": list(model.inputs),
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "customizationsSupported": list(model.customizations),
        "inferenceTypesSupported": [ON_DEMAND, PROVISIONED],
        "modelLifecycle": {"status": "ACTIVE"},
    }


OPERATIONS = {"GetFoundationModel": get, "ListFoundationModels": list_}
