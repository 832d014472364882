"""The network that a job runs in: subnets and security groups of a VPC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.scopes import environment_of, stack_of
from constructs_lib.core.subnets import require_vpc, selected

# Shapes SubnetIds and SecurityGroupIds of the service model; a test holds these equal.
SUBNETS_MAX = 16
SECURITY_GROUPS_MAX = 5


@dataclass(frozen=True, kw_only=True)
class JobNetwork:
    """Where the job reads its data from, if not over the network of AWS."""

    subnet_ids: Sequence[str]
    security_groups: Sequence[ec2.ISecurityGroup]

    @property
    def request(self) -> Mapping[str, Any]:
        """VpcConfig of the API."""
        return {
            "subnetIds": list(self.subnet_ids),
            "securityGroupIds": [group.security_group_id for group in self.security_groups],
        }


def check_network(
    scope: Construct,
    vpc: ec2.IVpc | None,
    vpc_subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
) -> None:
    """Raises `ValueError` for subnets or security groups without a VPC, and for more of them than the API takes."""
    require_vpc(vpc, vpc_subnets, security_groups)
    checks.count("security_groups", security_groups, 1, SECURITY_GROUPS_MAX, "give 1 to 5")
    if vpc is not None:
        checks.same_region("vpc", vpc.env.region, environment_of(scope).region, "give a VPC of the stack's Region")
        subnets = selected(vpc, vpc_subnets).subnet_ids
        checks.count("vpc_subnets", subnets, 1, SUBNETS_MAX, "select fewer with ec2.SubnetSelection(subnets=[...])")


def check_role(
    scope: Construct, role: iam.IRole | None, vpc: ec2.IVpc | None, security_groups: Sequence[ec2.ISecurityGroup] | None
) -> None:
    """Raises `ValueError` for a role of another stack that would have to name subnets or groups of this one.

    That stack would need this one, which needs it. A policy in this stack would do, but it would go in a rollback, and
    a run that is kept needs it.
    """
    if role is None or vpc is None or not cdk.Resource.is_owned_resource(role):
        return
    own, of_role = stack_of(scope).node.path, stack_of(role).node.path
    named = [vpc, *(security_groups or [])]
    is_here = not security_groups or any(stack_of(each).node.path == own for each in named)
    checks.require(
        of_role == own or not is_here,
        "with a vpc, role must be of the job's own stack, or vpc and security_groups of another one",
        f"{role.node.path} of the stack {of_role}",
        "leave role out, make it in the job's stack, or give security_groups that stand beside it",
    )


def place(
    scope: Construct,
    *,
    vpc: ec2.IVpc,
    vpc_subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
    what: str = "model customization job",
) -> JobNetwork:
    """The network for `what`; without security groups one is made that lets everything out and nothing in."""
    groups = security_groups or [
        ec2.SecurityGroup(scope, "SecurityGroup", vpc=vpc, description=f"Amazon Bedrock {what}")
    ]
    return JobNetwork(subnet_ids=list(selected(vpc, vpc_subnets).subnet_ids), security_groups=groups)
