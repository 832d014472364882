"""A deployed provider is configured later: everything changes in place, and models stay as they are."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import ModelProvider
from tests.e2e.stage import Stage


def test_a_deployed_stack_takes_up_every_setting_and_imports_nothing_again(stage: Stage) -> None:
    def configured(stack: cdk.Stack) -> None:
        isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        vpc = ec2.Vpc(stack, "Vpc", nat_gateways=0, max_azs=2, subnet_configuration=[isolated])
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        ModelProvider.of(stack).configure(
            vpc=vpc,
            encryption_key=kms.Key(stack, "Key"),
            log_retention=logs.RetentionDays.ONE_YEAR,
            reserved_concurrent_executions=10,
            tracing=True,
        )
        stage.model(stack, "Model", tags={"team": "sales"}, removal_policy=cdk.RemovalPolicy.DESTROY)

    first = stage.seen(
        stage.deploy(lambda stack: stage.model(stack, "Model", removal_policy=cdk.RemovalPolicy.DESTROY))
    )
    then = stage.seen(stage.deploy(configured))
    gone = stage.seen(stage.delete())

    assert (first.status, then.status, gone.status) == ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")
    assert then.arns_of("Model") == first.arns_of("Model")
    assert stage.imports == 1
    assert gone.models == []
