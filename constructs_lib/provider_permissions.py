"""What the provider's functions may do.

Everything that a Delete needs stands here and never changes: CloudFormation takes changed statements away before the
deletes of its clean-up. What a start needs is added by constructs.
"""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from constructs_lib.contract import KEPT_TAG, OWNER_TAG
from constructs_lib.stacks import stack_of

_ANY_VALUE = "?*"
_OURS = {"StringLike": {f"aws:ResourceTag/{OWNER_TAG}": _ANY_VALUE}}
_MAKING_OURS = {"StringLike": {f"aws:RequestTag/{OWNER_TAG}": _ANY_VALUE}}

_GETS = [
    "bedrock:GetCustomModel",
    "bedrock:GetModelCustomizationJob",
    "bedrock:GetCustomModelDeployment",
    "bedrock:GetProvisionedModelThroughput",
]
_LISTS = [
    "bedrock:ListCustomModels",
    "bedrock:ListModelCustomizationJobs",
    "bedrock:ListCustomModelDeployments",
    "bedrock:ListProvisionedModelThroughputs",
]
_ENDS = [
    "bedrock:DeleteCustomModel",
    "bedrock:StopModelCustomizationJob",
    "bedrock:DeleteCustomModelDeployment",
    "bedrock:DeleteProvisionedModelThroughput",
]


def allow_events(role: iam.IRole | None, *, waiter_arn: str, parents: list[str]) -> None:
    """Reading, tagging and deleting of what is made; reading the own stack and its parents; starting the waiter.

    Delete and Untag only on what carries our tag, TagResource only with it.
    """
    assert role is not None  # noqa: S101  every function made here has one
    made = _made(role)
    own_stack = stack_of(role).format_arn(
        service="cloudformation", resource="stack", resource_name=f"{cdk.Aws.STACK_NAME}/*"
    )
    for statement in (
        iam.PolicyStatement(actions=[*_GETS, "bedrock:ListTagsForResource"], resources=made),
        iam.PolicyStatement(actions=_LISTS, resources=["*"]),
        iam.PolicyStatement(actions=[*_ENDS, "bedrock:UntagResource"], resources=made, conditions=_OURS),
        iam.PolicyStatement(actions=["bedrock:TagResource"], resources=made, conditions=_MAKING_OURS),
        iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[own_stack, *parents]),
        iam.PolicyStatement(actions=["cloudformation:DescribeStackResource"], resources=[own_stack]),
        *_remove_kept(role),
        iam.PolicyStatement(actions=["states:StartExecution", "states:ListExecutions"], resources=[waiter_arn]),
        iam.PolicyStatement(actions=["states:StopExecution"], resources=[_executions(waiter_arn)]),
    ):
        role.add_to_principal_policy(statement)


def _remove_kept(role: iam.IRole) -> list[iam.PolicyStatement]:
    """Removing roles and security groups that were retained for a run, and no others."""
    stack, ours = stack_of(role), {"StringLike": {f"aws:ResourceTag/{KEPT_TAG}": _ANY_VALUE}}
    roles = stack.format_arn(service="iam", region="", resource="role", resource_name="*")
    groups = stack.format_arn(service="ec2", resource="security-group", resource_name="*")
    removing = ["iam:ListRolePolicies", "iam:DeleteRolePolicy", "iam:DeleteRole"]
    return [
        iam.PolicyStatement(actions=removing, resources=[roles], conditions=ours),
        iam.PolicyStatement(actions=["ec2:DeleteSecurityGroup"], resources=[groups], conditions=ours),
    ]


def allow_poll(role: iam.IRole | None, *, waiter_arn: str) -> None:
    """Reading of what is waited for, and of the queue: bedrock:Get..., states:ListExecutions."""
    assert role is not None  # noqa: S101  every function made here has one
    for statement in (
        iam.PolicyStatement(actions=_GETS, resources=_made(role)),
        iam.PolicyStatement(actions=["states:ListExecutions"], resources=[waiter_arn]),
    ):
        role.add_to_principal_policy(statement)


