"""What the provider of one stack may do to what another stack made: nothing, with the policies as they are deployed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from constructs_lib import CustomModelDeployment, ProvisionedModelThroughput
from local.aws import RunningAws
from tests.e2e.stage import Stage, failure

OTHER = "Other"
ENDS = {
    "custom model": ("delete_custom_model", "modelIdentifier"),
    "model customization job": ("stop_model_customization_job", "jobIdentifier"),
    "custom model deployment": ("delete_custom_model_deployment", "customModelDeploymentIdentifier"),
    "provisioned model throughput": ("delete_provisioned_model_throughput", "provisionedModelId"),
}


@dataclass(frozen=True)
class TwoStacks:
    """The things of one of them by kind, and clients with the policies of each stack's events function."""

    things: Mapping[str, str]
    imported: str
    trained: str
    own: Any
    others: Any


@pytest.fixture(scope="module")
def two(aws: RunningAws, new_stage: Callable[[str], Stage]) -> TwoStacks:
    stage = new_stage("two")

    def everything(stack: cdk.Stack, prefix: str = "") -> None:
        model = stage.model(stack, f"{prefix}Imported")
        CustomModelDeployment(stack, f"{stage.id}{prefix}Live", custom_model=model)
        ProvisionedModelThroughput(stack, f"{stage.id}{prefix}Bought", model=model)
        stage.job(stack, f"{prefix}Trained")

    other = f"{stage.id}-and-more"
    deployed = [stage.deploy(everything), stage.deploy(lambda stack: everything(stack, OTHER), name=other)]
    assert [each.status for each in deployed] == ["CREATE_COMPLETE"] * 2, [*map(failure, deployed)]
    listed = [each for each in aws.bedrock("resources")["resources"] if stage.id in each["name"]]
    things = {each["kind"]: each["arn"] for each in listed if OTHER not in each["name"]}
    outputs, clients = deployed[0].outputs, [_as_events_function(aws, name) for name in (stage.id, other)]
    return TwoStacks(things, outputs["ModelArnImported"], outputs["ModelArnTrained"], *clients)


@pytest.mark.parametrize("kind", ENDS)
def test_it_can_end_nothing(two: TwoStacks, kind: str) -> None:
    operation, argument = ENDS[kind]
    with pytest.raises(ClientError, match=r"is not authorized to perform: bedrock:(Delete|Stop)"):
        getattr(two.others, operation)(**{argument: two.things[kind]})


@pytest.mark.parametrize("kind", ENDS)
def test_it_can_take_no_tag_away(two: TwoStacks, kind: str) -> None:
    with pytest.raises(ClientError, match="is not authorized to perform: bedrock:UntagResource"):
        two.others.untag_resource(resourceARN=two.things[kind], tagKeys=["bedrock-models:stack"])
    two.own.untag_resource(resourceARN=two.things[kind], tagKeys=["team"])


@pytest.mark.parametrize("kind", ENDS)
def test_it_can_name_no_other_stack_in_a_tag(two: TwoStacks, kind: str) -> None:
    tags = two.own.list_tags_for_resource(resourceARN=two.things[kind])["tags"]
    with pytest.raises(ClientError, match="is not authorized to perform: bedrock:TagResource"):
        two.others.tag_resource(resourceARN=two.things[kind], tags=tags)
    two.own.tag_resource(resourceARN=two.things[kind], tags=tags)


def test_it_can_put_no_other_model_behind_a_deployment_or_throughput(two: TwoStacks) -> None:
    deployment, throughput = two.things["custom model deployment"], two.things["provisioned model throughput"]
    with pytest.raises(ClientError, match="is not authorized to perform: bedrock:UpdateCustomModelDeployment"):
        two.others.update_custom_model_deployment(customModelDeploymentIdentifier=deployment, modelArn=two.imported)
    with pytest.raises(ClientError, match="is not authorized to perform: bedrock:UpdateProvisionedModelThroughput"):
        two.others.update_provisioned_model_throughput(provisionedModelId=throughput, desiredModelId=two.imported)


def test_it_can_train_no_model_of_the_other_stack_further(two: TwoStacks) -> None:
    tags = [{"key": "bedrock-models:stack", "value": _stack_of(two.others)}]
    with pytest.raises(ClientError, match="is not authorized to perform: bedrock:CreateModelCustomizationJob"):
        two.others.create_model_customization_job(
            jobName="stolen",
            customModelName="stolen",
            roleArn="arn:aws:iam::111122223333:role/service",
            baseModelIdentifier=two.trained,
            trainingDataConfig={"s3Uri": "s3://data/train.jsonl"},
            outputDataConfig={"s3Uri": "s3://data/output/"},
            jobTags=tags,
            customModelTags=tags,
        )


def _stack_of(client: Any) -> str:
    """The stack's id, as its own things carry it."""
    for summary in client.list_custom_models()["modelSummaries"]:
        if OTHER in summary["modelName"]:
            tags = client.list_tags_for_resource(resourceARN=summary["modelArn"])["tags"]
            return str(next(tag["value"] for tag in tags if tag["key"] == "bedrock-models:stack"))
    raise AssertionError("the other stack has no model")


def _as_events_function(aws: RunningAws, stack_name: str) -> Any:
    """A user with what the role of the stack's events function is allowed."""
    iam, cloudformation = aws.client("iam"), aws.client("cloudformation")
    listed = cloudformation.describe_stack_resources(StackName=stack_name)["StackResources"]
    roles = [each for each in listed if each["ResourceType"] == "AWS::IAM::Role"]
    (role,) = (each["PhysicalResourceId"] for each in roles if "EventsRole" in each["LogicalResourceId"])
    user = f"acts-for-{stack_name}"
    iam.create_user(UserName=user)
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        iam.put_user_policy(UserName=user, PolicyName=policy, PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return boto3.client(
        "bedrock",
        endpoint_url=aws.endpoint,
        region_name=aws.settings.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        verify=str(aws.directory.certificate),
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_what_a_lock_takes_along_to_another_stack_is_deleted_there(stage: Stage) -> None:
    """The tag of the stack that made it would keep the new one's provider from it."""

    def locked(stack: cdk.Stack, policy: cdk.RemovalPolicy) -> None:
        stage.model(stack, "Moved", lock_id=f"{stage.id}-model", removal_policy=policy)
        stage.job(stack, "MovedJob", lock_id=f"{stage.id}-job", removal_policy=policy)

    made = stage.seen(stage.deploy(lambda stack: locked(stack, cdk.RemovalPolicy.RETAIN)))
    stage.delete()
    other = f"{stage.id}-elsewhere"
    taken = stage.seen(stage.deploy(lambda stack: locked(stack, cdk.RemovalPolicy.DESTROY), name=other))
    assert [taken.arn(which) for which in ("Moved", "MovedJob")] == [made.arn(which) for which in ("Moved", "MovedJob")]

    assert stage.delete(other).status == "DELETE_COMPLETE"
    assert stage.models == []
