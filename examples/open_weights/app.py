"""Open weights from a bucket are imported, and called by a Lambda function that waits for a cold copy."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import ImportedModel, OpenWeightsSource

HERE = Path(__file__).parent
WEIGHTS_BUCKET = "open-weights-111122223333"


class OpenWeights(cdk.Stack):
    """The model and who calls it. The weights are in a bucket that stays when the stack goes."""

    def __init__(self, scope: Construct, id: str, *, weights_bucket: str) -> None:
        super().__init__(scope, id, description="Open weights in Amazon Bedrock and their caller")
        bucket = s3.Bucket.from_bucket_name(self, "Weights", weights_bucket)
        model = ImportedModel(
            self,
            "Writer",
            # Each version of the weights has a prefix of its own: another prefix is another import.
            source=OpenWeightsSource.from_bucket(bucket, "writer/v1", config=HERE / "model" / "config.json"),
            removal_policy=cdk.RemovalPolicy.DESTROY,
            timeout=cdk.Duration.hours(4),
        )

        caller = lambda_.Function(
            self,
            "Caller",
            runtime=lambda_.Runtime.PYTHON_3_14,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(HERE / "caller")),
            timeout=cdk.Duration.minutes(15),
            environment={"MODEL_ID": model.imported_model_arn},
        )
        model.grant_invoke(caller)
        # Callers that are no part of this stack read the parameter: another import has another ARN.
        model.publish_to("/open-weights/writer")

        cdk.CfnOutput(self, "CallerName", value=caller.function_name)
        cdk.CfnOutput(self, "ModelArn", value=model.imported_model_arn)


app = cdk.App()
OpenWeights(app, "OpenWeights", weights_bucket=app.node.try_get_context("weights_bucket") or WEIGHTS_BUCKET)
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
