"""Rules for a single training record, one function a format. Each raises `ValueError` with rule, got, remedy.

They refuse what the user guides and the scripts that AWS publishes beside them call wrong, and let pass what these
leave open: members that are not named here belong to the service's check, not to this one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from constructs_lib.core.checks import require
from constructs_lib.data.jsonl.values import Record, blocks, items, member, s3_uri, shown, text

Rule = Callable[[Record], None]

# Block types of the Converse API, of which Nova and Llama take some each.
_BLOCKS: Final = frozenset({
    "text", "image", "video", "audio", "document", "reasoningContent", "toolUse", "toolResult", "cachePoint"
})  # fmt: skip
# A distillation is from text to text, and AWS's script refuses every other member.
_DISTILLATION_MEMBERS: Final = frozenset({"schemaVersion", "system", "messages"})
_TEXT_MEMBERS: Final = frozenset({"text", "type"})
# They would begin a turn inside of the model.
_CLAUDE_TURNS: Final = ("\nHuman:", "\nAssistant:")
_CHAT_ROLES: Final = ("system", "user", "assistant")


def prompt_and_completion(record: Record) -> None:
    """Text models without conversations: `{"prompt": "...", "completion": "..."}`."""
    for name in ("prompt", "completion"):
        text(name, record.get(name), 'use {"prompt": "...", "completion": "..."}')


def only_input(record: Record) -> None:
    """Continued pre-training: `{"input": "..."}`, which has no answers to learn from."""
    text("input", record.get("input"), 'use {"input": "..."}')


def image_and_caption(least: int, most: int) -> Rule:
    """Models that make or embed images: `{"image-ref": "s3://...", "caption": "..."}`, the caption in characters."""

    def check(record: Record) -> None:
        s3_uri("image-ref", record.get("image-ref"))
        caption = record.get("caption")
        require(
            isinstance(caption, str) and least <= len(caption) <= most,
            f"caption must be text of {least} to {most:,} characters",
            f"{len(caption)} characters" if isinstance(caption, str) else shown(caption),
            "say what the image shows",
        )

    return check


def version(*versions: str) -> Rule:
    """`schemaVersion`, which is required: one of these texts, or any text if none is given."""

    def check(record: Record) -> None:
        got = record.get("schemaVersion")
        text("schemaVersion", got, 'use "bedrock-conversation-2024"')
        require(
            not versions or got in versions,
            f"schemaVersion must be {' or '.join(map(repr, versions))}",
            got,
            'use "bedrock-conversation-2024"',
        )

    return check


def conversation(record: Record) -> None:
    """Models of the Converse API: an optional `system`, alternating `messages` of content blocks."""
    for block in items("system", record.get("system", ()), least=0):
        _is_text("system[].text", block.get("text"), 'use "system": [{"text": "..."}], or leave it out')
    for index, turn in enumerate(_turns(record)):
        _content(f"messages[{index}].content", items(f"messages[{index}].content", turn.get("content")))


def answered(record: Record) -> None:
    """Fine-tuning: the last turn is the answer to learn. A distillation does without: the teacher gives it."""
    role = record["messages"][-1]["role"]
    require(role == "assistant", "the last of messages must be the assistant's", role, "add the answer to learn")


def one_system(record: Record) -> None:
    """Llama: all of the system prompt in one block."""
    count = len(record.get("system", (None,)))
    require(count == 1, "system must have one block, or be left out", f"{count} blocks", "join the texts in one block")


def media(formats: Mapping[str, Sequence[str]]) -> Rule:
    """Images, videos, documents: in S3, in one of the formats that the model reads, and in the user's turns."""

    def check(record: Record) -> None:
        for where, role, block in blocks(record):
            for kind in block.keys() & formats.keys():
                in_turn_of("user", f"{where}.{kind}", role)
                _medium(f"{where}.{kind}", block[kind], formats[kind])

    return check


def refers_to_s3(value: Any) -> bool:
    """Whether a record names an object of S3, wherever in it."""
    if isinstance(value, list):
        return any(refers_to_s3(each) for each in value)
    if isinstance(value, dict):
        return "s3Location" in value or "image-ref" in value or any(refers_to_s3(each) for each in value.values())
    return False


def in_turn_of(expected: str, argument: str, role: str) -> None:
    """A block that only one of the two speakers may have."""
    require(role == expected, f"{argument} must be in a turn of the {expected}", role, "move it, or leave it out")


def distilled(record: Record) -> None:
    """Distillation: text alone, in one block a turn."""
    _only("a record", record, _DISTILLATION_MEMBERS)
    systems = len(record.get("system", ()))
    require(systems <= 1, "system must have one block at most", f"{systems} blocks", "join the texts")
    for index, turn in enumerate(record["messages"]):
        _only(f"messages[{index}]", turn, frozenset({"role", "content"}))
        count = len(turn["content"])
        require(count == 1, f"messages[{index}].content must have one block", f"{count} blocks", "join the texts")
    for where, _, block in blocks(record):
        _only(where, block, _TEXT_MEMBERS)


def one_turn(record: Record) -> None:
    """Distillation with models of Anthropic and Meta: one prompt, and perhaps the answer to it."""
    prompts = sum(turn["role"] == "user" for turn in record["messages"])
    require(
        prompts == 1,
        "a distillation with a model of Anthropic or Meta must have one prompt a record",
        f"{prompts} prompts",
        "make a record of each, or use Nova models",
    )


