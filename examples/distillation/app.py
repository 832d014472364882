"""A small model learns from a large one's answers, which Bedrock's invocation logs have kept.

The teacher stands behind a cross-Region inference profile. The log bucket is there already: model invocation logging is
a setting of the account, and callers put `requestMetadata` into their calls for the filters to find. Give its name with
`cdk deploy --context invocation_logs_bucket=...`.
"""

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import (
    Customization,
    MetadataFilter,
    MetadataFilterGroup,
    ModelCustomizationJob,
    OutputData,
    TeacherModel,
    TrainingData,
)

LOGS_BUCKET = "model-invocation-logs-111122223333"
STUDENT = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
TEACHER = bedrock.FoundationModelIdentifier("amazon.nova-pro-v1:0")


class Distillation(cdk.Stack):
    """One distilled model."""

    def __init__(self, scope: Construct, id: str, *, logs_bucket: str) -> None:
        super().__init__(scope, id, description="A distilled model of Amazon Bedrock")
        output = s3.Bucket(
            self,
            "Output",
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        teacher = TeacherModel.from_inference_profile(
            "us.amazon.nova-pro-v1:0",
            model=bedrock.FoundationModel.from_foundation_model_id(self, "NovaPro", TEACHER),
            regions=["us-east-1", "us-east-2", "us-west-2"],
        )
        training_data = TrainingData.from_invocation_logs(
            s3.Bucket.from_bucket_name(self, "Logs", logs_bucket),
            "bedrock/",
            use_prompt_response=True,
            filters=MetadataFilterGroup.all_of(
                MetadataFilter.equals("project", "support"),
                MetadataFilter.not_equals("feedback", "rejected"),
            ),
        )
        job = ModelCustomizationJob(
            self,
            "Distilled",
            base_model=bedrock.FoundationModel.from_foundation_model_id(self, "NovaLite", STUDENT),
            customization=Customization.distillation(teacher_model=teacher, max_response_length_for_inference=1000),
            training_data=training_data,
            output_data=OutputData.to_bucket(output, "distilled"),
            # The logs grow under the same prefix; a new revision learns from what has come since.
            revision="1",
            retrain_protection=True,
        )
        cdk.CfnOutput(self, "ModelArn", value=job.custom_model.custom_model_arn)


app = cdk.App()
Distillation(app, "Distillation", logs_bucket=app.node.try_get_context("invocation_logs_bucket") or LOGS_BUCKET)
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
