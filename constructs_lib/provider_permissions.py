"""What the provider's functions may do.

Everything that a Delete needs stands here and never changes: CloudFormation takes changed statements away before the
deletes of its clean-up. What a start needs is added by constructs.
"""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from constructs_lib.contract import KEPT_TAG, OWNER_TAG
from constructs_lib.encryption import through_bedrock
from constructs_lib.stacks import environment_of
from constructs_lib.statement import Statement

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


def events(scope: IConstruct, *, waiter_arn: str, waiter_name: str, parents: Sequence[str]) -> list[Statement]:
    """Reading, tagging and deleting of what is made; reading the own stack and its parents; starting the waiter.

    Delete and Untag only on what carries our tag, TagResource only with it.
    """
    made = _made(scope)
    environment = environment_of(scope)
    own_stack = environment.arn("cloudformation", f"stack/{cdk.Aws.STACK_NAME}/*")
    return [
        Statement(actions=[*_GETS, "bedrock:ListTagsForResource"], resources=made),
        Statement(actions=["bedrock:GetFoundationModel"], resources=[_foundation_models(scope)]),
        Statement(actions=_LISTS, resources=["*"]),
        Statement(actions=[*_ENDS, "bedrock:UntagResource"], resources=made, conditions=_OURS),
        Statement(actions=["bedrock:TagResource"], resources=made, conditions=_MAKING_OURS),
        Statement(
            actions=["cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"],
            resources=[own_stack, *parents],
        ),
        Statement(actions=["cloudformation:DescribeStackResource"], resources=[own_stack]),
        # Who holds something now that another stack made: a stack refactoring moves it without an event.
        Statement(
            actions=["cloudformation:ListStackResources"],
            resources=[environment.arn("cloudformation", "stack/*")],
        ),
        # Asked by the physical id alone, so there is no stack to name.
        Statement(actions=["cloudformation:DescribeStackResources"], resources=["*"]),
        *_remove_kept(scope),
        Statement(actions=["states:StartExecution", "states:ListExecutions"], resources=[waiter_arn]),
        Statement(
            actions=["states:StopExecution", "states:DescribeExecution"],
            resources=[environment.arn("states", f"execution:{waiter_name}:*")],
        ),
    ]


def _remove_kept(scope: IConstruct) -> list[Statement]:
    """Removing roles and security groups that were retained for a run, and no others."""
    environment, ours = environment_of(scope), {"StringLike": {f"aws:ResourceTag/{KEPT_TAG}": _ANY_VALUE}}
    removing = [
        "iam:ListRoleTags",
        "iam:ListRolePolicies",
        "iam:DeleteRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:DetachRolePolicy",
        "iam:DeleteRole",
    ]
    roles, groups = environment.arn("iam", "role/*", region=""), environment.arn("ec2", "security-group/*")
    return [
        Statement(actions=removing, resources=[roles], conditions=ours),
        Statement(actions=["ec2:DeleteSecurityGroup"], resources=[groups], conditions=ours),
        # Which knows no resources.
        Statement(actions=["ec2:DescribeSecurityGroups"], resources=["*"]),
    ]


def poll(scope: IConstruct, *, waiter_arn: str, waiter_name: str) -> list[Statement]:
    """Reading of what is waited for and of the queue: bedrock:Get..., List..., states:List-, DescribeExecution(s)."""
    executions = environment_of(scope).arn("states", f"execution:{waiter_name}:*")
    return [
        Statement(actions=_GETS, resources=_made(scope)),
        Statement(actions=_LISTS, resources=["*"]),
        Statement(actions=["states:ListExecutions"], resources=[waiter_arn]),
        Statement(actions=["states:DescribeExecution"], resources=[executions]),
    ]


def write_log(log_group_arn: str) -> Statement:
    """Without logs:CreateLogGroup: a late line would bring the group back after the stack is gone."""
    return Statement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group_arn])