def messages_or_conversation(record: Record) -> None:
    """Claude 3 Haiku: `{"system": "...", "messages": [{"role": "user", "content": "..."}, ...]}`, or a conversation."""
    if "schemaVersion" in record:
        version()(record)
        conversation(record)
        texts = [block.get("text", "") for block in record.get("system", ())]
        texts += [block.get("text", "") for _, _, block in blocks(record)]
    else:
        texts = _claude_messages(record)
    answered(record)
    marker = next((marker for marker in _CLAUDE_TURNS for each in texts if marker in each), None)
    require(
        marker is None,
        "a text for Claude must not have a line that begins with Human: or Assistant:",
        marker,
        "write it without the colon",
    )


def chat_completion(record: Record) -> None:
    """Reinforcement fine-tuning: OpenAI's chat completions, and whatever else the grader reads."""
    messages = items("messages", record.get("messages"))
    for index, message in enumerate(messages):
        role = message.get("role")
        require(
            role in _CHAT_ROLES,
            f"messages[{index}].role must be one of {', '.join(_CHAT_ROLES)}",
            shown(role),
            "use 'user' for the prompt",
        )
        require(
            role != "system" or index == 0, "the system's message must be the first", f"number {index + 1}", "move it"
        )
        if role == "user" or "content" in message:
            _chat_content(f"messages[{index}].content", message.get("content"))
    roles = [message["role"] for message in messages]
    require("user" in roles, "messages must have a user's message", roles, "add the prompt that is to be answered")


def chat_tools(record: Record) -> None:
    """Reinforcement fine-tuning: functions that the model may call, an id, an answer to compare with."""
    names = [_function(tool) for tool in items("tools", record["tools"])] if "tools" in record else []
    once("tools[].function.name", names)
    if "id" in record:
        text("id", record["id"], "leave it out, or use a text")
    answer = record.get("reference_answer")
    require(answer not in ("", {}, []), "reference_answer must not be empty", answer, "leave it out, or fill it in")


def once(argument: str, names: Sequence[Any]) -> None:
    """Names that may not come twice."""
    twice = next((name for name in names if names.count(name) > 1), None)
    require(twice is None, f"{argument} must be unique", twice, "rename one of them")


def _function(tool: Record) -> Any:
    require(
        tool.get("type") == "function", "tools[].type must be 'function'", shown(tool.get("type")), "use 'function'"
    )
    for name in ("name", "description"):
        text(f"tools[].function.{name}", member(tool, "function", name), "say how the model calls it and what it does")
    kind = member(tool, "function", "parameters", "type")
    rule = "tools[].function.parameters must be a JSON schema of type 'object'"
    require(kind == "object", rule, shown(kind), 'use {"type": "object", "properties": {...}}')
    return tool["function"]["name"]


def _claude_messages(record: Record) -> list[str]:
    if "system" in record:
        _is_text("system", record["system"], "say it in one text, or leave it out")
    turns = _turns(record)
    for index, turn in enumerate(turns):
        text(f"messages[{index}].content", turn.get("content"), "use text")
    return [record.get("system", ""), *(turn["content"] for turn in turns)]


def _turns(record: Record) -> Sequence[Record]:
    turns = items("messages", record.get("messages"))
    for index, turn in enumerate(turns):
        expected = "assistant" if index % 2 else "user"
        require(
            turn.get("role") == expected,
            f"messages[{index}].role must be {expected!r}: user and assistant take turns, the user begins",
            shown(turn.get("role")),
            "merge turns of the same speaker" if turn.get("role") in ("user", "assistant") else f"use {expected!r}",
        )
    return turns


def _content(argument: str, content: Sequence[Record]) -> None:
    for block in content:
        require(
            bool(_BLOCKS & block.keys()),
            f"{argument} must have blocks of {', '.join(sorted(_BLOCKS))}",
            sorted(block),
            'use {"text": "..."} for text',
        )
        if "text" in block:
            _is_text(f"{argument}[].text", block["text"], "leave the block out")
    # An empty text beside an image says nothing wrong; a turn that is nothing else teaches nothing.
    if all(block.keys() & _BLOCKS == {"text"} and not block["text"].strip() for block in content):
        text(f"{argument}[].text", content[0]["text"], "leave the record out")


def _medium(argument: str, medium: Any, formats: Sequence[str]) -> None:
    known = member(medium, "format")
    require(
        isinstance(known, str) and known.lower() in formats,
        f"{argument}.format must be one of {', '.join(formats)}",
        shown(known),
        'use "jpeg"' if known in ("jpg", "JPG") else "convert the file, and name its format",
    )
    require(
        member(medium, "source", "bytes") is None,
        f"{argument}.source must be an s3Location",
        "bytes",
        "upload the file beside the records",
    )
    s3_uri(f"{argument}.source.s3Location.uri", member(medium, "source", "s3Location", "uri"))


def _only(argument: str, value: Record, members: frozenset[str]) -> None:
    others = sorted(value.keys() - members)
    require(
        not others, f"{argument} for a distillation must have {', '.join(sorted(members))} only", others, "leave it out"
    )


def _chat_content(argument: str, content: Any) -> None:
    if isinstance(content, list):
        for part in items(argument, content):
            require("type" in part, f"{argument}[] must have a type", sorted(part), 'use {"type": "text", "text": ...}')
    else:
        text(argument, content, "use text")


def _is_text(argument: str, value: Any, remedy: str) -> None:
    require(isinstance(value, str), f"{argument} must be text", shown(value), remedy)
