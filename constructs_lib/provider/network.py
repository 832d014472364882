"""The provider's functions in a VPC: their way out, who makes their interfaces, what has to be there before them."""

from collections.abc import Sequence
from typing import Final, TypedDict

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.scopes import environment_of, stack_of
from constructs_lib.core.subnets import selected
from constructs_lib.core.warnings import text_of
from constructs_lib.provider.settings import ProviderSettings

# What every event needs: Bedrock, the waiter, the stack's status, and S3 for CloudFormation's answers.
_NEEDED: Final = ("bedrock", "states", "cloudformation", "s3")


class Placement(TypedDict, total=False):
    """Arguments of a Lambda function."""

    vpc: ec2.IVpc
    vpc_subnets: ec2.SubnetSelection | None
    security_groups: Sequence[ec2.ISecurityGroup]


def place(scope: Construct, settings: ProviderSettings) -> Placement:
    """Where both functions stand. Without security groups one is made that lets HTTPS out and nothing in."""
    if settings.vpc is None:
        return {}
    region, own = settings.vpc.env.region, environment_of(scope).region
    checks.same_region("vpc", region, own, "configure the provider of each Region's stacks with a VPC of that Region")
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


def wait_for_endpoints(functions: Sequence[Construct], vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None) -> None:
    """Makes the functions come after the VPC's endpoints and go before them, wherever in the two stacks they stand.

    An event that reaches a function without a way out is lost, and CloudFormation waits an hour for its answer. So what
    is missing in a VPC of this app is a warning; of a VPC that was looked up or imported nothing is known.
    """
    for function in functions:
        cdk.Aspects.of(function).add(_AfterEndpoints(function, vpc))
    if isinstance(vpc, ec2.Vpc):
        cdk.Aspects.of(functions[0]).add(_WayOut(functions[0], vpc, subnets))


@jsii.implements(cdk.IAspect)
class _AfterEndpoints:
    """An aspect, because endpoints may be made after the first model."""

    def __init__(self, function: Construct, vpc: ec2.IVpc) -> None:
        self._function = function
        self._vpc = vpc

    def visit(self, node: IConstruct) -> None:
        if node is self._function:
            node.node.add_dependency(*_endpoints(self._function, self._vpc))


@jsii.implements(cdk.IAspect)
class _WayOut:
    """Warns of isolated subnets without the endpoints that every event needs. An aspect for the same reason."""

    def __init__(self, function: Construct, vpc: ec2.Vpc, subnets: ec2.SubnetSelection | None) -> None:
        self._function = function
        self._vpc = vpc
        self._subnets = subnets

    def visit(self, node: IConstruct) -> None:
        if node is not self._function:
            return
        missing = self._missing()
        if missing and all(map(self._is_closed, selected(self._vpc, self._subnets).subnets)):
            cdk.Annotations.of(node).add_warning_v2(
                f"{PREFIX}noWayOut",
                "The provider's functions stand in isolated subnets, and the VPC has no endpoint for "
                f"{', '.join(missing)}: no event would be answered, and each resource would fail after an hour. "
                "Add the endpoints, or use subnets with a NAT gateway (ec2.SubnetType.PRIVATE_WITH_EGRESS).",
            )

    def _missing(self) -> list[str]:
        # A service name ends with the service: com.amazonaws.us-east-1.bedrock.
        names = [text_of(self._function, str(each.service_name)) for each in _endpoints(self._function, self._vpc)]
        return [service for service in _NEEDED if not any(name.endswith(f".{service}") for name in names)]

    def _is_closed(self, subnet: ec2.ISubnet) -> bool:
        isolated = {each.node.path for each in self._vpc.isolated_subnets}
        return subnet.node.path in isolated and not self._has_default_route(subnet)

    def _has_default_route(self, subnet: ec2.ISubnet) -> bool:
        """Over a transit gateway or a firewall, which the type of a subnet does not tell."""
        stack = stack_of(self._vpc)
        table = stack.resolve(subnet.route_table.route_table_id)
        return any(
            isinstance(each, ec2.CfnRoute)
            and each.destination_cidr_block == "0.0.0.0/0"
            and stack.resolve(each.route_table_id) == table
            for each in stack.node.find_all()
        )


def _endpoints(function: Construct, vpc: ec2.IVpc) -> list[ec2.CfnVPCEndpoint]:
    stack, home = stack_of(function), stack_of(vpc)
    vpc_id = stack.resolve(vpc.vpc_id)
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
