import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

from constructs_lib import (
    CheckData,
    CheckScore,
    Customization,
    CustomModel,
    CustomModelDeployment,
    InvocationLogging,
    JobStatus,
    MetadataFilter,
    MetadataFilterGroup,
    ModelCheck,
    ModelCustomizationJob,
    ModelProvider,
    OutputData,
    ReasoningEffort,
    RollbackBehavior,
    TeacherModel,
    TrainingData,
    ValidationData,
)


def foundation_model(id: str, model_id: str) -> bedrock.IModel:
    return bedrock.FoundationModel.from_foundation_model_id(
        stack, id, bedrock.FoundationModelIdentifier(model_id)
    )


app = cdk.App()
stack = cdk.Stack(
    app, "Models", env=cdk.Environment(account="111122223333", region="us-east-1")
)
nova_lite = foundation_model("NovaLite", "amazon.nova-lite-v1:0:300k")
records = TrainingData.from_asset("examples/fine_tune/data/train.jsonl")
bucket = s3.Bucket(stack, "Output", removal_policy=cdk.RemovalPolicy.RETAIN)
