"""Warnings at synthesis: each has an id to acknowledge it by, and says what is meant without a token in it."""

import ast
import functools
import re

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    Customization,
    CustomModel,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    TrainingData,
)
from constructs_lib.core.contract import PREFIX
from tests.support import synth
from tests.support.apps import ROOT

ID = re.compile(rf"{PREFIX}[a-z][A-Za-z]+")
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef"


@functools.cache
def all_calls() -> list[ast.Call]:
    trees = [ast.parse(path.read_text()) for path in (ROOT / "constructs_lib").rglob("*.py")]
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]


def calls(name: str) -> list[ast.Call]:
    return [call for call in all_calls() if getattr(call.func, "attr", getattr(call.func, "id", "")) == name]


def ids() -> list[str]:
    """As they stand in the source. A starred argument hands on what a `SynthWarning(...)` has said."""
    first = [call.args[0] for name in ("add_warning_v2", "SynthWarning") for call in calls(name)]
    return [_written(each) for each in first if not isinstance(each, ast.Starred)]


def _written(id: ast.expr) -> str:
    """The id, in which the library's own prefix is the only part that may have a name."""
    assert isinstance(id, ast.JoinedStr)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else {"PREFIX": PREFIX}.get(ast.unparse(part.value), "?")
        for part in id.values
        if isinstance(part, ast.Constant | ast.FormattedValue)
    )


@pytest.mark.parametrize("name", ["add_warning", "add_info", "add_info_v2", "add_error", "add_deprecation"])
def test_nothing_is_said_that_cannot_be_acknowledged(name: str) -> None:
    assert calls(name) == []


def test_every_id_is_one_that_can_be_written_down() -> None:
    """A text that is put together at synthesis could not be acknowledged in a program."""
    assert [each for each in ids() if not ID.fullmatch(each)] == []
    assert len(set(ids())) == len(ids())


def test_each_is_explained_in_the_documentation() -> None:
    explained = (ROOT / "docs" / "reference" / "warnings.md").read_text()
    assert [each for each in ids() if f"`{each}`" not in explained] == []


@pytest.fixture
def job() -> ModelCustomizationJob:
    """Data in the bucket of another account, under a key of another program."""
    app = cdk.App()
    theirs = cdk.Stack(app, "Data", env=cdk.Environment(account="222222222222", region="us-east-1"))
    ours = cdk.Stack(app, "Models", env=cdk.Environment(account="111111111111", region="us-east-1"))
    bucket = s3.Bucket(theirs, "Bucket", bucket_name=cdk.PhysicalName.GENERATE_IF_NEEDED)
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    return ModelCustomizationJob(
        ours,
        "Assistant",
        base_model=bedrock.FoundationModel.from_foundation_model_id(ours, "Nova", nova),
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        output_data=OutputData.to_bucket(bucket, "output"),
        encryption_key=kms.Key.from_key_arn(ours, "Key", KEY_ARN),
    )


def test_a_warning_holds_no_token_and_statements_to_paste(job: ModelCustomizationJob) -> None:
    told = synth.warnings(job.stack)
    assert len(told) == 3
    assert [text for text in told if "Token[" in text or "Fn::" in text or '"Ref"' in text] == []
    assert '"Resource": "arn:${AWS::Partition}:s3:::datadata' in told[0] + told[1]
    assert any("s3://datadata" in text and "/train.jsonl belongs to account 222222222222" in text for text in told)


@pytest.mark.parametrize("whole_stack", [True, False])
def test_acknowledging_silences_it_there_and_below(job: ModelCustomizationJob, whole_stack: bool) -> None:
    scope = job.stack if whole_stack else job
    cdk.Annotations.of(scope).acknowledge_warning("bedrock-models:foreignBucket", "Their policy allows us")
    [left] = synth.warnings(job.stack)
    assert "[ack: bedrock-models:importedKey]" in left


LAMBDA, BEDROCK = (iam.ServicePrincipal(f"{name}.amazonaws.com") for name in ("lambda", "bedrock"))


@pytest.mark.parametrize(
    ("principal", "warned"),
    [
        (LAMBDA, True),
        (iam.AccountRootPrincipal(), True),
        (BEDROCK, False),
        (iam.CompositePrincipal(LAMBDA, BEDROCK), False),
        (iam.ServicePrincipal(cdk.Fn.import_value("service")), False),
    ],
    ids=["another service", "no service", "Bedrock", "both", "known at deployment"],
)
def test_a_role_of_the_app_that_does_not_trust_bedrock_is_warned_of(principal: iam.IPrincipal, warned: bool) -> None:
    stack = synth.new_stack()
    role = iam.Role(stack, "Own", assumed_by=principal)
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    ModelCustomizationJob(
        stack,
        "Job",
        base_model=bedrock.FoundationModel.from_foundation_model_id(stack, "Nova", nova),
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl"),
        output_data=OutputData.to_s3_uri("s3://data/out/"),
        role=role,
    )
    assert any("roleTrust" in each for each in synth.warnings(stack)) is warned


def test_trust_that_is_added_later_counts() -> None:
    stack = synth.new_stack()
    role = iam.Role(stack, "Own", assumed_by=LAMBDA)
    source = ModelSource.from_s3_uri("s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite/checkpoint/")
    CustomModel(stack, "Model", source=source, role=role)
    role.assume_role_policy.add_statements(
        iam.PolicyStatement(actions=["sts:AssumeRole"], principals=[CustomModel.service_principal(stack)])
    )
    assert not any("roleTrust" in each for each in synth.warnings(stack))
