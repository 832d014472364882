from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.data.data_source import BoundData
from constructs_lib.data.jsonl.schema import DISTILLATION, NOVA
from constructs_lib.data.metadata_filter import MetadataFilter
from constructs_lib.data.output_data import OutputData
from constructs_lib.data.training_data import TrainingData
from constructs_lib.data.validation_data import ValidationData
from tests.support.synth import published

RECORD = (
    '{"schemaVersion": "v", "messages": [{"role": "user", "content": [{"text": "q"}]},'
    ' {"role": "assistant", "content": [{"text": "a"}]}]}\n'
)
Sources = type[TrainingData] | type[ValidationData]
BOTH = pytest.mark.parametrize("data", [TrainingData, ValidationData])


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))


@pytest.fixture
def job(stack: cdk.Stack) -> Construct:
    return Construct(stack, "Job")


@pytest.fixture
def bucket(stack: cdk.Stack) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(stack, "Bucket", "my-data")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.jsonl"
    path.write_text(RECORD)
    return path


def bind(data: TrainingData | ValidationData, job: Construct) -> BoundData:
    return data.bind(job) if isinstance(data, TrainingData) else data.bind(job, 0)


@BOTH
@pytest.mark.parametrize(("key", "prefix"), [("data/train.jsonl", "data/train.jsonl"), ("data/", "data/*")])
def test_data_in_a_bucket_is_its_uri(data: Sources, key: str, prefix: str, job: Construct, bucket: s3.IBucket) -> None:
    bound = bind(data.from_bucket(bucket, key), job)
    assert bound.uri == f"s3://my-data/{key}"
    assert bound.request == bound.identity == {"s3Uri": bound.uri}
    assert bound.key_prefix == prefix
    assert bound.bucket.construct is bucket


@BOTH
def test_data_by_uri_knows_its_bucket_by_name(data: Sources, job: Construct) -> None:
    bound = bind(data.from_s3_uri("s3://my-data/data/train.jsonl"), job)
    assert bound.bucket.name == "my-data"
    assert bound.key_prefix == "data/train.jsonl"
    assert bound.request == bound.identity == {"s3Uri": "s3://my-data/data/train.jsonl"}


def test_a_bucket_made_in_the_stack_gives_a_uri_that_deployment_completes(stack: cdk.Stack, job: Construct) -> None:
    bound = TrainingData.from_bucket(s3.Bucket(stack, "Made"), "data/train.jsonl").bind(job)
    parts = stack.resolve(bound.request["s3Uri"])["Fn::Join"][1]
    assert parts[0] == "s3://"
    assert parts[-1] == "/data/train.jsonl"


def test_a_uri_of_a_bucket_token_and_a_literal_key_keeps_the_key(stack: cdk.Stack, job: Construct) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    bound = TrainingData.from_s3_uri(f"s3://{name}/data/train.jsonl").bind(job)
    assert stack.resolve(bound.bucket.name) == {"Ref": "Name"}
    assert bound.key_prefix == "data/train.jsonl"


@pytest.mark.parametrize(("before", "position"), [("", 2), ("s3://", 0)])
def test_a_uri_that_is_a_token_opens_its_bucket_as_a_whole(
    stack: cdk.Stack, job: Construct, before: str, position: int
) -> None:
    uri = before + cdk.CfnParameter(stack, "Uri").value_as_string
    bound = TrainingData.from_s3_uri(uri).bind(job)
    assert stack.resolve(bound.bucket.name) == {"Fn::Select": [position, {"Fn::Split": ["/", {"Ref": "Uri"}]}]}
    assert bound.key_prefix == "*"


@BOTH
@pytest.mark.parametrize("key", ["", "/", "/data/train.jsonl", "a//b", "a b.jsonl", "dt=2026/x.jsonl", "ä.jsonl"])
def test_a_key_that_the_api_refuses_is_refused(data: Sources, key: str, bucket: s3.IBucket) -> None:
    with pytest.raises(ValueError, match=r"key must be a key out of .*, got .*; use a key like"):
        data.from_bucket(bucket, key)


@BOTH
@pytest.mark.parametrize("uri", ["", "my-data/x", "s3://", "s3://UPPER/x", "https://my-data/x", "s3://my-data/a b"])
def test_a_uri_that_the_api_refuses_is_refused(data: Sources, uri: str) -> None:
    with pytest.raises(ValueError, match=r"uri must be s3://bucket/key .*, got .*; give bucket and key"):
        data.from_s3_uri(uri)


@BOTH
@pytest.mark.parametrize("uri", ["s3://my-data", "s3://my-data/"])
def test_a_uri_of_a_bucket_alone_is_no_data(data: Sources, uri: str) -> None:
    with pytest.raises(ValueError, match="uri must name an object, not a bucket, got"):
        data.from_s3_uri(uri)


