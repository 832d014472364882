"""What models are asked and what they answer is logged: to a bucket for training, to a log group for looking at it.

An account has one such configuration in each Region. If it has one already, the deployment fails and says what it is;
adopt=True puts this one over it, and puts that one back when the stack is deleted.
"""

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import InvocationLogging


class Logging(cdk.Stack):
    """The configuration, and where it logs to."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="Logs the invocations of models of Amazon Bedrock")
        bucket = s3.Bucket(
            self,
            "Output",
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(365))],
        )
        group = logs.LogGroup(
            self, "Group", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        InvocationLogging(
            self,
            "Invocations",
            bucket=bucket,
            prefix="bedrock",
            log_group=group,
            large_data_bucket=bucket,
            large_data_prefix="large",
            embedding_data_delivery_enabled=False,
        )
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)
        cdk.CfnOutput(self, "LogGroupName", value=group.log_group_name)


app = cdk.App()
Logging(app, "Logging")
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
