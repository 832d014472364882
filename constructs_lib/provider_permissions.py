"""What the provider's functions may do.

Everything that a Delete needs stands here and never changes: CloudFormation takes changed statements away before the
deletes of its clean-up. What a start needs is added by constructs.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from constructs_lib.contract import OWNER_TAG

_ANY_VALUE = "?*"
_OURS = {"StringLike": {f"aws:ResourceTag/{OWNER_TAG}": _ANY_VALUE}}
_MAKING_OURS = {"StringLike": {f"aws:RequestTag/{OWNER_TAG}": _ANY_VALUE}}


def allow_events(role: iam.IRole | None, *, waiter_arn: str, parents: list[str]) -> None:
    """Reading, tagging and deleting of models; reading the own stack and its parents; starting the waiter.

    Delete and Untag only on what carries our tag, TagResource only with it.
    """
    assert role is not None  # noqa: S101  every function made here has one
    models, jobs = _bedrock_arn(role, "custom-model/*"), _bedrock_arn(role, "model-customization-job/*")
    own_stack = cdk.Stack.of(role).format_arn(
        service="cloudformation", resource="stack", resource_name=f"{cdk.Aws.STACK_NAME}/*"
    )
    for statement in (
        iam.PolicyStatement(
            actions=["bedrock:GetCustomModel", "bedrock:GetModelCustomizationJob", "bedrock:ListTagsForResource"],
            resources=[models, jobs],
        ),
        iam.PolicyStatement(
            actions=["bedrock:ListCustomModels", "bedrock:ListModelCustomizationJobs"], resources=["*"]
        ),
        iam.PolicyStatement(
            actions=["bedrock:DeleteCustomModel", "bedrock:StopModelCustomizationJob", "bedrock:UntagResource"],
            resources=[models, jobs],
            conditions=_OURS,
        ),
        iam.PolicyStatement(actions=["bedrock:TagResource"], resources=[models, jobs], conditions=_MAKING_OURS),
        iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[own_stack, *parents]),
        iam.PolicyStatement(actions=["states:StartExecution", "states:ListExecutions"], resources=[waiter_arn]),
        iam.PolicyStatement(actions=["states:StopExecution"], resources=[_executions(waiter_arn)]),
    ):
        role.add_to_principal_policy(statement)


def allow_poll(role: iam.IRole | None, *, waiter_arn: str) -> None:
    """Reading of what is waited for, and of the queue: bedrock:Get..., states:ListExecutions."""
    assert role is not None  # noqa: S101  every function made here has one
    models, jobs = _bedrock_arn(role, "custom-model/*"), _bedrock_arn(role, "model-customization-job/*")
    for statement in (
        iam.PolicyStatement(
            actions=["bedrock:GetCustomModel", "bedrock:GetModelCustomizationJob"], resources=[models, jobs]
        ),
        iam.PolicyStatement(actions=["states:ListExecutions"], resources=[waiter_arn]),
    ):
        role.add_to_principal_policy(statement)


def create_custom_model(scope: IConstruct) -> iam.PolicyStatement:
    """bedrock:CreateCustomModel, with our tag in the request."""
    return iam.PolicyStatement(
        actions=["bedrock:CreateCustomModel"],
        resources=[_bedrock_arn(scope, "custom-model/*")],
        conditions=_MAKING_OURS,
    )


def create_job(scope: IConstruct) -> iam.PolicyStatement:
    """bedrock:CreateModelCustomizationJob, with our tag in the request."""
    return iam.PolicyStatement(
        actions=["bedrock:CreateModelCustomizationJob"],
        resources=[_bedrock_arn(scope, "custom-model/*"), _bedrock_arn(scope, "model-customization-job/*")],
        conditions=_MAKING_OURS,
    )


def train_model(arn: str) -> iam.PolicyStatement:
    """bedrock:CreateModelCustomizationJob on exactly this base model."""
    return iam.PolicyStatement(actions=["bedrock:CreateModelCustomizationJob"], resources=[arn])


def use_model_package(arn: str) -> iam.PolicyStatement:
    """sagemaker:DescribeModelPackage and AccessModelPackageData, which Bedrock asks of the caller and not of a role."""
    return iam.PolicyStatement(
        actions=["sagemaker:DescribeModelPackage", "sagemaker:AccessModelPackageData"], resources=[arn]
    )


def _executions(waiter_arn: str) -> str:
    # The same ARN with another kind of resource in it, and any name behind.
    parts = cdk.Fn.split(":stateMachine:", waiter_arn)
    return f"{cdk.Fn.select(0, parts)}:execution:{cdk.Fn.select(1, parts)}:*"


def _bedrock_arn(scope: IConstruct, resource: str) -> str:
    kind, name = resource.split("/", 1)
    return cdk.Stack.of(scope).format_arn(service="bedrock", resource=kind, resource_name=name)
