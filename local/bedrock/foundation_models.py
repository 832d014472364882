"""The foundation models that custom models are made from, as documented, and the lifecycle of each.

In which Regions AWS trains a model is left out: apps are tried here in every Region and partition.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from local.bedrock.errors import invalid, not_found
from local.bedrock.resource import Params, without_none
from local.bedrock.store import Request, Store

FINE_TUNING = "FINE_TUNING"
DISTILLATION = "DISTILLATION"
CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"
# The service model's ModelCustomization has no word for it, so that no list tells of it.
REINFORCEMENT = "REINFORCEMENT_FINE_TUNING"
IMPORTED = "IMPORTED"
ON_DEMAND = "ON_DEMAND"
PROVISIONED = "PROVISIONED"
ACTIVE = "ACTIVE"
LEGACY = "LEGACY"

# GetCustomModel does not tell from which Nova model an imported one was trained, but List has to name one.
BASE_OF_IMPORTED_MODELS = "amazon.nova-lite-v1:0"

_FACTS = Path(__file__).parents[2] / "constructs_lib" / "customization" / "base_models.json"
_ENDED = "This model version has reached the end of its life. Please refer to the AWS documentation for more details."
_PROFILE_OF_GEOGRAPHY = re.compile(r"(?:arn:[^/]*:inference-profile/)?[a-z-]+\.([a-z0-9-]+\..+)")


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """Active until `legacy`, Legacy until `end`; None is a date that is not set."""

    start: datetime | None = None
    legacy: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        dates = [date for date in (self.start, self.legacy, self.end) if date]
        if dates != sorted(dates):
            raise ValueError(f"a lifecycle goes from start to legacy to end, got {self}")

    def is_legacy(self, now: datetime) -> bool:
        return self.legacy is not None and self.legacy <= now

    def is_over(self, now: datetime) -> bool:
        return self.end is not None and self.end <= now

    def describe(self, now: datetime) -> Params:
        return without_none(
            {
                "status": LEGACY if self.is_legacy(now) or self.is_over(now) else ACTIVE,
                "startOfLifeTime": self.start,
                "legacyTime": self.legacy,
                "endOfLifeTime": self.end,
            }
        )


@dataclass(frozen=True, kw_only=True)
class FoundationModel:
    id: str
    name: str
    provider: str
    customizations: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@cache
def catalog() -> dict[str, FoundationModel]:
    """By id; one that names a context length is an id of its own, as in ListFoundationModels."""
    return {
        model_id: FoundationModel(
            id=model_id,
            # BrandedName of the service model is no longer.
            name=each["name"][:20].rstrip(),
            provider=each["provider"],
            customizations=tuple(each["customizations"]),
            inputs=tuple(kind for kind in each["inputs"] if kind != "VIDEO"),
            outputs=tuple(each["outputs"]),
        )
        for each in json.loads(_FACTS.read_text())["models"]
        for model_id in (each["id"], *(f"{each['id']}:{variant}" for variant in each["variants"]))
    }


@cache
def _students() -> dict[str, tuple[str, ...]]:
    return {each["teacher"]: tuple(each["students"]) for each in json.loads(_FACTS.read_text())["distillation"]}


def arn_of(store: Store, model_id: str) -> str:
    return f"arn:{store.partition}:bedrock:{store.region}::foundation-model/{model_id}"


def parse(store: Store, identifier: str) -> str | None:
    """The model's ARN, if the identifier is the id or ARN of a foundation model that there is."""
    model_id = identifier.removeprefix(arn_of(store, ""))
    return arn_of(store, model_id) if model_id in catalog() else None


def id_of(arn: str) -> str:
    return arn.partition(":foundation-model/")[2]


def name_of(arn: str) -> str:
    return id_of(arn).partition(":")[0]


def family_of(model_id: str) -> str:
    """The id without a context length."""
    return next((known for known in catalog() if f"{model_id}:".startswith(f"{known}:")), model_id)


def lifecycle_of(store: Store, arn: str) -> Lifecycle:
    lifecycles: dict[str, Lifecycle] = store.config.lifecycles
    return lifecycles.get(family_of(id_of(arn)), Lifecycle())


def check_living(request: Request, arn: str) -> None:
    """After its end every request for a model fails, and every one for what was made from it."""
    if lifecycle_of(request.store, arn).is_over(request.now):
        raise not_found(_ENDED)


def check_new_use(request: Request, arn: str) -> None:
    """A Legacy model takes no new jobs and no new Provisioned Throughput."""
    check_living(request, arn)
    if lifecycle_of(request.store, arn).is_legacy(request.now):
        raise invalid(f"The model {id_of(arn)} is marked by provider as Legacy. Please upgrade to an active model.")


def check_customizable(arn: str, kind: str) -> None:
    taken = catalog()[id_of(arn)].customizations
    if kind not in (IMPORTED, *taken):
        raise invalid(f"The model {id_of(arn)} does not support the customization type {kind}.")


def check_teacher(request: Request, identifier: str, student_arn: str) -> None:
    """The teacher is a model or a profile of one, is not at its end, and teaches this student."""
    behind = _PROFILE_OF_GEOGRAPHY.fullmatch(identifier)
    arn = parse(request.store, identifier) or (parse(request.store, behind[1]) if behind else None)
    if arn is None:
        raise invalid("The provided teacher model identifier is invalid.")
    check_living(request, arn)
    if family_of(id_of(student_arn)) not in _students().get(family_of(id_of(arn)), ()):
        raise invalid(f"The teacher model {id_of(arn)} does not support the student model {id_of(student_arn)}.")


def get(request: Request) -> Params:
    identifier = request.params["modelIdentifier"]
    arn = parse(request.store, identifier)
    if arn is None:
        raise not_found(f"The foundation model {id_of(identifier) or identifier} could not be found.")
    return {"modelDetails": _describe(request, catalog()[id_of(arn)])}


def list_(request: Request) -> Params:
    found = [model for model in catalog().values() if _is_match(request.params, model)]
    return {"modelSummaries": [_describe(request, model) for model in found]}


def _is_match(params: Params, model: FoundationModel) -> bool:
    return (
        params.get("byProvider", model.provider).lower() == model.provider.lower()
        and params.get("byCustomizationType", model.customizations[0]) in model.customizations
        and params.get("byOutputModality", model.outputs[0]) in model.outputs
        and params.get("byInferenceType", ON_DEMAND) in (ON_DEMAND, PROVISIONED)
    )


def _describe(request: Request, model: FoundationModel) -> Params:
    arn = arn_of(request.store, model.id)
    return {
        "modelArn": arn,
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.provider,
        "inputModalities": list(model.inputs),
        "outputModalities": list(model.outputs),
        "responseStreamingSupported": True,
        "customizationsSupported": [kind for kind in model.customizations if kind != REINFORCEMENT],
        "inferenceTypesSupported": [ON_DEMAND, PROVISIONED],
        "modelLifecycle": lifecycle_of(request.store, arn).describe(request.now),
    }


OPERATIONS = {"GetFoundationModel": get, "ListFoundationModels": list_}
