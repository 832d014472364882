"""Rules and warnings for records that fine-tune Amazon Nova, and for those of a whole file."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from constructs_lib.core.checks import require
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.data.jsonl.records import Rule, in_turn_of, once
from constructs_lib.data.jsonl.values import Record, blocks, items, member, prompts, shown, text

FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "image": ("gif", "jpeg", "png", "webp"),
    "video": ("mkv", "mov", "mp4", "webm"),
    "document": ("pdf",),
}
_BLOCKS: Final = frozenset({*FORMATS, "text", "reasoningContent", "toolUse", "toolResult"})
# "If a user prompt or system prompt starts with any of these keywords, or has these keywords anywhere in the prompt,
# your training job will fail" (Amazon Nova user guide, preparing data for fine-tuning understanding models).
_RESERVED: Final = ("User:", "Bot:", "Assistant:", "System:", "<image>", "<video>", "[EOS]")
# AWS's script refuses them in any case and in answers too; the guide speaks of prompts.
_SUSPECT: Final = re.compile(r"(?:user|bot|assistant|system):|<image>|<video>|<unk>|\[eos\]", re.IGNORECASE)
_PLAIN_URI: Final = re.compile(r"s3://[\w./-]+")
_IMAGES_MAX: Final = 10
# The Nova user guide knows them, the guide of Amazon Bedrock on Nova 2 and AWS's script do not.
_DOUBTED_BY_NOVA_2: Final = ("webp", "webm")


def blocks_of_nova(record: Record) -> None:
    """The blocks that Nova learns from, each in the turn where it belongs; each turn says more than a reasoning."""
    for where, role, block in blocks(record):
        known = _BLOCKS & block.keys()
        rule = f"{where} for Nova must be one of {', '.join(sorted(_BLOCKS))}"
        require(bool(known), rule, sorted(block), "leave the block out")
        for kind in known & {"toolUse", "reasoningContent"}:
            in_turn_of("assistant", f"{where}.{kind}", role)
        if "toolResult" in known:
            in_turn_of("user", f"{where}.toolResult", role)
        if "reasoningContent" in known:
            said = member(block, "reasoningContent", "reasoningText", "text")
            text(f"{where}.reasoningContent.reasoningText.text", said, "only text can be learned; leave the block out")
    for index, turn in enumerate(record["messages"]):
        kinds = {kind for block in turn["content"] for kind in block.keys() & _BLOCKS}
        rule = f"messages[{index}].content must have an answer beside its reasoning"
        require(kinds != {"reasoningContent"}, rule, sorted(kinds), "add the answer")


def without_reserved_words(record: Record) -> None:
    """Words that mark the turns inside of the model make the job fail in system and user prompts."""
    for prompt in prompts(record):
        word = next((word for word in _RESERVED if word in prompt), None)
        require(word is None, "a prompt for Nova must not have a reserved word", word, "use another word of that sense")


def with_few_media(record: Record) -> None:
    """A record has images, a video or a document, not several of them, and not many."""
    count = {kind: sum(kind in block for _, _, block in blocks(record)) for kind in FORMATS}
    kinds = [kind for kind in count if count[kind]]
    require(
        count["image"] <= _IMAGES_MAX and count["video"] <= 1 and count["document"] <= 1 and len(kinds) <= 1,
        f"a record for Nova must have at most {_IMAGES_MAX} images, or 1 video, or 1 document",
        " and ".join(f"{count[kind]} {kind}s" for kind in kinds),
        "make several records of it",
    )


def without_media(record: Record) -> None:
    """Nova Micro reads text alone."""
    kinds = [kind for _, _, block in blocks(record) for kind in FORMATS if kind in block]
    require(not kinds, "a record for Nova Micro must be text", "".join(kinds[:1]), "use Nova Lite or Pro for media")


def without_reasoning(record: Record) -> None:
    """Nova of the first generation does not reason."""
    reasons = any("reasoningContent" in block for _, _, block in blocks(record))
    rule = "a record for Nova 1 must not have reasoningContent"
    require(not reasons, rule, "reasoningContent", "leave the block out, or use Nova 2 Lite")


def plain_uris(record: Record) -> None:
    """Files whose URIs have no space, nor any other character that Nova does not read."""
    for where, _, block in blocks(record):
        for kind in block.keys() & FORMATS.keys():
            uri = block[kind]["source"]["s3Location"]["uri"]
            require(
                _PLAIN_URI.fullmatch(uri) is not None,
                f"{where}.{kind} for Nova must have a URI out of letters, digits, '_', '-', '.' and '/'",
                shown(uri),
                "rename the object",
            )


def matching_tools(record: Record) -> None:
    """Tools: each is described once, each use names one of them, each result an earlier use."""
    described = _described(record)
    used: list[Any] = []
    answered: list[Any] = []
    for where, _, block in blocks(record):
        if "toolUse" in block:
            name = member(block, "toolUse", "name")
            text(f"{where}.toolUse.toolUseId", member(block, "toolUse", "toolUseId"), "give each use an id")
            known = described is None or name in described
            require(known, f"{where}.toolUse.name must be one of toolConfig", shown(name), "describe it in toolConfig")
            used.append(block["toolUse"]["toolUseId"])
        if "toolResult" in block:
            result_of = member(block, "toolResult", "toolUseId")
            items(f"{where}.toolResult.content", member(block, "toolResult", "content"))
            require(
                result_of in used,
                f"{where}.toolResult.toolUseId must be of an earlier toolUse",
                shown(result_of),
                "repeat its id",
            )
            answered.append(result_of)
    once("toolUse.toolUseId", used)
    once("toolResult.toolUseId", answered)


def one_kind_of_media() -> Rule:
    """A file has images, videos or documents, whatever the record: the rule remembers what it has seen."""
    seen: list[str] = []

    def check(record: Record) -> None:
        for _, _, block in blocks(record):
            for kind in FORMATS:
                if kind in block:
                    seen.append(kind)
                    require(
                        kind == seen[0],
                        "a file for Nova must have one kind of media in all of its records",
                        f"{kind} after {seen[0]}",
                        "make a file and a job of each, or leave one kind out",
                    )

    return check


def suspect_words(record: Record) -> SynthWarning | None:
    """Reserved words in another case, or in an answer: the guide leaves them open, AWS's script refuses them."""
    word = next((found[0] for said in _texts(dict(record)) if (found := _SUSPECT.search(said))), None)
    if word is None:
        return None
    return SynthWarning(
        f"{PREFIX}reservedWord",
        f"has {word!r}, which may mark a turn inside of Nova, and a training may fail on it; use another word",
    )


