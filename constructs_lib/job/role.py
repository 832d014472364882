"""The service role of a model customization job: exactly what Amazon Bedrock documents, prefix by prefix.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-iam-role.html
"""

from collections.abc import Iterable, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.kms_keys import through_bedrock
from constructs_lib.core.scopes import environment_of, stack_of
from constructs_lib.customization.customization import Customization
from constructs_lib.data.access import reading, writing
from constructs_lib.data.data_source import BoundData
from constructs_lib.job.network import JobNetwork
from constructs_lib.resources.service_role import bedrock_principal

_MANAGED_TAG = "BedrockManaged"


def job_principal(scope: IConstruct) -> iam.IPrincipal:
    """Amazon Bedrock, when it runs a job of this account and Region."""
    return bedrock_principal(scope, source_arn=_any_job(scope))


def statements(
    scope: Construct,
    *,
    read: Sequence[BoundData],
    written: BoundData,
    customization: Customization,
    base_key: kms.IKey | None,
    network: JobNetwork | None,
) -> list[Statement]:
    """All that the role of one job needs."""
    needed = [statement for data in read for statement in reading(data)] + writing(written)
    if customization.teacher:
        needed.append(invoking_teacher(customization.teacher.invoke_arns(stack_of(scope))))
    if customization.grader:
        needed.append(invoking_grader(customization.grader))
    if base_key:
        needed.append(decrypting_base_model(scope, base_key))
    if network:
        needed += network_interfaces(scope, network, job_tag="BedrockModelCustomizationJobArn", any_job=_any_job(scope))
    return needed


def invoking_teacher(arns: Iterable[str]) -> Statement:
    """bedrock:InvokeModel on the inference profile and on the model in each of its Regions."""
    return Statement(actions=["bedrock:InvokeModel"], resources=list(arns))


def invoking_grader(grader: lambda_.IFunction) -> Statement:
    """lambda:InvokeFunction on exactly the function, version or alias that the job is told."""
    return Statement(actions=["lambda:InvokeFunction"], resources=[grader.function_arn])


def decrypting_base_model(scope: Construct, key: kms.IKey) -> Statement:
    """kms:Decrypt on the key of the custom model that is trained further, through Bedrock only."""
    return Statement(
        actions=["kms:Decrypt", "kms:DescribeKey"],
        resources=[key.key_arn],
        conditions=through_bedrock(environment_of(scope).region),
    )


def network_interfaces(scope: Construct, network: JobNetwork, *, job_tag: str, any_job: str) -> list[Statement]:
    """The documented set, for network interfaces that Bedrock makes in these subnets for jobs of this account.

    Bedrock marks each with the tag `job_tag`, whose value is the ARN of the job: one that `any_job` matches.
    https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-model-customization.html
    https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-custom-model-import.html
    """
    subnets = [_ec2_arn(scope, "subnet", subnet_id) for subnet_id in network.subnet_ids]
    groups = [_ec2_arn(scope, "security-group", group.security_group_id) for group in network.security_groups]
    interfaces = _ec2_arn(scope, "network-interface", "*")
    return [
        Statement(
            actions=[
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeVpcs",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
            ],
            resources=["*"],
        ),
        Statement(
            actions=["ec2:CreateNetworkInterface"],
            resources=[interfaces],
            conditions={
                "StringEquals": {f"aws:RequestTag/{_MANAGED_TAG}": ["true"]},
                "ArnEquals": {f"aws:RequestTag/{job_tag}": [any_job]},
            },
        ),
        Statement(actions=["ec2:CreateNetworkInterface"], resources=[*subnets, *groups]),
        Statement(
            actions=[
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=["*"],
            conditions={
                "ArnEquals": {"ec2:Subnet": subnets, f"ec2:ResourceTag/{job_tag}": [any_job]},
                "StringEquals": {f"ec2:ResourceTag/{_MANAGED_TAG}": "true"},
            },
        ),
        Statement(
            actions=["ec2:CreateTags"],
            resources=[interfaces],
            conditions={
                "StringEquals": {"ec2:CreateAction": ["CreateNetworkInterface"]},
                "ForAllValues:StringEquals": {"aws:TagKeys": [_MANAGED_TAG, job_tag]},
            },
        ),
    ]


def _any_job(scope: IConstruct) -> str:
    return environment_of(scope).arn("bedrock", "model-customization-job/*")


def _ec2_arn(scope: IConstruct, resource: str, name: str) -> str:
    return environment_of(scope).arn("ec2", f"{resource}/{name}")
