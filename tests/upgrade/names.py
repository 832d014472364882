"""Names, digests, tags and ids that follow from events: of every kind of resource, and of every kind of input."""

import copy
import json
from typing import Any, Final

from provider.cloudformation import identity
from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
)
from provider.cloudformation.request import Request
from provider.custom_model import model as custom_model
from provider.job.model_customization_job import ModelCustomizationJobs
from provider.job.resource import token
from provider.serving.custom_model_deployment import CustomModelDeployments
from provider.serving.provisioned_model_throughput import ProvisionedModelThroughputs
from provider.waiter import start_queue

_STACK: Final = "arn:aws:cloudformation:us-east-1:123456789012:stack/Models/11111111-2222-3333-4444-555555555555"
_ROOT: Final = "arn:aws:cloudformation:us-east-1:123456789012:stack/Root/99999999-2222-3333-4444-555555555555"
_NOVA: Final = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
_SETTINGS: Final = {"NamePrefix": "Assistant", "Path": "Team/Assistant"}
_TAGS: Final = [{"Key": "team", "Value": "ml"}]
_DATA: Final = {"trainingDataConfig": {"contentSha256": "a" * 64}}
_TUNED: Final = {"baseModelIdentifier": _NOVA, "customizationType": "FINE_TUNING", **_DATA}
_LOGS: Final = {
    "invocationLogsConfig": {
        "invocationLogSource": {"s3Uri": "s3://logs/2026/"},
        "usePromptResponse": "true",
        "requestMetadataFilters": {"andAll": [{"equals": {"project": "a"}}, {"notEquals": {"stage": "test"}}]},
    }
}

_JOBS: Final[dict[str, dict[str, Any]]] = {
    "fine-tuning": _TUNED,
    "fine-tuning, hyperparameters": {**_TUNED, "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"}},
    "fine-tuning, empty members": {
        **_TUNED,
        "hyperParameters": {},
        "customModelName": "",
        "validationDataConfig": None,
    },
    "fine-tuning, data by URI": {**_TUNED, "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"}},
    "fine-tuning, validation": {
        **_TUNED,
        "validationDataConfig": {"validators": [{"contentSha256": "b" * 64}, {"s3Uri": "s3://data/v.jsonl"}]},
    },
    "fine-tuning, key and name": {
        **_TUNED,
        "customModelName": "assistant",
        "customModelKmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1",
    },
    "fine-tuning, revision": {**_TUNED, "revision": "2026-11"},
    "fine-tuning, revision beyond ASCII": {**_TUNED, "revision": "Überprüfung 学習 💩"},
    "continued pre-training": {**_TUNED, "customizationType": "CONTINUED_PRE_TRAINING"},
    "distillation": {
        "baseModelIdentifier": _NOVA,
        "customizationType": "DISTILLATION",
        "customizationConfig": {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": _NOVA}}},
        "trainingDataConfig": _LOGS,
    },
    "reinforcement": {
        **_TUNED,
        "customizationType": "REINFORCEMENT_FINE_TUNING",
        "customizationConfig": {
            "rftConfig": {
                "graderConfig": {"lambdaGrader": {"lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:g"}},
                "hyperParameters": {"epochCount": "3", "learningRate": "0.000001"},
            }
        },
    },
    "imported": {**_TUNED, "customizationType": "IMPORTED"},
}
_MODELS: Final[dict[str, dict[str, Any]]] = {
    "from S3": {"modelSourceConfig": {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}},
    "from a model package": {
        "customModelDataSource": {
            "modelPackageArnDataSource": {
                "modelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/a/1"
            }
        }
    },
    "named, with a key": {
        "modelName": "assistant",
        "modelKmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
        "modelSourceConfig": {"s3DataSource": {"s3Uri": "s3://escrow/model/"}},
    },
}
_PLACES: Final[dict[str, dict[str, Any]]] = {
    "": {},
    ", under a lock": {"LockId": "support-assistant"},
    ", in a nested stack": {"ParentStacks": [_ROOT]},
}


def golden_names() -> dict[str, dict[str, Any]]:
    """By what the event asks for."""
    found: dict[str, dict[str, Any]] = {}
    for where, place in _PLACES.items():
        for kind, inputs in _JOBS.items():
            found[f"job: {kind}{where}"] = _of_job(_request(MODEL_CUSTOMIZATION_JOB_TYPE, inputs, {}, place))
        for kind, inputs in _MODELS.items():
            found[f"model: {kind}{where}"] = _of_model(_request(CUSTOM_MODEL_TYPE, inputs, {}, place))
        for kind, inputs in (("plain", {}), ("named", {"modelDeploymentName": "live", "description": "Answers"})):
            request = _request(CUSTOM_MODEL_DEPLOYMENT_TYPE, inputs, {"modelArn": _NOVA}, place)
            found[f"deployment: {kind}{where}"] = _of_deployment(request)
        for kind, inputs in (("one unit", {"modelUnits": "1"}), ("committed", {"commitmentDuration": "OneMonth"})):
            request = _request(PROVISIONED_MODEL_THROUGHPUT_TYPE, inputs, {"modelId": _NOVA}, place)
            found[f"throughput: {kind}{where}"] = _of_throughput(request)
    return found


def _request(kind: str, inputs: dict[str, Any], asked: dict[str, Any], place: dict[str, Any]) -> Request:
    lock = {"LockId": place["LockId"]} if "LockId" in place else {}
    properties = {
        "RunInputs": copy.deepcopy(inputs),
        "Settings": {**_SETTINGS, **lock, "Request": asked},
        "Tags": _TAGS,
        "RemovalPolicy": "destroy",
        **({"ParentStacks": place["ParentStacks"]} if "ParentStacks" in place else {}),
    }
    return Request.of(
        {
            "RequestType": "Create",
            "RequestId": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "StackId": _STACK,
            "LogicalResourceId": "Assistant0A1B2C3D",
            "ResourceType": kind,
            "ResponseURL": "https://s3.amazonaws.com/b/k?X-Amz-Date=20261126T120000Z",
            "ResourceProperties": json.loads(json.dumps(properties)),
        }
    )


def _common(request: Request, name: str, tags: dict[str, str]) -> dict[str, Any]:
    queue = (MODEL_CUSTOMIZATION_JOB_TYPE, CUSTOM_MODEL_TYPE, CUSTOM_MODEL_DEPLOYMENT_TYPE)
    return {
        "tags": tags,
        "waiter's execution": identity.execution_name(request.stack_id, request.logical_id, request.id),
        **(
            {"queue's execution": start_queue.execution_name(request.resource_type, name, request.id)}
            if request.resource_type in queue
            else {}
        ),
    }


def _of_job(request: Request) -> dict[str, Any]:
    jobs = ModelCustomizationJobs()
    first, second = (jobs.name_of_attempt(request, number) for number in (1, 2))
    tags = jobs.ownership(request).tags()
    return {
        "first attempt": first,
        "second attempt": second,
        "token": token(request, first),
        **_common(request, first, tags),
    }


def _of_model(request: Request) -> dict[str, Any]:
    name = custom_model.name_of(request)
    return {"name": name, **_common(request, name, custom_model.ownership_of(request).tags())}


def _of_deployment(request: Request) -> dict[str, Any]:
    kind = CustomModelDeployments()
    (name,) = kind.names(request)
    return {"name": name, **_common(request, name, kind.ownership(request).tags())}


def _of_throughput(request: Request) -> dict[str, Any]:
    kind = ProvisionedModelThroughputs()
    names = kind.names(request)
    return {"names": names, **_common(request, names[0], kind.ownership(request).tags())}
