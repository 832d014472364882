"""Retained role and security group of a job: a run that a rollback keeps still needs them.

CloudFormation knows no policy that retains on a rollback and deletes otherwise. So it is told to retain, and the
provider removes them when the job is deleted or no run needs them any more: those that are named to it, one by one,
and only with the tag of its own stack.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from constructs_lib.core import checks
from constructs_lib.core.contract import KEPT_FOR, KEPT_GROUPS, KEPT_ROLE, KEPT_TAG, STACK_TAG
from constructs_lib.core.members import without_none
from constructs_lib.core.scopes import stack_id
from constructs_lib.provider.pass_role import role_arn_of

# Nothing else that stands below them: what nobody removes would be left for ever. A rule for another stack's group
# would hold both groups, and managed policies, of users or of many grants, are detached when the role goes.
_KEPT_TYPES: Final = ["AWS::IAM::Role", "AWS::IAM::Policy", "AWS::EC2::SecurityGroup"]


def retain(
    *, job: str, role: iam.IRole | None, security_groups: Sequence[ec2.ISecurityGroup]
) -> Mapping[str, Any] | None:
    """Retains a role and groups that the library made for a job, and tags them with the job's name.

    Returns the setting that names them to the provider; None if the library made none.
    """
    made: list[IConstruct] = [*([role] if role else []), *security_groups]
    if not made:
        return None
    name = checks.suggest_name(job, limit=checks.TAG_VALUE_MAX) or "job"
    for each in made:
        cdk.RemovalPolicies.of(each).retain(apply_to_resource_types=_KEPT_TYPES)
        tags = cdk.Tags.of(each)
        tags.add(KEPT_TAG, name)
        tags.add(STACK_TAG, stack_id())
    return without_none(
        {
            KEPT_FOR: name,
            KEPT_ROLE: role_arn_of(role) if role else None,
            KEPT_GROUPS: [group.security_group_id for group in security_groups] or None,
        }
    )
