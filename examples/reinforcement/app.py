"""A model is trained by reinforcement: a Lambda function marks its answers, and it learns to get better marks."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import Customization, ModelCustomizationJob, OutputData, ReasoningEffort, TrainingData

HERE = Path(__file__).parent
NOVA_2_LITE = bedrock.FoundationModelIdentifier("amazon.nova-2-lite-v1:0:256k")


class Reinforcement(cdk.Stack):
    """The grader, and the model that it marks."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="A model of Amazon Bedrock, trained by reinforcement")
        output = s3.Bucket(
            self,
            "Output",
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        grader = lambda_.Function(
            self,
            "Grader",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(HERE / "grader")),
            # One call marks many answers.
            timeout=cdk.Duration.minutes(5),
        )
        job = ModelCustomizationJob(
            self,
            "Planner",
            base_model=bedrock.FoundationModel.from_foundation_model_id(self, "Nova2Lite", NOVA_2_LITE),
            customization=Customization.reinforcement_fine_tuning(
                grader=grader,
                epoch_count=2,
                batch_size=32,
                training_sample_per_prompt=4,
                inference_max_tokens=2000,
                reasoning_effort=ReasoningEffort.LOW,
            ),
            training_data=TrainingData.from_asset(HERE / "data" / "train.jsonl"),
            output_data=OutputData.to_bucket(output, "planner"),
            retrain_protection=True,
        )
        cdk.CfnOutput(self, "ModelArn", value=job.custom_model.custom_model_arn)


app = cdk.App()
Reinforcement(app, "Reinforcement")
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
