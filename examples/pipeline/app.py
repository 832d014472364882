"""A pipeline that deploys a data stack and, apart from it, a model stack.

What lives long stands in the data stack: a rollback of the model stack takes nothing away that a kept run needs. Name
your repository and the connection to it in cdk.json's context, as `repository` and `connection_arn`: the pipeline
synthesizes itself from there.

The local AWS has no CodePipeline; what the pipeline would deploy can be deployed there:
`make deploy APP=examples/pipeline/app.py STACKS=Pipeline/Production/Models`.
"""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import pipelines
from constructs import Construct

from constructs_lib import Customization, CustomModelDeployment, ModelCustomizationJob, OutputData, TrainingData

DATA = Path(__file__).parents[1] / "fine_tune" / "data"
NOVA_LITE = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
CONNECTION_ARN = "arn:aws:codeconnections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef"
REPOSITORY = "example/support-model"


class DataStack(cdk.Stack):
    """The key of the models, and the bucket for what training leaves."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="Data of custom models", termination_protection=True)
        self.key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.RETAIN)
        self.output = s3.Bucket(
            self,
            "Output",
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )


class ModelStack(cdk.Stack):
    """The training, and the deployment of what comes out of it."""

    def __init__(self, scope: Construct, id: str, *, data: DataStack) -> None:
        super().__init__(scope, id, description="A fine-tuned model of Amazon Bedrock")
        job = ModelCustomizationJob(
            self,
            "Support",
            base_model=bedrock.FoundationModel.from_foundation_model_id(self, "NovaLite", NOVA_LITE),
            customization=Customization.fine_tuning(hyper_parameters={"epochCount": 2}),
            # Reviewed and versioned with the code: a commit that changes the records trains anew.
            training_data=TrainingData.from_asset(DATA / "train.jsonl"),
            output_data=OutputData.to_bucket(data.output, "support"),
            encryption_key=data.key,
            # CodePipeline gives a deployment of CloudFormation three days.
            timeout=cdk.Duration.days(2),
        )
        CustomModelDeployment(self, "Live", custom_model=job.custom_model)


class Models(cdk.Stage):
    """What is deployed together into one account and Region."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        ModelStack(self, "Models", data=DataStack(self, "Data"))


class Pipeline(cdk.Stack):
    """Takes every commit of the main branch to production, once somebody has agreed to pay for a training."""

    def __init__(self, scope: Construct, id: str, *, connection_arn: str, repository: str) -> None:
        super().__init__(scope, id, description="Delivers custom models of Amazon Bedrock")
        source = pipelines.CodePipelineSource.connection(repository, "main", connection_arn=connection_arn)
        pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            synth=pipelines.ShellStep(
                "Synth",
                input=source,
                commands=["make setup", "npx aws-cdk@2 synth --app '.venv/bin/python -m examples.pipeline.app'"],
            ),
        )
        approval = pipelines.ManualApprovalStep("TrainingCostsMoney")
        pipeline.add_stage(Models(self, "Production"), pre=[approval])


app = cdk.App()
Pipeline(
    app,
    "Pipeline",
    connection_arn=app.node.try_get_context("connection_arn") or CONNECTION_ARN,
    repository=app.node.try_get_context("repository") or REPOSITORY,
)
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
