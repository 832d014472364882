"""The function that asks a candidate the records of a check, some in each invocation.

The check's state machine hands it the state that the last invocation returned, so an invocation that fails is repeated
from there. A throttled request is no failure: the state says how long to wait. In the end it holds the verdict.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from provider.aws import errors
from provider.cloudformation import log
from provider.model_check.scores import SCORES, BadRecord, Question, text_of
from provider.model_check.verdict import is_number

# An answer may take minutes; the function's own time is what bounds it.
_CONFIG: Final = Config(connect_timeout=5, read_timeout=300, retries={"mode": "standard", "total_max_attempts": 2})
# So many in an invocation: what one that fails has asked is asked again.
_BATCH: Final = 20
_SHORTEST_PAUSE: Final = 10
_LONGEST_PAUSE: Final = 120
# What has to be left of the function's time to ask once more.
_MARGIN_MILLISECONDS: Final = 310_000
_NOT_READY: Final = ("ModelNotReadyException", "ModelTimeoutException")
_WORST: Final = 5


class Context(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int: ...


class Clients:
    """The services that a check uses, by botocore's own models: the function calls no API that is newer than those."""

    @functools.cached_property
    def _session(self) -> Any:
        return botocore.session.get_session()

    @functools.cached_property
    def runtime(self) -> Any:
        """Inference of Amazon Bedrock."""
        return self._session.create_client("bedrock-runtime", config=_CONFIG)

    @functools.cached_property
    def s3(self) -> Any:
        """Amazon S3: the records, and the report."""
        return self._session.create_client("s3", config=_CONFIG)

    @functools.cached_property
    def functions(self) -> Any:
        """AWS Lambda: the function that scores."""
        return self._session.create_client("lambda", config=_CONFIG)


@functools.cache
def shared() -> Clients:
    """One for as long as the execution environment lives."""
    return Clients()


def handle(state: dict[str, Any], context: Context, *, clients: Clients | None = None) -> dict[str, Any]:
    """Returns the state for the next invocation, or with `done` the verdict."""
    log.bind(None)
    return _Check(state, clients or shared()).advance(context)


