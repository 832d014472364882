"""Forms of training records: which one a record has, so that a file of another model's form is named as such."""

from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Any, Final

from constructs_lib.core.checks import require
from constructs_lib.data.jsonl.values import Record, member


class Form(StrEnum):
    """The forms in which data for training are published. The value is how a record begins."""

    CONVERSATION = '{"schemaVersion": "bedrock-conversation-2024", "messages": [{"role": ..., "content": [{"text": ...'
    MESSAGES = '{"messages": [{"role": ..., "content": "..."'
    PREFERENCES = '{"messages": [..., {"role": "assistant", "candidates": [...'
    PROMPT_COMPLETION = '{"prompt": "...", "completion": "..."'
    INPUT = '{"input": "..."'
    IMAGE_CAPTION = '{"image-ref": "s3://...", "caption": "..."'
    INVOCATION_LOG = '{"schemaType": "ModelInvocationLog", "modelId": ..., "input": {...'


_MEMBERS: Final = {
    Form.PROMPT_COMPLETION: {"prompt", "completion"},
    Form.IMAGE_CAPTION: {"image-ref", "caption"},
    Form.INVOCATION_LOG: {"modelId", "input"},
    Form.INPUT: {"input"},
}


def form_of(record: Record) -> Form | None:
    """The form that a record has, or None for one that has none of them."""
    messages = record.get("messages")
    if isinstance(messages, list):
        return Form.CONVERSATION if "schemaVersion" in record else _of_messages(messages)
    return next((form for form, members in _MEMBERS.items() if members <= record.keys()), None)


def _of_messages(messages: list[Any]) -> Form | None:
    if any(member(message, "candidates") for message in messages):
        return Form.PREFERENCES
    content = member(messages[0], "content") if messages else None
    first = content[0] if isinstance(content, list) and content else None
    if isinstance(content, str) or (isinstance(first, dict) and "type" in first):
        return Form.MESSAGES
    return Form.CONVERSATION if isinstance(first, dict) else None


def expect(record: Record, expected: AbstractSet[Form], wanted: str) -> None:
    """Refuses a record that has the form of another kind of model or training. Nothing is expected of an empty set."""
    found = form_of(record)
    if found and expected:
        require(
            found in expected,
            f"must be a record of the form {wanted}",
            f"{found}",
            f"write it as {' or '.join(sorted(expected))}, or choose the base model and customization that it is for",
        )
