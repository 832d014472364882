"""Subnets of a VPC, as a `SubnetSelection` chooses them."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2

from constructs_lib.core import checks


def require_vpc(
    vpc: ec2.IVpc | None,
    vpc_subnets: ec2.SubnetSelection | None,
    security_groups: Sequence[ec2.ISecurityGroup] | None,
) -> None:
    """Raises `ValueError` for subnets or security groups without a VPC."""
    for argument, given in (("vpc_subnets", vpc_subnets), ("security_groups", security_groups)):
        checks.require(
            vpc is not None or given is None,
            f"{argument} goes with vpc",
            "no vpc",
            f"give vpc in the same call, or leave {argument} out",
        )


def selected(vpc: ec2.IVpc, selection: ec2.SubnetSelection | None) -> ec2.SelectedSubnets:
    """What the selection chooses; without one, what the VPC chooses by itself: private subnets, if it has any."""
    given = selection or ec2.SubnetSelection()
    return vpc.select_subnets(
        availability_zones=given.availability_zones,
        one_per_az=given.one_per_az,
        subnet_filters=given.subnet_filters,
        subnet_group_name=given.subnet_group_name,
        subnets=given.subnets,
        subnet_type=given.subnet_type,
    )
