"""What the provider's functions may do.

Everything that a Delete needs stands here and never changes: CloudFormation takes changed statements away before the
deletes of its clean-up. What a start needs is added by constructs.

What changes, stops or deletes is bound to the tag that names this stack, `bedrock-models:stack`, by the stack's name: a
stack that was deleted and made again under its name has another id. What a provider adopts from another stack it
tags first, so bedrock:TagResource is bound by the tag in the request alone. See docs/decisions.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import IConstruct

from constructs_lib.core.contract import LOGGING_RECORD, STACK_TAG
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.kms_keys import USE_KEY_ACTIONS, through_bedrock
from constructs_lib.core.scopes import environment_of, stack_uuid
from constructs_lib.provider.encryption import use_executions

_ON_RESOURCE = f"aws:ResourceTag/{STACK_TAG}"
_IN_REQUEST = f"aws:RequestTag/{STACK_TAG}"

_GETS = [
    "bedrock:GetCustomModel",
    "bedrock:GetModelCustomizationJob",
    "bedrock:GetImportedModel",
    "bedrock:GetModelImportJob",
    "bedrock:GetCustomModelDeployment",
    "bedrock:GetProvisionedModelThroughput",
]
_LISTS = [
    "bedrock:ListCustomModels",
    "bedrock:ListModelCustomizationJobs",
    "bedrock:ListImportedModels",
    "bedrock:ListModelImportJobs",
    "bedrock:ListCustomModelDeployments",
    "bedrock:ListProvisionedModelThroughputs",
]
# A wait for open weights looks at their job, which tells of the model.
_NOT_POLLED = ("bedrock:GetImportedModel", "bedrock:ListImportedModels", "imported-model/*")
_ENDS = [
    "bedrock:DeleteCustomModel",
    "bedrock:DeleteImportedModel",
    "bedrock:StopModelCustomizationJob",
    "bedrock:DeleteCustomModelDeployment",
    "bedrock:DeleteProvisionedModelThroughput",
]
_CHANGES = ["bedrock:UntagResource", "bedrock:UpdateCustomModelDeployment", "bedrock:UpdateProvisionedModelThroughput"]
_REMOVES_KEPT = [
    "iam:ListRoleTags",
    "iam:ListRolePolicies",
    "iam:DeleteRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:DetachRolePolicy",
    "iam:DeleteRole",
    "ec2:DeleteSecurityGroup",
]


def events(scope: IConstruct, *, waiter_arn: str, waiter_name: str, parents: Sequence[str]) -> list[Statement]:
    """Reading, tagging and deleting of what is made; reading the own stack and its parents; starting the waiter.

    Changes, stops and deletes only what carries this stack's tag, roles and security groups that were retained for a
    run included: in one statement, because IAM counts the characters and the condition holds the stack's name.
    TagResource only with this stack's tag in the request.
    """
    made, kept = _made(scope), _kept(scope)
    environment = environment_of(scope)
    own_stack = _own_stack(scope)
    return [
        Statement(actions=[*_GETS, "bedrock:ListTagsForResource"], resources=made),
        Statement(actions=["bedrock:GetFoundationModel"], resources=[_foundation_models(scope)]),
        Statement(actions=_LISTS, resources=["*"]),
        Statement(
            actions=[*_ENDS, *_CHANGES, *_REMOVES_KEPT],
            resources=[*made, *kept],
            conditions=_made_by_this_stack(scope),
        ),
        # Which knows no resources.
        Statement(actions=["ec2:DescribeSecurityGroups"], resources=["*"]),
        Statement(actions=["bedrock:TagResource"], resources=made, conditions=_making_this_stacks(scope)),
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
        Statement(actions=["states:StartExecution", "states:ListExecutions"], resources=[waiter_arn]),
        Statement(
            actions=["states:StopExecution", "states:DescribeExecution"],
            resources=[environment.arn("states", f"execution:{waiter_name}:*")],
        ),
    ]


def poll(scope: IConstruct, *, waiter_arn: str, waiter_name: str) -> list[Statement]:
    """Reading of what is waited for and of the queue: bedrock:Get..., List..., states:List-, DescribeExecution(s)."""
    executions = environment_of(scope).arn("states", f"execution:{waiter_name}:*")
    return [
        Statement(
            actions=[each for each in _GETS if each not in _NOT_POLLED],
            resources=[each for each in _made(scope) if not each.endswith(_NOT_POLLED)],
        ),
        Statement(actions=[each for each in _LISTS if each not in _NOT_POLLED], resources=["*"]),
        Statement(actions=["states:ListExecutions"], resources=[waiter_arn]),
        Statement(actions=["states:DescribeExecution"], resources=[executions]),
    ]


def write_log(log_group_arn: str) -> Statement:
    """Without logs:CreateLogGroup: a late line would bring the group back after the stack is gone."""
    return Statement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group_arn])


def trace() -> Statement:
    """xray:PutTraceSegments and PutTelemetryRecords, which know no resources."""
    return Statement(actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"])


def create_custom_model(scope: IConstruct) -> Statement:
    """bedrock:CreateCustomModel, with this stack's tag in the request.

    On "*": the service authorization reference gives this action no resource type, so an ARN would match nothing.
    """
    return Statement(actions=["bedrock:CreateCustomModel"], resources=["*"], conditions=_making_this_stacks(scope))


def import_model(scope: IConstruct) -> Statement:
    """bedrock:CreateModelImportJob, with this stack's tag in the request. On "*" for the same reason."""
    return Statement(actions=["bedrock:CreateModelImportJob"], resources=["*"], conditions=_making_this_stacks(scope))


