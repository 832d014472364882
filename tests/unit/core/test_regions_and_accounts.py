"""Regions and accounts: what Amazon Bedrock cannot use from another one is refused when both are known."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    ModelProvider,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    TrainingData,
)
from tests.support.synth import allowed, new_stack, template_of, warnings

HERE = cdk.Environment(account="111122223333", region="us-east-1")
KEY = "arn:aws:kms:{}:{}:key/01234567-89ab-cdef-0123-456789abcdef"
SOURCE = ModelSource.from_s3_uri("s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite/checkpoint/")


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack(env=HERE)


def model(stack: cdk.Stack, account: str) -> Any:
    arn = f"arn:aws:bedrock:us-east-1:{account}:custom-model/amazon.nova-lite-v1:0:300k/abc123def456"
    return CustomModel.from_custom_model_arn(stack, "Shared", arn)


def job(stack: cdk.Stack, **arguments: Any) -> ModelCustomizationJob:
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    given = {
        "base_model": bedrock.FoundationModel.from_foundation_model_id(stack, "Nova", nova),
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
        "output_data": OutputData.to_s3_uri("s3://data/out/"),
    }
    return ModelCustomizationJob(stack, "Job", **{**given, **arguments})


USES = {
    "custom_model": lambda stack, shared: CustomModelDeployment(stack, "Use", custom_model=shared),
    "model": lambda stack, shared: ProvisionedModelThroughput(stack, "Use", model=shared),
    "base_model": lambda stack, shared: job(stack, base_model=shared),
}


@pytest.mark.parametrize("argument", USES)
def test_a_model_of_another_account_has_to_be_copied_first(stack: cdk.Stack, argument: str) -> None:
    rule = f"^{argument} must be of the stack's account, 111122223333, got '444455556666'; .*CreateModelCopyJob"
    with pytest.raises(ValueError, match=rule):
        USES[argument](stack, model(stack, "444455556666"))


@pytest.mark.parametrize("argument", USES)
def test_a_model_of_the_own_account_is_taken(stack: cdk.Stack, argument: str) -> None:
    USES[argument](stack, model(stack, "111122223333"))


@pytest.mark.parametrize("argument", USES)
def test_in_a_stack_whose_account_is_not_known_nothing_is_refused(argument: str) -> None:
    stack = new_stack()
    USES[argument](stack, model(stack, "444455556666"))


def test_a_model_is_trained_further_in_its_own_region_only() -> None:
    stack = new_stack(env=cdk.Environment(account="111122223333", region="us-west-2"))
    with pytest.raises(ValueError, match="base_model must be in the stack's Region, us-west-2, got 'us-east-1'"):
        job(stack, base_model=model(stack, "111122223333"))


ENCRYPTED = {
    "import": lambda stack, key: CustomModel(stack, "Model", source=SOURCE, encryption_key=key),
    "job": lambda stack, key: job(stack, encryption_key=key),
}


@pytest.mark.parametrize("make", ENCRYPTED.values(), ids=ENCRYPTED)
def test_a_key_of_another_region_encrypts_nothing_here(stack: cdk.Stack, make: Any) -> None:
    key = kms.Key.from_key_arn(stack, "Key", KEY.format("eu-west-1", "111122223333"))
    with pytest.raises(ValueError, match="encryption_key must be in the stack's Region, us-east-1, got 'eu-west-1'"):
        make(stack, key)


@pytest.mark.parametrize(
    ("account", "said"), [("444455556666", "a key of account 444455556666"), ("111122223333", "the first only if")]
)
def test_the_statement_for_the_roles_is_optional_for_a_key_of_the_own_account_only(
    stack: cdk.Stack, account: str, said: str
) -> None:
    key = kms.Key.from_key_arn(stack, "Key", KEY.format("us-east-1", account))
    CustomModel(stack, "Model", source=SOURCE, encryption_key=key)
    (warning,) = (each for each in warnings(stack) if "importedKey" in each)
    assert said in warning


def test_the_key_of_a_foreign_bucket_needs_a_statement_too(stack: cdk.Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Key", KEY.format("us-east-1", "444455556666"))
    bucket = s3.Bucket.from_bucket_attributes(
        stack, "Bucket", bucket_name="shared", account="444455556666", encryption_key=key
    )
    job(stack, training_data=TrainingData.from_bucket(bucket, "a.jsonl"), output_data=OutputData.to_bucket(bucket, "o"))
    reading, writing = sorted((each for each in warnings(stack) if "foreignBucket" in each), key=len)
    assert "kms:Decrypt" in reading
    assert "kms:GenerateDataKey" not in reading
    assert "kms:GenerateDataKey" in writing


def test_a_vpc_of_another_region_is_refused_for_job_and_provider(stack: cdk.Stack) -> None:
    other = cdk.Stack(stack.node.root, "Other", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    vpc = ec2.Vpc(other, "Vpc", max_azs=1)
    rule = "vpc must be in the stack's Region, us-east-1, got 'eu-west-1'"
    with pytest.raises(ValueError, match=rule):
        job(stack, vpc=vpc)
    ModelProvider.of(stack.node.root).configure(vpc=vpc)
    with pytest.raises(ValueError, match=rule):
        CustomModel(stack, "Model", source=SOURCE)


class TestSourceInABucket:
    def test_the_role_may_decrypt_with_the_buckets_key(self, stack: cdk.Stack) -> None:
        bucket = s3.Bucket(stack, "Artifacts", encryption_key=kms.Key(stack, "Key"))
        CustomModel(stack, "Model", source=ModelSource.from_bucket(bucket, "checkpoint"))
        assert "Key" in str(allowed(template_of(stack), "ModelServiceRole", "kms:Decrypt")["Resource"])

    def test_a_bucket_of_another_region_is_refused(self, stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_attributes(stack, "B", bucket_name="artifacts", region="eu-west-1")
        with pytest.raises(ValueError, match="source must be in the stack's Region, us-east-1, got 'eu-west-1'"):
            CustomModel(stack, "Model", source=ModelSource.from_bucket(bucket, "checkpoint"))
