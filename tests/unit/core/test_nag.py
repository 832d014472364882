"""What the library acknowledges covers what the library wrote, and nothing of a user's."""

import ast
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    Customization,
    CustomModel,
    ModelCustomizationJob,
    ModelProvider,
    ModelSource,
    OutputData,
    TrainingData,
)
from tests.support import rule_packs

SOURCE = ModelSource.from_s3_uri("s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite/checkpoint/")
NOVA = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")


@pytest.fixture
def app() -> cdk.App:
    return cdk.App()


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Models")


def job(stack: cdk.Stack, output: s3.IBucket, **arguments: Any) -> ModelCustomizationJob:
    return ModelCustomizationJob(
        stack,
        "Job",
        base_model=bedrock.FoundationModel.from_foundation_model_id(stack, "Nova", NOVA),
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_asset(rule_packs.ROOT / "examples/fine_tune/data/train.jsonl"),
        output_data=OutputData.to_bucket(output, "support"),
        **arguments,
    )


def found(app: cdk.App, path: str) -> set[str]:
    """The rules that are broken below a path."""
    return {rule for rule, where in rule_packs.findings(app) if where.startswith(path)}


def test_a_models_own_resources_pass_every_pack(app, stack):
    CustomModel(stack, "Model", source=SOURCE)
    assert rule_packs.findings(app) == set()


def test_a_jobs_own_resources_pass_where_the_bucket_is_another_stacks(app, stack):
    job(stack, s3.Bucket(cdk.Stack(app, "Data"), "Output"))
    assert found(app, "Models/") == set()


def test_what_a_user_allows_the_service_role_is_found(app, stack):
    bucket = s3.Bucket(stack, "Other")
    bucket.grant_read(job(stack, s3.Bucket(stack, "Output")))
    assert {rule.split("::")[-1].rstrip("]") for rule in found(app, "Models/Job/ServiceRole")} == {
        "s3:GetObject*",
        "s3:GetBucket*",
        "s3:List*",
        f"<{stack.get_logical_id(bucket.node.default_child)}.Arn>/*",
    }


def test_a_role_of_the_users_own_is_judged_as_ever(app, stack):
    role = iam.Role(stack, "Own", assumed_by=ModelCustomizationJob.service_principal(stack))
    job(stack, s3.Bucket(stack, "Output"), role=role)
    assert "HIPAA.Security-IAMNoInlinePolicy" in found(app, "Models/Own")


def test_another_wildcard_of_the_provider_would_be_found(app, stack):
    CustomModel(stack, "Model", source=SOURCE)
    ModelProvider.of(stack).allow(iam.PolicyStatement(actions=["s3:GetObject"], resources=["arn:aws:s3:::data/*"]))
    assert found(app, "Models/BedrockModelProvider") == {"AwsSolutions-IAM5[Resource::arn:aws:s3:::data/*]"}


def test_a_users_function_beside_the_provider_is_found(app, stack):
    CustomModel(stack, "Model", source=SOURCE)
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    lambda_.Function(stack, "Own", runtime=lambda_.Runtime.PYTHON_3_14, handler="index.handler", code=code)
    assert {"NIST.800.53.R5-LambdaDLQ", "HIPAA.Security-LambdaConcurrency"} <= found(app, "Models/Own")


def test_a_pack_that_is_added_the_way_cdk_nag_documents_lets_the_app_synthesize(app, stack):
    cdk.Validations.of(app).add_plugins(*rule_packs.packs(app))
    CustomModel(stack, "Model", source=SOURCE)
    assert app.synth().get_stack_artifact(stack.artifact_id)


def test_a_pack_that_is_added_that_way_stops_the_app_for_what_is_the_users(app, stack):
    from cdk_nag import AwsSolutionsChecks

    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    CustomModel(stack, "Model", source=SOURCE)
    s3.Bucket(stack, "Own")
    with pytest.raises(RuntimeError, match="AwsSolutions-S1"):
        app.synth()


def test_the_library_needs_no_rule_pack():
    for path in (rule_packs.ROOT / "constructs_lib").rglob("*.py"):
        imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import)]
        assert not [alias for node in imports for alias in node.names if "nag" in alias.name]