def create_job(scope: IConstruct) -> Statement:
    """bedrock:CreateModelCustomizationJob for the job and its model, with this stack's tag in the request.

    A base model may be a custom model, too, and IAM does not tell the two apart. Those of other stacks carry their tag,
    so none of them can be trained without `train_our_models`. What is being made carries none yet, or this stack's, if
    Bedrock counts the tags in the request as the new thing's: no document says which, so both are allowed.
    """
    return Statement(
        actions=["bedrock:CreateModelCustomizationJob"],
        resources=[_bedrock_arn(scope, "custom-model/*"), _bedrock_arn(scope, "model-customization-job/*")],
        conditions={**_making_this_stacks(scope), "StringLikeIfExists": {_ON_RESOURCE: _own_stack(scope)}},
    )


def train_model(arn: str) -> Statement:
    """bedrock:CreateModelCustomizationJob on exactly this base model."""
    return Statement(actions=["bedrock:CreateModelCustomizationJob"], resources=[arn])


def train_our_models(scope: IConstruct) -> Statement:
    """The same on the custom models that carry a tag of this library, of whichever stack.

    The base model may be another stack's, and one that was adopted while it was trained names the stack that began.
    """
    return Statement(
        actions=["bedrock:CreateModelCustomizationJob"],
        resources=[_bedrock_arn(scope, "custom-model/*")],
        conditions={"Null": {_ON_RESOURCE: "false"}},
    )


def deploy_model(scope: IConstruct) -> list[Statement]:
    """For custom models: bedrock:CreateCustomModelDeployment with this stack's tag in the request, and
    UpdateCustomModelDeployment, which takes the deployment, too, and that only with this stack's tag.

    Which models is not said: their ARNs come out of waits, which come after the function that this is for.
    """
    models, making = _bedrock_arn(scope, "custom-model/*"), _making_this_stacks(scope)
    return [
        Statement(actions=["bedrock:CreateCustomModelDeployment"], resources=[models], conditions=making),
        Statement(actions=["bedrock:UpdateCustomModelDeployment"], resources=[models]),
    ]


