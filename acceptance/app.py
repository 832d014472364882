"""The CDK app that an acceptance run deploys: a stack for each step that deploys something."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ImportedModel,
    InvocationLogging,
    ModelCustomizationJob,
    ModelSource,
    OpenWeightsSource,
    OutputData,
    TrainingData,
)

# Forty records of a few words: the least that the documented families take is less, what it costs is cents.
_DATA = Path(__file__).parents[1] / "examples" / "fine_tune" / "data" / "train.jsonl"


class Refused(cdk.Stack):
    """A job whose training data does not exist: Amazon Bedrock refuses it, nothing is started."""

    def __init__(self, scope: Construct, id: str, *, given: Mapping[str, str]) -> None:
        super().__init__(scope, id)
        bucket = _bucket(self)
        _job(self, given, bucket, TrainingData.from_bucket(bucket, "no-such-file.jsonl"), wait=False)


class Logged(cdk.Stack):
    """Invocation logging, without anything that people ask or models answer."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        bucket = _bucket(self)
        group = logs.LogGroup(self, "Invocations", removal_policy=cdk.RemovalPolicy.DESTROY)
        logging = InvocationLogging(
            self,
            "Logging",
            bucket=bucket,
            prefix="logs",
            log_group=group,
            text_data_delivery_enabled=False,
            image_data_delivery_enabled=False,
            embedding_data_delivery_enabled=False,
            video_data_delivery_enabled=False,
            audio_data_delivery_enabled=False,
        )
        assert logging.role is not None  # noqa: S101  a log group has one
        cdk.CfnOutput(self, "RoleArn", value=logging.role.role_arn)
        cdk.CfnOutput(self, "BucketName", value=bucket.bucket_name)
        cdk.CfnOutput(self, "LogGroupName", value=group.log_group_name)


class Imported(cdk.Stack):
    """An imported model and its deployment; with `stage=second` a second model is swapped in and a tag has changed."""

    def __init__(self, scope: Construct, id: str, *, given: Mapping[str, str]) -> None:
        super().__init__(scope, id)
        model = _model(self, "First", given["source"])
        first = model
        if given["stage"] == "second":
            model = _model(self, "Second", given["swap_source"] or given["source"])
        deployment = CustomModelDeployment(self, "Live", custom_model=model)
        cdk.Tags.of(self).add("stage", given["stage"])
        cdk.CfnOutput(self, "RoleArn", value=_role_arn(first))
        cdk.CfnOutput(self, "FirstModelArn", value=first.custom_model_arn)
        cdk.CfnOutput(self, "ModelArn", value=model.custom_model_arn)
        cdk.CfnOutput(self, "DeploymentArn", value=deployment.custom_model_deployment_arn)


class Weights(cdk.Stack):
    """Open weights, imported; and a role that trusts import jobs by their ARN, with which nothing should start."""

    def __init__(self, scope: Construct, id: str, *, given: Mapping[str, str]) -> None:
        super().__init__(scope, id)
        source = OpenWeightsSource.from_s3_uri(given["weights"])
        # Names of jobs are never free again.
        model = ImportedModel(
            self, "Model", source=source, removal_policy=cdk.RemovalPolicy.DESTROY, revision=given["run"]
        )
        jobs = self.format_arn(service="bedrock", resource="model-import-job", resource_name="*")
        conditions = {"StringEquals": {"aws:SourceAccount": self.account}, "ArnLike": {"aws:SourceArn": jobs}}
        bound = iam.Role(self, "Bound", assumed_by=iam.ServicePrincipal("bedrock.amazonaws.com", conditions=conditions))
        bucket = s3.Bucket.from_bucket_name(self, "Source", given["weights"].split("/")[2])
        bucket.grant_read(bound)
        cdk.CfnOutput(self, "JobName", value=model.job_name)
        cdk.CfnOutput(self, "ModelArn", value=model.imported_model_arn)
        cdk.CfnOutput(self, "RoleArn", value=model.role.role_arn)
        cdk.CfnOutput(self, "BoundRoleArn", value=bound.role_arn)


