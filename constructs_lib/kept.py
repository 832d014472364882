"""What a kept run needs is kept: a role and a security group that outlive the rollback of a first create.

CloudFormation knows no policy that retains on a rollback and deletes otherwise. So it is told to retain, and the
provider removes what carries our tag when the job is deleted or no run needs it any more.
"""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib import checks
from constructs_lib.contract import KEPT_TAG


def keep_role(role: iam.Role, *, job: str) -> None:
    """Retains the role and its policy. To be called when the policy has got its statements."""
    _keep(role, job)
    policy = role.node.try_find_child("DefaultPolicy")
    if isinstance(policy, iam.Policy):
        policy.apply_removal_policy(cdk.RemovalPolicy.RETAIN)


def keep_security_group(group: ec2.SecurityGroup, *, job: str) -> None:
    """Retains the security group."""
    _keep(group, job)


def _keep(resource: cdk.Resource, job: str) -> None:
    resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    cdk.Tags.of(resource).add(KEPT_TAG, checks.suggest_name(job, limit=checks.TAG_VALUE_MAX) or "job")