class _Check:
    """One invocation of a check."""

    def __init__(self, state: dict[str, Any], clients: Clients) -> None:
        self.state = state
        self.clients = clients
        self.lines = _lines(clients, state["records"])
        self.next = int(state.get("next", 0))
        self.sum = float(state.get("sum", 0))
        self.worst: list[tuple[float, int]] = [tuple(each) for each in state.get("worst", [])]

    def advance(self, context: Context) -> dict[str, Any]:
        """Asks a batch, scores it, and says how it goes on."""
        asked, pause = self._ask(context)
        if asked:
            self._score(asked)
        if self.next < len(self.lines):
            log.info("asked", check=self.state["execution"], records=self.next, of=len(self.lines))
            return {**self.state, **self._progress(), "waitSeconds": pause, "done": False}
        return {"done": True, "verdict": self._verdict()}

    def _ask(self, context: Context) -> tuple[list[dict[str, Any]], int]:
        """The answers to the next records, until the batch is full, the time is over or Bedrock throttles."""
        per_minute = int(self.state.get("requestsPerMinute") or 0)
        size = min(_BATCH, per_minute or _BATCH)
        asked: list[dict[str, Any]] = []
        for index in range(self.next, min(self.next + size, len(self.lines))):
            if asked and context.get_remaining_time_in_millis() < _MARGIN_MILLISECONDS:
                break
            try:
                asked.append({"index": index, **self._converse(index)})
            except ClientError as error:
                if not (errors.is_passing(error) or errors.code(error) in _NOT_READY):
                    raise
                log.info("throttled", check=self.state["execution"], error=errors.message(error))
                return asked, self._longer_pause(any_asked=bool(asked))
        return asked, max(1, -(-60 * len(asked) // per_minute)) if per_minute else 1

    def _longer_pause(self, *, any_asked: bool) -> int:
        before = 0 if any_asked else int(self.state.get("waitSeconds", 0))
        return min(max(_SHORTEST_PAUSE, 2 * before), _LONGEST_PAUSE)

    def _converse(self, index: int) -> dict[str, Any]:
        try:
            question = Question.parse(self.lines[index])
        except BadRecord as finding:
            raise BadRecord(f"record {index + 1} cannot be asked: {finding}") from None
        answer = self.clients.runtime.converse(
            modelId=self.state["modelId"],
            messages=question.messages,
            inferenceConfig={"maxTokens": int(self.state["maxTokens"]), "temperature": 0},
            **({"system": question.system} if question.system else {}),
        )
        text = text_of(answer["output"]["message"])
        return {"messages": question.messages, "expected": question.expected, "answer": text}

    def _score(self, asked: Sequence[dict[str, Any]]) -> None:
        scored = self._by_function(asked) if "functionArn" in self.state else self._by_rule(asked)
        for each, score in zip(asked, scored, strict=True):
            self.sum += score
            self.worst = sorted([*self.worst, (score, each["index"] + 1)])[:_WORST]
        self._report([{**each, "score": score} for each, score in zip(asked, scored, strict=True)])
        self.next += len(asked)

    def _by_rule(self, asked: Sequence[Mapping[str, Any]]) -> list[float]:
        name = self.state.get("score")
        if name not in SCORES:
            raise BadRecord(f"the score {name!r} is not one that this version of the library knows")
        try:
            return [SCORES[name](each["answer"], each["expected"]) for each in asked]
        except BadRecord as finding:
            raise BadRecord(f"a record from {asked[0]['index'] + 1} on cannot be scored: {finding}") from None

    def _by_function(self, asked: Sequence[Mapping[str, Any]]) -> list[float]:
        samples = [{"id": str(each["index"]), **_without_index(each)} for each in asked]
        event = {"modelArn": self.state["modelArn"], "samples": samples, "payload": self.state.get("payload")}
        answer = self.clients.functions.invoke(FunctionName=self.state["functionArn"], Payload=json.dumps(event))
        body = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise BadRecord(f"the function that scores failed: {body[:300]}")
        given = json.loads(body)
        scores = {str(each.get("id")): each.get("score") for each in given} if isinstance(given, list) else {}
        found = [scores.get(each["id"]) for each in samples]
        if not all(is_number(score) and 0 <= float(score or 0) <= 1 for score in found):
            raise BadRecord(f'the function must return [{{"id": text, "score": 0 to 1}}, ...], got {body[:300]}')
        return [float(score) for score in found if score is not None]

    def _report(self, scored: Sequence[Mapping[str, Any]]) -> None:
        report = self.state.get("report")
        if not report:
            return
        bucket, prefix = _place(report)
        # The same key when the same batch is asked again.
        key = "/".join(
            part for part in (prefix.strip("/"), self.state["execution"], f"{self.next + 1:06}.jsonl") if part
        )
        lines = "".join(f"{json.dumps({'record': each['index'] + 1, **_without_index(each)})}\n" for each in scored)
        self.clients.s3.put_object(Bucket=bucket, Key=key, Body=lines.encode(), ContentType="application/jsonl")

    def _progress(self) -> dict[str, Any]:
        return {"next": self.next, "sum": self.sum, "worst": self.worst}

    def _verdict(self) -> dict[str, Any]:
        count = len(self.lines)
        if not count:
            raise BadRecord("there are no records")
        mean, least = self.sum / count, float(self.state["minScore"])
        lowest = ", ".join(f"{number} ({score:g})" for score, number in self.worst)
        reason = (
            f"the score of {count} records is {mean:.4g}, and at least {least:g} is asked; lowest: records {lowest}"
        )
        return {"passed": mean >= least, "reason": reason, "metrics": {"Score": mean, "RecordCount": count}}


def _without_index(scored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in scored.items() if name != "index"}


def _lines(clients: Clients, uri: str) -> list[str]:
    bucket, key = _place(uri)
    body: bytes = clients.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    # Not splitlines: a text in a record may hold separators that only Unicode knows.
    return [line for line in body.decode("utf-8-sig").split("\n") if line.strip()]


def _place(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
