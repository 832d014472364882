"""Responses of custom resources: what is PUT to a ResponseURL, and the request that waits for it."""

import dataclasses
import json
import threading
import uuid
from typing import Any

PATH = "/_local/cloudformation-response"
# Bytes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
LARGEST_RESPONSE = 4096
# What the events say of a resource that was still being made or changed when another one failed.
CANCELLED = {"CREATE": "Resource creation cancelled", "UPDATE": "Resource update cancelled"}


class Cancellation:
    """Ends the waits of an operation in which another resource has failed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waits: list[threading.Event] = []
        self.requested = False

    def watch(self, wait: threading.Event) -> None:
        with self._lock:
            self._waits.append(wait)
            if self.requested:
                wait.set()

    def request(self) -> None:
        with self._lock:
            self.requested = True
            for wait in self._waits:
                wait.set()


@dataclasses.dataclass
class OpenRequest:
    """One event that was sent, and the first valid response to it."""

    event: dict[str, Any]
    token: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex)
    answered: threading.Event = dataclasses.field(default_factory=threading.Event)
    response: dict[str, Any] | None = None

    def accepts(self, response: dict[str, Any]) -> bool:
        return all(response.get(name) == self.event[name] for name in ("StackId", "RequestId", "LogicalResourceId"))


class OpenRequests:
    """The requests that still wait for a response, by the token in their ResponseURL."""

    def __init__(self) -> None:
        self._open: dict[str, OpenRequest] = {}

    def open(self, request: OpenRequest) -> None:
        self._open[request.token] = request

    def close(self, request: OpenRequest) -> None:
        self._open.pop(request.token, None)

    def receive(self, token: str, headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """What S3 does with a PUT to the signed URL; CloudFormation then ignores whatever does not fit."""
        if headers.get("content-type"):
            return 403, {"message": "SignatureDoesNotMatch: the URL is signed for an empty Content-Type"}
        # A response that comes late, twice or for another request is stored by S3 and read by nobody.
        request = self._open.get(token)
        response = _parse(body)
        if request and request.response is None and response is not None and request.accepts(response):
            request.response = _bounded(response, len(body))
            request.answered.set()
        return 200, {}


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        response = json.loads(body)
    except ValueError:
        return None
    return response if isinstance(response, dict) else None


def _bounded(response: dict[str, Any], size: int) -> dict[str, Any]:
    if size <= LARGEST_RESPONSE:
        return response
    return {"Status": "FAILED", "Reason": "Response object is too long."}


open_requests = OpenRequests()
