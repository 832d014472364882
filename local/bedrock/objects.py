"""Objects in Amazon S3 as Bedrock needs them: to see whether inputs are there, and to write a job's outputs."""

from typing import Protocol
from urllib.parse import urlsplit


class Objects(Protocol):
    def put(self, bucket: str, key: str, body: bytes) -> None: ...

    def exists(self, uri: str) -> bool:
        """Whether an object, or anything under the prefix, is there."""
        ...

    def bucket_exists(self, bucket: str) -> bool: ...


class MemoryObjects:
    """Buckets in a dict: only what was put is there."""

    def __init__(self, *buckets: str) -> None:
        self.stored: dict[tuple[str, str], bytes] = {}
        self._buckets = set(buckets)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        self._buckets.add(bucket)
        self.stored[bucket, key] = body

    def exists(self, uri: str) -> bool:
        bucket, key = split(uri)
        return any(b == bucket and k.startswith(key) for b, k in self.stored)

    def bucket_exists(self, bucket: str) -> bool:
        return bucket in self._buckets


class BoundlessObjects(MemoryObjects):
    """Every bucket and every input is there already, so that a test need not upload any."""

    def exists(self, uri: str) -> bool:
        return bool(uri)

    def bucket_exists(self, bucket: str) -> bool:
        return bool(bucket)


def split(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri)
    return parts.netloc, parts.path.removeprefix("/")
