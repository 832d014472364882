"""Stacks with all that the library can be asked for, for tests of what comes out of it: policies, their page."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ImportedModel,
    ModelCustomizationJob,
    ModelProvider,
    ModelSource,
    OpenWeightsSource,
    OutputData,
    ProvisionedModelThroughput,
    TeacherModel,
    TrainingData,
)
from tests.support.policies import ACCOUNT, REGION

HERE = cdk.Environment(account=ACCOUNT, region=REGION)
_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def serving(env: cdk.Environment = HERE) -> cdk.Stack:
    """What is known by its ARN alone is served, trained further and invoked."""
    stack = cdk.Stack(cdk.App(), "Serving", env=env)
    key = kms.Key.from_key_arn(stack, "Key", _arn(stack, "kms", "key/model"))
    model = CustomModel.from_custom_model_attributes(
        stack,
        "Model",
        custom_model_arn=_arn(stack, "bedrock", "custom-model/imported/abc123def456"),
        encryption_key=key,
    )
    CustomModelDeployment(stack, "Live", custom_model=model)
    ProvisionedModelThroughput(stack, "Bought", model=model)
    nova = bedrock.FoundationModelIdentifier("amazon.nova-micro-v1:0")
    ProvisionedModelThroughput(
        stack, "Base", model=bedrock.FoundationModel.from_foundation_model_id(stack, "Micro", nova)
    )
    _job(stack, "Further", base_model=model)
    caller = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    CustomModelDeployment.from_custom_model_deployment_attributes(
        stack,
        "Served",
        custom_model_deployment_arn=_arn(stack, "bedrock", "custom-model-deployment/abc123def456"),
        encryption_key=key,
    ).grant_invoke(caller)
    ProvisionedModelThroughput.from_provisioned_model_arn(
        stack, "Throughput", _arn(stack, "bedrock", "provisioned-model/abc123def456")
    ).grant_invoke(caller)
    ImportedModel.from_imported_model_arn(
        stack, "Weights", _arn(stack, "bedrock", "imported-model/abc123def456")
    ).grant_invoke(caller)
    return stack


def everything(env: cdk.Environment = HERE) -> cdk.Stack:
    """All kinds, all settings of the provider, in a VPC and with keys."""
    stack = cdk.Stack(cdk.App(), "Models", env=env)
    key, vpc = kms.Key(stack, "Key"), ec2.Vpc(stack, "Vpc", max_azs=1)
    ModelProvider.of(stack).configure(vpc=vpc, encryption_key=key, tracing=True)
    escrow = ModelSource.from_s3_uri(f"s3://customer-escrow-{ACCOUNT}-smtj-abc/model/")
    imported = CustomModel(stack, "Imported", source=escrow, encryption_key=key)
    package = _arn(stack, "sagemaker", "model-package/nova/1")
    CustomModel(stack, "Packaged", source=ModelSource.from_model_package_arn(package))
    CustomModel(stack, "Trained elsewhere", source=ModelSource.from_training_job("nova"), adopt=True)
    output = s3.Bucket(stack, "TrainingOutput", encryption=s3.BucketEncryption.KMS)
    CustomModel(stack, "On HyperPod", source=ModelSource.from_training_job("hp", bucket=output, prefix="jobs"))
    CustomModelDeployment(stack, "Live", custom_model=imported)
    ImportedModel(
        stack,
        "Weights",
        source=OpenWeightsSource.from_bucket(s3.Bucket(stack, "Open", encryption=s3.BucketEncryption.KMS), "llama"),
        encryption_key=key,
        vpc=vpc,
    )
    _job(stack, "Further", base_model=_trained(stack, key, vpc).custom_model)
    teacher = bedrock.FoundationModelIdentifier("amazon.nova-pro-v1:0")
    profile = TeacherModel.from_inference_profile(
        f"us.{teacher.model_id}", model=bedrock.FoundationModel.from_foundation_model_id(stack, "Teacher", teacher)
    )
    _job(
        stack,
        "Distilled",
        customization=Customization.distillation(teacher_model=profile),
        training_data=TrainingData.from_invocation_logs(s3.Bucket(stack, "Logs"), "logs", use_prompt_response=True),
    )
    return stack


def _trained(stack: cdk.Stack, key: kms.IKey, vpc: ec2.IVpc) -> ModelCustomizationJob:
    """With a grader, in a VPC, with data in buckets that have keys."""
    code = lambda_.Code.from_inline("def handler(samples, context):\n    return []\n")
    grader = lambda_.Function(
        stack,
        "Grader",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=code,
        timeout=cdk.Duration.minutes(1),
    )
    bucket = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS, encryption_key=kms.Key(stack, "DataKey"))
    return _job(
        stack,
        "Graded",
        customization=Customization.reinforcement_fine_tuning(grader=grader),
        training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        output_data=OutputData.to_bucket(bucket, "graded"),
        encryption_key=key,
        vpc=vpc,
    )


def _job(stack: cdk.Stack, id: str, **arguments: Any) -> ModelCustomizationJob:
    nova = bedrock.FoundationModelIdentifier("amazon.nova-2-lite-v1:0:256k")
    given = {
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
        "output_data": OutputData.to_s3_uri("s3://data/output/"),
        **arguments,
    }
    if "base_model" not in given:
        given["base_model"] = bedrock.FoundationModel.from_foundation_model_id(stack, f"{id}Base", nova)
    return ModelCustomizationJob(stack, id, **given)


def _arn(stack: cdk.Stack, service: str, resource: str) -> str:
    partition = next((each for prefix, each in _PARTITIONS.items() if stack.region.startswith(prefix)), "aws")
    return f"arn:{partition}:{service}:{stack.region}:{stack.account}:{resource}"
