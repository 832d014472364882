"""A customer key for what the provider keeps: environment variables, executions, logs."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.core.contract import PREFIX
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.scopes import environment_of
from constructs_lib.core.warnings import policy_text

# The most that Step Functions takes: it asks for a new data key four times an hour instead of each minute.
_REUSE_SECONDS: Final = 900


def encrypt_executions(waiter: sfn.StateMachine, key: kms.IKey) -> None:
    """Encrypts definition and executions of the waiter.

    Not with the CDK's own argument: its statement for the role names no state machine unless that has a fixed name.
    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    resource = waiter.node.default_child
    assert isinstance(resource, sfn.CfnStateMachine)  # noqa: S101  what CDK's own class is made of
    resource.encryption_configuration = sfn.CfnStateMachine.EncryptionConfigurationProperty(
        type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=key.key_arn, kms_data_key_reuse_period_seconds=_REUSE_SECONDS
    )


def use_executions(state_machine_arn: str, key: kms.IKey) -> Statement:
    """kms:Decrypt and GenerateDataKey for executions of this state machine, or of those that its ARN with a wildcard
    names: for its own role, and for who starts and stops them."""
    operator = "StringLike" if "*" in state_machine_arn else "StringEquals"
    return Statement(
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=[key.key_arn],
        conditions={operator: {"kms:EncryptionContext:aws:states:stateMachineArn": state_machine_arn}},
    )


def deliver_logs(scope: Construct, key: kms.IKey) -> Statement:
    """kms:GenerateDataKey for the log lines that the waiter hands to CloudWatch Logs for delivery."""
    return Statement(
        actions=["kms:GenerateDataKey"],
        resources=[key.key_arn],
        conditions={"StringEquals": {"kms:EncryptionContext:SourceArn": environment_of(scope).arn("logs", "*")}},
    )


def read_environment(scope: Construct, key: kms.IKey) -> Statement:
    """kms:Decrypt on a function's environment variables, through AWS Lambda only."""
    return Statement(
        actions=["kms:Decrypt"],
        resources=[key.key_arn],
        conditions={"StringEquals": {"kms:ViaService": f"lambda.{environment_of(scope).region}.amazonaws.com"}},
    )


def allow_logs(scope: Construct, key: kms.IKey) -> None:
    """Lets CloudWatch Logs use the key for log groups of this account. An imported key's owner is told the statements.

    The principals are static, so this is no cycle for a key of another stack either. CloudWatch Logs has no role that
    an identity policy could be for.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    statements = [_log_groups(scope), _log_delivery()]
    if cdk.Resource.is_owned_resource(key):
        for statement in statements:
            key.add_to_resource_policy(statement)
        return
    cdk.Annotations.of(scope).add_warning_v2(
        f"{PREFIX}importedProviderKey",
        "The policy of an imported key can't be changed from here. Without these statements the log groups of the "
        "provider can't be created:\n" + policy_text(scope, [each.to_statement_json() for each in statements]),
    )


def _log_groups(scope: Construct) -> iam.PolicyStatement:
    environment = environment_of(scope)
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal(f"logs.{environment.region}.amazonaws.com")],
        actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": environment.arn("logs", "log-group:*")}},
    )


def _log_delivery() -> iam.PolicyStatement:
    # It reads what the waiter has encrypted for it. No condition is documented.
    return iam.PolicyStatement(
        principals=[iam.ServicePrincipal("delivery.logs.amazonaws.com")], actions=["kms:Decrypt"], resources=["*"]
    )
