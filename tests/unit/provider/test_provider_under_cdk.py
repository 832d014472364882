"""The CDK's own ways to change what stands in an app reach the provider, too."""

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import custom_resources
from constructs import IConstruct

from constructs_lib import CustomModel, ModelProvider, ModelSource
from tests.support.synth import allowed, creation_order, new_stack, resources, template_of

SOURCE = ModelSource.from_s3_uri("s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite/checkpoint/")
LOG_GROUP, ROLE, POLICY = "AWS::Logs::LogGroup", "AWS::IAM::Role", "AWS::IAM::Policy"
OWN = "BedrockModelProviderEventsRoleDefaultPolicy35FE9BF4"


@pytest.fixture
def stack() -> cdk.Stack:
    stack = new_stack()
    CustomModel(stack, "Model", source=SOURCE)
    return stack


def values(template: dict[str, Any], type: str, name: str) -> list[Any]:
    return [resource["Properties"].get(name) for resource in resources(template, type).values()]


@jsii.implements(cdk.IAspect)
class NamedByTheCompany:
    """What landing zones ask for: roles below a path, with a prefix."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, iam.CfnRole):
            node.path = "/company/"
            node.role_name = f"company-{node.stack.get_logical_id(node)}"


def test_aspects_put_every_role_below_a_path_and_under_a_prefix(stack):
    cdk.Aspects.of(stack.node.root).add(NamedByTheCompany())
    template = template_of(stack)
    assert set(values(template, ROLE, "Path")) == {"/company/"}
    assert all(name.startswith("company-") for name in values(template, ROLE, "RoleName"))


def test_a_permissions_boundary_bounds_every_role(stack):
    boundary = iam.ManagedPolicy.from_managed_policy_name(stack, "Boundary", "developers")
    iam.PermissionsBoundary.of(stack.node.root).apply(boundary)
    boundaries = values(template_of(stack), ROLE, "PermissionsBoundary")
    assert boundaries == [stack.resolve(boundary.managed_policy_arn)] * 4


def test_the_configuration_of_custom_resources_sets_the_retention_of_every_log_group(stack):
    config = custom_resources.CustomResourceConfig.of(stack.node.root)
    config.add_log_retention_lifetime(logs.RetentionDays.TEN_YEARS)
    assert values(template_of(stack), LOG_GROUP, "RetentionInDays") == [3653] * 3


def test_the_configuration_of_custom_resources_keeps_every_log_group(stack):
    custom_resources.CustomResourceConfig.of(stack.node.root).add_removal_policy(cdk.RemovalPolicy.RETAIN)
    groups = resources(template_of(stack), LOG_GROUP).values()
    assert [group["DeletionPolicy"] for group in groups] == ["Retain"] * 3


def test_the_configuration_of_custom_resources_sets_the_runtime_of_both_functions(stack):
    custom_resources.CustomResourceConfig.of(stack.node.root).add_lambda_runtime(lambda_.Runtime.PYTHON_3_12)
    assert values(template_of(stack), "AWS::Lambda::Function", "Runtime") == ["python3.12"] * 2


def test_a_runtime_of_another_language_is_not_for_these_functions(stack):
    custom_resources.CustomResourceConfig.of(stack.node.root).add_lambda_runtime(lambda_.Runtime.NODEJS_22_X)
    runtimes = values(template_of(stack), "AWS::Lambda::Function", "Runtime")
    assert all(runtime.startswith("python") for runtime in runtimes)


@pytest.mark.parametrize("type", ["AWS::Lambda::Function", "AWS::StepFunctions::StateMachine", LOG_GROUP, ROLE])
def test_tags_of_the_app_are_on_everything_that_can_have_them(stack, type):
    cdk.Tags.of(stack.node.root).add("team", "support")
    assert all({"Key": "team", "Value": "support"} in tags for tags in values(template_of(stack), type, "Tags"))


def test_removal_policies_of_the_app_keep_the_log_groups(stack):
    cdk.RemovalPolicies.of(stack.node.root).retain()
    groups = resources(template_of(stack), LOG_GROUP).values()
    assert {(group["DeletionPolicy"], group["UpdateReplacePolicy"]) for group in groups} == {("Retain", "Retain")}


def test_what_is_granted_to_the_events_role_stands_beside_the_providers_own_policy(stack):
    bucket = s3.Bucket(stack, "Bucket")
    bucket.grant_read(ModelProvider.of(stack).role)
    template = template_of(stack)
    before_the_function = template["Resources"]["BedrockModelProviderEvents"]["DependsOn"]
    assert len(resources(template, POLICY).keys() & set(before_the_function)) == 2
    assert "s3:GetObject*" in allowed(template, "EventsRole", "s3:GetBucket*")["Action"]
    creation_order(template)


def test_the_events_policy_is_the_one_that_deployed_stacks_have(stack):
    """IAM has no room for two of them, and CloudFormation makes what is new before it takes away what is old."""
    policy = template_of(stack)["Resources"][OWN]["Properties"]
    assert policy["PolicyName"] == OWN
    assert policy["Roles"] == [{"Ref": "BedrockModelProviderEventsRoleB5AB37C4"}]


def test_where_somebody_else_makes_the_roles_no_role_and_no_policy_is_made():
    app = cdk.App()
    paths = [f"Models/BedrockModelProvider/{name}" for name in ("EventsServiceRole", "PollRole", "WaiterRole")]
    roles = {path: path.replace("/", "-") for path in [*paths, *(f"Models/Model{n}/ServiceRole" for n in range(9))]}
    iam.Role.customize_roles(app, prevent_synthesis=True, use_precreated_roles=roles)
    stack = cdk.Stack(app, "Models")
    for number in range(9):
        CustomModel(stack, f"Model{number}", source=SOURCE)
    template = template_of(stack)
    assert not [each for each in template["Resources"].values() if "IAM" in each["Type"]]
    report = (Path(app.outdir) / "iam-policy-report.json").read_text()
    assert "iam:PassRole" in report
    assert "bedrock:CreateCustomModel" in report
