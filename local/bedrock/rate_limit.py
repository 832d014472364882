"""Throttling as AWS does it: a bucket of tokens for each operation, filled at a steady rate."""

from dataclasses import dataclass
from datetime import datetime

from local.bedrock.errors import ServiceError
from local.bedrock.settings import Quotas


@dataclass
class _Bucket:
    tokens: float
    filled: datetime


class RateLimit:
    """Counts the calls of every operation apart, by the injected clock."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, operation: str, quotas: Quotas, now: datetime) -> None:
        """Takes a token for this call. Raises ThrottlingException when there is none."""
        if not quotas.requests_per_second:
            return
        bucket = self._buckets.setdefault(operation, _Bucket(quotas.request_burst, now))
        passed = (now - bucket.filled).total_seconds()
        bucket.tokens = min(quotas.request_burst, bucket.tokens + passed * quotas.requests_per_second)
        bucket.filled = now
        if bucket.tokens < 1:
            raise ServiceError("ThrottlingException", "Rate exceeded")
        bucket.tokens -= 1

    def clear(self) -> None:
        """Full buckets again."""
        self._buckets.clear()
