"""The network that a job runs in: subnets and security groups of a VPC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib import checks

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
    vpc: ec2.IVpc | None,
    vpc_subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
) -> None:
    """Raises `ValueError` for subnets or security groups without a VPC, and for more of them than the API takes."""
    for argument, given in (("vpc_subnets", vpc_subnets), ("security_groups", security_groups)):
        checks.require(
            vpc is not None or given is None,
            f"{argument} goes with vpc",
            "no vpc",
            f"give vpc, or leave {argument} out",
        )
    checks.count("security_groups", security_groups, 1, SECURITY_GROUPS_MAX, "give 1 to 5")
    if vpc is not None:
        subnets = _select(vpc, vpc_subnets)
        checks.count("vpc_subnets", subnets, 1, SUBNETS_MAX, "select fewer with ec2.SubnetSelection(subnets=[...])")


def place(
    scope: Construct,
    *,
    vpc: ec2.IVpc,
    vpc_subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
) -> JobNetwork:
    """The network for a job; without security groups one is made that lets everything out and nothing in."""
    groups = security_groups or [
        ec2.SecurityGroup(scope, "SecurityGroup", vpc=vpc, description="Amazon Bedrock model customization job")
    ]
    return JobNetwork(subnet_ids=_select(vpc, vpc_subnets), security_groups=groups)


def _select(vpc: ec2.IVpc, vpc_subnets: ec2.SubnetSelection | None) -> list[str]:
    if vpc_subnets is None:
        return list(vpc.select_subnets().subnet_ids)
    given = {name: value for name, value in vpc_subnets._values.items() if value is not None}
    return list(vpc.select_subnets(**given).subnet_ids)
