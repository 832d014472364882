import json
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.data.jsonl import reader
from constructs_lib.data.jsonl import schema as schemas
from constructs_lib.data.jsonl.forms import Form, form_of
from constructs_lib.data.jsonl.schema import ANY_OBJECT, NOVA, Schema, schema_for

EXAMPLES = Path(__file__).parents[3] / "examples" / "fine_tune" / "data"
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
        ("amazon.nova-lite-v1:0:300k", "FINE_TUNING", schemas.NOVA_1),
        ("amazon.nova-2-lite-v1:0:256k", "FINE_TUNING", schemas.NOVA_2),
        ("amazon.nova-3-lite-v1:0", "FINE_TUNING", schemas.NOVA),
        ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0", "FINE_TUNING", schemas.NOVA_MICRO),
        ("arn:aws:bedrock:us-east-1:1:custom-model/amazon.nova-pro-v1:0:300k/abc", "IMPORTED", schemas.NOVA_1),
        ("amazon.nova-canvas-v1:0", "FINE_TUNING", schemas.IMAGE),
        ("amazon.titan-image-generator-v1:0", "FINE_TUNING", schemas.IMAGE),
        ("amazon.titan-embed-image-v1:0", "FINE_TUNING", schemas.EMBEDDED_IMAGE),
        ("amazon.titan-text-express-v1", "FINE_TUNING", schemas.PROMPT_COMPLETION),
        ("amazon.titan-text-express-v1", "CONTINUED_PRE_TRAINING", schemas.INPUT),
        ("cohere.command-light-text-v14:7:4k", "FINE_TUNING", schemas.COHERE),
        ("meta.llama3-1-8b-instruct-v1:0:128k", "FINE_TUNING", schemas.LLAMA_TEXT),
        ("meta.llama3-3-70b-instruct-v1:0", "FINE_TUNING", schemas.LLAMA_CONVERSATION),
        ("anthropic.claude-3-haiku-20240307-v1:0:200k", "FINE_TUNING", schemas.CLAUDE),
        ("anthropic.claude-3-haiku-20240307-v1:0", "DISTILLATION", schemas.DISTILLATION_OF_ONE_TURN),
        ("amazon.nova-lite-v1:0:300k", "DISTILLATION", schemas.DISTILLATION),
        ("${Token[TOKEN.1]}", "DISTILLATION", schemas.DISTILLATION),
        ("amazon.nova-2-lite-v1:0:256k", "REINFORCEMENT_FINE_TUNING", schemas.REINFORCEMENT),
        ("amazon.nova-2-multimodal-embeddings-v1:0", "FINE_TUNING", schemas.ANY_OBJECT),
        ("future.model-v1:0", "FINE_TUNING", schemas.ANY_OBJECT),
        ("${Token[TOKEN.1]}", "FINE_TUNING", schemas.ANY_OBJECT),
    ],
)
def test_a_family_has_its_schema(model_id: str, customization_type: str, schema: Schema) -> None:
    assert schema_for(model_id, customization_type) is schema


@pytest.mark.parametrize("teacher", ["anthropic.claude-3-5-sonnet-20240620-v1:0", "us.meta.llama3-3-70b-instruct-v1:0"])
def test_the_teacher_counts_as_much_as_the_student(teacher: str) -> None:
    assert schema_for("${Token[TOKEN.1]}", "DISTILLATION", teacher) is schemas.DISTILLATION_OF_ONE_TURN


