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
    models = _bedrock_arn(role, "custom-model/*")
    own_stack = cdk.Stack.of(role).format_arn(
        service="cloudformation", resource="stack", resource_name=f"{cdk.Aws.STACK_NAME}/*"
    )
    for statement in (
        iam.PolicyStatement(actions=["bedrock:GetCustomModel", "bedrock:ListTagsForResource"], resources=[models]),
        iam.PolicyStatement(actions=["bedrock:ListCustomModels"], resources=["*"]),
        iam.PolicyStatement(
            actions=["bedrock:DeleteCustomModel", "bedrock:UntagResource"], resources=[models], conditions=_OURS
        ),
        iam.PolicyStatement(actions=["bedrock:TagResource"], resources=[models], conditions=_MAKING_OURS),
        iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[own_stack, *parents]),
        iam.PolicyStatement(actions=["states:StartExecution"], resources=[waiter_arn]),
    ):
        role.add_to_principal_policy(statement)


def allow_poll(role: iam.IRole | None) -> None:
    """bedrock:GetCustomModel."""
    assert role is not None  # noqa: S101  every function made here has one
    models = _bedrock_arn(role, "custom-model/*")
    role.add_to_principal_policy(iam.PolicyStatement(actions=["bedrock:GetCustomModel"], resources=[models]))


def create_custom_model(scope: IConstruct) -> iam.PolicyStatement:
    """bedrock:CreateCustomModel, with our tag in the request."""
    return iam.PolicyStatement(
        actions=["bedrock:CreateCustomModel"],
        resources=[_bedrock_arn(scope, "custom-model/*")],
        conditions=_MAKING_OURS,
    )


def use_model_package(arn: str) -> iam.PolicyStatement:
    """sagemaker:DescribeModelPackage and AccessModelPackageData, which Bedrock asks of the caller and not of a role."""
    return iam.PolicyStatement(
        actions=["sagemaker:DescribeModelPackage", "sagemaker:AccessModelPackageData"], resources=[arn]
    )


def _bedrock_arn(scope: IConstruct, resource: str) -> str:
    kind, name = resource.split("/", 1)
    return cdk.Stack.of(scope).format_arn(service="bedrock", resource=kind, resource_name=name)
