"""The account's quota of training jobs in progress, as Service Quotas tells it."""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.context import Context

# Names differ with time and have no documented codes: these words are what they have in common.
_SECTION: Final = "(model customization)"
_JOBS: Final = "customization jobs"


def read(context: Context) -> tuple[str, float] | None:
    """Its name and how many it allows; None if Service Quotas does not tell."""
    try:
        found = [each for each in _quotas(context.aws.client("service-quotas")) if _JOBS in each["QuotaName"].lower()]
    except (ClientError, BotoCoreError):
        return None
    least = min(found, key=lambda each: each["Value"], default=None)
    return (least["QuotaName"], least["Value"]) if least else None


def _quotas(client: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("list_service_quotas").paginate(ServiceCode="bedrock"):
        yield from (each for each in page["Quotas"] if each["QuotaName"].lower().startswith(_SECTION))
