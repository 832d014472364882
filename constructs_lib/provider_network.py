"""The provider's functions in a VPC: their way out, who makes their interfaces, what has to be there before them."""

from collections.abc import Sequence
from typing import TypedDict

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct

from constructs_lib.provider_settings import ProviderSettings
from constructs_lib.stacks import stack_of
from constructs_lib.statement import Statement


class Placement(TypedDict, total=False):
    """Arguments of a Lambda function."""

    vpc: ec2.IVpc
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup]


def place(scope: Construct, settings: ProviderSettings) -> Placement:
    """Where both functions stand. Without security groups one is made that lets HTTPS out and nothing in."""
    if settings.vpc is None:
        return {}
    return {
        "vpc": settings.vpc,
        "vpc_subnets": settings.vpc_subnets,
        "security_groups": settings.security_groups or [_security_group(scope, settings.vpc)],
    }


def use_network() -> Statement:
    """What Lambda needs of a function's role to place it: AWSLambdaVPCAccessExecutionRole without its logs.

    Lambda refuses a function whose role has it for some subnets only.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
    """
    return Statement(
        actions=[
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
        resources=["*"],
    )


def wait_for_endpoints(functions: Sequence[Construct], vpc: ec2.IVpc) -> None:
    """Makes the functions come after the VPC's endpoints and go before them, wherever in the two stacks they stand.

    An event that reaches a function without a way out is lost, and CloudFormation waits an hour for its answer.
    """
    for function in functions:
        cdk.Aspects.of(function).add(_AfterEndpoints(function, vpc))


@jsii.implements(cdk.IAspect)
class _AfterEndpoints:
    """An aspect, because endpoints may be made after the first model."""

    def __init__(self, function: Construct, vpc: ec2.IVpc) -> None:
        self._function = function
        self._vpc = vpc

    def visit(self, node: IConstruct) -> None:
        if node is self._function:
            node.node.add_dependency(*self._endpoints())

    def _endpoints(self) -> list[ec2.CfnVPCEndpoint]:
        stack, home = stack_of(self._function), stack_of(self._vpc)
        vpc_id = stack.resolve(self._vpc.vpc_id)
        return [
            construct
            for each in {stack, home}
            for construct in each.node.find_all()
            if isinstance(construct, ec2.CfnVPCEndpoint) and stack.resolve(construct.vpc_id) == vpc_id
        ]


def _security_group(scope: Construct, vpc: ec2.IVpc) -> ec2.SecurityGroup:
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        description="Amazon Bedrock custom models: functions of the provider",
        allow_all_outbound=False,
    )
    group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS APIs")
    return group
