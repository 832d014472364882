"""Subnets of a VPC, as a `SubnetSelection` chooses them."""

from aws_cdk import aws_ec2 as ec2


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
