"""KMS keys of models: the permissions that callers, service roles and Bedrock itself need to use them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.aws.access import Iam, access_key
from local.aws.patches.names import iam, kms

_MAKING = ("kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt")
_TRAINING_FURTHER = ("kms:DescribeKey", "kms:Decrypt")
_SERVING = ("kms:Decrypt", "kms:GenerateDataKey")
# The member that names the model whose key is used.
_MODEL_OF = {
    "CreateCustomModelDeployment": "modelArn",
    "UpdateCustomModelDeployment": "modelArn",
    "CreateProvisionedModelThroughput": "modelId",
    "UpdateProvisionedModelThroughput": "desiredModelId",
    "InvokeModel": "modelId",
    "Converse": "modelId",
}
_PROVISIONING = ("CreateProvisionedModelThroughput", "UpdateProvisionedModelThroughput")

# The key of a custom model, or of the model behind what can be invoked.
KeyOf = Callable[[str], str | None]


class ModelKeys:
    """Checks the keys that a request uses, before Bedrock carries the request out."""

    def __init__(self, iam: Iam, region: str, key_of: KeyOf) -> None:
        self._iam = iam
        self._region = region
        self._key_of = key_of

    def refusal(self, operation: str, params: Mapping[str, Any], caller: str) -> str | None:
        """Why this request may not use its keys; None when it uses none, or may."""
        if operation == "CreateCustomModel":
            refusals = self._of_import(params, caller)
        elif operation == "CreateModelCustomizationJob":
            refusals = self._of_job(params)
        elif operation == "CreateModelImportJob":
            role = params.get("roleArn", "")
            refusals = self._refusals(params.get("importedModelKmsKeyId"), _MAKING, role, role=role)
        elif operation in _MODEL_OF:
            refusals = self._of_served_model(operation, params.get(_MODEL_OF[operation], ""), caller)
        else:
            return None
        return next(refusals, None)

    def _of_import(self, params: Mapping[str, Any], caller: str) -> Iterator[str]:
        """Bedrock's guide names the caller as the key's user, its API reference the service role: both are asked."""
        key, role = params.get("modelKmsKeyArn"), params.get("roleArn", "")
        yield from self._refusals(key, _MAKING, caller)
        if role:
            yield from self._refusals(key, _MAKING, role, role=role)

    def _of_job(self, params: Mapping[str, Any]) -> Iterator[str]:
        role = params.get("roleArn", "")
        yield from self._refusals(params.get("customModelKmsKeyId"), _MAKING, role, role=role)
        base_key = self._key_of(params.get("baseModelIdentifier", ""))
        yield from self._refusals(base_key, _TRAINING_FURTHER, role, role=role)

    def _of_served_model(self, operation: str, identifier: str, caller: str) -> Iterator[str]:
        key = self._key_of(identifier)
        yield from self._refusals(key, _SERVING, caller)
        if key and operation in _PROVISIONING:
            for action in _SERVING:
                if not self._iam.key_serves(key, action):
                    yield f"The key policy of {key} does not allow bedrock.amazonaws.com to perform: {action}"

    def _refusals(self, given: str | None, actions: tuple[str, ...], who: str, *, role: str = "") -> Iterator[str]:
        if not given:
            return
        key = kms.resolve_key(given)
        if not key:
            yield f"The KMS key {given} does not exist or is not accessible"
            return
        for action in actions:
            if not self._may(role, action, key["Arn"]):
                yield f"User: {who} is not authorized to perform: {action} on resource: {key['Arn']}"

    def _may(self, role: str, action: str, key: str) -> bool:
        if role:
            return self._iam.may_use_key(role, action, key)
        via = {"kms:ViaService": f"bedrock.{self._region}.amazonaws.com"}
        return iam.enforce(access_key.get(), action, "kms", self._region, key, via) is None