def provision_model(scope: IConstruct, *, foundation_model_arn: str | None) -> list[Statement]:
    """For exactly this foundation model, or else for custom models: bedrock:CreateProvisionedModelThroughput with this
    stack's tag in the request, and UpdateProvisionedModelThroughput, which takes the throughput, too, and that only
    with this stack's tag.

    Throughput of a foundation model can't be given another model, so there only the throughput itself is updated.
    """
    models = foundation_model_arn or _bedrock_arn(scope, "custom-model/*")
    swapped, making = [] if foundation_model_arn else [models], _making_this_stacks(scope)
    return [
        Statement(actions=["bedrock:CreateProvisionedModelThroughput"], resources=[models], conditions=making),
        *(Statement(actions=["bedrock:UpdateProvisionedModelThroughput"], resources=[arn]) for arn in swapped),
    ]


def configure_invocation_logging(scope: IConstruct) -> list[Statement]:
    """bedrock:Get-, Put- and DeleteModelInvocationLoggingConfiguration, which know no resources, and ssm:GetParameter,
    PutParameter and DeleteParameter on the record of whose the configuration is.
    """
    operations = [
        "bedrock:GetModelInvocationLoggingConfiguration",
        "bedrock:PutModelInvocationLoggingConfiguration",
        "bedrock:DeleteModelInvocationLoggingConfiguration",
    ]
    return [
        Statement(actions=operations, resources=["*"]),
        Statement(
            actions=["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"],
            resources=[environment_of(scope).arn("ssm", f"parameter{LOGGING_RECORD}")],
        ),
    ]


def start_checks(scope: IConstruct, key: kms.IKey | None) -> list[Statement]:
    """Starting, reading and stopping executions of this stack's model checks, whose state machines have known names:
    their ARNs come out of waits, which come after the function that this is for.
    """
    name, environment = check_machine_name("*"), environment_of(scope)
    machines = environment.arn("states", f"stateMachine:{name}")
    return [
        Statement(actions=["states:StartExecution"], resources=[machines]),
        Statement(
            actions=["states:DescribeExecution", "states:StopExecution"],
            resources=[environment.arn("states", f"execution:{name}:*")],
        ),
        *([use_executions(machines, key)] if key else []),
    ]


def read_checks(scope: IConstruct) -> Statement:
    """states:DescribeExecution of the same."""
    executions = environment_of(scope).arn("states", f"execution:{check_machine_name('*')}:*")
    return Statement(actions=["states:DescribeExecution"], resources=[executions])


def check_machine_name(unique: str) -> str:
    """The name of the state machine of a model check; `unique` tells those of one stack apart."""
    return f"BedrockModelCheck-{stack_uuid()}-{unique}"


def use_key(scope: IConstruct, key: kms.IKey) -> Statement:
    """USE_KEY_ACTIONS through Amazon Bedrock: to deploy a model of this key, or to buy throughput for it."""
    return Statement(
        actions=USE_KEY_ACTIONS,
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


def _own_stack(scope: IConstruct) -> str:
    """The ARNs of this stack and of those that had its name before."""
    return environment_of(scope).arn("cloudformation", f"stack/{cdk.Aws.STACK_NAME}/*")


def _made_by_this_stack(scope: IConstruct) -> Mapping[str, Any]:
    return {"StringLike": {_ON_RESOURCE: _own_stack(scope)}}


def _making_this_stacks(scope: IConstruct) -> Mapping[str, Any]:
    return {"StringLike": {_IN_REQUEST: _own_stack(scope)}}


def _made(scope: IConstruct) -> list[str]:
    kinds = (
        "custom-model",
        "model-customization-job",
        "imported-model",
        "model-import-job",
        "custom-model-deployment",
        "provisioned-model",
    )
    return [_bedrock_arn(scope, f"{kind}/*") for kind in kinds]


def _kept(scope: IConstruct) -> list[str]:
    environment = environment_of(scope)
    return [environment.arn("iam", "role/*", region=""), environment.arn("ec2", "security-group/*")]


def _foundation_models(scope: IConstruct) -> str:
    return environment_of(scope).arn("bedrock", "foundation-model/*", account="")


def _bedrock_arn(scope: IConstruct, resource: str) -> str:
    return environment_of(scope).arn("bedrock", resource)
