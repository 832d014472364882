"""The example that `cdk deploy` deploys: a Nova model trained in SageMaker AI, and one fine-tuned in Amazon Bedrock."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import (
    Customization,
    CustomModel,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    TrainingData,
    ValidationData,
)

DATA = Path(__file__).parent / "examples" / "fine_tune" / "data"
NOVA_LITE = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")


class CustomModels(cdk.Stack):
    """Two custom models under one key."""

    def __init__(self, scope: Construct, id: str, *, training_job: str) -> None:
        super().__init__(scope, id, description="Custom models of Amazon Bedrock")
        key = kms.Key(self, "Key", enable_key_rotation=True)

        imported = CustomModel(
            self,
            "Imported",
            source=ModelSource.from_training_job(training_job),
            encryption_key=key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            tags={"origin": "sagemaker"},
        )

        output = s3.Bucket(
            self,
            "Output",
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        tuned = ModelCustomizationJob(
            self,
            "FineTuned",
            base_model=bedrock.FoundationModel.from_foundation_model_id(self, "NovaLite", NOVA_LITE),
            customization=Customization.fine_tuning(hyper_parameters={"epochCount": 2, "learningRate": 0.00001}),
            training_data=TrainingData.from_asset(DATA / "train.jsonl"),
            validation_data=[ValidationData.from_asset(DATA / "validation.jsonl")],
            output_data=OutputData.to_bucket(output, "fine-tuned"),
            encryption_key=key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            timeout=cdk.Duration.hours(8),
        )

        cdk.CfnOutput(self, "ImportedModelArn", value=imported.custom_model_arn)
        cdk.CfnOutput(self, "FineTunedModelArn", value=tuned.custom_model.custom_model_arn)
        cdk.CfnOutput(self, "TrainingLoss", value=tuned.training_loss)


app = cdk.App()
CustomModels(app, "CustomModels", training_job=app.node.get_context("training_job"))
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
