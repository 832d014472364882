"""How an answer is scored, and what the records of a check look like."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


class BadRecord(ValueError):  # noqa: N818  a finding, not a defect
    """A record that cannot be asked: no verdict follows from it."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One record: what Converse is asked, and the answer that is expected, if the record has one."""

    messages: list[dict[str, Any]]
    system: list[dict[str, Any]]
    expected: str | None

    @classmethod
    def parse(cls, line: str) -> "Question":
        """A conversation as for fine-tuning, or `prompt` and `completion`. Raises `BadRecord` for anything else."""
        try:
            record: Any = json.loads(line)
        except ValueError as error:
            raise BadRecord(f"it is no JSON: {error}") from None
        if not isinstance(record, dict):
            raise BadRecord("it is no JSON object")
        if isinstance(record.get("prompt"), str):
            asked = [{"role": "user", "content": [{"text": record["prompt"]}]}]
            return cls(messages=asked, system=[], expected=record.get("completion"))
        messages: Any = record.get("messages")
        if not isinstance(messages, list) or not messages:
            raise BadRecord("it has neither messages nor a prompt")
        expected = text_of(messages[-1]) if messages[-1].get("role") == "assistant" else None
        asked = messages if expected is None else messages[:-1]
        if not asked:
            raise BadRecord("it has no message of a user")
        return cls(messages=asked, system=record.get("system") or [], expected=expected)


def text_of(message: Mapping[str, Any]) -> str:
    """The text of a message of the Converse API."""
    content = message.get("content") or []
    return "".join(str(block.get("text") or "") for block in content if isinstance(block, dict))


def exact_match(answer: str, expected: str | None) -> float:
    """1 if both are the same but for white space around them."""
    return float(answer.strip() == _required(expected).strip())


def contains(answer: str, expected: str | None) -> float:
    """1 if the expected text is a part of the answer."""
    return float(_required(expected).strip() in answer)


def valid_json(answer: str, expected: str | None) -> float:  # noqa: ARG001  the signature of every score
    """1 if the answer is a JSON value and nothing else."""
    try:
        json.loads(answer)
    except ValueError:
        return 0.0
    return 1.0


SCORES: Final[dict[str, Callable[[str, str | None], float]]] = {
    "exact-match": exact_match,
    "contains": contains,
    "valid-json": valid_json,
}


def _required(expected: str | None) -> str:
    if expected is None:
        raise BadRecord("it ends without an answer of the assistant, and has no completion, to compare with")
    return expected
