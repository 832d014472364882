"""Conditions on tags in policies: what carries another stack's tag, or none, is out of reach."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws import LocalAws, RunningAws, Settings

TAG = "bedrock-models:stack"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TRUST = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


@pytest.fixture(scope="module")
def aws() -> Iterator[RunningAws]:
    with LocalAws(Settings()) as running:
        yield running


def session_of_a_function(aws: RunningAws, name: str, *statements: dict[str, Any]) -> Callable[[str], Any]:
    """Clients under a role with these statements, as a function of the provider has them."""
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": aws.settings.account}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="policy", PolicyDocument=document(*statements))
    given = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")["Credentials"]

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=aws.endpoint,
            region_name=aws.settings.region,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            verify=str(aws.directory.certificate),
        )

    return client


def on_own(*actions: str) -> dict[str, Any]:
    condition = {"StringEquals": {f"aws:ResourceTag/{TAG}": "own"}}
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", "Condition": condition}


def role(aws: RunningAws, name: str, owner: str) -> str:
    iam, tags = aws.client("iam"), [{"Key": TAG, "Value": owner}] if owner else []
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(TRUST), Tags=tags)
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=document(READ))
    return name


def security_group(aws: RunningAws, name: str, owner: str) -> str:
    ec2 = aws.client("ec2")
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": TAG, "Value": owner}]}] if owner else []
    return str(ec2.create_security_group(GroupName=name, Description="x", TagSpecifications=tags)["GroupId"])


def throughput(aws: RunningAws, name: str, owner: str) -> str:
    bedrock = aws.client("bedrock")
    made = bedrock.create_provisioned_model_throughput(
        modelUnits=1,
        provisionedModelName=name,
        modelId="amazon.nova-lite-v1:0",
        tags=[{"key": TAG, "value": owner}] if owner else [],
    )
    aws.bedrock("finish", {"name_pattern": name})
    return str(made["provisionedModelArn"])


@pytest.mark.parametrize("owner", ["other", ""])
@pytest.mark.parametrize(
    ("service", "make", "calls"),
    [
        (
            "iam",
            role,
            [
                ("ListRoleTags", "RoleName", {}),
                ("ListRolePolicies", "RoleName", {}),
                ("ListAttachedRolePolicies", "RoleName", {}),
                ("DeleteRolePolicy", "RoleName", {"PolicyName": "read"}),
                ("DeleteRole", "RoleName", {}),
            ],
        ),
        ("ec2", security_group, [("DeleteSecurityGroup", "GroupId", {})]),
        (
            "bedrock",
            throughput,
            [
                ("UpdateProvisionedModelThroughput", "provisionedModelId", {"desiredProvisionedModelName": "new"}),
                ("UntagResource", "resourceARN", {"tagKeys": ["x"]}),
                ("DeleteProvisionedModelThroughput", "provisionedModelId", {}),
            ],
        ),
    ],
    ids=["iam", "ec2", "bedrock"],
)
def test_a_condition_on_a_tag_holds_for_each_action(
    aws: RunningAws, owner: str, service: str, make: Callable[..., str], calls: list[Any]
) -> None:
    case = f"{service}-{owner or 'none'}"
    client = session_of_a_function(aws, f"function-{case}", on_own(*(f"{service}:{name}" for name, _, _ in calls)))(
        service
    )
    foreign, own = make(aws, f"foreign-{case}", owner), make(aws, f"own-{case}", "own")
    for operation, parameter, more in calls:
        with pytest.raises(ClientError) as refusal:
            client._make_api_call(operation, {parameter: foreign, **more})
        assert refusal.value.response["Error"]["Code"] in (
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
        ), operation
        client._make_api_call(operation, {parameter: own, **more})
