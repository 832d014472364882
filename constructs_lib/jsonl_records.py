"""What a single training record looks like, one function a format. Each raises `ValueError` with rule, got, remedy.

They refuse what the user guides call wrong and let pass what these leave open: members that are not named here belong
to the service's check, not to this one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from constructs_lib.checks import require

# Block types of the Converse API, of which Nova and Llama take some each.
_BLOCKS: Final = frozenset({
    "text", "image", "video", "audio", "document", "reasoningContent", "toolUse", "toolResult", "cachePoint"
})  # fmt: skip
# "If a user prompt or system prompt starts with any of these keywords, or has these keywords anywhere in the prompt,
# your training job will fail" (Amazon Nova user guide, preparing data for fine-tuning understanding models).
_RESERVED: Final = ("User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]")
_NOVA_IMAGES_MAX: Final = 10
_NOVA_VIDEOS_MAX: Final = 1
_CHAT_ROLES: Final = ("developer", "system", "user", "assistant", "tool")

Record = Mapping[str, Any]


def prompt_and_completion(record: Record) -> None:
    """Text models without conversations: `{"prompt": "...", "completion": "..."}`."""
    for member in ("prompt", "completion"):
        _text(member, record.get(member), 'use {"prompt": "...", "completion": "..."}')


def only_input(record: Record) -> None:
    """Continued pre-training: `{"input": "..."}`, which has no answers to learn from."""
    _text("input", record.get("input"), 'use {"input": "..."}')


def image_and_caption(record: Record) -> None:
    """Models that make or embed images: `{"image-ref": "s3://...", "caption": "..."}`."""
    image = record.get("image-ref")
    require(_is_s3(image), "image-ref must be an S3 URI", _shown(image), "use s3://bucket/key of a JPEG or PNG")
    _text("caption", record.get("caption"), "say what the image shows")


def conversation(record: Record) -> None:
    """Models of the Converse API: `schemaVersion`, an optional `system`, alternating `messages` of content blocks."""
    # Any text will do: the Nova user guide leaves it open, and Bedrock's own pages spell the value in two ways.
    _text("schemaVersion", record.get("schemaVersion"), 'use "bedrock-conversation-2024"')
    for block in _items("system", record.get("system", ()), least=0):
        _text("system[].text", block.get("text"), 'use "system": [{"text": "..."}], or leave it out')
    turns = _turns(record)
    for index, turn in enumerate(turns):
        for block in _items(f"messages[{index}].content", turn.get("content")):
            _block(f"messages[{index}].content", block)


def answered(record: Record) -> None:
    """Fine-tuning: the last turn is the answer to learn. A distillation does without: the teacher gives it."""
    role = record["messages"][-1]["role"]
    require(role == "assistant", "the last of messages must be the assistant's", role, "add the answer to learn")


def without_reserved_words(record: Record) -> None:
    """Nova: words that mark the turns inside of the model make the job fail in system and user prompts."""
    for text in _prompts(record):
        word = next((word for word in _RESERVED if word in text), None)
        require(word is None, "a prompt for Nova must not have a reserved word", word, "use another word of that sense")


def with_few_media(record: Record) -> None:
    """Nova: a record has images or a video, not both, and not many."""
    blocks = [block for turn in record["messages"] for block in turn["content"]]
    images = sum("image" in block for block in blocks)
    videos = sum("video" in block for block in blocks)
    require(
        images <= _NOVA_IMAGES_MAX and videos <= _NOVA_VIDEOS_MAX and not (images and videos),
        f"a record for Nova must have at most {_NOVA_IMAGES_MAX} images, or {_NOVA_VIDEOS_MAX} video",
        f"{images} images and {videos} videos",
        "make several records of it",
    )


def messages_or_conversation(record: Record) -> None:
    """Claude 3 Haiku: `{"system": "...", "messages": [{"role": "user", "content": "..."}, ...]}`, or a conversation."""
    if "schemaVersion" in record:
        conversation(record)
    else:
        _claude_messages(record)
    answered(record)


def chat_completion(record: Record) -> None:
    """Reinforcement fine-tuning: OpenAI's chat completions, and whatever else the grader reads."""
    messages = _items("messages", record.get("messages"))
    for index, message in enumerate(messages):
        role = message.get("role")
        require(
            role in _CHAT_ROLES,
            f"messages[{index}].role must be one of {', '.join(_CHAT_ROLES)}",
            _shown(role),
            "use 'user' for the prompt",
        )
    roles = [message["role"] for message in messages]
    require("user" in roles, "messages must have a user's message", roles, "add the prompt that is to be answered")
    for index, message in enumerate(messages):
        if message["role"] == "user":
            _chat_content(f"messages[{index}].content", message.get("content"))


