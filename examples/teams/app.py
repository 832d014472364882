"""Three teams, three stacks: one trains and deploys a model, one calls it, one buys throughput of its own for it.

Callers get the deployment's ARN, which stays when the model is trained anew. The model's own ARN changes then, so what
is bought for it in another stack follows with that stack's next deployment: `cdk deploy --all` does both in order.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import (
    Customization,
    CustomModelDeployment,
    ICustomModel,
    ICustomModelDeployment,
    ModelCustomizationJob,
    OutputData,
    ProvisionedModelThroughput,
    TrainingData,
)

EXAMPLES = Path(__file__).parents[1]
NOVA_LITE = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")


class Research(cdk.Stack):
    """Trains the model, and deploys it for everybody."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="Team research: trains and deploys the support model")
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
            customization=Customization.fine_tuning(hyper_parameters={"epochCount": 2}),
            training_data=TrainingData.from_asset(EXAMPLES / "fine_tune" / "data" / "train.jsonl"),
            output_data=OutputData.to_bucket(output, "support"),
            # While another stack serves the old model, Bedrock would refuse to delete it.
            removal_policy=cdk.RemovalPolicy.RETAIN,
            timeout=cdk.Duration.hours(8),
        )
        cdk.Annotations.of(job).acknowledge_warning(
            "bedrock-models:modelArnCrossesStacks", "Team batch deploys after every training"
        )
        self.model: ICustomModel = job.custom_model
        self.deployment: ICustomModelDeployment = CustomModelDeployment(self, "Live", custom_model=job.custom_model)
        cdk.CfnOutput(self, "DeploymentArn", value=self.deployment.custom_model_deployment_arn)


class Chat(cdk.Stack):
    """Calls the deployment."""

    def __init__(self, scope: Construct, id: str, *, deployment: ICustomModelDeployment) -> None:
        super().__init__(scope, id, description="Team chat: answers with the support model")
        caller = lambda_.Function(
            self,
            "Caller",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(EXAMPLES / "import_and_serve" / "caller")),
            timeout=cdk.Duration.minutes(1),
            environment={"MODEL_ID": deployment.custom_model_deployment_arn},
        )
        deployment.grant_invoke(caller)
        cdk.CfnOutput(self, "CallerName", value=caller.function_name)


class Batch(cdk.Stack):
    """Serves the same model on throughput of its own, so that its night runs slow nobody down."""

    def __init__(self, scope: Construct, id: str, *, model: ICustomModel) -> None:
        super().__init__(scope, id, description="Team batch: throughput of its own for the support model")
        throughput = ProvisionedModelThroughput(self, "Nightly", model=model, model_units=1)
        throughput.add_alarms()
        cdk.CfnOutput(self, "ThroughputArn", value=throughput.provisioned_model_arn)


app = cdk.App()
research = Research(app, "Research")
Chat(app, "Chat", deployment=research.deployment)
Batch(app, "Batch", model=research.model)
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
