"""What models are asked and what they answer is logged: to a bucket for training, to a log group for looking at it.

An account has one such configuration in each Region. If it has one already, the deployment fails and says what it is;
adopt=True puts this one over it, and puts that one back when the stack is deleted.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib import InvocationLogging


class Logging(cdk.Stack):
    """The configuration, and where it logs to."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, description="Logs the invocations of models of Amazon Bedrock")
        key = kms.Key(self, "Key", description="Encrypts what models are asked and answer", enable_key_rotation=True)
        key.grant_encrypt_decrypt(
            iam.ServicePrincipal(
                f"logs.{self.region}.amazonaws.com",
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": self._log_groups}},
            )
        )
        bucket = s3.Bucket(
            self,
            "InvocationLogs",
            encryption_key=key,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            versioned=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(365))],
        )
        group = logs.LogGroup(
            self,
            "Group",
            encryption_key=key,
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
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

    @property
    def _log_groups(self) -> str:
        return self.format_arn(
            service="logs", resource="log-group", resource_name="*", arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME
        )


app = cdk.App()
Logging(app, "Logging")
cdk.Tags.of(app).add("project", "bedrock-custom-models")
app.synth()
