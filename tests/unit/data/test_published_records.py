"""Records of the forms that AWS publishes pass, and those that its own scripts refuse are refused.

The records are written here; the forms and the rules are facts of the sources that stand beside them. Where a script
and a guide do not agree, the last table says what the library does and why.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.data.jsonl import reader
from constructs_lib.data.jsonl import schema as schemas
from constructs_lib.data.jsonl.schema import Schema

# aws-samples/amazon-nova-samples, customization/bedrock-finetuning/understanding/dataset_validation
NOVA_SCRIPT = "nova_ft_dataset_validator.py"
# aws-samples/amazon-bedrock-samples, custom-models/...
LLAMA_SCRIPT = "bedrock-fine-tuning/meta-llama/dataset_validation"
CLAUDE_SCRIPT = "bedrock-fine-tuning/claude-haiku/DataValidation/data_validation.py"
DISTILLATION_SCRIPT = "model_distillation/dataset-validation"
# Amazon Nova user guides
NOVA_GUIDE = "fine-tune-prepare-data-understanding"
NOVA_2_GUIDE = "nova-data-prep-sft-2"
NOVA_DISTILLATION_GUIDE = "custom-distill-prepare"
# Amazon Bedrock user guide
NOVA_2_SFT_GUIDE = "nova-2-sft-data-prep"
TEXT_GUIDE = "preparing-text-data"
IMAGE_TEXT_GUIDE = "preparing-image-text-data"
IMAGE_GUIDE = "preparing-image-generation-data"
PRE_TRAINING_GUIDE = "dataset-prep-continued-pretraining"
DISTILLATION_GUIDE = "distillation-data-prep-option-1"
REINFORCEMENT_GUIDE = "rft-prepare-data"
LIMITS = "model-customization-prepare#model-training-validation-requirements"

VERSION = "bedrock-conversation-2024"
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "stock",
                "description": "How many are left",
                "inputSchema": {"json": {"type": "object", "properties": {"item": {"type": "string"}}}},
            }
        }
    ]
}
USE = {"toolUse": {"toolUseId": "u1", "name": "stock", "input": {"item": "hose"}}}
RESULT = {"toolResult": {"toolUseId": "u1", "content": [{"json": {"left": 3}}]}}
REASONING = {"reasoningContent": {"reasoningText": {"text": "Count the shelf."}}}
UNKNOWN = {"reasoningContent": {"reasoningText": {"text": "<unk>"}}}
FUNCTION = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def text(value: str) -> dict[str, Any]:
    return {"text": value}


def file(kind: str, format: str, key: str = "a/b-1.x", **source: Any) -> dict[str, Any]:
    where = {"s3Location": {"uri": f"s3://my-data/{key}", "bucketOwner": "111122223333"}}
    return {kind: {"format": format, "source": source or where}}


def talk(*turns: Any, **members: Any) -> dict[str, Any]:
    """A conversation: the user begins, each turn is one block or a list of them."""
    roles = ("user", "assistant")
    blocks = [turn if isinstance(turn, list) else [text(turn) if isinstance(turn, str) else turn] for turn in turns]
    messages = [{"role": roles[index % 2], "content": content} for index, content in enumerate(blocks)]
    return {"schemaVersion": VERSION, "messages": messages, **members}


def chat(*turns: tuple[str, Any], **members: Any) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns], **members}


IMAGE, VIDEO, PDF = file("image", "png"), file("video", "mp4"), file("document", "pdf")
ASKED = talk("How many?", [REASONING, USE], RESULT, "Three.", toolConfig=TOOLS)

ACCEPTED = [
    (NOVA_GUIDE, schemas.NOVA_MICRO, talk("Why?", "So.", system=[text("Be brief.")])),
    (NOVA_GUIDE, schemas.NOVA_1, talk([text("What?"), IMAGE], "A hose.")),
    (NOVA_GUIDE, schemas.NOVA_1, talk([*[IMAGE] * 10, text("Which?")], "The first.", "And now?", "The last.")),
    (NOVA_GUIDE, schemas.NOVA_1, talk([text("What?"), VIDEO], "A leak.")),
    (NOVA_GUIDE, schemas.NOVA_1, talk("Why?", "So.", schemaVersion="anything-1")),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([text("Sum it up."), PDF], "A manual.")),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([file("image", "JPEG"), file("image", "webp")], "Both.")),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([file("video", "webm")], "A leak.")),
    (NOVA_2_SFT_GUIDE, schemas.NOVA_2, talk("Why?", [REASONING, text("So.")])),
    (NOVA_2_SFT_GUIDE, schemas.NOVA_2, talk([IMAGE, text("Why?")], [REASONING, text("So.")], "And?", [text("Yes.")])),
    (NOVA_2_GUIDE, schemas.NOVA_2, talk([text("Why?"), PDF], [REASONING, text("So.")])),
    (NOVA_2_GUIDE, schemas.NOVA_2, ASKED),
    (TEXT_GUIDE, schemas.LLAMA_TEXT, {"prompt": "Where?", "completion": "There."}),
    (TEXT_GUIDE, schemas.LLAMA_CONVERSATION, talk("Why?", "So.", system=[text("Be kind.")])),
    (TEXT_GUIDE, schemas.CLAUDE, chat(("user", "Why?"), ("assistant", "So."), system="Be kind.")),
    (TEXT_GUIDE, schemas.CLAUDE, chat(*[("user", "Why?"), ("assistant", "So.")] * 2)),
    (CLAUDE_SCRIPT, schemas.CLAUDE, chat(("user", "x\nHuman y"), ("assistant", "a\nAssistant b"))),
    (IMAGE_TEXT_GUIDE, schemas.LLAMA_CONVERSATION, talk([text("What?"), IMAGE], "A hose.", "Sure?", "Yes.")),
    (IMAGE_GUIDE, schemas.EMBEDDED_IMAGE, {"image-ref": "s3://pets/my cat.png", "caption": "an orange cat"}),
    (LIMITS, schemas.EMBEDDED_IMAGE, {"image-ref": "s3://pets/cat.png", "caption": "x" * 2_560}),
    (PRE_TRAINING_GUIDE, schemas.INPUT, {"input": "Hoses leak."}),
    (NOVA_DISTILLATION_GUIDE, schemas.DISTILLATION, talk("Why?", system=[text("A User and a Bot.")])),
    (NOVA_DISTILLATION_GUIDE, schemas.DISTILLATION, talk("Why?", "So.")),
    (DISTILLATION_GUIDE, schemas.DISTILLATION, talk("Why?", "So.", "And?", "Yes.")),
    (DISTILLATION_GUIDE, schemas.DISTILLATION_OF_ONE_TURN, talk("Why?", "So.", system=[])),
    (DISTILLATION_SCRIPT, schemas.DISTILLATION_OF_ONE_TURN, talk({"type": "text", "text": "Why?"})),
    (REINFORCEMENT_GUIDE, schemas.REINFORCEMENT, chat(("user", "2x=4"), reference_answer="x=2")),
    (
        REINFORCEMENT_GUIDE,
        schemas.REINFORCEMENT,
        chat(("system", "Maths."), ("user", "2x=4"), id="s-1", reference_answer={"x": 2}, domain="maths"),
    ),
    (NOVA_SCRIPT, schemas.REINFORCEMENT, chat(("user", "Roll."), tools=[FUNCTION], reference_answer={"called": "f"})),
]
REFUSED = [
    (NOVA_SCRIPT, schemas.NOVA_1, talk("Why?"), "the last of messages must be the assistant's"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk("Why?", {"audio": {}}), "for Nova must be one of"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk("Why?", []), "must be a list of at least one object"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk("", "So."), "text must be text"),
    *[
        (
            NOVA_SCRIPT,
            schemas.NOVA_1,
            talk([file(kind, name)], "So."),
            rf"{kind}.format must be one of .*, got '{name}'",
        )
        for kind, name in [("image", "jpg"), ("image", "bmp"), ("video", "avi"), ("document", "docx")]
    ],
    (NOVA_SCRIPT, schemas.NOVA_1, talk([file("image", "jpg")], "So."), 'use "jpeg"'),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([{"image": {"source": {}}}], "So."), "image.format must be one of"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([file("image", "png", bytes="aGk=")], "So."), "source must be an s3Location"),
    (
        NOVA_SCRIPT,
        schemas.NOVA_1,
        talk([file("image", "png", key="my cat.png")], "So."),
        "must have a URI out of letters",
    ),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([{"image": {"format": "png", "source": {}}}], "So."), "uri must be an S3 URI"),
    *[
        (NOVA_SCRIPT, schemas.NOVA_1, talk("Why?", block), rf"{kind} must be in a turn of the user, got 'assistant'")
        for kind, block in [("image", IMAGE), ("video", VIDEO), ("document", PDF), ("toolResult", RESULT)]
    ],
    (NOVA_SCRIPT, schemas.NOVA_2, talk([USE], "So."), "toolUse must be in a turn of the assistant, got 'user'"),
    (NOVA_SCRIPT, schemas.NOVA_2, talk([REASONING], "So."), "reasoningContent must be in a turn of the assistant"),
    (NOVA_SCRIPT, schemas.NOVA_2, talk("Why?", REASONING), "must have an answer beside its reasoning"),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        talk("Why?", [{"reasoningContent": {}}, text("So.")]),
        "reasoningText.text must be text",
    ),
    (NOVA_SCRIPT, schemas.NOVA_1, talk("Why?", [REASONING, text("So.")]), "Nova 1 must not have reasoningContent"),
    *[
        (NOVA_SCRIPT, schemas.NOVA_MICRO, talk([text("What?"), block], "So."), "a record for Nova Micro must be text")
        for block in (IMAGE, VIDEO, PDF)
    ],
    (NOVA_SCRIPT, schemas.NOVA_1, talk([VIDEO, VIDEO], "So."), "at most 10 images, or 1 video, or 1 document"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([VIDEO, PDF], "So."), "at most 10 images, or 1 video, or 1 document"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([PDF], "So.", [PDF], "So."), "at most 10 images, or 1 video, or 1 document"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk([IMAGE] * 11, "So."), "at most 10 images, or 1 video, or 1 document"),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        {**ASKED, "toolConfig": {"tools": []}},
        "toolConfig.tools must be a list of at least",
    ),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        {**ASKED, "toolConfig": {"tools": TOOLS["tools"] * 2}},
        r"toolSpec.name must be unique, got 'stock'",
    ),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        {
            **ASKED,
            "toolConfig": {"tools": [{"toolSpec": {"name": "x", "description": "y", "inputSchema": {"json": {}}}}]},
        },
        "inputSchema.json must be a JSON schema with a type",
    ),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        talk("How many?", {"toolUse": {**USE["toolUse"], "name": "other"}}, RESULT, "Three.", toolConfig=TOOLS),
        "toolUse.name must be one of toolConfig, got 'other'",
    ),
    (NOVA_SCRIPT, schemas.NOVA_2, talk("How?", "So.", RESULT, "Three.", toolConfig=TOOLS), "of an earlier toolUse"),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        talk("How?", USE, [RESULT, RESULT], "Three.", toolConfig=TOOLS),
        "toolResult.toolUseId must be unique",
    ),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        talk("How?", [USE, USE], RESULT, "3.", toolConfig=TOOLS),
        "toolUse.toolUseId must be unique",
    ),
    (
        NOVA_SCRIPT,
        schemas.NOVA_2,
        talk("How?", USE, {"toolResult": {"toolUseId": "u1", "content": []}}, "3.", toolConfig=TOOLS),
        "toolResult.content must be a list of at least one object",
    ),
    (NOVA_GUIDE, schemas.NOVA_1, talk("Bot: hi", "So."), "must not have a reserved word, got 'Bot:'"),
    (NOVA_GUIDE, schemas.NOVA_1, talk("Why?", "So.", system=[text("[EOS]")]), r"must not have a reserved word"),
    (
        LLAMA_SCRIPT,
        schemas.LLAMA_CONVERSATION,
        talk("Why?", "So.", schemaVersion="v"),
        f"schemaVersion must be '{VERSION}'",
    ),
    (LLAMA_SCRIPT, schemas.LLAMA_CONVERSATION, talk("Why?", "So.", system=[]), "system must have one block"),
    (
        LLAMA_SCRIPT,
        schemas.LLAMA_CONVERSATION,
        talk("Why?", "So.", system=[text("a")] * 2),
        "system must have one block",
    ),
    (LLAMA_SCRIPT, schemas.LLAMA_CONVERSATION, talk("Why?", [IMAGE]), "image must be in a turn of the user"),
    (LLAMA_SCRIPT, schemas.LLAMA_CONVERSATION, talk([{"image": {"format": "png"}}], "So."), "uri must be an S3 URI"),
    (IMAGE_TEXT_GUIDE, schemas.LLAMA_CONVERSATION, talk([file("image", "bmp")], "So."), "image.format must be one of"),
    (LLAMA_SCRIPT, schemas.LLAMA_TEXT, {"prompt": "Where?"}, "completion must be text"),
    (CLAUDE_SCRIPT, schemas.CLAUDE, chat(("user", "Why?")), "the last of messages must be the assistant's"),
    (
        CLAUDE_SCRIPT,
        schemas.CLAUDE,
        chat(("user", "a\nHuman: b"), ("assistant", "c")),
        "must not have a line that begins",
    ),
    (CLAUDE_SCRIPT, schemas.CLAUDE, chat(("user", "a"), ("assistant", "b\nAssistant: c")), "must not have a line that"),
    (
        CLAUDE_SCRIPT,
        schemas.CLAUDE,
        chat(("user", "a"), ("assistant", "b"), system="c\nHuman: d"),
        "must not have a line",
    ),
    (
        CLAUDE_SCRIPT,
        schemas.CLAUDE,
        chat(("user", [{"type": "text", "text": "a"}]), ("assistant", "b")),
        "must be text",
    ),
    (DISTILLATION_SCRIPT, schemas.DISTILLATION, talk("Why?", schemaVersion="v"), "schemaVersion must be"),
    (DISTILLATION_SCRIPT, schemas.DISTILLATION, talk([text("Why?"), IMAGE]), "content must have one block"),
    (DISTILLATION_SCRIPT, schemas.DISTILLATION, talk(IMAGE), "must have text, type only"),
    (
        DISTILLATION_SCRIPT,
        schemas.DISTILLATION,
        talk("Why?", toolConfig=TOOLS),
        r"a record .* only, got \['toolConfig'\]",
    ),
    (
        DISTILLATION_SCRIPT,
        schemas.DISTILLATION,
        talk("Why?", system=[text("a")] * 2),
        "system must have one block at most",
    ),
    (
        DISTILLATION_GUIDE,
        schemas.DISTILLATION_OF_ONE_TURN,
        talk("Why?", "So.", "And?"),
        "must have one prompt a record",
    ),
    (REINFORCEMENT_GUIDE, schemas.REINFORCEMENT, talk("Why?"), "must be a record of the form chat completions"),
    (
        REINFORCEMENT_GUIDE,
        schemas.REINFORCEMENT,
        {"messages": talk("Why?")["messages"]},
        "must be a record of the form",
    ),
    (NOVA_SCRIPT, schemas.REINFORCEMENT, chat(("developer", "x"), ("user", "Why?")), "role must be one of"),
    (NOVA_SCRIPT, schemas.REINFORCEMENT, chat(("user", "Why?"), ("system", "x")), "system's message must be the first"),
    (NOVA_SCRIPT, schemas.REINFORCEMENT, chat(("system", "x")), "must have a user's message"),
    (
        NOVA_SCRIPT,
        schemas.REINFORCEMENT,
        chat(("user", "Why?"), ("assistant", " ")),
        r"messages\[1\].content must be text",
    ),
    (NOVA_SCRIPT, schemas.REINFORCEMENT, chat(("user", "Why?"), id=" "), "id must be text"),
    (
        NOVA_SCRIPT,
        schemas.REINFORCEMENT,
        chat(("user", "Why?"), tools=[]),
        "tools must be a list of at least one object",
    ),
    (
        NOVA_SCRIPT,
        schemas.REINFORCEMENT,
        chat(("user", "Why?"), tools=[{**FUNCTION, "type": "x"}]),
        "type must be 'function'",
    ),
    (NOVA_SCRIPT, schemas.REINFORCEMENT, chat(("user", "Why?"), tools=[FUNCTION] * 2), "function.name must be unique"),
    (
        NOVA_SCRIPT,
        schemas.REINFORCEMENT,
        chat(("user", "Why?"), reference_answer={}),
        "reference_answer must not be empty",
    ),
    (LIMITS, schemas.IMAGE, {"image-ref": "s3://pets/cat.png", "caption": "ab"}, "caption must be text of 3 to 1,024"),
    (LIMITS, schemas.EMBEDDED_IMAGE, {"image-ref": "s3://p/c.png", "caption": "x" * 2_561}, "got '2561 characters'"),
]
# What the scripts refuse and the library does not, and what it does instead.
ADVISED = [
    # The guide of Nova 2 in SageMaker has tools; that of Amazon Bedrock says that the job might fail.
    (NOVA_2_SFT_GUIDE, schemas.NOVA_2, ASKED, "toolsInRecords"),
    # The guides differ on these two formats.
    (NOVA_SCRIPT, schemas.NOVA_2, talk([file("image", "webp")], "So."), "mediaFormat"),
    (NOVA_SCRIPT, schemas.NOVA_2, talk([file("video", "WebM")], "So."), "mediaFormat"),
    # The guide reserves the words as they are written there, in prompts; the script in any case, everywhere.
    (NOVA_SCRIPT, schemas.NOVA_1, talk("Dear USER: hi", "So."), "reservedWord"),
    (NOVA_SCRIPT, schemas.NOVA_1, talk("Why?", "Bot: so."), "reservedWord"),
    (NOVA_SCRIPT, schemas.NOVA_2, talk("Why?", [UNKNOWN, text("So.")]), "reservedWord"),
    (NOVA_SCRIPT, schemas.REINFORCEMENT, chat(("user", "User: hi")), "reservedWord"),
    # The page demands this spelling, its example has the other.
    (DISTILLATION_GUIDE, schemas.DISTILLATION, talk("Why?", schemaVersion="bedrock-conversion-2024"), "schemaVersion"),
    # Numbers of records are quotas, which may have been raised.
    (NOVA_SCRIPT, schemas.NOVA_2, talk("Why?", "So."), "fewRecords"),
]
# Typed parts are OpenAI's form, which the page documents as a whole; the script has text alone.
ACCEPTED += [(REINFORCEMENT_GUIDE, schemas.REINFORCEMENT, chat(("user", [{"type": "text", "text": "Why?"}])))]


def write(folder: Path, record: Any, schema: Schema) -> Path:
    path = folder / "data.jsonl"
    path.write_text(f"{json.dumps(record)}\n" * schema.least)
    return path


@pytest.mark.parametrize(("source", "schema", "record"), ACCEPTED)
def test_a_published_form_passes(source: str, schema: Schema, record: dict[str, Any], tmp_path: Path) -> None:
    reader.check(write(tmp_path, record, schema), schema)


@pytest.mark.parametrize(("source", "schema", "record", "rule"), REFUSED)
def test_what_a_guide_or_a_script_of_aws_refuses_is_refused(
    source: str, schema: Schema, record: dict[str, Any], rule: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=rf"data\.jsonl, line 1: .*{rule}"):
        reader.check(write(tmp_path, record, schema), schema)


@pytest.mark.parametrize(("source", "schema", "record", "advice"), ADVISED)
def test_what_they_do_not_agree_on_is_advice(
    source: str, schema: Schema, record: dict[str, Any], advice: str, tmp_path: Path
) -> None:
    found = [each.id for each in reader.check(write(tmp_path, record, schema), schema)]
    assert f"bedrock-models:{advice}" in found
