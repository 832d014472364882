"""What is legal but will hurt: told at synth, silent on the default path."""

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from constructs import Construct, IConstruct

from constructs_lib import checks
from constructs_lib.advice import policy_text, text_of
from constructs_lib.data_source import BoundData
from constructs_lib.stacks import stack_of


def warn_of_deployers_session(scope: Construct) -> None:
    """Without an execution role CloudFormation works with the deployer's session, which ends long before the job."""
    synthesizer = stack_of(scope).synthesizer
    if isinstance(synthesizer, cdk.CliCredentialsStackSynthesizer | cdk.LegacyStackSynthesizer):
        cdk.Annotations.of(scope).add_warning_v2(
            "constructs_lib:deployersSession",
            "This stack is deployed with the credentials of whoever runs the CDK, and they end long before a training "
            "does; use the default synthesizer, whose bootstrap brings an execution role for CloudFormation.",
        )


def check_buckets(scope: Construct, read: Sequence[BoundData], written: BoundData) -> None:
    """Raises `ValueError` for a bucket of another Region; warns of one in another account, and prints its policy."""
    stack = stack_of(scope)
    region, account = stack.region, stack.account
    for data in [*read, written]:
        env = data.bucket.env
        _check_region(data, env.region, region)
        if not checks.is_token(env.account) and env.account != account:
            actions = ["s3:GetObject", "s3:PutObject"] if data is written else ["s3:GetObject"]
            _warn_of_foreign_bucket(scope, data, env.account, actions)


def _check_region(data: BoundData, bucket_region: str, region: str) -> None:
    checks.require(
        checks.is_token(bucket_region) or checks.is_token(region) or bucket_region == region,
        f"data must lie in the job's Region, {region}",
        f"{data.uri} in {bucket_region}",
        "copy it to a bucket of that Region",
    )


def _warn_of_foreign_bucket(scope: Construct, data: BoundData, bucket_account: str, actions: Sequence[str]) -> None:
    principal = {"AWS": "<the ARN of the job's role>"}
    policy = [
        {
            "Effect": "Allow",
            "Principal": principal,
            "Action": list(actions),
            "Resource": data.bucket.arn_for_objects(data.key_prefix),
        },
        {"Effect": "Allow", "Principal": principal, "Action": "s3:ListBucket", "Resource": data.bucket.bucket_arn},
    ]
    where = text_of(scope, data.uri)
    cdk.Annotations.of(scope).add_warning_v2(
        "constructs_lib:foreignBucket",
        f"{where} belongs to account {bucket_account}; its bucket policy needs these statements:\n"
        + policy_text(scope, policy),
    )


def warn_of_what_a_rollback_takes(
    scope: Construct, used: Mapping[str, IConstruct | None], data: Sequence[BoundData]
) -> None:
    """A rollback keeps a run, but deletes what the user made beside it."""
    # The same bucket often holds several of them.
    buckets = {f"the bucket {bucket.node.id!r}": bucket for bucket in dict.fromkeys(each.bucket for each in data)}
    everything = {**used, **buckets}
    goes = sorted(what for what, resource in everything.items() if resource is not None and _would_go(scope, resource))
    if goes:
        cdk.Annotations.of(scope).add_warning_v2(
            "constructs_lib:goesWithRollback",
            f"If the first deployment is rolled back, the run goes on, but CloudFormation deletes {' and '.join(goes)} "
            "that it needs. Retain them (removal_policy), or keep them in a stack of their own.",
        )


def _would_go(scope: Construct, used: IConstruct) -> bool:
    resource = used.node.default_child if not isinstance(used, cdk.CfnResource) else used
    if not isinstance(resource, cdk.CfnResource) or stack_of(used) is not stack_of(scope):
        return False
    # "Retain except on create" deletes in exactly this case.
    return resource.cfn_options.deletion_policy != cdk.CfnDeletionPolicy.RETAIN
