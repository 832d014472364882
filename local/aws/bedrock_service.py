"""The Bedrock service of the local AWS: requests that ministack dispatches, answered by `local.bedrock`."""

import json
from collections.abc import Mapping
from typing import Any

from local.aws import access
from local.aws.access import Iam
from local.aws.buckets import Buckets
from local.aws.gateway import CONNECTION_LOST
from local.aws.job_role import JobRole
from local.aws.model_key import ModelKeys
from local.aws.patches.names import iam, server
from local.aws.settings import Settings
from local.bedrock import Bedrock, ConnectionLost, Quotas, ScaledClock, routes, wire
from local.bedrock.custom_models import CustomModel
from local.bedrock.errors import ServiceError
from local.bedrock.imported_models import ImportedModel

Answer = tuple[int, dict[str, str], bytes]


class BedrockService:
    """Carries requests from ministack's dispatcher to our Bedrock, and our administration beside it."""

    def __init__(self, settings: Settings) -> None:
        buckets = Buckets(settings.account)
        quotas = Quotas() if settings.job_quota is None else Quotas(concurrent_customization_jobs=settings.job_quota)
        iam = Iam(settings.region, buckets) if settings.auth else None
        self._checks: list[ModelKeys | JobRole] = (
            [ModelKeys(iam, settings.region, self._key_of), JobRole(iam, settings.account, settings.region)]
            if iam
            else []
        )
        self._bedrock = Bedrock(
            ScaledClock(settings.time_scale),
            account=settings.account,
            region=settings.region,
            quotas=quotas,
            access=iam,
            objects=buckets,
            events=self._publish,
            profiles=settings.profiles,
        )
        self._buckets = buckets
        self._region = settings.region
        self.escrow_uri = ""

    def quotas(self) -> Quotas:
        """As they are now: tests change them while the service runs."""
        return self._bedrock.config.quotas

    def make_buckets(self) -> None:
        """What an account has whose models were trained in SageMaker AI and whose invocations are logged."""
        self.escrow_uri = self._buckets.make_escrow(self._region)
        self._buckets.make_invocation_logs(self._region)

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: Mapping[str, list[str]]
    ) -> Answer:
        access.access_key.set(server.extract_access_key_id(headers, query))
        caller = iam.request_caller_arn(headers, query)
        region = server.extract_region(headers, query)
        if reason := self._refusal(method, path, query, headers, body, caller):
            return 403, {"x-amzn-ErrorType": "AccessDeniedException"}, json.dumps({"message": reason}).encode()
        try:
            status, answered, content = self._bedrock.handle(
                method,
                path,
                query,
                headers,
                body,
                region=region,
                account=server.get_account_id(),
                caller=caller,
            )
        except ConnectionLost:
            return 500, {CONNECTION_LOST: "true"}, b""
        return status, dict(answered), content

    def _refusal(  # noqa: PLR0917 - a request
        self, method: str, path: str, query: Mapping[str, list[str]], headers: dict[str, str], body: bytes, caller: str
    ) -> str | None:
        """What AWS asks of other services before Bedrock carries a request out."""
        match = routes.match(method, path)
        if match is None or not self._checks:
            return None
        try:
            params = wire.parse(match, query, headers, body)
        except ServiceError:
            # Bedrock itself says what is wrong with it.
            return None
        found = (check.refusal(match.operation.name, params, caller) for check in self._checks)
        return next((reason for reason in found if reason), None)

    def _key_of(self, identifier: str) -> str | None:
        """The key of a model, or of the one behind a deployment or throughput."""
        store = self._bedrock.store()
        found = store.find(identifier) or store.of(CustomModel).find(identifier)
        if isinstance(found, CustomModel | ImportedModel):
            return found.kms_key_arn
        behind = getattr(found, "model_arn", "")
        return self._key_of(behind) if behind and behind != identifier else None

    def administer(self, path: str, _headers: dict[str, str], body: bytes) -> tuple[int, object]:
        if path == "escrow":
            return 200, {"uri": self.escrow_uri}
        try:
            return 200, self._bedrock.admin(path, json.loads(body or b"{}"))
        except (ValueError, TypeError, KeyError) as error:
            return 400, {"error": str(error)}

    def _publish(self, event: dict[str, Any]) -> None:
        entry = {
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"], default=str),
            "Resources": event.get("resources", []),
        }
        server.put_events({"Entries": [entry]}, allow_aws_source=True)
