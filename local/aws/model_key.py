"""The KMS permissions that encrypting a model takes, of the caller or of the service role."""

import json
from collections.abc import Iterator
from typing import Any

from local.aws import seams
from local.aws.access import Iam, access_key

_ACTIONS = ("kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt")
_IMPORT = "/custom-models/create-custom-model"
_JOB = "/model-customization-jobs"


class ModelKeys:
    """Checks the key that a request names, before Bedrock carries the request out."""

    def __init__(self, iam: Iam, region: str) -> None:
        self._iam = iam
        self._region = region

    def refusal(self, method: str, path: str, body: bytes, caller: str) -> str | None:
        """Why this request may not use its key; None when it names none, or may."""
        if method != "POST" or path not in (_IMPORT, _JOB):
            return None
        return next(self._refusals(path, _parsed(body), caller), None)

    def _refusals(self, path: str, request: dict[str, Any], caller: str) -> Iterator[str]:
        given = request.get("modelKmsKeyArn") or request.get("customModelKmsKeyId")
        if not given:
            return
        key = seams.take("services.kms", "_resolve_key")(given)
        if not key:
            yield f"The KMS key {given} does not exist or is not accessible"
            return
        role = request.get("roleArn", "") if path == _JOB else ""
        for action in _ACTIONS:
            if not self._may(role, action, key["Arn"]):
                yield f"User: {role or caller} is not authorized to perform: {action} on resource: {key['Arn']}"

    def _may(self, role: str, action: str, key: str) -> bool:
        """A job uses the key in its role's name, an import in its caller's."""
        if role:
            return self._iam.may_use_key(role, action, key)
        via = {"kms:ViaService": f"bedrock.{self._region}.amazonaws.com"}
        enforce = seams.take("core.iam_evaluator", "enforce")
        return enforce(access_key.get(), action, "kms", self._region, key, via) is None


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}