def _claude_messages(record: Record) -> None:
    if "system" in record:
        _text("system", record["system"], "say it in one text, or leave it out")
    for index, turn in enumerate(_turns(record)):
        _chat_content(f"messages[{index}].content", turn.get("content"))


def _turns(record: Record) -> Sequence[Record]:
    turns = _items("messages", record.get("messages"))
    for index, turn in enumerate(turns):
        expected = "assistant" if index % 2 else "user"
        require(
            turn.get("role") == expected,
            f"messages[{index}].role must be {expected!r}: user and assistant take turns, the user begins",
            _shown(turn.get("role")),
            "merge turns of the same speaker" if turn.get("role") in ("user", "assistant") else f"use {expected!r}",
        )
    return turns


def _block(argument: str, block: Record) -> None:
    require(
        bool(_BLOCKS & block.keys()),
        f"{argument} must have blocks of {', '.join(sorted(_BLOCKS))}",
        sorted(block),
        'use {"text": "..."} for text',
    )
    if "text" in block:
        _text(f"{argument}[].text", block["text"], "leave the block out")
    for kind in ("image", "video"):
        if kind in block:
            _media(f"{argument}[].{kind}", block[kind])


def _media(argument: str, media: Any) -> None:
    source = media.get("source") if isinstance(media, dict) else None
    location = source.get("s3Location") if isinstance(source, dict) else None
    uri = location.get("uri") if isinstance(location, dict) else None
    require(
        _is_s3(uri) or (isinstance(source, dict) and "bytes" in source),
        f"{argument} must have an S3 URI in source.s3Location.uri",
        _shown(media),
        f'use {{"format": "...", "source": {{"s3Location": {{"uri": "s3://bucket/key"}}}}}} in {argument}',
    )


def _prompts(record: Record) -> Iterator[str]:
    yield from (block["text"] for block in record.get("system", ()))
    for turn in record["messages"]:
        if turn["role"] == "user":
            yield from (block["text"] for block in turn["content"] if "text" in block)


def _chat_content(argument: str, content: Any) -> None:
    if isinstance(content, list):
        _items(argument, content)
    else:
        _text(argument, content, "use text")


def _items(argument: str, value: Any, *, least: int = 1) -> Sequence[Record]:
    fits = isinstance(value, list | tuple) and len(value) >= least and all(isinstance(item, dict) for item in value)
    some = "a list of at least one object" if least else "a list of objects"
    require(fits, f"{argument} must be {some}", _shown(value), "use [{...}]")
    return list(value)


def _text(argument: str, value: Any, remedy: str) -> None:
    require(isinstance(value, str) and bool(value.strip()), f"{argument} must be text", _shown(value), remedy)


def _is_s3(value: Any) -> bool:
    return isinstance(value, str) and re.match(r"s3://[^/]+/.", value) is not None


def _shown(value: Any) -> Any:
    """Enough of a value to find it: records are long."""
    if isinstance(value, str):
        return value[:60]
    if isinstance(value, dict):
        return sorted(value)
    return f"{len(value)} entries" if isinstance(value, list) else value
