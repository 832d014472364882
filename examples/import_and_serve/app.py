"""A Nova model that SageMaker AI trained is imported, deployed on demand, and called by a Lambda function."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib import CustomModel, CustomModelDeployment, ModelSource

HERE = Path(__file__).parent
TRAINING_JOB = "nova-lite-demo"


class ImportAndServe(cdk.Stack):
    """The model, what serves it, and who calls it."""

    def __init__(self, scope: Construct, id: str, *, training_job: str) -> None:
        super().__init__(scope, id, description="A custom model of Amazon Bedrock and its caller")
        model = CustomModel(
            self,
            "Assistant",
            source=ModelSource.from_training_job(training_job),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        deployment = CustomModelDeployment(self, "Live", custom_model=model)

        caller = lambda_.Function(
            self,
            "Caller",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(HERE / "caller")),
            timeout=cdk.Duration.minutes(1),
            # Callers hold the deployment's ARN: it stays when another model is imported.
            environment={"MODEL_ID": deployment.custom_model_deployment_arn},
        )
        deployment.grant_invoke(caller)

        cdk.CfnOutput(self, "CallerName", value=caller.function_name)
        cdk.CfnOutput(self, "DeploymentArn", value=deployment.custom_model_deployment_arn)


app = cdk.App()
ImportAndServe(app, "ImportAndServe", training_job=app.node.try_get_context("training_job") or TRAINING_JOB)
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
