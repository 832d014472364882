"""The answers of custom resources: what is PUT to a ResponseURL, and who waits for it."""

import dataclasses
import json
import threading
import uuid
from typing import Any

PATH = "/_local/cloudformation-response"
LARGEST_ANSWER = 4096
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
class Question:
    """One event that was sent, and the first valid answer to it."""

    event: dict[str, Any]
    token: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex)
    answered: threading.Event = dataclasses.field(default_factory=threading.Event)
    answer: dict[str, Any] | None = None

    def accepts(self, answer: dict[str, Any]) -> bool:
        return all(answer.get(name) == self.event[name] for name in ("StackId", "RequestId", "LogicalResourceId"))


class Mailbox:
    """The questions that are still open, by the token in their ResponseURL."""

    def __init__(self) -> None:
        self._open: dict[str, Question] = {}

    def open(self, question: Question) -> None:
        self._open[question.token] = question

    def close(self, question: Question) -> None:
        self._open.pop(question.token, None)

    def receive(self, token: str, headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """What S3 does with a PUT to the signed URL; CloudFormation then ignores whatever does not fit."""
        if headers.get("content-type"):
            return 403, {"message": "SignatureDoesNotMatch: the URL is signed for an empty Content-Type"}
        question = self._open.get(token)
        answer = _parse(body)
        if question and question.answer is None and answer is not None and question.accepts(answer):
            question.answer = _bounded(answer, len(body))
            question.answered.set()
        return 200, {}


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _bounded(answer: dict[str, Any], size: int) -> dict[str, Any]:
    if size <= LARGEST_ANSWER:
        return answer
    return {"Status": "FAILED", "Reason": "Response object is too long."}


mailbox = Mailbox()
