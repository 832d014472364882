"""The Service Quotas service of the local AWS: the quotas of our Bedrock, as a list."""

import json
from collections.abc import Callable, Mapping

from local.aws import json_protocol
from local.bedrock import Quotas

# As Service Quotas names them, each with the field of our quotas that it tells.
_NAMES = {
    "(Model customization) Scheduled customization jobs": "concurrent_customization_jobs",
    "(Model customization) Total number of custom models": "custom_models",
    "(On-demand model deployment) Total number of custom model deployments": "custom_model_deployments",
}


class ServiceQuotas:
    """Answers ListServiceQuotas for Amazon Bedrock. All else is refused as an unknown operation."""

    def __init__(self, quotas: Callable[[], Quotas]) -> None:
        self._quotas = quotas

    async def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]
    ) -> json_protocol.Answer:
        del method, path, query
        operation = json_protocol.operation_of(headers)
        service = json.loads(body or b"{}").get("ServiceCode", "")
        if operation != "ListServiceQuotas":
            return json_protocol.unknown_operation(operation)
        if service != "bedrock":
            return json_protocol.answer(
                400, {"__type": "NoSuchResourceException", "message": f"No quotas of {service!r} here."}
            )
        found = self._quotas()
        listed = [
            {"ServiceCode": service, "QuotaName": name, "Value": float(getattr(found, field)), "Adjustable": True}
            for name, field in _NAMES.items()
        ]
        return json_protocol.answer(200, {"Quotas": listed})
