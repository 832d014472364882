"""A custom model whose checkpoint the deployment finds in the output of a training job of SageMaker AI."""

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from constructs_lib import ModelSource
from local.sagemaker import ARCHIVE, HYPERPOD, SERVERLESS
from tests.e2e.stage import Stage, failure

DESTROY = cdk.RemovalPolicy.DESTROY


@pytest.mark.parametrize("layout", [SERVERLESS, HYPERPOD, ARCHIVE])
def test_of_every_layout_is_imported(stage: Stage, layout: str) -> None:
    job = f"Nova-{layout.rpartition('/')[2].partition('.')[0]}-{stage.id}"
    stage.aws.training_job(job, checkpoint=stage.escrow_uri, layout=layout)
    source = ModelSource.from_training_job(job)

    made = stage.deploy(lambda stack: stage.model(stack, source=source, removal_policy=DESTROY))

    assert made.status == "CREATE_COMPLETE"
    assert [model.status for model in stage.models] == ["Active"]
    [seen] = stage.seen(made).models
    assert seen.tags["sagemaker.amazonaws.com/model-source"] == stage.escrow_uri
    assert stage.delete().status == "DELETE_COMPLETE"
    assert stage.models == []


def test_of_a_given_bucket_is_read_there_alone(stage: Stage) -> None:
    output = stage.aws.training_job(f"nova-{stage.id}", checkpoint=stage.escrow_uri)

    def build(stack: cdk.Stack, prefix: str) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Output", output.split("/")[2])
        source = ModelSource.from_training_job(f"nova-{stage.id}", bucket=bucket, prefix=prefix)
        stage.model(stack, source=source)

    refused = stage.deploy(lambda stack: build(stack, "elsewhere"))
    assert f"writes to {output}" in failure(refused)
    assert stage.imports == 0
    stage.delete()
    assert stage.deploy(lambda stack: build(stack, "nova")).status == "CREATE_COMPLETE"


def test_of_a_job_that_still_runs_is_refused_and_nothing_is_left(stage: Stage) -> None:
    job = f"nova-{stage.id}"
    stage.aws.training_job(job, status="InProgress")
    source = ModelSource.from_training_job(job)

    refused = stage.deploy(lambda stack: stage.model(stack, source=source))

    assert refused.status == "ROLLBACK_COMPLETE"
    assert f"the training job '{job}' is InProgress" in failure(refused)
    assert stage.imports == 0
    stage.delete()
    stage.aws.training_job(job, checkpoint=stage.escrow_uri)
    assert stage.deploy(lambda stack: stage.model(stack, source=source)).status == "CREATE_COMPLETE"


def test_a_model_that_the_sagemaker_sdk_made_is_adopted_if_the_app_says_so(stage: Stage) -> None:
    name, uri = f"sdk-{stage.id}", f"{stage.escrow_uri}manifest"
    role = _role(stage)
    stage.aws.client("bedrock").create_custom_model(
        modelName=name,
        modelSourceConfig={"s3DataSource": {"s3Uri": uri}},
        roleArn=role,
        modelTags=[{"key": "sagemaker.amazonaws.com/model-source", "value": uri}],
    )
    stage.finish()

    made = stage.deploy(lambda stack: stage.model(stack, uri=uri, adopt=True, removal_policy=DESTROY))

    assert made.status == "CREATE_COMPLETE", failure(made)
    assert stage.imports == 1
    assert stage.aws.client("bedrock").get_custom_model(modelIdentifier=name)["modelArn"] == made.outputs["ModelArn"]
    assert stage.delete().status == "DELETE_COMPLETE"
    listed = stage.aws.client("bedrock").list_custom_models(nameContains=name)["modelSummaries"]
    assert listed == []


def _role(stage: Stage) -> str:
    """A role as people make it for the SDK."""
    iam, name = stage.aws.client("iam"), f"Sdk{stage.id}"
    trust = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    read = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    iam.put_role_policy(
        RoleName=name, PolicyName="Read", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [read]})
    )
    return f"arn:aws:iam::{stage.aws.settings.account}:role/{name}"
