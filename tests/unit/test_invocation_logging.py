"""The construct of invocation logging: what is rendered, allowed and refused."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs_lib import InvocationLogging, TrainingData
from constructs_lib.core.contract import INVOCATION_LOGGING_TYPE
from tests.support.synth import (
    allowed,
    creation_order,
    new_stack,
    only,
    resources,
    statements,
    template_of,
    text,
    warnings,
)

HERE = cdk.Environment(account="123456789012", region="us-east-1")
STREAM = "log-stream:aws/bedrock/modelinvocations"


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack(env=HERE)


def config_of(template: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = only(template, INVOCATION_LOGGING_TYPE)["Settings"]["Request"]["loggingConfig"]
    return config


def to_bucket(stack: cdk.Stack, **arguments: Any) -> InvocationLogging:
    return InvocationLogging(stack, "Logging", bucket=s3.Bucket(stack, "Logs"), **arguments)


def to_log_group(stack: cdk.Stack, **arguments: Any) -> InvocationLogging:
    return InvocationLogging(stack, "Logging", log_group=logs.LogGroup(stack, "Group"), **arguments)


class TestRendered:
    def test_a_bucket_takes_no_role(self, stack: cdk.Stack) -> None:
        made = to_bucket(stack, prefix="bedrock")
        config = config_of(template_of(stack))
        assert config["s3Config"]["keyPrefix"] == "bedrock"
        assert config["textDataDeliveryEnabled"] is True
        assert "cloudWatchConfig" not in config
        assert made.role is None

    def test_a_log_group_with_a_bucket_for_large_data(self, stack: cdk.Stack) -> None:
        bucket = s3.Bucket(stack, "Large")
        to_log_group(stack, large_data_bucket=bucket, large_data_prefix="large", video_data_delivery_enabled=False)
        config = config_of(template_of(stack))
        assert config["cloudWatchConfig"]["largeDataDeliveryS3Config"]["keyPrefix"] == "large"
        assert config["videoDataDeliveryEnabled"] is False
        assert "s3Config" not in config

    def test_it_comes_after_all_that_bedrock_checks_and_its_delete_before_what_it_needs(self, stack: cdk.Stack) -> None:
        InvocationLogging(stack, "Logging", bucket=s3.Bucket(stack, "Logs"), log_group=logs.LogGroup(stack, "Group"))
        template = template_of(stack)
        order = creation_order(template)
        (own,) = resources(template, INVOCATION_LOGGING_TYPE)
        needs = {*resources(template, "AWS::S3::BucketPolicy"), *resources(template, "AWS::IAM::Policy")}
        assert [name for name in needs if order.index(name) > order.index(own)] == []


def deletion_policies(template: dict[str, Any], type: str, containing: str = "") -> set[str | None]:
    return {each.get("DeletionPolicy") for name, each in resources(template, type).items() if containing in name}


class TestRemovalPolicy:
    """A configuration that stays goes on using its role, and Bedrock the statements in the policies of buckets."""

    @pytest.mark.parametrize("door", ["argument", "method", "aspect", "aspect of the type", "aspect of the stack"])
    @pytest.mark.parametrize("kept", [True, False])
    def test_what_bedrock_needs_goes_and_stays_with_the_configuration(
        self, stack: cdk.Stack, door: str, kept: bool
    ) -> None:
        policy = cdk.RemovalPolicy.RETAIN if kept else cdk.RemovalPolicy.DESTROY
        other = cdk.RemovalPolicy.DESTROY if kept else cdk.RemovalPolicy.RETAIN
        made = InvocationLogging(
            stack,
            "Logging",
            bucket=s3.Bucket(stack, "Logs"),
            log_group=logs.LogGroup(stack, "Group"),
            removal_policy=policy if door == "argument" else other,
        )
        assert made.role is not None
        made.role.add_to_principal_policy(iam.PolicyStatement(actions=["s3:ListAllMyBuckets"], resources=["*"]))
        if door == "method":
            made.apply_removal_policy(policy)
        if door.startswith("aspect"):
            of = cdk.RemovalPolicies.of(stack if door.endswith("stack") else made)
            types = [INVOCATION_LOGGING_TYPE] if door.endswith("type") else None
            (of.retain if kept else of.destroy)(apply_to_resource_types=types)
        template = template_of(stack)
        (own,) = resources(template, INVOCATION_LOGGING_TYPE).values()
        assert (own["Properties"]["RemovalPolicy"], own["DeletionPolicy"]) == (
            "retain" if kept else "destroy",
            "Delete",
        )
        stays = {"Retain", "RetainExceptOnCreate"}
        for kind, containing in (
            ("AWS::IAM::Role", "Service"),
            ("AWS::IAM::Policy", "Service"),
            ("AWS::S3::BucketPolicy", ""),
        ):
            assert deletion_policies(template, kind, containing) <= (stays if kept else {None, "Delete"}), kind

    def test_the_rollback_of_a_first_create_takes_all_of_it(self, stack: cdk.Stack) -> None:
        to_log_group(stack, removal_policy=cdk.RemovalPolicy.RETAIN)
        assert deletion_policies(template_of(stack), "AWS::IAM::Role", "Service") == {"RetainExceptOnCreate"}

    def test_the_role_of_the_app_is_the_apps_to_keep(self, stack: cdk.Stack) -> None:
        role = iam.Role(stack, "Writer", assumed_by=InvocationLogging.service_principal(stack))
        to_log_group(stack, role=role, removal_policy=cdk.RemovalPolicy.RETAIN)
        assert deletion_policies(template_of(stack), "AWS::IAM::Role", "Writer") == {None}


class TestAllowed:
    def test_the_role_writes_one_stream_and_trusts_bedrock_of_this_account_and_region(self, stack: cdk.Stack) -> None:
        to_log_group(stack)
        template = template_of(stack)
        (allowed_to_write,) = [
            each for each in statements(template, "LoggingServiceRole") if "logs:PutLogEvents" in each["Action"]
        ]
        assert allowed_to_write["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert text(allowed_to_write["Resource"]).endswith(f":{STREAM}")
        (role,) = [each for name, each in resources(template, "AWS::IAM::Role").items() if "ServiceRole" in name]
        (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
        source = text(trust["Condition"]["ArnEquals"]["aws:SourceArn"])
        assert source == "arn:<AWS::Partition>:bedrock:us-east-1:123456789012:*"

    def test_bedrock_writes_below_the_prefix_for_this_account_alone(self, stack: cdk.Stack) -> None:
        to_bucket(stack, prefix="bedrock")
        (statement,) = only(template_of(stack), "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
        assert (statement["Action"], statement["Principal"]) == ("s3:PutObject", {"Service": "bedrock.amazonaws.com"})
        assert text(statement["Resource"]).endswith("/bedrock/AWSLogs/123456789012/BedrockModelInvocationLogs/*")
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}

    def test_bedrock_encrypts_with_the_buckets_key(self, stack: cdk.Stack) -> None:
        key = kms.Key(stack, "Key")
        bucket = s3.Bucket(stack, "Logs", encryption=s3.BucketEncryption.KMS, encryption_key=key)
        InvocationLogging(stack, "Logging", bucket=bucket)
        found = only(template_of(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        assert [each["Principal"] for each in found if each["Action"] == "kms:GenerateDataKey"] == [
            {"Service": "bedrock.amazonaws.com"}
        ]

    def test_the_provider_writes_one_parameter_and_passes_one_role(self, stack: cdk.Stack) -> None:
        to_log_group(stack)
        template = template_of(stack)
        record = allowed(template, "BedrockModelProviderEvents", "ssm:PutParameter")
        assert text(record["Resource"]).endswith(":parameter/bedrock-models/invocation-logging")
        passed = allowed(template, "BedrockModelProviderEvents", "iam:PassRole")
        assert "LoggingServiceRole" in text(passed["Resource"])

    def test_the_adopted_role_can_be_passed_too(self, stack: cdk.Stack) -> None:
        theirs = iam.Role.from_role_arn(stack, "Theirs", "arn:aws:iam::123456789012:role/theirs")
        to_bucket(stack, adopt=True, adopted_role=theirs)
        template = template_of(stack)
        assert allowed(template, "BedrockModelProviderEvents", "iam:PassRole")["Resource"].endswith("role/theirs")
        settings = only(template, INVOCATION_LOGGING_TYPE)["Settings"]
        assert (settings["Adopt"], settings["Request"]["adoptedRoleArn"].endswith("role/theirs")) == (True, True)

    def test_for_an_imported_bucket_the_statement_is_printed(self, stack: cdk.Stack) -> None:
        key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:123456789012:key/abc")
        bucket = s3.Bucket.from_bucket_attributes(stack, "Logs", bucket_name="central-logs", encryption_key=key)
        InvocationLogging(stack, "Logging", bucket=bucket)
        told = "\n".join(warnings(stack))
        assert "central-logs/AWSLogs/123456789012/BedrockModelInvocationLogs/*" in told
        assert "kms:GenerateDataKey" in told

    def test_of_an_imported_role_is_said_what_it_must_trust(self, stack: cdk.Stack) -> None:
        role = iam.Role.from_role_arn(stack, "Writer", "arn:aws:iam::123456789012:role/writer")
        assert to_log_group(stack, role=role).role is role
        assert any("must let bedrock.amazonaws.com assume it" in each for each in warnings(stack))


class TestRefused:
    def test_nowhere_to_log_to(self, stack: cdk.Stack) -> None:
        with pytest.raises(ValueError, match="needs a bucket, a log_group, or both, got 'neither'; give"):
            InvocationLogging(stack, "Logging")

    @pytest.mark.parametrize("argument", ["role", "large_data_bucket"])
    def test_what_belongs_to_a_log_group(self, stack: cdk.Stack, argument: str) -> None:
        role = iam.Role.from_role_arn(stack, "Writer", "arn:aws:iam::123456789012:role/writer")
        given = {"role": role, "large_data_bucket": s3.Bucket(stack, "Large")}[argument]
        with pytest.raises(ValueError, match=f"{argument} belongs to log_group"):
            to_bucket(stack, **{argument: given})

    def test_a_prefix_without_its_bucket(self, stack: cdk.Stack) -> None:
        with pytest.raises(ValueError, match="large_data_prefix belongs to large_data_bucket, got 'large'"):
            to_log_group(stack, large_data_prefix="large")

    @pytest.mark.parametrize("prefix", ["", "/", "/logs", "logs/", "a b", "a//b", "p" * 1025])
    def test_a_prefix_that_the_api_refuses(self, stack: cdk.Stack, prefix: str) -> None:
        with pytest.raises(ValueError, match=r"^prefix must"):
            to_bucket(stack, prefix=prefix)

    def test_a_role_to_put_back_what_is_not_adopted(self, stack: cdk.Stack) -> None:
        theirs = iam.Role.from_role_arn(stack, "Theirs", "arn:aws:iam::123456789012:role/theirs")
        with pytest.raises(ValueError, match="adopted_role belongs to adopt=True"):
            to_bucket(stack, adopted_role=theirs)

    @pytest.mark.parametrize(("account", "region"), [("123456789012", "eu-west-1"), ("999999999999", "us-east-1")])
    def test_a_bucket_elsewhere(self, stack: cdk.Stack, account: str, region: str) -> None:
        bucket = s3.Bucket.from_bucket_attributes(stack, "Logs", bucket_name="logs", account=account, region=region)
        with pytest.raises(ValueError, match=r"bucket must be .* Amazon Bedrock logs only within"):
            InvocationLogging(stack, "Logging", bucket=bucket)

    def test_a_second_one_in_the_stack(self, stack: cdk.Stack) -> None:
        to_bucket(stack)
        with pytest.raises(ValueError, match="one InvocationLogging for it, and Models/Logging is there"):
            InvocationLogging(stack, "Second", log_group=logs.LogGroup(stack, "Group"))

    def test_a_second_one_in_a_nested_stack(self) -> None:
        stack = new_stack()
        to_bucket(stack)
        nested = cdk.NestedStack(stack, "Nested")
        with pytest.raises(ValueError, match="one InvocationLogging for it"):
            to_log_group(nested)

    def test_a_second_one_for_the_same_account_and_region(self, stack: cdk.Stack) -> None:
        to_bucket(stack)
        with pytest.raises(ValueError, match="one InvocationLogging for it"):
            to_log_group(cdk.Stack(cdk.App.of(stack), "Other", env=HERE))

    def test_one_in_each_region_is_fine(self, stack: cdk.Stack) -> None:
        to_bucket(stack)
        there = cdk.Environment(account="123456789012", region="us-west-2")
        assert to_log_group(cdk.Stack(cdk.App.of(stack), "Other", env=there))

    def test_stacks_of_no_known_place_may_be_for_two(self) -> None:
        stack = new_stack()
        to_bucket(stack)
        assert to_log_group(cdk.Stack(cdk.App.of(stack), "Other"))


class TestTraining:
    def test_it_trains_on_what_is_logged(self, stack: cdk.Stack) -> None:
        logging = to_bucket(stack, prefix="bedrock")
        bound = TrainingData.from_invocation_logs(logging, use_prompt_response=True).bind(stack)
        assert stack.resolve(bound.uri) == stack.resolve(f"s3://{logging.bucket.bucket_name}/bedrock")

    def test_at_the_top_of_a_bucket_are_other_things_too(self, stack: cdk.Stack) -> None:
        bound = TrainingData.from_invocation_logs(to_bucket(stack)).bind(stack)
        assert bound.key_prefix == "AWSLogs*"

    def test_it_trains_on_what_another_stack_logs(self, stack: cdk.Stack) -> None:
        bucket = s3.Bucket.from_bucket_name(stack, "Logs", "central-logs")
        logging = InvocationLogging.from_invocation_logging_attributes(stack, "Logging", bucket=bucket, prefix="logs")
        assert TrainingData.from_invocation_logs(logging).bind(stack).uri == "s3://central-logs/logs"

    def test_a_log_group_cannot_be_trained_on(self, stack: cdk.Stack) -> None:
        with pytest.raises(ValueError, match="logs to a log group alone, got 'no bucket'; give the InvocationLogging"):
            TrainingData.from_invocation_logs(to_log_group(stack))

    def test_a_prefix_is_said_once(self, stack: cdk.Stack) -> None:
        with pytest.raises(ValueError, match="prefix belongs to a bucket, got 'logs'; leave prefix out"):
            TrainingData.from_invocation_logs(to_bucket(stack), "logs")

    def test_a_bucket_alone_does_not_say_where(self, stack: cdk.Stack) -> None:
        with pytest.raises(ValueError, match="prefix must be given with a bucket"):
            TrainingData.from_invocation_logs(s3.Bucket(stack, "Logs"))
