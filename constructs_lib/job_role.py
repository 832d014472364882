"""The service role of a model customization job: exactly what Amazon Bedrock documents, prefix by prefix.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-iam-role.html
"""

from collections.abc import Iterable, Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct

from constructs_lib.customization import Customization
from constructs_lib.data_source import BoundData
from constructs_lib.job_network import JobNetwork
from constructs_lib.roles import bedrock_principal
from constructs_lib.stacks import stack_of

_JOB_TAG = "BedrockModelCustomizationJobArn"
_MANAGED_TAG = "BedrockManaged"


def job_principal(scope: Construct) -> iam.IPrincipal:
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
) -> list[iam.PolicyStatement]:
    """All that the role of one job needs."""
    needed = [statement for data in read for statement in reading(data)] + writing(written)
    if customization.teacher:
        needed.append(invoking_teacher(customization.teacher.invoke_arns(stack_of(scope))))
    if customization.grader:
        needed.append(invoking_grader(customization.grader))
    if base_key:
        needed.append(decrypting_base_model(scope, base_key))
    if network:
        needed += network_interfaces(scope, network)
    return needed


def reading(data: BoundData) -> list[iam.PolicyStatement]:
    """s3:GetObject on the key or prefix, s3:ListBucket on the bucket; kms:Decrypt if it has a key of its own."""
    return [
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[data.bucket.arn_for_objects(data.key_prefix)]),
        iam.PolicyStatement(actions=["s3:ListBucket"], resources=[data.bucket.bucket_arn]),
        *_bucket_key(data.bucket, ["kms:Decrypt"]),
    ]


def writing(data: BoundData) -> list[iam.PolicyStatement]:
    """s3:GetObject and s3:PutObject below the prefix, s3:ListBucket; kms:GenerateDataKey and Decrypt on its key."""
    return [
        iam.PolicyStatement(
            actions=["s3:GetObject", "s3:PutObject"], resources=[data.bucket.arn_for_objects(data.key_prefix)]
        ),
        iam.PolicyStatement(actions=["s3:ListBucket"], resources=[data.bucket.bucket_arn]),
        *_bucket_key(data.bucket, ["kms:GenerateDataKey", "kms:Decrypt"]),
    ]


def invoking_teacher(arns: Iterable[str]) -> iam.PolicyStatement:
    """bedrock:InvokeModel on the inference profile and on the model in each of its Regions."""
    return iam.PolicyStatement(actions=["bedrock:InvokeModel"], resources=list(arns))


def invoking_grader(grader: lambda_.IFunction) -> iam.PolicyStatement:
    """lambda:InvokeFunction on exactly the function, version or alias that the job is told."""
    return iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[grader.function_arn])


def decrypting_base_model(scope: Construct, key: kms.IKey) -> iam.PolicyStatement:
    """kms:Decrypt on the key of the custom model that is trained further, through Bedrock only."""
    return iam.PolicyStatement(
        actions=["kms:Decrypt", "kms:DescribeKey"],
        resources=[key.key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"bedrock.{stack_of(scope).region}.amazonaws.com"}},
    )


def network_interfaces(scope: Construct, network: JobNetwork) -> list[iam.PolicyStatement]:
    """The documented set, for network interfaces that Bedrock makes in these subnets for jobs of this account.

    https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-model-customization.html
    """
    subnets = [_ec2_arn(scope, "subnet", subnet_id) for subnet_id in network.subnet_ids]
    groups = [_ec2_arn(scope, "security-group", group.security_group_id) for group in network.security_groups]
    interfaces = _ec2_arn(scope, "network-interface", "*")
    return [
        iam.PolicyStatement(
            actions=[
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeVpcs",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
            ],
            resources=["*"],
        ),
        iam.PolicyStatement(
            actions=["ec2:CreateNetworkInterface"],
            resources=[interfaces],
            conditions={
                "StringEquals": {f"aws:RequestTag/{_MANAGED_TAG}": ["true"]},
                "ArnEquals": {f"aws:RequestTag/{_JOB_TAG}": [_any_job(scope)]},
            },
        ),
        iam.PolicyStatement(actions=["ec2:CreateNetworkInterface"], resources=[*subnets, *groups]),
        iam.PolicyStatement(
            actions=[
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=["*"],
            conditions={
                "ArnEquals": {"ec2:Subnet": subnets, f"ec2:ResourceTag/{_JOB_TAG}": [_any_job(scope)]},
                "StringEquals": {f"ec2:ResourceTag/{_MANAGED_TAG}": "true"},
            },
        ),
        iam.PolicyStatement(
            actions=["ec2:CreateTags"],
            resources=[interfaces],
            conditions={
                "StringEquals": {"ec2:CreateAction": ["CreateNetworkInterface"]},
                "ForAllValues:StringEquals": {"aws:TagKeys": [_MANAGED_TAG, _JOB_TAG]},
            },
        ),
    ]


def _any_job(scope: IConstruct) -> str:
    return stack_of(scope).format_arn(service="bedrock", resource="model-customization-job", resource_name="*")


def _ec2_arn(scope: IConstruct, resource: str, name: str) -> str:
    return stack_of(scope).format_arn(service="ec2", resource=resource, resource_name=name)


def _bucket_key(bucket: s3.IBucket, actions: list[str]) -> list[iam.PolicyStatement]:
    # In the role's own policy: a statement in the key's that named the role would be a cycle across stacks.
    key = bucket.encryption_key
    return [iam.PolicyStatement(actions=actions, resources=[key.key_arn])] if key else []