def test_a_token_passes_as_key_and_as_prefix(stack: cdk.Stack, job: Construct, bucket: s3.IBucket) -> None:
    key = cdk.CfnParameter(stack, "Key").value_as_string
    for bound in (
        TrainingData.from_bucket(bucket, key).bind(job),
        ValidationData.from_bucket(bucket, key).bind(job, 0),
        TrainingData.from_invocation_logs(bucket, key).bind(job),
        OutputData.to_bucket(bucket, key).bind(job),
    ):
        assert stack.resolve(bound.uri) == {"Fn::Join": ["", ["s3://my-data/", {"Ref": "Key"}]]}


@BOTH
@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "missing.jsonl",
            r"path must be a file that exists, and nothing is at /.*, got .*; write the file",
        ),
        (".", r"path must be a JSONL file, and no folder, got '.'; name the file in it"),
    ],
)
def test_an_asset_that_is_no_file_is_refused(data: Sources, path: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        data.from_asset(path)


def test_an_asset_is_uploaded_and_counts_by_its_records(stack: cdk.Stack, job: Construct, file: Path) -> None:
    bound = TrainingData.from_asset(file).bind(job)
    assert job.node.find_child("TrainingData")
    assert bound.uri == f"s3://{bound.bucket.name}/{bound.key_prefix}"
    assert bound.request == {"s3Uri": bound.uri}
    assert list(bound.identity) == ["contentSha256"]
    assert len(bound.identity["contentSha256"]) == 64
    assert bound.key_prefix.endswith(".jsonl")


@BOTH
@pytest.mark.parametrize("name", ["train.json", "train", "train.txt", "train.JSONL"])
def test_a_file_of_another_name_is_published_as_jsonl(data: Sources, name: str, file: Path, tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"))
    job = Construct(cdk.Stack(app, "Named", env=cdk.Environment(account="111122223333", region="us-east-1")), "Job")
    other = file.with_name(name)
    other.write_text(RECORD)
    bound, same = bind(data.from_asset(other), job), TrainingData.from_asset(file).bind(Construct(job, "Same"))
    assert bound.key_prefix == same.key_prefix
    assert bound.key_prefix.endswith(".jsonl")
    assert bound.identity == same.identity
    app.synth()
    of_data = [path for path, to in published(tmp_path / "cdk.out") if to["objectKey"].endswith(".jsonl")]
    assert [path.read_text() for path in of_data] == [RECORD]


def test_each_asset_for_validation_has_an_id_of_its_own(job: Construct, file: Path) -> None:
    for index in range(2):
        ValidationData.from_asset(file).bind(job, index)
    assert [child.node.id for child in job.node.children] == ["ValidationData0", "ValidationData1"]


@pytest.mark.parametrize(
    ("content", "same"),
    [
        (RECORD.encode(), True),
        (RECORD.encode().replace(b"\n", b"\r\n"), True),
        (b"\xef\xbb\xbf" + RECORD.encode() + b"\n", True),
        (RECORD.replace('"a"', '"b"').encode(), False),
        (RECORD.encode() * 2, False),
    ],
)
def test_only_other_records_are_another_run(job: Construct, file: Path, content: bytes, same: bool) -> None:
    other = file.with_name("renamed.jsonl")
    other.write_bytes(content)
    first = ValidationData.from_asset(file).bind(job, 0).identity
    assert (ValidationData.from_asset(other).bind(job, 1).identity == first) is same


def test_an_asset_is_reached_by_its_key_alone(stack: cdk.Stack, job: Construct, file: Path) -> None:
    bound = TrainingData.from_asset(file).bind(job)
    arn = stack.resolve(bound.bucket.arn_of_objects(bound.key_prefix))
    assert arn["Fn::Join"][1][-1].endswith(f"/{bound.uri.rpartition('/')[2]}")
    assert "*" not in str(arn)


def test_the_check_of_an_asset_names_file_and_line(file: Path) -> None:
    file.write_text(RECORD + "{}\n")
    for data in (TrainingData.from_asset(file), ValidationData.from_asset(file)):
        with pytest.raises(ValueError, match=r"train\.jsonl, line 2: schemaVersion must be text, got None; use"):
            data.check(NOVA)


def test_the_limits_of_training_do_not_hold_for_validation(file: Path) -> None:
    file.write_text(RECORD.replace('"v"', '"bedrock-conversation-2024"'))
    assert ValidationData.from_asset(file).check(DISTILLATION) == ()
    assert ValidationData.from_asset(file).check(NOVA) == ()
    with pytest.raises(ValueError, match="at least 100"):
        TrainingData.from_asset(file).check(DISTILLATION)


def test_data_in_s3_is_not_read_at_synthesis(bucket: s3.IBucket) -> None:
    for data in (
        TrainingData.from_bucket(bucket, "k"),
        TrainingData.from_s3_uri("s3://my-data/k"),
        TrainingData.from_invocation_logs(bucket, "k"),
    ):
        assert data.check(NOVA) == ()


def test_invocation_logs_render_their_whole_configuration(job: Construct, bucket: s3.IBucket) -> None:
    filters = MetadataFilter.equals("project", "support")
    data = TrainingData.from_invocation_logs(bucket, "logs/AWSLogs/", use_prompt_response=True, filters=filters)
    bound = data.bind(job)
    config = {
        "usePromptResponse": True,
        "invocationLogSource": {"s3Uri": "s3://my-data/logs/AWSLogs/"},
        "requestMetadataFilters": {"equals": {"project": "support"}},
    }
    assert bound.request == {"invocationLogsConfig": config}
    assert bound.identity == {"invocationLogsConfig": {**config, "usePromptResponse": "true"}}
    assert bound.key_prefix == "logs/AWSLogs/*"


def test_invocation_logs_without_filters_take_every_prompt(job: Construct, bucket: s3.IBucket) -> None:
    config = TrainingData.from_invocation_logs(bucket, "AWSLogs").bind(job).request["invocationLogsConfig"]
    assert config == {"usePromptResponse": False, "invocationLogSource": {"s3Uri": "s3://my-data/AWSLogs"}}


@pytest.mark.parametrize("filters", [{"equals": {"a": "b"}}, [MetadataFilter.equals("a", "b")], "a=b"])
def test_filters_of_another_type_are_refused(bucket: s3.IBucket, filters: Any) -> None:
    with pytest.raises(ValueError, match=r"filters must be a MetadataFilter or a MetadataFilterGroup, got .*; use"):
        TrainingData.from_invocation_logs(bucket, "AWSLogs", filters=filters)


@pytest.mark.parametrize("prefix", ["", "/logs", "a b"])
def test_a_prefix_that_the_api_refuses_is_refused(bucket: s3.IBucket, prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix must be a key out of"):
        TrainingData.from_invocation_logs(bucket, prefix)
    with pytest.raises(ValueError, match="prefix must be a key out of"):
        OutputData.to_bucket(bucket, prefix)


@pytest.mark.parametrize(
    ("prefix", "uri", "keys"),
    [
        (None, "s3://my-data", "*"),
        ("runs", "s3://my-data/runs", "runs/*"),
        ("runs/", "s3://my-data/runs/", "runs/*"),
    ],
)
def test_an_output_opens_what_lies_below_it(
    job: Construct, bucket: s3.IBucket, prefix: str | None, uri: str, keys: str
) -> None:
    for bound in (OutputData.to_bucket(bucket, prefix).bind(job), OutputData.to_s3_uri(uri).bind(job)):
        assert bound.request == {"s3Uri": uri}
        assert bound.key_prefix == keys
        assert bound.bucket.name == "my-data"
        assert bound.identity == {}


@pytest.mark.parametrize("uri", ["", "my-data", "s3://", "s3://my-data/a b"])
def test_an_output_uri_that_the_api_refuses_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="uri must be s3://bucket/key"):
        OutputData.to_s3_uri(uri)


def test_an_output_uri_that_is_a_token_passes(stack: cdk.Stack, job: Construct) -> None:
    bound = OutputData.to_s3_uri(cdk.CfnParameter(stack, "Uri").value_as_string).bind(job)
    assert stack.resolve(bound.request) == {"s3Uri": {"Ref": "Uri"}}
    assert bound.key_prefix == "*"


@pytest.mark.parametrize("given", [{}, {"prefix": "out"}, {"uri": "s3://b/o", "prefix": "x"}, {"uri": "no uri"}])
def test_output_data_is_checked_whatever_makes_it(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"output data must be in a bucket|uri must be s3://"):
        OutputData(**given)


def test_what_only_the_deployment_knows_is_no_text_of_a_refusal() -> None:
    unknown = cdk.Fn.import_value("x")
    with pytest.raises(ValueError, match=r"got 'a b/<known at deployment>'; ") as refused:
        checks.require(False, "a rule", f"a b/{unknown}", "a remedy")
    assert "Token" not in str(refused.value)
    number = cdk.Token.as_number(cdk.Fn.import_value("x"))
    with pytest.raises(ValueError, match="a rule, got a token; a remedy"):
        checks.require(False, "a rule", number, "a remedy")
