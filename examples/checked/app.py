"""A model is trained, asked golden questions as a candidate, and served only if its answers score well enough."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import (
    CheckData,
    Customization,
    CustomModelDeployment,
    ModelCheck,
    ModelCustomizationJob,
    OutputData,
    TrainingData,
)

DATA = Path(__file__).parents[1] / "fine_tune" / "data"
HERE = Path(__file__).parent
NOVA_LITE = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")


class Checked(cdk.Stack):
    """The training, a candidate, the check of it, and the deployment that callers use."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="A model of Amazon Bedrock that is checked before it is served")
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
            output_data=OutputData.to_bucket(output, "support"),
            removal_policy=cdk.RemovalPolicy.DESTROY,
            timeout=cdk.Duration.hours(8),
        )
        candidate = CustomModelDeployment(self, "Candidate", custom_model=job.custom_model)
        scorer = lambda_.Function(
            self,
            "Scorer",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(HERE / "scorer")),
            timeout=cdk.Duration.minutes(1),
        )
        check = ModelCheck(
            self,
            "Golden",
            custom_model=job.custom_model,
            max_training_loss=2.0,
            invoke=candidate,
            records=CheckData.from_asset(HERE / "golden.jsonl", min_score=0.9, requests_per_minute=60),
            function=scorer,
            report=OutputData.to_bucket(output, "checks"),
            timeout=cdk.Duration.hours(24),
        )
        live = CustomModelDeployment(self, "Live", custom_model=check.custom_model)
        cdk.CfnOutput(self, "DeploymentArn", value=live.custom_model_deployment_arn)
        cdk.CfnOutput(self, "Score", value=check.metrics)


app = cdk.App()
Checked(app, "Checked")
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
