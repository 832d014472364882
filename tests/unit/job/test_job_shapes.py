"""Holds the value objects of a customization job to the shapes of the service model."""

import inspect
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from botocore.loaders import Loader
from constructs import Construct

from constructs_lib.customization import reinforcement
from constructs_lib.customization.customization import Customization, CustomizationType, ReasoningEffort, TeacherModel
from constructs_lib.data import metadata_filter
from constructs_lib.data.metadata_filter import MetadataFilter, MetadataFilterGroup
from constructs_lib.data.output_data import OutputData
from constructs_lib.data.training_data import TrainingData
from constructs_lib.data.validation_data import ValidationData

SHAPES: dict[str, Any] = Loader().load_service_model("bedrock", "service-2", "2023-04-20")["shapes"]
EQUALS = MetadataFilter.equals("a", "b")
BOTH = MetadataFilter.equals_and_not(equals=("a", "b"), not_equals=("c", "d"))
FILTERS = [
    EQUALS,
    MetadataFilter.not_equals("a", "b"),
    MetadataFilterGroup.all_of(BOTH),
    MetadataFilterGroup.any_of(BOTH),
]


def paths(shape: str, here: str = "") -> set[str]:
    """Every member below a shape, as `member.member[]`."""
    model = SHAPES[shape]
    if model["type"] == "list":
        return paths(model["member"]["shape"], f"{here}[]")
    if model["type"] != "structure":
        return {here}
    below = [paths(member["shape"], f"{here}.{name}") for name, member in model["members"].items()]
    return {here}.union(*below)


def reached(shape: str, value: Any, here: str = "") -> Iterator[str]:
    """The members that a request has; fails for one that the shape does not know, or for two of a union."""
    model = SHAPES[shape]
    if model["type"] == "list":
        assert model.get("min", 0) <= len(value) <= model["max"]
        for item in value:
            yield from reached(model["member"]["shape"], item, f"{here}[]")
        return
    yield here
    if model["type"] == "structure":
        assert set(model.get("required", ())) <= set(value) <= set(model["members"])
        assert not model.get("union") or len(value) == 1
        for name, member in value.items():
            yield from reached(model["members"][name]["shape"], member, f"{here}.{name}")


@pytest.fixture
def job() -> Construct:
    return Construct(cdk.Stack(cdk.App(), "Stack"), "Job")


@pytest.fixture
def bucket(job: Construct) -> s3.IBucket:
    return s3.Bucket.from_bucket_name(job, "Bucket", "my-data")


def test_every_member_of_training_data_is_reachable(job: Construct, bucket: s3.IBucket) -> None:
    logs = [TrainingData.from_invocation_logs(bucket, "logs/", filters=filters) for filters in (None, *FILTERS)]
    requests = [data.bind(job).request for data in (TrainingData.from_bucket(bucket, "k"), *logs)]
    assert {path for request in requests for path in reached("TrainingDataConfig", request)} == paths(
        "TrainingDataConfig"
    )


def test_every_member_of_validation_and_output_data_is_reachable(job: Construct, bucket: s3.IBucket) -> None:
    validator = ValidationData.from_bucket(bucket, "k").bind(job, 0).request
    assert set(reached("Validator", validator)) == paths("Validator")
    assert set(reached("OutputDataConfig", OutputData.to_bucket(bucket).bind(job).request)) == paths("OutputDataConfig")


def test_every_member_of_a_customization_is_reachable(job: Construct) -> None:
    model = bedrock.FoundationModel.from_foundation_model_id(
        job, "Teacher", bedrock.FoundationModelIdentifier.AMAZON_NOVA_PRO_V1_0
    )
    grader = lambda_.Function.from_function_arn(job, "Grader", "arn:aws:lambda:us-east-1:111122223333:function:grade")
    numbers: dict[str, Any] = {argument: low for argument, (_, low, _) in reinforcement.INTEGERS.items()}
    customizations = [
        Customization.distillation(teacher_model=TeacherModel.from_model(model), max_response_length_for_inference=1),
        Customization.reinforcement_fine_tuning(
            grader=grader, learning_rate=1e-5, reasoning_effort=ReasoningEffort.LOW, **numbers
        ),
    ]
    members = {
        path
        for customization in customizations
        for path in reached("CustomizationConfig", customization.customization_config)
    }
    assert members == paths("CustomizationConfig")


def test_every_type_of_customization_has_its_factory() -> None:
    assert [str(member) for member in CustomizationType] == SHAPES["CustomizationType"]["enum"]
    factories = {name for name, _ in inspect.getmembers(Customization, inspect.ismethod)}
    assert factories == {str(member).lower() for member in CustomizationType}


def test_efforts_are_those_of_the_shape() -> None:
    assert [str(effort) for effort in ReasoningEffort] == SHAPES["ReasoningEffort"]["enum"]


@pytest.mark.parametrize(("member", "low", "high"), reinforcement.INTEGERS.values())
def test_bounds_of_integers_are_those_of_the_shape(member: str, low: int, high: int) -> None:
    shape = SHAPES[SHAPES["RFTHyperParameters"]["members"][member]["shape"]]
    assert shape["type"] == "integer"
    assert (shape.get("min", 1), shape.get("max", 2**31 - 1)) == (low, high)


def test_bounds_of_the_learning_rate_are_those_of_the_shape() -> None:
    shape = SHAPES[SHAPES["RFTHyperParameters"]["members"]["learningRate"]["shape"]]
    assert (shape["min"], shape["max"]) == reinforcement.LEARNING_RATE


@pytest.mark.parametrize(("shape", "low"), [("RequestMetadataMapKeyString", 1), ("RequestMetadataMapValueString", 0)])
def test_the_text_of_a_filter_is_that_of_the_shape(shape: str, low: int) -> None:
    limit = metadata_filter.TEXT_MAX
    assert SHAPES[shape]["pattern"] == f"{metadata_filter.TEXT_PATTERN}{{{low},{limit}}}"
    assert (SHAPES[shape]["min"], SHAPES[shape]["max"]) == (low, limit)


def test_the_length_of_a_group_is_that_of_the_shape() -> None:
    shape = SHAPES["RequestMetadataFiltersList"]
    assert (shape["min"], shape["max"]) == (1, metadata_filter.FILTERS_MAX)


def test_the_service_model_still_limits_no_hyperparameter() -> None:
    shape = SHAPES["ModelCustomizationHyperParameters"]
    assert not {"min", "max", "pattern"} & (shape.keys() | SHAPES[shape["key"]["shape"]].keys())
    assert not {"min", "max", "pattern"} & SHAPES[shape["value"]["shape"]].keys()
