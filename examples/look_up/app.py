"""The newest model of another team is served, without its ARN: `cdk deploy -c refresh=$BUILD_NUMBER` asks again."""

import aws_cdk as cdk
from constructs import Construct

from constructs_lib import CustomModel, CustomModelDeployment


class LookUp(cdk.Stack):
    """What serves the model. It makes none, and deletes none."""

    def __init__(self, scope: Construct, id: str, *, name_contains: str, refresh: str) -> None:
        super().__init__(scope, id, description="Serves the newest custom model of a name")
        model = CustomModel.from_newest(self, "Newest", name_contains=name_contains, refresh=refresh)
        # When another model is found it is swapped in: callers keep the ARN.
        deployment = CustomModelDeployment(self, "Live", custom_model=model)

        cdk.CfnOutput(self, "DeploymentArn", value=deployment.custom_model_deployment_arn)
        cdk.CfnOutput(self, "ModelName", value=model.custom_model_name)


app = cdk.App()
LookUp(
    app,
    "LookUp",
    name_contains=app.node.try_get_context("name_contains") or "Assistant",
    refresh=app.node.try_get_context("refresh") or "1",
)
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