def trace() -> Statement:
    """xray:PutTraceSegments and PutTelemetryRecords, which know no resources."""
    return Statement(actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"])


def create_custom_model() -> Statement:
    """bedrock:CreateCustomModel, with our tag in the request.

    On "*": the service authorization reference gives this action no resource type, so an ARN would match nothing.
    """
    return Statement(actions=["bedrock:CreateCustomModel"], resources=["*"], conditions=_MAKING_OURS)


def create_job(scope: IConstruct) -> Statement:
    """bedrock:CreateModelCustomizationJob, with our tag in the request."""
    return Statement(
        actions=["bedrock:CreateModelCustomizationJob"],
        resources=[_bedrock_arn(scope, "custom-model/*"), _bedrock_arn(scope, "model-customization-job/*")],
        conditions=_MAKING_OURS,
    )


def train_model(arn: str) -> Statement:
    """bedrock:CreateModelCustomizationJob on exactly this base model."""
    return Statement(actions=["bedrock:CreateModelCustomizationJob"], resources=[arn])


def train_our_models(scope: IConstruct) -> Statement:
    """The same on the custom models that carry our tag."""
    return Statement(
        actions=["bedrock:CreateModelCustomizationJob"],
        resources=[_bedrock_arn(scope, "custom-model/*")],
        conditions=_OURS,
    )


def deploy_model(scope: IConstruct) -> list[Statement]:
    """bedrock:CreateCustomModelDeployment with our tag in the request, UpdateCustomModelDeployment on what carries it.

    Which models is not said: their ARNs come out of waits, which come after the function that this is for.
    """
    models, deployments = _bedrock_arn(scope, "custom-model/*"), _bedrock_arn(scope, "custom-model-deployment/*")
    return [
        Statement(actions=["bedrock:CreateCustomModelDeployment"], resources=[models], conditions=_MAKING_OURS),
        Statement(actions=["bedrock:UpdateCustomModelDeployment"], resources=[deployments], conditions=_OURS),
        Statement(actions=["bedrock:UpdateCustomModelDeployment"], resources=[models]),
    ]


def provision_model(scope: IConstruct, *, foundation_model_arn: str | None) -> list[Statement]:
    """bedrock:CreateProvisionedModelThroughput with our tag in the request, UpdateProvisionedModelThroughput on what
    carries it: for exactly this foundation model, or else for custom models.

    Throughput of a foundation model can't be given another model, so there only the throughput itself is updated.
    """
    models = foundation_model_arn or _bedrock_arn(scope, "custom-model/*")
    throughputs = _bedrock_arn(scope, "provisioned-model/*")
    swapped = [] if foundation_model_arn else [models]
    return [
        Statement(actions=["bedrock:CreateProvisionedModelThroughput"], resources=[models], conditions=_MAKING_OURS),
        Statement(actions=["bedrock:UpdateProvisionedModelThroughput"], resources=[throughputs], conditions=_OURS),
        *(Statement(actions=["bedrock:UpdateProvisionedModelThroughput"], resources=[arn]) for arn in swapped),
    ]


def decrypt(scope: IConstruct, key: kms.IKey) -> Statement:
    """kms:Decrypt through Amazon Bedrock: to deploy a model of this key, or to buy throughput for it."""
    return Statement(
        actions=["kms:Decrypt"],
        resources=[key.key_arn],
        conditions=through_bedrock(environment_of(scope).region),
    )


def use_model_package(arn: str) -> Statement:
    """sagemaker:DescribeModelPackage, AccessModelPackageData and AccessModelPackage, which Bedrock asks of the caller.

    Bedrock's API reference names AccessModelPackageData; the service authorization reference knows AccessModelPackage
    only.
    """
    access = ("DescribeModelPackage", "AccessModelPackageData", "AccessModelPackage")
    return Statement(actions=[f"sagemaker:{action}" for action in access], resources=[arn])


def _made(scope: IConstruct) -> list[str]:
    kinds = ("custom-model", "model-customization-job", "custom-model-deployment", "provisioned-model")
    return [_bedrock_arn(scope, f"{kind}/*") for kind in kinds]


def _foundation_models(scope: IConstruct) -> str:
    return environment_of(scope).arn("bedrock", "foundation-model/*", account="")


def _bedrock_arn(scope: IConstruct, resource: str) -> str:
    return environment_of(scope).arn("bedrock", resource)
