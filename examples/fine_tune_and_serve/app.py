"""A model is fine-tuned and served; failures are told to a topic, and a dashboard shows how it is used."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import (
    Customization,
    CustomModelDeployment,
    ModelCustomizationJob,
    OutputData,
    TrainingData,
    ValidationData,
)

DATA = Path(__file__).parents[1] / "fine_tune" / "data"
NOVA_LITE = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")


class FineTuneAndServe(cdk.Stack):
    """The training, the deployment of what comes out of it, and what watches both."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="A fine-tuned model of Amazon Bedrock, served and watched")
        output = s3.Bucket(
            self,
            "Output",
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        job = ModelCustomizationJob(
            self,
            "Support",
            base_model=bedrock.FoundationModel.from_foundation_model_id(self, "NovaLite", NOVA_LITE),
            customization=Customization.fine_tuning(hyper_parameters={"epochCount": 2, "learningRate": 0.00001}),
            training_data=TrainingData.from_asset(DATA / "train.jsonl"),
            validation_data=[ValidationData.from_asset(DATA / "validation.jsonl")],
            output_data=OutputData.to_bucket(output, "support"),
            removal_policy=cdk.RemovalPolicy.DESTROY,
            timeout=cdk.Duration.hours(8),
        )
        deployment = CustomModelDeployment(self, "Live", custom_model=job.custom_model)

        alerts = sns.Topic(self, "Alerts", enforce_ssl=True)
        job.alarm_on_failure("TrainingFailed", topic=alerts)
        deployment.add_alarms(topic=alerts)
        dashboard = cloudwatch.Dashboard(self, "Dashboard")
        dashboard.add_widgets(*deployment.dashboard_widgets())

        cdk.CfnOutput(self, "DeploymentArn", value=deployment.custom_model_deployment_arn)
        cdk.CfnOutput(self, "TrainingLoss", value=job.training_loss)


app = cdk.App()
FineTuneAndServe(app, "FineTuneAndServe")
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
