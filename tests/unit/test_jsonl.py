import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib import jsonl
from constructs_lib import jsonl_schema as schemas
from constructs_lib.jsonl_schema import ANY_OBJECT, NOVA, Schema, schema_for

EXAMPLES = Path(__file__).parents[2] / "examples" / "fine_tune" / "data"
USER = {"role": "user", "content": [{"text": "Why is the sky blue?"}]}
ASSISTANT = {"role": "assistant", "content": [{"text": "Air scatters blue light most."}]}
IMAGE = {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://my-data/a.png"}}}}
VIDEO = {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://my-data/a.mp4"}}}}


def conversation(*messages: Any, **members: Any) -> dict[str, Any]:
    return {"schemaVersion": "bedrock-conversation-2024", "messages": [*messages], **members}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": [*blocks]}


def says(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


ANSWERED = conversation(USER, ASSISTANT, system=[{"text": "Answer briefly."}])
CLAUDE = {"system": "Be kind.", "messages": [says("user", "Hi"), says("assistant", "Hello")]}
PAIR = {"prompt": "1+1", "completion": "2"}
PICTURE = {"image-ref": "s3://my-data/cat.png", "caption": "a cat"}
GRADED = {"id": "1", "messages": [says("system", "Maths."), says("user", "2x=4")], "reference_answer": {"x": 2}}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def to_file(*records: Any, times: int = 1) -> Path:
        path = tmp_path / "data.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records * times))
        return path

    return to_file


@pytest.mark.parametrize(
    ("model_id", "customization_type", "schema"),
    [
        ("amazon.nova-lite-v1:0:300k", "FINE_TUNING", schemas.NOVA),
        ("amazon.nova-2-lite-v1:0:256k", "FINE_TUNING", schemas.NOVA),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0", "FINE_TUNING", schemas.NOVA),
        ("arn:aws:bedrock:us-east-1:1:custom-model/amazon.nova-pro-v1:0:300k/abc", "IMPORTED", schemas.NOVA),
        ("amazon.nova-canvas-v1:0", "FINE_TUNING", schemas.IMAGE),
        ("amazon.titan-image-generator-v1:0", "FINE_TUNING", schemas.IMAGE),
        ("amazon.titan-embed-image-v1:0", "FINE_TUNING", schemas.EMBEDDED_IMAGE),
        ("amazon.titan-text-express-v1", "FINE_TUNING", schemas.PROMPT_COMPLETION),
        ("amazon.titan-text-express-v1", "CONTINUED_PRE_TRAINING", schemas.INPUT),
        ("cohere.command-light-text-v14:7:4k", "FINE_TUNING", schemas.COHERE),
        ("meta.llama3-1-8b-instruct-v1:0:128k", "FINE_TUNING", schemas.LLAMA_TEXT),
        ("meta.llama3-3-70b-instruct-v1:0", "FINE_TUNING", schemas.LLAMA_CONVERSATION),
        ("anthropic.claude-3-haiku-20240307-v1:0:200k", "FINE_TUNING", schemas.CLAUDE),
        ("anthropic.claude-3-haiku-20240307-v1:0", "DISTILLATION", schemas.DISTILLATION),
        ("amazon.nova-2-lite-v1:0:256k", "REINFORCEMENT_FINE_TUNING", schemas.REINFORCEMENT),
        ("amazon.nova-2-multimodal-embeddings-v1:0", "FINE_TUNING", schemas.ANY_OBJECT),
        ("future.model-v1:0", "FINE_TUNING", schemas.ANY_OBJECT),
        ("${Token[TOKEN.1]}", "FINE_TUNING", schemas.ANY_OBJECT),
    ],
)
def test_a_family_has_its_schema(model_id: str, customization_type: str, schema: Schema) -> None:
    assert schema_for(model_id, customization_type) is schema


@pytest.mark.parametrize(
    ("schema", "record"),
    [
        (schemas.NOVA, ANSWERED),
        (schemas.NOVA, conversation(USER, ASSISTANT, USER, ASSISTANT)),
        (schemas.NOVA, conversation(user({"text": "What is this?"}, *[IMAGE] * 10), ASSISTANT)),
        (schemas.NOVA, conversation(user(VIDEO, {"text": "And this?"}), ASSISTANT)),
        (schemas.NOVA, conversation(USER, says("assistant", [{"reasoningContent": {}}, {"text": "4"}]))),
        (schemas.LLAMA_CONVERSATION, conversation(user({"type": "text", "text": "Hi"}), ASSISTANT)),
        (schemas.CLAUDE, CLAUDE),
        (schemas.CLAUDE, ANSWERED),
        (schemas.LLAMA_TEXT, PAIR),
        (schemas.INPUT, {"input": "AWS is a cloud."}),
        (schemas.IMAGE, PICTURE),
        (schemas.DISTILLATION, conversation(USER)),
        (schemas.DISTILLATION, ANSWERED),
        (schemas.REINFORCEMENT, GRADED),
        (schemas.REINFORCEMENT, {"messages": [says("user", [{"type": "text", "text": "Hi"}])]}),
        (schemas.ANY_OBJECT, {"anything": [1, None]}),
    ],
)
def test_a_record_as_documented_passes(schema: Schema, record: dict[str, Any]) -> None:
    schema.check_record(record)


@pytest.mark.parametrize(
    ("schema", "record", "rule"),
    [
        (schemas.NOVA, PAIR, "schemaVersion must be text"),
        (schemas.NOVA, conversation(), "messages must be a list of at least one object"),
        (schemas.NOVA, conversation(USER, ASSISTANT, messages="hi"), "messages must be a list"),
        (schemas.NOVA, conversation(ASSISTANT), r"messages\[0\].role must be 'user'"),
        (schemas.NOVA, conversation(USER, USER), r"messages\[1\].role must be 'assistant'"),
        (schemas.NOVA, conversation(says("system", []), ASSISTANT), r"messages\[0\].role must be 'user'"),
        (schemas.NOVA, conversation(USER), "the last of messages must be the assistant's"),
        (schemas.NOVA, conversation(says("user", "Hi"), ASSISTANT), r"messages\[0\].content must be a list"),
        (schemas.NOVA, conversation(user(), ASSISTANT), r"messages\[0\].content must be a list of at least one"),
        (schemas.NOVA, conversation(user({"txt": "Hi"}), ASSISTANT), r"messages\[0\].content must have blocks of"),
        (schemas.NOVA, conversation(user({"text": " "}), ASSISTANT), r"content\[\].text must be text"),
        (schemas.NOVA, conversation(user({"image": {"format": "png"}}), ASSISTANT), "must have an S3 URI"),
        (schemas.NOVA, conversation(user(IMAGE, VIDEO), ASSISTANT), "must have at most 10 images, or 1 video"),
        (schemas.NOVA, conversation(user(VIDEO, VIDEO), ASSISTANT), "must have at most 10 images, or 1 video"),
        (schemas.NOVA, conversation(user(*[IMAGE] * 11), ASSISTANT), "must have at most 10 images, or 1 video"),
        (
            schemas.NOVA,
            conversation(user({"text": "Ask User: x"}), ASSISTANT),
            "must not have a reserved word",
        ),
        (schemas.NOVA, conversation(USER, ASSISTANT, system=[{"text": "<image>"}]), "must not have a reserved word"),
        (schemas.NOVA, conversation(USER, ASSISTANT, system="Be kind."), "system must be a list of objects"),
        (schemas.CLAUDE, {**CLAUDE, "system": []}, "system must be text"),
        (schemas.CLAUDE, {"messages": [says("user", "Hi")]}, "the last of messages must be the assistant's"),
        (
            schemas.CLAUDE,
            {"messages": [says("user", ""), says("assistant", "x")]},
            r"messages\[0\].content must be text",
        ),
        (schemas.LLAMA_TEXT, {"prompt": "1+1"}, "completion must be text"),
        (schemas.LLAMA_TEXT, {"prompt": 2, "completion": "2"}, "prompt must be text"),
        (schemas.INPUT, PAIR, "input must be text"),
        (schemas.IMAGE, {**PICTURE, "image-ref": "cat.png"}, "image-ref must be an S3 URI"),
        (schemas.IMAGE, {**PICTURE, "caption": ""}, "caption must be text"),
        (schemas.DISTILLATION, PAIR, "schemaVersion must be text"),
        (schemas.REINFORCEMENT, PAIR, "messages must be a list of at least one object"),
        (schemas.REINFORCEMENT, {"messages": [says("system", "x")]}, "messages must have a user's message"),
        (schemas.REINFORCEMENT, {"messages": [says("human", "x")]}, r"messages\[0\].role must be one of"),
        (schemas.REINFORCEMENT, {"messages": [says("user", None)]}, r"messages\[0\].content must be text"),
    ],
)
def test_a_record_of_another_shape_is_refused_with_its_line(
    write: Any, schema: Schema, record: dict[str, Any], rule: str
) -> None:
    with pytest.raises(ValueError, match=rf"data\.jsonl, line 1: .*{rule}.*, got .*; .+"):
        jsonl.check(write(record), schema)


@pytest.mark.parametrize(
    ("line", "got"),
    [
        (b'{"a": 1', "Expecting"),
        (b"[1, 2]", r"got '\[1, 2\]'"),
        (b'"text"', "got"),
        (b'{"a": 1} {"b": 2}', "Extra data"),
        (b'{"a": NaN}', "NaN is no JSON"),
        (b'{"a": "\xff"}', "utf-8"),
        ('{"a": 1}'.encode("utf-16"), "codec"),
        (b"", "got ''; remove the empty line"),
    ],
)
def test_a_line_that_is_no_object_is_refused_with_its_number(tmp_path: Path, line: bytes, got: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{"a": 1}\n' + line + b'\n{"a": 2}\n')
    with pytest.raises(ValueError, match=rf"(?s)data\.jsonl, line 2: must be a JSON object.*{got}"):
        jsonl.check(path, ANY_OBJECT)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"must have at least 1 records \(.*\), got '0 records'; add records"):
        jsonl.check(path, ANY_OBJECT)


@pytest.mark.parametrize("content", [b'{"a": 1}', b'{"a": 1}\r\n{"a": 2}\r\n', b'{"a": 1}\n\n\n', b' {"a": 1} \n'])
def test_line_ends_of_every_system_pass(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)
    assert jsonl.check(path, ANY_OBJECT) == ()


def test_a_byte_order_mark_is_read_over_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n')
    [advice] = jsonl.check(path, ANY_OBJECT)
    assert advice.id == "bedrock-models:byteOrderMark"


@pytest.mark.parametrize(("records", "fits"), [(99, False), (100, True), (15_000, True), (15_001, False)])
def test_a_distillation_takes_a_hundred_to_fifteen_thousand_prompts(write: Any, records: int, fits: bool) -> None:
    path = write(conversation(USER), times=records)
    if fits:
        assert jsonl.check(path, schemas.DISTILLATION) == ()
    else:
        with pytest.raises(ValueError, match="must have at least 100 and at most 15,000 records"):
            jsonl.check(path, schemas.DISTILLATION)


@pytest.mark.parametrize(
    ("schema", "record", "records", "advice"),
    [
        (schemas.NOVA, ANSWERED, 7, ["bedrock-models:fewRecords"]),
        (schemas.NOVA, ANSWERED, 8, []),
        (schemas.NOVA, ANSWERED, 20_001, ["bedrock-models:manyRecords"]),
        (schemas.REINFORCEMENT, GRADED, 99, ["bedrock-models:fewRecords"]),
        (schemas.REINFORCEMENT, GRADED, 100, []),
        (schemas.LLAMA_TEXT, PAIR, 10_001, ["bedrock-models:manyRecords"]),
    ],
)
def test_a_number_that_a_quota_may_refuse_is_warned_of(
    write: Any, schema: Schema, record: dict[str, Any], records: int, advice: list[str]
) -> None:
    assert [found.id for found in jsonl.check(write(record, times=records), schema)] == advice


def test_media_that_an_asset_refers_to_are_warned_of(write: Any) -> None:
    path = write(conversation(user(IMAGE), ASSISTANT), times=8)
    assert [advice.id for advice in jsonl.check(path, NOVA)] == ["bedrock-models:mediaOfAsset"]


@pytest.mark.parametrize(("name", "records"), [("train.jsonl", 40), ("validation.jsonl", 8)])
def test_the_example_data_pass_without_advice(name: str, records: int) -> None:
    assert jsonl.check(EXAMPLES / name, schema_for("amazon.nova-lite-v1:0:300k", "FINE_TUNING")) == ()
    assert len({line for _, line in jsonl.lines(EXAMPLES / name)}) == records