def doubted_formats(record: Record) -> SynthWarning | None:
    """Formats on which the guides of Nova 2 do not agree."""
    formats = (member(block, kind, "format") for _, _, block in blocks(record) for kind in FORMATS)
    doubted = next((each for each in formats if each and each.lower() in _DOUBTED_BY_NOVA_2), None)
    if doubted is None:
        return None
    return SynthWarning(
        f"{PREFIX}mediaFormat",
        f"has a file of the format {doubted}, which Amazon Bedrock's guide does not list for Nova 2; convert it to png "
        "or mp4",
    )


def tools_of_nova_2(record: Record) -> SynthWarning | None:
    """Tools, with which a fine-tuning of Nova 2 may fail."""
    used = any(block.keys() & {"toolUse", "toolResult"} for _, _, block in blocks(record))
    if not used and "toolConfig" not in record:
        return None
    return SynthWarning(
        f"{PREFIX}toolsInRecords",
        "has tools, which Amazon Bedrock's guide does not support in a fine-tuning of Nova 2: the job might fail; "
        "leave them out",
    )


def _described(record: Record) -> list[Any] | None:
    if "toolConfig" not in record:
        return None
    names = []
    for tool in items("toolConfig.tools", member(record["toolConfig"], "tools")):
        for name in ("name", "description"):
            text(f"toolConfig.tools[].toolSpec.{name}", member(tool, "toolSpec", name), "describe the tool")
        schema = member(tool, "toolSpec", "inputSchema", "json")
        rule = "toolConfig.tools[].toolSpec.inputSchema.json must be a JSON schema with a type"
        require(isinstance(schema, dict) and "type" in schema, rule, shown(schema), 'use {"type": "object", ...}')
        names.append(tool["toolSpec"]["name"])
    once("toolConfig.tools[].toolSpec.name", names)
    return names


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from (said for each in value for said in _texts(each))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from (each,) if isinstance(each, str) and name in ("text", "content") else _texts(each)