def create_custom_model() -> iam.PolicyStatement:
    """bedrock:CreateCustomModel, with our tag in the request.

    On "*": the service authorization reference gives this action no resource type, so an ARN would match nothing.
    """
    return iam.PolicyStatement(actions=["bedrock:CreateCustomModel"], resources=["*"], conditions=_MAKING_OURS)


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


def train_our_models(scope: IConstruct) -> iam.PolicyStatement:
    """The same on the custom models that carry our tag."""
    return iam.PolicyStatement(
        actions=["bedrock:CreateModelCustomizationJob"],
        resources=[_bedrock_arn(scope, "custom-model/*")],
        conditions=_OURS,
    )


def deploy_model(scope: IConstruct) -> list[iam.PolicyStatement]:
    """bedrock:CreateCustomModelDeployment with our tag in the request, UpdateCustomModelDeployment on what carries it.

    Which models is not said: their ARNs come out of waits, which come after the function that this is for.
    """
    models, deployments = _bedrock_arn(scope, "custom-model/*"), _bedrock_arn(scope, "custom-model-deployment/*")
    return [
        iam.PolicyStatement(
            actions=["bedrock:CreateCustomModelDeployment"], resources=[models], conditions=_MAKING_OURS
        ),
        iam.PolicyStatement(actions=["bedrock:UpdateCustomModelDeployment"], resources=[deployments], conditions=_OURS),
        iam.PolicyStatement(actions=["bedrock:UpdateCustomModelDeployment"], resources=[models]),
    ]


def provision_model(scope: IConstruct, *, foundation_model_arn: str | None) -> list[iam.PolicyStatement]:
    """bedrock:CreateProvisionedModelThroughput with our tag in the request, UpdateProvisionedModelThroughput on what
    carries it: for exactly this foundation model, or else for custom models.

    Throughput of a foundation model can't be given another model, so there only the throughput itself is updated.
    """
    models = foundation_model_arn or _bedrock_arn(scope, "custom-model/*")
    throughputs = _bedrock_arn(scope, "provisioned-model/*")
    swapped = [] if foundation_model_arn else [models]
    return [
        iam.PolicyStatement(
            actions=["bedrock:CreateProvisionedModelThroughput"], resources=[models], conditions=_MAKING_OURS
        ),
        iam.PolicyStatement(
            actions=["bedrock:UpdateProvisionedModelThroughput"], resources=[throughputs], conditions=_OURS
        ),
        *(
            iam.PolicyStatement(actions=["bedrock:UpdateProvisionedModelThroughput"], resources=[arn])
            for arn in swapped
        ),
    ]


def use_model_package(arn: str) -> iam.PolicyStatement:
    """sagemaker:DescribeModelPackage, AccessModelPackageData and AccessModelPackage, which Bedrock asks of the caller.

    Bedrock's API reference names AccessModelPackageData; the service authorization reference knows AccessModelPackage
    only.
    """
    access = ("DescribeModelPackage", "AccessModelPackageData", "AccessModelPackage")
    return iam.PolicyStatement(actions=[f"sagemaker:{action}" for action in access], resources=[arn])


def _made(scope: IConstruct) -> list[str]:
    kinds = ("custom-model", "model-customization-job", "custom-model-deployment", "provisioned-model")
    return [_bedrock_arn(scope, f"{kind}/*") for kind in kinds]


def _executions(waiter_arn: str) -> str:
    # The same ARN with another kind of resource in it, and any name behind.
    parts = cdk.Fn.split(":stateMachine:", waiter_arn)
    return f"{cdk.Fn.select(0, parts)}:execution:{cdk.Fn.select(1, parts)}:*"


def _bedrock_arn(scope: IConstruct, resource: str) -> str:
    kind, name = resource.split("/", 1)
    return stack_of(scope).format_arn(service="bedrock", resource=kind, resource_name=name)