@pytest.mark.parametrize(
    ("schema", "record"),
    [
        (schemas.NOVA, ANSWERED),
        (schemas.NOVA, conversation(USER, ASSISTANT, USER, ASSISTANT)),
        (schemas.NOVA, conversation(user({"text": "What is this?"}, *[IMAGE] * 10), ASSISTANT)),
        (schemas.NOVA, conversation(user(VIDEO, {"text": "And this?"}), ASSISTANT)),
        (schemas.NOVA, conversation(user({"text": ""}, IMAGE), ASSISTANT, system=[{"text": ""}])),
        (schemas.DISTILLATION, conversation(USER, ASSISTANT, USER)),
        (schemas.EMBEDDED_IMAGE, {**PICTURE, "caption": ""}),
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
    schema.checker()(record)


@pytest.mark.parametrize(
    ("schema", "record", "rule"),
    [
        (schemas.NOVA, {"text": "Hi"}, "schemaVersion must be text"),
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
        (schemas.NOVA, conversation(user({"image": {"format": "png"}}), ASSISTANT), "s3Location.uri must be an S3 URI"),
        (
            schemas.NOVA,
            conversation(user(IMAGE, VIDEO), ASSISTANT),
            "must have at most 10 images, or 1 video, or 1 document",
        ),
        (
            schemas.NOVA,
            conversation(user(VIDEO, VIDEO), ASSISTANT),
            "must have at most 10 images, or 1 video, or 1 document",
        ),
        (
            schemas.NOVA,
            conversation(user(*[IMAGE] * 11), ASSISTANT),
            "must have at most 10 images, or 1 video, or 1 document",
        ),
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
        (schemas.CLAUDE, {**CLAUDE, "system": "Hi\nHuman: x"}, "must not have a line that begins with Human:"),
        (
            schemas.CLAUDE,
            conversation(USER, says("assistant", [{"text": "Ok.\nAssistant: y"}])),
            "must not have a line that begins with Human: or Assistant:",
        ),
        (schemas.LLAMA_TEXT, {"prompt": 2, "completion": "2"}, "prompt must be text"),
        (schemas.INPUT, {"input": ""}, "input must be text"),
        (schemas.IMAGE, {**PICTURE, "image-ref": "cat.png"}, "image-ref must be an S3 URI"),
        (schemas.IMAGE, {**PICTURE, "caption": ""}, "caption must be text of 3 to 1,024 characters"),
        (schemas.DISTILLATION_OF_ONE_TURN, conversation(USER, ASSISTANT, USER), "must have one prompt a record"),
        (schemas.REINFORCEMENT, {"messages": []}, "messages must be a list of at least one object"),
        (schemas.REINFORCEMENT, {"messages": [says("system", "x")]}, "messages must have a user's message"),
        (schemas.REINFORCEMENT, {"messages": [says("human", "x")]}, r"messages\[0\].role must be one of"),
        (schemas.REINFORCEMENT, {"messages": [says("user", 7)]}, r"messages\[0\].content must be text"),
    ],
)
def test_a_record_of_another_shape_is_refused_with_its_line(
    write: Any, schema: Schema, record: dict[str, Any], rule: str
) -> None:
    with pytest.raises(ValueError, match=rf"data\.jsonl, line 1: .*{rule}.*, got .*; .+"):
        reader.check(write(record), schema)


FORMS = {
    Form.CONVERSATION: ANSWERED,
    Form.MESSAGES: CLAUDE,
    Form.PREFERENCES: {"messages": [USER, {"role": "assistant", "candidates": [{"content": []}]}]},
    Form.PROMPT_COMPLETION: PAIR,
    Form.INPUT: {"input": "AWS is a cloud."},
    Form.IMAGE_CAPTION: PICTURE,
    Form.INVOCATION_LOG: {"schemaType": "ModelInvocationLog", "modelId": "m", "input": {"inputBodyJson": {}}},
}
SCHEMAS = [value for value in vars(schemas).values() if isinstance(value, Schema) and value.forms]


def test_each_form_is_known() -> None:
    assert {form: form_of(record) for form, record in FORMS.items()} == {form: form for form in Form}


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.format)
def test_a_record_of_another_form_is_refused_with_both_forms(write: Any, schema: Schema) -> None:
    for form in FORMS.keys() - schema.forms:
        with pytest.raises(ValueError, match="must be a record of the form") as refused:
            reader.check(write(FORMS[form]), schema)
        assert schema.format in str(refused.value)
        assert str(form) in str(refused.value)
        assert all(str(wanted) in str(refused.value) for wanted in schema.forms)


def with_nulls(value: Any, nulls: dict[str, None]) -> Any:
    if isinstance(value, dict):
        return nulls | {name: with_nulls(each, nulls) for name, each in value.items()}
    return [with_nulls(each, nulls) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.format)
def test_members_that_are_null_are_absent(write: Any, schema: Schema) -> None:
    names = (
        "system schemaVersion toolConfig tools id reference_answer text image video document audio toolUse toolResult "
        "reasoningContent bytes s3Location uri type candidates prompt completion input image-ref caption modelId name"
    )
    [record] = [FORMS[form] for form in sorted(schema.forms)][:1]
    every = with_nulls(record, dict.fromkeys(names.split()))
    checked = schema.of_any_length()
    assert reader.check(write(every), checked) == reader.check(write(record), checked)


def test_a_file_for_nova_has_one_kind_of_media_in_all_records(write: Any) -> None:
    images, videos = (conversation(user({"text": "Why?"}, each), ASSISTANT) for each in (IMAGE, VIDEO))
    for schema in (schemas.NOVA_1, schemas.NOVA_2):
        for records in ([images, ANSWERED, images], [videos, videos]):
            reader.check(write(*records), schema)
        with pytest.raises(
            ValueError, match=r"line 3: a file for Nova must have one kind of media .*'video after image'"
        ):
            reader.check(write(images, ANSWERED, videos), schema)


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
        reader.check(path, ANY_OBJECT)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"must have at least 1 records \(.*\), got '0 records'; add records"):
        reader.check(path, ANY_OBJECT)