class Trained(cdk.Stack):
    """The smallest training run; a whole one is waited for, deployed and can be called."""

    def __init__(self, scope: Construct, id: str, *, given: Mapping[str, str], is_whole: bool) -> None:
        super().__init__(scope, id)
        bucket = _bucket(self)
        job = _job(self, given, bucket, TrainingData.from_asset(_DATA), wait=is_whole)
        changes = sqs.Queue(self, "Changes")
        job.on_state_change("OnChange", target=targets.SqsQueue(changes))
        cdk.CfnOutput(self, "JobName", value=job.job_name)
        cdk.CfnOutput(self, "JobArn", value=job.job_arn)
        cdk.CfnOutput(self, "QueueUrl", value=changes.queue_url)
        if is_whole:
            deployment = CustomModelDeployment(self, "Live", custom_model=job.custom_model)
            cdk.CfnOutput(self, "ModelArn", value=job.custom_model.custom_model_arn)
            cdk.CfnOutput(self, "DeploymentArn", value=deployment.custom_model_deployment_arn)


def _job(
    stack: cdk.Stack, given: Mapping[str, str], bucket: s3.IBucket, data: TrainingData, *, wait: bool
) -> ModelCustomizationJob:
    base = bedrock.FoundationModelIdentifier(given["base_model"])
    job = ModelCustomizationJob(
        stack,
        "Job",
        base_model=bedrock.FoundationModel.from_foundation_model_id(stack, "Base", base),
        customization=Customization.fine_tuning(hyper_parameters={"epochCount": 1, "learningRate": 0.00001}),
        training_data=data,
        output_data=OutputData.to_bucket(bucket, "output"),
        removal_policy=cdk.RemovalPolicy.DESTROY,
        timeout=cdk.Duration.hours(72),
        # Names of jobs are never free again: each acceptance run trains under names of its own.
        revision=given["run"],
        wait=wait,
    )
    cdk.CfnOutput(stack, "DataBucket", value=bucket.bucket_name)
    return job


def _model(stack: cdk.Stack, id: str, uri: str) -> CustomModel:
    source = ModelSource.from_s3_uri(uri)
    return CustomModel(stack, id, source=source, removal_policy=cdk.RemovalPolicy.DESTROY)


def _role_arn(model: CustomModel) -> str:
    assert model.role is not None  # noqa: S101  a model from S3 has one
    return model.role.role_arn


def _bucket(stack: cdk.Stack) -> s3.Bucket:
    # The run empties it before it deletes the stack.
    return s3.Bucket(stack, "Data", enforce_ssl=True, removal_policy=cdk.RemovalPolicy.DESTROY)


def build(scope: Construct, given: Mapping[str, str]) -> None:
    """The stacks for which there is enough context, tagged as this run's."""
    cdk.Tags.of(scope).add(given["tag"], given["run"])
    Refused(scope, "BedrockAcceptanceRefused", given=given)
    Logged(scope, "BedrockAcceptanceLogged")
    Trained(scope, "BedrockAcceptanceTrained", given=given, is_whole=False)
    Trained(scope, "BedrockAcceptanceWhole", given=given, is_whole=True)
    if given["source"]:
        Imported(scope, "BedrockAcceptanceImported", given=given)
    if given["weights"]:
        Weights(scope, "BedrockAcceptanceWeights", given=given)


def main() -> None:
    """Reads the context that the run gives to the command line, and synthesizes."""
    app = cdk.App()

    def context(name: str, otherwise: str = "") -> str:
        found: Any = app.node.try_get_context(name)
        return str(found or otherwise)

    names = ("run", "tag", "base_model", "source", "swap_source", "weights")
    build(app, {**{name: context(name) for name in names}, "stage": context("stage", "first")})
    app.synth()


if __name__ == "__main__":
    main()
