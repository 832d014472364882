"""ModelProvider.configure: whose settings hold, what they change, and what is refused."""

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import CustomModel, ModelProvider, ModelSource
from tests.support import apps
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

SOURCE = ModelSource.from_s3_uri("s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite/checkpoint/")
FUNCTION, WORKFLOW, LOG_GROUP = "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine", "AWS::Logs::LogGroup"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def with_model(stack: cdk.Stack) -> dict[str, Any]:
    CustomModel(stack, "Model", source=SOURCE)
    return template_of(stack)


def isolated_vpc(scope: cdk.Stack) -> ec2.Vpc:
    isolated = ec2.SubnetConfiguration(name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    return ec2.Vpc(scope, "Vpc", nat_gateways=0, max_azs=2, subnet_configuration=[isolated])


def retention(template: dict[str, Any]) -> set[int]:
    return {group["Properties"]["RetentionInDays"] for group in resources(template, LOG_GROUP).values()}


def properties(template: dict[str, Any], type: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in resources(template, type).values()]


class TestWaiter:
    """The workflow that looks again and again until somebody has answered."""

    @staticmethod
    def definition(stack: cdk.Stack) -> dict[str, Any]:
        return json.loads(text(only(with_model(stack), WORKFLOW)["DefinitionString"]))

    @pytest.mark.parametrize("state", ["Poll", "Abort"])
    def test_a_function_that_lambda_has_no_room_for_is_tried_for_half_an_hour(self, stack, state):
        no_room, failing = self.definition(stack)["States"][state]["Retry"]
        assert "Lambda.TooManyRequestsException" in no_room["ErrorEquals"]
        pauses = [
            min(no_room["IntervalSeconds"] * no_room["BackoffRate"] ** number, no_room["MaxDelaySeconds"])
            for number in range(no_room["MaxAttempts"])
        ]
        # With full jitter each takes half of it on the average.
        assert 25 * 60 <= sum(pauses) / 2 <= 35 * 60
        assert failing["ErrorEquals"] == ["States.ALL"]
        assert {no_room["JitterStrategy"], failing["JitterStrategy"]} == {"FULL"}

    def test_its_tasks_are_of_the_stacks_own_partition(self, stack):
        resources_of_tasks = {
            state["Resource"] for state in self.definition(stack)["States"].values() if state["Type"] == "Task"
        }
        assert resources_of_tasks == {"arn:<AWS::Partition>:states:::lambda:invoke"}

    def test_its_log_group_takes_no_room_in_the_accounts_resource_policy(self, stack):
        groups = [group.get("LogGroupName", "") for group in properties(with_model(stack), LOG_GROUP)]
        assert len([name for name in groups if text(name).startswith("/aws/vendedlogs/states/bedrock-models/")]) == 1


class TestNearestScope:
    def test_what_is_said_for_the_app_holds_in_every_stack(self):
        app = cdk.App()
        ModelProvider.of(app).configure(log_retention=logs.RetentionDays.ONE_YEAR)
        stacks = [cdk.Stack(app, "One"), cdk.Stack(cdk.Stage(app, "Production"), "Two")]
        for stack in stacks:
            CustomModel(stack, "Model", source=SOURCE)
        assert [retention(template_of(stack)) for stack in stacks] == [{365}, {365}]

    def test_each_setting_comes_from_the_nearest_scope_that_says_it(self):
        app = cdk.App()
        stage = cdk.Stage(app, "Production")
        stack = cdk.Stack(stage, "Models")
        ModelProvider.of(app).configure(log_retention=logs.RetentionDays.ONE_YEAR, reserved_concurrent_executions=3)
        ModelProvider.of(stage).configure(reserved_concurrent_executions=5, tracing=True)
        ModelProvider.of(stack).configure(log_retention=logs.RetentionDays.ONE_DAY)
        template = with_model(stack)
        assert retention(template) == {1}
        assert {function["ReservedConcurrentExecutions"] for function in properties(template, FUNCTION)} == {5}
        assert only(template, WORKFLOW)["TracingConfiguration"] == {"Enabled": True}

    def test_the_order_of_calls_does_not_matter(self):
        app = cdk.App()
        stack = cdk.Stack(app, "Models")
        ModelProvider.of(stack).configure(log_retention=logs.RetentionDays.ONE_DAY)
        ModelProvider.of(app).configure(log_retention=logs.RetentionDays.ONE_YEAR)
        assert retention(with_model(stack)) == {1}

    def test_a_nested_stack_takes_what_is_said_for_its_parent(self, stack):
        ModelProvider.of(stack).configure(log_retention=logs.RetentionDays.ONE_DAY)
        nested = cdk.NestedStack(stack, "Nested")
        CustomModel(nested, "Model", source=SOURCE)
        group = nested.node.find_child("BedrockModelProvider").node.find_child("EventsLog").node.default_child
        assert isinstance(group, logs.CfnLogGroup)
        assert group.retention_in_days == 1

    def test_one_stack_can_end_what_the_app_began(self):
        app = cdk.App()
        ModelProvider.of(app).configure(tracing=True)
        stack = cdk.Stack(app, "Models")
        ModelProvider.of(stack).configure(tracing=False)
        template = with_model(stack)
        assert "TracingConfiguration" not in only(template, WORKFLOW)
        assert "xray" not in str(statements(template, "BedrockModelProvider"))

    def test_a_second_call_adds_to_the_first(self, stack):
        ModelProvider.of(stack).configure(log_retention=logs.RetentionDays.ONE_DAY)
        ModelProvider.of(stack).configure(tracing=True)
        template = with_model(stack)
        assert retention(template) == {1}
        assert "TracingConfiguration" in only(template, WORKFLOW)

    def test_the_subnets_of_a_wider_scope_do_not_go_with_a_nearer_vpc(self):
        app = cdk.App()
        network = cdk.Stack(app, "Network")
        wide, near = isolated_vpc(network), ec2.Vpc(network, "Near", max_azs=2)
        ModelProvider.of(app).configure(vpc=wide, vpc_subnets=ec2.SubnetSelection(subnets=[wide.isolated_subnets[0]]))
        stack = cdk.Stack(app, "Models")
        ModelProvider.of(stack).configure(vpc=near)
        subnets = properties(with_model(stack), FUNCTION)[0]["VpcConfig"]["SubnetIds"]
        assert all("NearPrivateSubnet" in str(subnet) for subnet in subnets)

    def test_a_stack_that_is_only_configured_gets_no_resources(self, stack):
        ModelProvider.of(stack).configure(tracing=True)
        assert "Resources" not in template_of(stack)


class TestRefusals:
    @pytest.mark.parametrize("scope", ["app", "stack"])
    def test_settings_come_before_the_first_model(self, stack, scope):
        CustomModel(stack, "Model", source=SOURCE)
        with pytest.raises(ValueError, match=r"before the first model.*got 'Models/BedrockModelProvider'; call"):
            ModelProvider.of(stack.node.root if scope == "app" else stack).configure(tracing=True)

    def test_another_stack_may_still_be_configured(self, stack):
        CustomModel(stack, "Model", source=SOURCE)
        other = cdk.Stack(stack.node.root, "Other")
        ModelProvider.of(other).configure(log_retention=logs.RetentionDays.ONE_DAY)
        assert retention(with_model(other)) == {1}

    @pytest.mark.parametrize(
        ("setting", "rule"),
        [
            ({"vpc": "vpc-123"}, "vpc must be"),
            ({"encryption_key": KEY_ARN}, "encryption_key must be"),
            ({"log_retention": 90}, "log_retention must be a RetentionDays, got 90"),
            ({"tracing": "Active"}, "tracing must be True or False, got"),
            ({"reserved_concurrent_executions": 0}, "reserved_concurrent_executions must be a whole number from 1"),
            ({"reserved_concurrent_executions": True}, "reserved_concurrent_executions must be a whole number, got"),
            ({"vpc_subnets": ec2.SubnetSelection()}, "vpc_subnets goes with vpc, got 'no vpc'; give vpc"),
            ({"security_groups": []}, "security_groups goes with vpc"),
        ],
    )
    def test_what_can_not_be_meant_is_refused_where_it_is_said(self, setting, rule):
        with pytest.raises(ValueError, match=rule):
            ModelProvider.of(cdk.App()).configure(**setting)

    def test_public_subnets_lead_nowhere(self, stack):
        vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
        with pytest.raises(ValueError, match="vpc_subnets must not be public"):
            ModelProvider.of(stack).configure(
                vpc=vpc, vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
            )

    def test_an_empty_list_of_security_groups_is_none_at_all(self, stack):
        with pytest.raises(ValueError, match="security_groups must have 1 to 5 entries"):
            ModelProvider.of(stack).configure(vpc=isolated_vpc(stack), security_groups=[])

    def test_a_key_can_not_be_an_alias(self, stack):
        alias = kms.Key(stack, "Key").add_alias("models")
        with pytest.raises(ValueError, match="encryption_key must be a key"):
            ModelProvider.of(stack).configure(encryption_key=alias)

    def test_a_model_needs_a_stack(self):
        with pytest.raises(ValueError, match="stand in a stack"):
            ModelProvider.of(cdk.App()).service_token  # noqa: B018  to read it is what is refused


class TestVpc:
    def test_both_functions_stand_in_the_private_subnets_and_may_reach_https_only(self, stack):
        ModelProvider.of(stack).configure(vpc=isolated_vpc(stack))
        template = with_model(stack)
        group = only(template, "AWS::EC2::SecurityGroup")
        [rule] = group["SecurityGroupEgress"]
        assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("0.0.0.0/0", 443, 443)
        assert "SecurityGroupIngress" not in group
        for function in (one for one in properties(template, FUNCTION) if "provider" in one["Description"]):
            assert len(function["VpcConfig"]["SubnetIds"]) == 2
            assert "BedrockModelProviderSecurityGroup" in str(function["VpcConfig"]["SecurityGroupIds"])

    def test_given_subnets_and_security_groups_are_used(self, stack):
        vpc = isolated_vpc(stack)
        group = ec2.SecurityGroup(stack, "Own", vpc=vpc)
        subnets = ec2.SubnetSelection(subnets=[vpc.isolated_subnets[0]])
        ModelProvider.of(stack).configure(vpc=vpc, vpc_subnets=subnets, security_groups=[group])
        template = with_model(stack)
        placed = template["Resources"]["BedrockModelProviderEvents"]["Properties"]["VpcConfig"]
        assert len(placed["SubnetIds"]) == 1
        assert "Own" in str(placed["SecurityGroupIds"])
        assert len(resources(template, "AWS::EC2::SecurityGroup")) == 1

    @pytest.mark.parametrize("role", ["EventsRole", "PollRole"])
    def test_the_roles_may_have_network_interfaces_made_and_no_logs_of_any_group(self, stack, role):
        ModelProvider.of(stack).configure(vpc=isolated_vpc(stack))
        template = with_model(stack)
        actions = allowed(template, f"BedrockModelProvider{role}", "ec2:CreateNetworkInterface")["Action"]
        assert {action for action in actions if action.startswith("ec2:")} - {"ec2:DescribeSecurityGroups"} == {
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        }
        assert "logs:CreateLogGroup" not in str(statements(template, f"BedrockModelProvider{role}"))

    def test_the_functions_come_after_endpoints_even_of_later_lines(self, stack):
        vpc = isolated_vpc(stack)
        ModelProvider.of(stack).configure(vpc=vpc)
        CustomModel(stack, "Model", source=SOURCE)
        vpc.add_interface_endpoint("Bedrock", service=ec2.InterfaceVpcEndpointAwsService.BEDROCK)
        ec2.GatewayVpcEndpoint(stack, "S3", vpc=vpc, service=ec2.GatewayVpcEndpointAwsService.S3)
        template = template_of(stack)
        endpoints = set(resources(template, "AWS::EC2::VPCEndpoint"))
        assert len(endpoints) == 2
        assert endpoints <= set(template["Resources"]["BedrockModelProviderEvents"]["DependsOn"])
        creation_order(template)

    def test_the_functions_come_after_the_routes_to_nat(self, stack):
        ModelProvider.of(stack).configure(vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        depends = with_model(stack)["Resources"]["BedrockModelProviderEvents"]["DependsOn"]
        assert any("PrivateSubnet1DefaultRoute" in name for name in depends)

    def test_endpoints_of_another_vpc_are_not_waited_for(self, stack):
        ModelProvider.of(stack).configure(vpc=isolated_vpc(stack))
        other = ec2.Vpc(stack, "Other", max_azs=1)
        other.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        assert "OtherS3" not in str(with_model(stack)["Resources"]["BedrockModelProviderEvents"]["DependsOn"])


class TestWayOut:
    """Whether the functions can answer at all, as far as a VPC of the app tells."""

    @staticmethod
    def warned(stack: cdk.Stack) -> list[str]:
        CustomModel(stack, "Model", source=SOURCE)
        return [each for each in warnings(stack) if "noWayOut" in each]

    def test_isolated_subnets_without_endpoints_are_a_warning_that_names_them(self, stack):
        vpc = isolated_vpc(stack)
        ModelProvider.of(stack).configure(vpc=vpc)
        vpc.add_interface_endpoint("States", service=ec2.InterfaceVpcEndpointAwsService.STEP_FUNCTIONS)
        [warning] = self.warned(stack)
        assert "no endpoint for bedrock, cloudformation, s3" in warning

    def test_endpoints_of_a_later_line_count(self, stack):
        vpc = isolated_vpc(stack)
        ModelProvider.of(stack).configure(vpc=vpc)
        CustomModel(stack, "Earlier", source=SOURCE)
        service = ec2.InterfaceVpcEndpointAwsService
        for name in ("BEDROCK", "STEP_FUNCTIONS", "CLOUDFORMATION"):
            vpc.add_interface_endpoint(name, service=getattr(service, name))
        vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        assert self.warned(stack) == []

    def test_the_endpoint_for_invoking_models_is_another_one(self, stack):
        vpc = isolated_vpc(stack)
        ModelProvider.of(stack).configure(vpc=vpc)
        vpc.add_interface_endpoint("Runtime", service=ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME)
        assert "for bedrock, states" in self.warned(stack)[0]

    @pytest.mark.parametrize("way", ["nat", "transit gateway", "looked up", "one subnet of two"])
    def test_a_way_out_or_one_that_is_not_known_is_silent(self, stack, way):
        vpc: ec2.IVpc = ec2.Vpc(stack, "Open", max_azs=1) if way == "nat" else isolated_vpc(stack)
        if way == "looked up":
            subnets = ["subnet-1", "subnet-2"]
            vpc = ec2.Vpc.from_vpc_attributes(
                stack, "Known", vpc_id="vpc-1", availability_zones=["a", "b"], isolated_subnet_ids=subnets
            )
        closed = vpc.isolated_subnets[:1] if way == "one subnet of two" else vpc.isolated_subnets
        for subnet in closed if way in ("transit gateway", "one subnet of two") else ():
            ec2.CfnRoute(
                stack,
                f"Route{subnet.node.id}",
                route_table_id=subnet.route_table.route_table_id,
                destination_cidr_block="0.0.0.0/0",
                transit_gateway_id="tgw-1",
            )
        ModelProvider.of(stack).configure(vpc=vpc)
        assert self.warned(stack) == []


class TestEncryptionKey:
    def test_environment_executions_and_logs_are_under_the_key(self, stack):
        key = kms.Key(stack, "Key")
        ModelProvider.of(stack).configure(encryption_key=key)
        template = with_model(stack)
        arn = stack.resolve(key.key_arn)
        assert [function["KmsKeyArn"] for function in properties(template, FUNCTION)] == [arn, arn]
        assert [group["KmsKeyId"] for group in properties(template, LOG_GROUP)] == [arn] * 3
        assert only(template, WORKFLOW)["EncryptionConfiguration"] == {
            "Type": "CUSTOMER_MANAGED_KMS_KEY",
            "KmsKeyId": arn,
            "KmsDataKeyReusePeriodSeconds": 900,
        }
        creation_order(template)

    @pytest.mark.parametrize("role", ["EventsRole", "WaiterRole"])
    def test_executions_are_opened_by_the_waiter_and_by_who_starts_them_and_for_this_waiter_only(self, stack, role):
        ModelProvider.of(stack).configure(encryption_key=kms.Key(stack, "Key"))
        template = with_model(stack)
        [waiter] = resources(template, WORKFLOW)
        context = {"kms:EncryptionContext:aws:states:stateMachineArn": {"Ref": waiter}}
        [use] = [one for one in statements(template, role) if one.get("Condition") == {"StringEquals": context}]
        assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]

    @pytest.mark.parametrize("role", ["EventsRole", "PollRole"])
    def test_the_functions_open_their_environment_through_lambda_only(self, stack, role):
        ModelProvider.of(stack).configure(encryption_key=kms.Key(stack, "Key"))
        [use] = [one for one in statements(with_model(stack), role) if "kms:ViaService" in str(one)]
        assert use["Action"] == "kms:Decrypt"
        assert text(use["Condition"]["StringEquals"]["kms:ViaService"]) == "lambda.<AWS::Region>.amazonaws.com"

    def test_the_waiter_may_hand_its_log_lines_over(self, stack):
        ModelProvider.of(stack).configure(encryption_key=kms.Key(stack, "Key"))
        [use] = [one for one in statements(with_model(stack), "WaiterRole") if "SourceArn" in str(one)]
        assert use["Action"] == "kms:GenerateDataKey"
        source = text(use["Condition"]["StringEquals"]["kms:EncryptionContext:SourceArn"])
        assert source == "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:*"

    def test_the_keys_policy_lets_cloudwatch_logs_in_for_log_groups_of_this_account(self, stack):
        ModelProvider.of(stack).configure(encryption_key=kms.Key(stack, "Key"))
        [_, groups, delivery] = only(with_model(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        assert text(groups["Principal"]["Service"]) == "logs.<AWS::Region>.amazonaws.com"
        arn = text(groups["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
        assert arn == "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:*"
        assert delivery["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
        assert delivery["Action"] == "kms:Decrypt"

    def test_a_key_of_another_stack_names_no_role_of_this_one(self):
        app = cdk.App()
        data = cdk.Stack(app, "Data")
        key = kms.Key(data, "Key")
        ModelProvider.of(app).configure(encryption_key=key)
        stacks = [cdk.Stack(app, "One"), cdk.Stack(app, "Two")]
        for stack in stacks:
            CustomModel(stack, "Model", source=SOURCE)
        policy = only(template_of(data), "AWS::KMS::Key")["KeyPolicy"]
        assert len(policy["Statement"]) == 3
        assert "Role" not in str(policy)

    def test_an_imported_keys_owner_is_told_the_statements(self, stack):
        ModelProvider.of(stack).configure(encryption_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN))
        with_model(stack)
        [warning] = [text for text in warnings(stack) if "importedProviderKey" in text]
        assert "delivery.logs.amazonaws.com" in warning
        assert "kms:EncryptionContext:aws:logs:arn" in warning


class TestTracing:
    def test_functions_and_workflow_are_traced(self, stack):
        ModelProvider.of(stack).configure(tracing=True)
        template = with_model(stack)
        assert {function["TracingConfig"]["Mode"] for function in properties(template, FUNCTION)} == {"Active"}
        assert only(template, WORKFLOW)["TracingConfiguration"] == {"Enabled": True}
        for role in ("EventsRole", "PollRole", "WaiterRole"):
            assert "xray:PutTraceSegments" in str(statements(template, f"BedrockModelProvider{role}"))


@pytest.fixture(scope="module")
def before_and_after() -> tuple[dict[str, Any], dict[str, Any]]:
    """One stack, first with nothing configured, then with everything."""
    templates = []
    for configured in (False, True):
        app = cdk.App()
        network, stack = cdk.Stack(app, "Network"), cdk.Stack(app, "Models")
        if configured:
            ModelProvider.of(app).configure(
                vpc=isolated_vpc(network),
                encryption_key=kms.Key(network, "Key"),
                log_retention=logs.RetentionDays.ONE_YEAR,
                reserved_concurrent_executions=10,
                tracing=True,
            )
        templates.append(with_model(stack))
    return templates[0], templates[1]


class TestLater:
    """A stack that is deployed takes up every setting: CloudFormation never lets a ServiceToken change."""

    def test_no_changed_property_replaces_its_resource(self, before_and_after):
        before, after = (template["Resources"] for template in before_and_after)
        assert before.keys() - after.keys() == set()
        changed = {
            (one["Type"], name)
            for logical_id, one in before.items()
            for name in {**one["Properties"], **after[logical_id]["Properties"]}
            if one["Properties"].get(name) != after[logical_id]["Properties"].get(name)
        }
        assert changed == {
            *((FUNCTION, name) for name in ("KmsKeyArn", "VpcConfig", "TracingConfig", "ReservedConcurrentExecutions")),
            *((WORKFLOW, name) for name in ("EncryptionConfiguration", "TracingConfiguration")),
            *((LOG_GROUP, name) for name in ("KmsKeyId", "RetentionInDays")),
            ("AWS::IAM::Policy", "PolicyDocument"),
        }
        assert [(kind, name) for kind, name in changed if f"/properties/{name}" in _create_only(kind)] == []

    def test_only_a_security_group_is_new(self, before_and_after):
        before, after = (template["Resources"] for template in before_and_after)
        assert [after[name]["Type"] for name in after.keys() - before.keys()] == ["AWS::EC2::SecurityGroup"]

    def test_cloudformation_would_take_it(self, before_and_after):
        assert apps.findings(before_and_after[1]) == []


def _create_only(type: str) -> list[str]:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
    return list(schema.get("createOnlyProperties", []))
