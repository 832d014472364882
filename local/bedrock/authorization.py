"""Authorization: the IAM actions, resources and condition keys of each call."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.bedrock.store import Store

Context = Mapping[str, str | Sequence[str]]

_PREFIXES = {
    "jobIdentifier": "model-customization-job",
    "customModelDeploymentIdentifier": "custom-model-deployment",
    "provisionedModelId": "provisioned-model",
    "resourceARN": "",
}
# Of other kinds the same members name something else.
_PREFIXES_OF = {
    "GetModelImportJob": {"jobIdentifier": "model-import-job"},
    "GetImportedModel": {"modelIdentifier": "imported-model"},
    "DeleteImportedModel": {"modelIdentifier": "imported-model"},
}
# These take custom and foundation models alike; only the ids of foundation models have a dot.
_MODELS = ("modelIdentifier", "modelArn", "baseModelIdentifier", "modelId", "desiredModelId")
_CREATED = {
    "CreateCustomModel": {"modelTags": "custom-model/*"},
    "CreateModelCustomizationJob": {"jobTags": "model-customization-job/*", "customModelTags": "custom-model/*"},
    "CreateModelImportJob": {"jobTags": "model-import-job/*", "importedModelTags": "imported-model/*"},
    "CreateCustomModelDeployment": {"tags": "custom-model-deployment/*"},
    "CreateProvisionedModelThroughput": {"tags": "provisioned-model/*"},
}
# No resource type stands beside these in the service authorization reference: a policy has to say "*".
_WITHOUT_RESOURCE = ("CreateCustomModel", "CreateModelImportJob")
# And beside these only the models: what is made of them is not asked for.
_ON_MODELS_ONLY = ("CreateCustomModelDeployment", "CreateProvisionedModelThroughput")
_ACTIONS = {"Converse": "InvokeModel"}
_PACKAGE_ACTIONS = ("sagemaker:DescribeModelPackage", "sagemaker:AccessModelPackageData")


@dataclass(frozen=True)
class Permission:
    action: str
    resource: str
    context: Context = field(default_factory=dict)


def authorization(operation: str, params: Mapping[str, Any], store: "Store") -> list[Permission]:
    action = f"bedrock:{_ACTIONS.get(operation, operation)}"
    context = _request_tags(params.get("tags", ()), params.get("tagKeys", ()))
    own = [
        Permission(action, arn, {**context, **_resource_tags(arn, store)})
        for arn in _addressed(operation, params, store)
    ]
    own += _creations(operation, action, params, store)
    return (own or [Permission(action, "*")]) + list(_of_other_services(params))


def _addressed(operation: str, params: Mapping[str, Any], store: "Store") -> Iterator[str]:
    own = _PREFIXES_OF.get(operation, {})
    for name, prefix in {**_PREFIXES, **own}.items():
        if name in params:
            yield _arn_of(params[name], prefix, store)
    for name in _MODELS:
        if name in params and name not in own:
            yield _model_arn(params[name], store)


def _creations(operation: str, action: str, params: Mapping[str, Any], store: "Store") -> Iterator[Permission]:
    for name, suffix in _CREATED.get(operation, {}).items():
        context = _request_tags(params.get(name, ()))
        if operation in _WITHOUT_RESOURCE:
            yield Permission(action, "*", context)
        elif operation not in _ON_MODELS_ONLY:
            yield Permission(action, store.arn(suffix), context)
        if params.get(name):
            yield Permission("bedrock:TagResource", store.arn(suffix), context)


def _of_other_services(params: Mapping[str, Any]) -> Iterator[Permission]:
    if "roleArn" in params:
        yield Permission("iam:PassRole", params["roleArn"], {"iam:PassedToService": "bedrock.amazonaws.com"})
    logged = params.get("loggingConfig", {}).get("cloudWatchConfig", {})
    if "roleArn" in logged:
        yield Permission("iam:PassRole", logged["roleArn"], {"iam:PassedToService": "bedrock.amazonaws.com"})
    package = params.get("customModelDataSource", {}).get("modelPackageArnDataSource")
    if package:
        yield from (Permission(action, package["modelPackageArn"]) for action in _PACKAGE_ACTIONS)


def _arn_of(identifier: str, prefix: str, store: "Store") -> str:
    found = next((r.arn for r in store.resources() if r.name == identifier and f":{prefix}/" in r.arn), None)
    return found or (identifier if identifier.startswith("arn:") else store.arn(f"{prefix}/{identifier}"))


def _model_arn(identifier: str, store: "Store") -> str:
    if "." in identifier and not identifier.startswith("arn:"):
        return f"arn:{store.partition}:bedrock:{store.region}::foundation-model/{identifier}"
    return _arn_of(identifier, "custom-model", store)


def _resource_tags(arn: str, store: "Store") -> Context:
    resource = store.find(arn)
    return {f"aws:ResourceTag/{key}": value for key, value in resource.tags.items()} if resource else {}


def _request_tags(tags: Sequence[Mapping[str, str]], keys: Sequence[str] = ()) -> Context:
    values = {f"aws:RequestTag/{tag['key']}": tag["value"] for tag in tags}
    named = [tag["key"] for tag in tags] + list(keys)
    return {**values, "aws:TagKeys": named} if named else values
