"""What is legal but will hurt: told at synth, silent on the default path."""

from collections.abc import Iterable, Mapping, Sequence

import aws_cdk as cdk
from constructs import Construct, IConstruct

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.scopes import environment_of, remembered, remembered_for_stack, stack_of
from constructs_lib.core.validation import validate_later
from constructs_lib.core.warnings import policy_text, text_of
from constructs_lib.data.data_source import BoundData


def warn_of_deployers_session(scope: Construct) -> None:
    """Without an execution role CloudFormation works with the deployer's session, which ends long before the job."""
    if _has_no_execution_role(scope):
        cdk.Annotations.of(scope).add_warning_v2(
            f"{PREFIX}deployersSession",
            "This stack is deployed with the credentials of whoever runs the CDK, and they end long before a training "
            "or an import does; use the default synthesizer, whose bootstrap brings an execution role for "
            "CloudFormation.",
        )


@remembered_for_stack
def _has_no_execution_role(stack: cdk.Stack) -> bool:
    synthesizer = stack.synthesizer
    return isinstance(synthesizer, cdk.CliCredentialsStackSynthesizer | cdk.LegacyStackSynthesizer)


def check_buckets(scope: Construct, read: Sequence[BoundData], written: BoundData | None = None) -> None:
    """Raises `ValueError` for a bucket of another Region; warns of one in another account, and prints its policy."""
    own = environment_of(scope)
    for data in [*read, *([written] if written else [])]:
        account, region = data.bucket.account, data.bucket.region
        remedy = "copy it to a bucket of that Region"
        checks.same_region(text_of(scope, data.uri), region, own.region, remedy)
        if account and not checks.is_token(account) and account != own.account:
            _warn_of_foreign_bucket(scope, data, account, writes=data is written)


def _warn_of_foreign_bucket(scope: Construct, data: BoundData, bucket_account: str, *, writes: bool) -> None:
    actions = ["s3:GetObject", "s3:PutObject"] if writes else ["s3:GetObject"]
    principal = {"AWS": "<the ARN of the job's role>"}
    policy = [
        {
            "Effect": "Allow",
            "Principal": principal,
            "Action": actions,
            "Resource": data.bucket.arn_of_objects(data.key_prefix),
        },
        {"Effect": "Allow", "Principal": principal, "Action": "s3:ListBucket", "Resource": data.bucket.arn},
    ]
    where = text_of(scope, data.uri)
    text = f"{where} belongs to account {bucket_account}; its bucket policy needs these statements:\n"
    text += policy_text(scope, policy)
    key = data.bucket.encryption_key
    if key and not cdk.Resource.is_owned_resource(key):
        use = ["kms:Decrypt", "kms:GenerateDataKey"] if writes else ["kms:Decrypt"]
        statement = {"Effect": "Allow", "Principal": principal, "Action": use, "Resource": "*"}
        text += (
            f"\nand the policy of its key {text_of(scope, key.key_arn)} this one:\n{policy_text(scope, [statement])}"
        )
    cdk.Annotations.of(scope).add_warning_v2(
        f"{PREFIX}foreignBucket",
        text,
    )


def warn_of_prerequisites_a_rollback_deletes(
    scope: Construct, used: Mapping[str, IConstruct | None], data: Sequence[BoundData]
) -> None:
    """A rollback keeps a run, but deletes what the user made beside it."""
    # The same bucket often holds several of them.
    buckets = dict.fromkeys(each.bucket.construct for each in data)
    everything = [*used.items(), *((None, bucket) for bucket in buckets)]
    beside = [(what, resource) for what, resource in everything if resource and _is_beside(scope, resource)]
    if beside:
        validate_later(scope, None, lambda _: _warn_of_going(scope, beside))


def _is_beside(scope: Construct, used: IConstruct) -> bool:
    return _resource_of(used) is not None and stack_of(used) is stack_of(scope)


def _warn_of_going(scope: Construct, beside: Sequence[tuple[str | None, IConstruct]]) -> Iterable[str]:
    goes = sorted(what or f"the bucket {used.node.id!r}" for what, used in beside if _would_go(used))
    if goes:
        cdk.Annotations.of(scope).add_warning_v2(
            f"{PREFIX}goesWithRollback",
            f"If the first deployment is rolled back, the run goes on, but CloudFormation deletes {' and '.join(goes)} "
            "that it needs. Retain them (removal_policy), or keep them in a stack of their own.",
        )
    return ()


@remembered
def _would_go(used: IConstruct) -> bool:
    # Asked in synthesis only: until then the policy may change.
    resource = _resource_of(used)
    # "Retain except on create" deletes in exactly this case.
    return resource is not None and resource.cfn_options.deletion_policy != cdk.CfnDeletionPolicy.RETAIN


@remembered
def _resource_of(used: IConstruct) -> cdk.CfnResource | None:
    resource = used if isinstance(used, cdk.CfnResource) else used.node.default_child
    return resource if isinstance(resource, cdk.CfnResource) else None
