"""Requests as an HTTP server hands them on, and what the service model says about them."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from itertools import product
from pathlib import Path
from urllib.parse import quote

import boto3
import pytest
from botocore.loaders import Loader

from local.bedrock import Bedrock, ManualClock, ScaledClock, connect, memory_client, operations
from local.bedrock.errors import ServiceError
from local.bedrock.routes import SERVICES, match, service_model
from local.bedrock.validation import problems, validate

MODELS = [service_model(service) for service in SERVICES]
IMPLEMENTED = [
    model.operation_model(name) for model in MODELS for name in model.operation_names if name in operations.ALL
]
MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0/aaaaaaaaaaaa"


def shape(name):
    return service_model("bedrock").shape_for(name)


def exchange(bedrock, method, path, body=b"", query=None):
    response = bedrock.handle(method, path, query or {}, {}, body)
    return response.status, response.headers.get("x-amzn-errortype"), json.loads(response.body)


@pytest.mark.parametrize("operation", IMPLEMENTED, ids=lambda operation: operation.name)
@pytest.mark.parametrize("encode", [lambda arn: quote(arn, safe=""), lambda arn: quote(arn, safe=":"), str])
def test_every_operation_is_found_with_an_arn_in_its_path(operation, encode):
    uri = operation.http["requestUri"]
    label = uri.partition("{")[2].partition("}")[0]
    found = match(operation.http["method"], uri.replace("{" + label + "}", encode(MODEL_ARN)))
    assert found is not None
    assert found.operation.name == operation.name
    assert dict(found.labels) == ({label: MODEL_ARN} if label else {})


@pytest.mark.parametrize("operation", IMPLEMENTED, ids=lambda operation: operation.name)
def test_no_member_in_a_body_has_another_name_on_the_wire(operation):
    # The parser relies on it: it takes the body's members as they are.
    pending = [found for found in (operation.input_shape, operation.output_shape) if found]
    for structure in (found for found in pending if found.type_name == "structure"):
        for name, member in structure.members.items():
            if "location" not in member.serialization:
                assert member.serialization.get("name", name) == name


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("PUT", "/custom-models"), ("GET", "/guardrails"), ("GET", "/")]
)
def test_what_is_not_implemented_is_an_unknown_operation(method, path):
    assert exchange(Bedrock(ManualClock()), method, path)[:2] == (404, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(body):
    bedrock = Bedrock(ManualClock())
    assert exchange(bedrock, "POST", "/model-customization-jobs", body)[:2] == (400, "ValidationException")


@pytest.mark.parametrize("query", [{"maxResults": "many"}, {"isOwned": ["perhaps"]}, {"creationTimeAfter": "soon"}])
def test_a_query_that_is_of_another_type_is_refused(query):
    bedrock = Bedrock(ManualClock())
    assert exchange(bedrock, "GET", "/custom-models", query=query)[:2] == (400, "ValidationException")


def test_timestamps_are_iso_8601():
    bedrock = Bedrock(ManualClock())
    source = {
        "modelPackageArnDataSource": {"modelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/m"}
    }
    body = json.dumps({"modelName": "m", "customModelDataSource": source}).encode()
    assert exchange(bedrock, "POST", "/custom-models/create-custom-model", body)[0] == 202
    assert exchange(bedrock, "GET", "/custom-models/m")[2]["creationTime"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            {"jobName": "my job"},
            "Value 'my job' at 'jobName' failed to satisfy constraint: Member must satisfy regular",
        ),
        (
            {"jobName": "a" * 64},
            "at 'jobName' failed to satisfy constraint: Member must have length less than or equal",
        ),
        ({"jobName": "-" * 62 + "!"}, "Member must satisfy regular expression pattern"),
        ({"customModelName": "two--hyphens"}, "at 'customModelName'"),
        ({"baseModelIdentifier": None}, "Value null at 'baseModelIdentifier'"),
        ({"roleArn": "trainer"}, "at 'roleArn'"),
        ({"customizationType": "MAGIC"}, "Member must satisfy enum value set: [FINE_TUNING"),
        ({"hyperParameters": {"epochCount": 2}}, "at 'hyperParameters.epochCount.member'"),
        ({"surprise": 1}, "at 'surprise' failed to satisfy constraint: Member must not be present"),
        ({"trainingDataConfig": {"s3Uri": "s3://B"}}, "at 'trainingDataConfig.s3Uri'"),
        ({"trainingDataConfig": "s3://data"}, "Member must be of type structure"),
        ({"validationDataConfig": {"validators": [{"s3Uri": "s3://data/x"}] * 11}}, "less than or equal to 10"),
        ({"validationDataConfig": {"validators": [{}]}}, "at 'validationDataConfig.validators.1.member.s3Uri'"),
        ({"vpcConfig": {"subnetIds": ["s"] * 17, "securityGroupIds": ["g"]}}, "less than or equal to 16"),
        ({"vpcConfig": {"subnetIds": ["s"], "securityGroupIds": []}}, "length greater than or equal to 1"),
        ({"customizationConfig": {}}, "exactly one of: [distillationConfig, rftConfig]"),
        ({"customizationConfig": {"rftConfig": {"hyperParameters": {"epochCount": 51}}}}, "less than or equal to 50"),
        ({"customizationConfig": {"rftConfig": {"hyperParameters": {"epochCount": True}}}}, "of type integer"),
        ({"customizationConfig": {"rftConfig": {"hyperParameters": {"learningRate": 1e-8}}}}, "greater than or equal"),
        ({"jobTags": [{"key": "k" * 129, "value": ""}]}, "at 'jobTags.1.member.key'"),
    ],
)
def test_requests_are_checked_in_the_words_of_the_service(job, params, text):
    request = {name: value for name, value in job(**params).items() if value is not None}
    with pytest.raises(ServiceError) as caught:
        validate(shape("CreateModelCustomizationJobRequest"), request)
    assert text in caught.value.message
    assert caught.value.message.startswith("1 validation error detected: ")


def test_all_that_is_wrong_is_told_at_once(job):
    with pytest.raises(ServiceError, match="2 validation errors detected: "):
        validate(shape("CreateModelCustomizationJobRequest"), job(roleArn="x", customModelName=" "))


@pytest.mark.parametrize("name", ["a", "a-", "a--b", "a+b.c-d", "a" * 63, "0" + "-" * 62])
def test_names_that_the_pattern_of_the_model_allows_pass(job, name):
    assert problems(shape("CreateModelCustomizationJobRequest"), job(name, customModelName="m")) == []


def test_the_quick_pattern_for_job_names_accepts_what_the_slow_one_accepts():
    slow, quick = shape("JobName").metadata["pattern"], shape("StopModelCustomizationJobRequest")
    for length in range(1, 7):
        for letters in product("a-.!", repeat=length):
            name = "".join(letters)
            assert (problems(quick, {"jobIdentifier": name}) == []) is bool(re.fullmatch(slow, name))


def test_a_refused_request_reaches_the_caller_through_boto3(world):
    with pytest.raises(world.client.exceptions.ValidationException, match="1 validation error detected: Value 'a b'"):
        world.client.get_custom_model(modelIdentifier="a b")


def test_a_scaled_clock_runs_ahead():
    clock = ScaledClock(3600)
    first = clock.now()
    time.sleep(0.05)
    assert timedelta(minutes=2) < clock.now() - first < timedelta(hours=1)


@pytest.mark.parametrize("wrong", [lambda: ScaledClock(0), lambda: ManualClock().advance(timedelta(seconds=-1))])
def test_no_clock_runs_backwards(wrong):
    with pytest.raises(ValueError, match="got"):
        wrong()


def test_a_session_with_a_model_of_its_own_works_too(world, tmp_path):
    loader = Loader()
    for kind in ("service-2", "paginators-1"):
        data = loader.load_data(f"bedrock/2023-04-20/{kind}")
        folder = tmp_path / "bedrock" / "2023-04-20"
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "service-2":
            data = {**data, "operations": {"ListCustomModels": data["operations"]["ListCustomModels"]}}
        (folder / f"{kind}.json").write_text(json.dumps(data))
    core = boto3.session.Session()._session
    core.get_component("data_loader").search_paths.insert(0, str(tmp_path))
    client = memory_client(world.bedrock, session=boto3.session.Session(botocore_session=core))
    assert client.list_custom_models()["modelSummaries"] == []
    assert not hasattr(client, "create_custom_model")


def test_a_client_that_exists_already_can_be_connected(world):
    client = boto3.client("bedrock", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    assert connect(client, world.bedrock).list_custom_models()["modelSummaries"] == []
    assert world.bedrock.calls[0].region == "eu-west-1"


def test_a_trimmed_model_on_the_data_path_does_not_reach_the_service(tmp_path):
    folder = tmp_path / "bedrock" / "2023-04-20"
    folder.mkdir(parents=True)
    empty = {"metadata": {"serviceId": "Bedrock"}, "operations": {}, "shapes": {}}
    (folder / "service-2.json").write_text(json.dumps(empty))
    program = "from local.bedrock.routes import match; print(match('GET', '/custom-models').operation.name)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "AWS_DATA_PATH": str(tmp_path), "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "ListCustomModels"
