"""The account's invocation logging: set under IAM, changed, never taken from somebody else, and put back."""

import json
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs_lib import InvocationLogging
from tests.e2e.stage import Stage, failure

DESTROY = cdk.RemovalPolicy.DESTROY


@pytest.fixture
def clean(stage: Stage) -> Iterator[Stage]:
    yield stage
    stage.aws.client("bedrock").delete_model_invocation_logging_configuration()


def configured(stage: Stage) -> dict[str, Any]:
    answer: dict[str, Any] = stage.aws.client("bedrock").get_model_invocation_logging_configuration()
    return dict(answer.get("loggingConfig") or {})


def build(
    stack: cdk.Stack, *, prefix: str = "bedrock", adopt: bool = False, policy: cdk.RemovalPolicy = DESTROY
) -> None:
    bucket = s3.Bucket(stack, "Logs", removal_policy=policy)
    group = logs.LogGroup(stack, "Group", removal_policy=policy)
    InvocationLogging(
        stack, "Logging", bucket=bucket, prefix=prefix, log_group=group, adopt=adopt, removal_policy=policy
    )


def test_it_is_set_changed_in_place_and_removed(clean: Stage) -> None:
    first = clean.deploy(build)
    assert first.status == "CREATE_COMPLETE", failure(first)
    assert configured(clean)["s3Config"]["keyPrefix"] == "bedrock"
    assert configured(clean)["cloudWatchConfig"]["logGroupName"]

    second = clean.deploy(lambda stack: build(stack, prefix="other"))
    assert second.status == "UPDATE_COMPLETE", failure(second)
    assert configured(clean)["s3Config"]["keyPrefix"] == "other"

    assert clean.delete().status == "DELETE_COMPLETE"
    assert configured(clean) == {}


def test_a_retained_one_goes_on_with_its_role_and_the_policy_of_its_bucket(clean: Stage) -> None:
    first = clean.deploy(lambda stack: build(stack, policy=cdk.RemovalPolicy.RETAIN))
    assert first.status == "CREATE_COMPLETE", failure(first)
    before = configured(clean)

    assert clean.delete().status == "DELETE_COMPLETE"
    assert configured(clean) == before
    # Amazon Bedrock checks role and bucket anew, and takes it.
    clean.aws.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=before)


def test_somebody_elses_is_refused_and_left(clean: Stage) -> None:
    bucket = f"somebody-elses-{clean.id.lower()}"
    writing = {
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    storage = clean.aws.client("s3")
    storage.create_bucket(Bucket=bucket)
    storage.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [writing]}))
    theirs = {"s3Config": {"bucketName": bucket, "keyPrefix": "theirs"}, "textDataDeliveryEnabled": True}
    clean.aws.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=theirs)
    before = configured(clean)

    refused = clean.deploy(build)
    assert refused.status == "ROLLBACK_COMPLETE"
    assert bucket in failure(refused)
    assert configured(clean) == before
    clean.delete()
    assert configured(clean) == before
