"""The records that a candidate is asked before it is served."""

import enum
import os
from dataclasses import dataclass
from typing import Any, Final

from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.data.data_source import BoundData, DataSource, LocalFile, S3Object, S3Uri
from constructs_lib.data.jsonl import reader

_MAX_TOKENS_DEFAULT: Final = 512
_MAX_TOKENS_MOST: Final = 65_536
_PER_MINUTE_MOST: Final = 10_000


class CheckScore(enum.Enum):
    """How an answer is scored, from 0 to 1."""

    EXACT_MATCH = "exact-match"
    """1 if the answer is the expected one, but for white space around it."""

    CONTAINS = "contains"
    """1 if the expected text is a part of the answer."""

    VALID_JSON = "valid-json"
    """1 if the answer is a JSON value and nothing else. The records need no expected answer."""


@dataclass(frozen=True, kw_only=True)
class CheckData:
    """Held-out records in JSON Lines: what the candidate is asked, and mostly the answer that is expected.

    A record is a conversation as for fine-tuning (`messages` of the Converse API, text alone, with `system` if there is
    one), whose last message is the expected answer of the assistant, or an object with `prompt` and `completion`.
    """

    source: DataSource
    score: CheckScore | None = None
    min_score: float = 1.0
    max_tokens: int = _MAX_TOKENS_DEFAULT
    requests_per_minute: int | None = None

    def __post_init__(self) -> None:
        checks.number("min_score", self.min_score, 0, 1)
        checks.integer("max_tokens", self.max_tokens, 1, _MAX_TOKENS_MOST)
        if self.requests_per_minute is not None:
            checks.integer("requests_per_minute", self.requests_per_minute, 1, _PER_MINUTE_MOST)

    @classmethod
    def from_asset(
        cls,
        path: str | os.PathLike[str],
        *,
        score: CheckScore | None = None,
        min_score: float = 1.0,
        max_tokens: int = _MAX_TOKENS_DEFAULT,
        requests_per_minute: int | None = None,
    ) -> "CheckData":
        """A JSONL file on this machine, checked line by line at synthesis and uploaded with the deployment.

        :param path: other content is another check.
        :param score: Default: EXACT_MATCH, unless the check has a `function`, which scores then.
        :param min_score: the mean score, from 0 to 1, that the model has to reach. Default: 1, every answer counts.
        :param max_tokens: the most that each answer may have. Default: 512.
        :param requests_per_minute: the most that are sent. Default: one after another, and slower when Bedrock
            throttles.
        :raises ValueError: for a file that does not exist, and for a record that cannot be asked; it names the line.
        """
        return cls(
            source=LocalFile.of(path),
            score=score,
            min_score=min_score,
            max_tokens=max_tokens,
            requests_per_minute=requests_per_minute,
        )

    @classmethod
    def from_bucket(
        cls,
        bucket: s3.IBucket,
        key: str,
        *,
        score: CheckScore | None = None,
        min_score: float = 1.0,
        max_tokens: int = _MAX_TOKENS_DEFAULT,
        requests_per_minute: int | None = None,
    ) -> "CheckData":
        """A JSONL file in a bucket; the check may read exactly this key. New content under the same key is the same
        check. The other arguments are those of `from_asset`.
        """
        return cls(
            source=S3Object(bucket=bucket, key=key),
            score=score,
            min_score=min_score,
            max_tokens=max_tokens,
            requests_per_minute=requests_per_minute,
        )

    @classmethod
    def from_s3_uri(
        cls,
        uri: str,
        *,
        score: CheckScore | None = None,
        min_score: float = 1.0,
        max_tokens: int = _MAX_TOKENS_DEFAULT,
        requests_per_minute: int | None = None,
    ) -> "CheckData":
        """The same by its URI, `s3://bucket/key`. The other arguments are those of `from_asset`."""
        return cls(
            source=S3Uri(uri=uri),
            score=score,
            min_score=min_score,
            max_tokens=max_tokens,
            requests_per_minute=requests_per_minute,
        )

    def check(self, *, by_function: bool) -> None:
        """Raises `ValueError` for a local record that cannot be asked or scored; it names file and line."""
        if not isinstance(self.source, LocalFile):
            return
        needs_answer = not by_function and self.score is not CheckScore.VALID_JSON
        for number, line in reader.lines(self.source.path):
            try:
                _check_record(reader.parse(line), needs_answer=needs_answer)
            except ValueError as error:
                raise ValueError(f"{self.source.path}, line {number}: {error}") from None

    def bind(self, scope: Construct) -> BoundData:
        """Takes its place under the check."""
        return self.source.bind(scope, "Records")


def _check_record(record: dict[str, Any], *, needs_answer: bool) -> None:
    if "prompt" in record:
        checks.require(isinstance(record["prompt"], str), "prompt must be text", record["prompt"], "write a text")
        answer = record.get("completion")
    else:
        answer = _check_conversation(record)
    checks.require(
        not needs_answer or isinstance(answer, str),
        "a record of a check must have the expected answer",
        sorted(record),
        "end messages with the assistant's, add completion, or score with a function",
    )


def _check_conversation(record: dict[str, Any]) -> str | None:
    messages = record.get("messages")
    checks.require(
        isinstance(messages, list) and bool(messages) and all(_is_text_message(each) for each in messages),
        "a record of a check must have a prompt, or messages of the Converse API with text alone",
        sorted(record),
        'write {"messages": [{"role": "user", "content": [{"text": "..."}]}, ...]} or {"prompt": "...", ...}',
    )
    assert isinstance(messages, list)  # noqa: S101  just checked
    last = messages[-1]
    checks.require(
        messages[0]["role"] == "user",
        "the first of messages must be the user's",
        messages[0]["role"],
        "begin with what the model is asked",
    )
    return "".join(block["text"] for block in last["content"]) if last["role"] == "assistant" else None


def _is_text_message(message: object) -> bool:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
        return False
    content = message.get("content")
    return isinstance(content, list) and all(
        isinstance(block, dict) and set(block) == {"text"} and isinstance(block["text"], str) for block in content
    )