@pytest.mark.parametrize("content", [b'{"a": 1}', b'{"a": 1}\r\n{"a": 2}\r\n', b'{"a": 1}\n\n\n', b' {"a": 1} \n'])
def test_line_ends_of_every_system_pass(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(content)
    assert reader.check(path, ANY_OBJECT) == ()


def test_a_byte_order_mark_is_read_over_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n')
    [advice] = reader.check(path, ANY_OBJECT)
    assert advice.id == "bedrock-models:byteOrderMark"


@pytest.mark.parametrize(("records", "fits"), [(99, False), (100, True), (15_000, True), (15_001, False)])
def test_a_distillation_takes_a_hundred_to_fifteen_thousand_prompts(write: Any, records: int, fits: bool) -> None:
    path = write(conversation(USER), times=records)
    if fits:
        assert reader.check(path, schemas.DISTILLATION) == ()
    else:
        with pytest.raises(ValueError, match="must have at least 100 and at most 15,000 records"):
            reader.check(path, schemas.DISTILLATION)


@pytest.mark.parametrize(
    ("schema", "record", "records", "advice"),
    [
        (schemas.NOVA, ANSWERED, 7, ["bedrock-models:fewRecords"]),
        (schemas.NOVA, ANSWERED, 8, []),
        (schemas.NOVA_2, ANSWERED, 199, ["bedrock-models:fewRecords"]),
        (schemas.NOVA_2, ANSWERED, 200, []),
        (schemas.NOVA, ANSWERED, 20_001, ["bedrock-models:manyRecords"]),
        (schemas.REINFORCEMENT, GRADED, 99, ["bedrock-models:fewRecords"]),
        (schemas.REINFORCEMENT, GRADED, 100, []),
        (schemas.LLAMA_TEXT, PAIR, 10_001, ["bedrock-models:manyRecords"]),
    ],
)
def test_a_number_that_a_quota_may_refuse_is_warned_of(
    write: Any, schema: Schema, record: dict[str, Any], records: int, advice: list[str]
) -> None:
    assert [found.id for found in reader.check(write(record, times=records), schema)] == advice


def test_media_that_an_asset_refers_to_are_warned_of(write: Any) -> None:
    path = write(conversation(user(IMAGE), ASSISTANT), times=8)
    [advice] = reader.check(path, NOVA)
    assert advice.id == "bedrock-models:mediaOfAsset"
    assert advice.message.startswith(f"{path}, line 1: refers to a file in S3")
    assert [each.id for each in reader.check(write(PICTURE, times=5), schemas.IMAGE)] == [advice.id]


def test_advice_on_records_names_the_first_line_of_each_kind(write: Any) -> None:
    odd = conversation(user({"text": "the user: x"}), ASSISTANT)
    [advice] = reader.check(write(ANSWERED, odd, odd, times=3), NOVA)
    assert advice.id == "bedrock-models:reservedWord"
    assert "line 2: has 'user:'" in advice.message


@pytest.mark.parametrize(
    ("training", "validation", "advised"),
    [(19_000, 1_000, False), (19_000, 1_001, True), (20_000, 0, False), (20_001, 5, False)],
)
def test_the_quota_counts_validation_too(training: int, validation: int, advised: bool) -> None:
    # Training data that is over the quota by itself has been warned of.
    ids = [advice.id for advice in NOVA.sum_warnings(training, validation)]
    assert ids == ["bedrock-models:manyRecords"] * advised


@pytest.mark.parametrize("schema", [schemas.NOVA_2, schemas.IMAGE, schemas.EMBEDDED_IMAGE])
def test_validation_data_that_no_training_reads_is_warned_of(schema: Schema) -> None:
    assert [advice.id for advice in schema.validation_warnings()] == ["bedrock-models:validationNotUsed"]


@pytest.mark.parametrize("schema", [schemas.NOVA_1, schemas.LLAMA_CONVERSATION, schemas.REINFORCEMENT])
def test_validation_data_that_is_read_is_not(schema: Schema) -> None:
    assert [*schema.validation_warnings()] == []


@pytest.mark.parametrize(("name", "records"), [("train.jsonl", 40), ("validation.jsonl", 8)])
def test_the_example_data_pass_without_advice(name: str, records: int) -> None:
    assert reader.check(EXAMPLES / name, schema_for("amazon.nova-lite-v1:0:300k", "FINE_TUNING")) == ()
    assert len({line for _, line in reader.lines(EXAMPLES / name)}) == records
