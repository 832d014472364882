"""What deployments and throughput have in common: who may invoke them, what is measured, and who takes them for a
model."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib import CustomModel, CustomModelDeployment, ProvisionedModelThroughput
from tests.support.synth import new_stack, resources, statements, template_of, text

MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ARNS = {
    "deployment": "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc123def456",
    "throughput": "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123def456",
}

Make = Callable[[cdk.Stack, kms.IKey | None], Any]


def _model(stack: cdk.Stack, key: kms.IKey | None) -> Any:
    return CustomModel.from_custom_model_attributes(stack, "Model", custom_model_arn=MODEL_ARN, encryption_key=key)


MADE: dict[str, Make] = {
    "deployment": lambda stack, key: CustomModelDeployment(stack, "Served", custom_model=_model(stack, key)),
    "throughput": lambda stack, key: ProvisionedModelThroughput(stack, "Served", model=_model(stack, key)),
}
IMPORTED: dict[str, Make] = {
    "deployment": lambda stack, key: CustomModelDeployment.from_custom_model_deployment_attributes(
        stack, "Served", custom_model_deployment_arn=ARNS["deployment"], encryption_key=key
    ),
    "throughput": lambda stack, key: ProvisionedModelThroughput.from_provisioned_model_attributes(
        stack, "Served", provisioned_model_arn=ARNS["throughput"], encryption_key=key
    ),
}
BOTH = pytest.mark.parametrize("kind", list(ARNS))
ALL = pytest.mark.parametrize(
    "make",
    [
        pytest.param(make, id=f"{way} {kind}")
        for way, some in (("made", MADE), ("imported", IMPORTED))
        for kind, make in some.items()
    ],
)


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def caller(stack: cdk.Stack) -> iam.Role:
    return iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))


class TestGrant:
    @ALL
    def test_a_caller_may_invoke_exactly_this_and_nothing_else(self, stack, make):
        served = make(stack, None)
        served.grant_invoke(caller(stack))
        (statement,) = statements(template_of(stack), "Caller")
        assert statement == {
            "Action": ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"],
            "Effect": "Allow",
            "Resource": stack.resolve(served.model_arn),
        }

    @BOTH
    def test_a_models_key_may_be_used_through_bedrock_only(self, stack, kind):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        MADE[kind](stack, key).grant_invoke(caller(stack))
        _, decrypting = statements(template_of(stack), "Caller")
        assert (decrypting["Action"], decrypting["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], KEY_ARN)
        via = decrypting["Condition"]["StringEquals"]["kms:ViaService"]
        assert text(via) == "bedrock.<AWS::Region>.amazonaws.com"

    @BOTH
    def test_the_service_is_that_of_an_imported_ones_region(self, stack, kind):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        IMPORTED[kind](stack, key).grant_invoke(caller(stack))
        _, decrypting = statements(template_of(stack), "Caller")
        assert decrypting["Condition"]["StringEquals"]["kms:ViaService"] == "bedrock.us-east-1.amazonaws.com"

    @BOTH
    def test_no_statement_of_the_key_names_the_caller(self, kind):
        app = cdk.App()
        serving, calling = cdk.Stack(app, "Serving"), cdk.Stack(app, "Calling")
        served = MADE[kind](serving, kms.Key(serving, "Key"))
        served.grant_invoke(caller(calling))
        template = app.synth().get_stack_by_name("Serving").template
        (key,) = resources(template, "AWS::KMS::Key").values()
        assert "Caller" not in json.dumps(key)

    @BOTH
    def test_the_grant_says_that_it_succeeded(self, stack, kind):
        served = MADE[kind](stack, None)
        assert served.grant_invoke(caller(stack)).success

    @BOTH
    def test_a_function_is_a_grantee(self, stack, kind):
        function = lambda_.Function(
            stack,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline("def handler(event, context): ..."),
        )
        MADE[kind](stack, None).grant_invoke(function)
        assert any("bedrock:InvokeModel" in s["Action"] for s in statements(template_of(stack), "Function"))


@ALL
def test_step_functions_takes_it_for_a_model_and_may_invoke_it(stack, make):
    served = make(stack, None)
    task = tasks.BedrockInvokeModel(stack, "Invoke", model=served, body=sfn.TaskInput.from_object({}))
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
    template = template_of(stack)
    arn = stack.resolve(served.model_arn)
    (definition,) = [
        machine["Properties"]["DefinitionString"]
        for name, machine in resources(template, "AWS::StepFunctions::StateMachine").items()
        if name.startswith("Machine")
    ]
    assert (arn if isinstance(arn, str) else arn["Fn::GetAtt"][1]) in json.dumps(definition)
    (statement,) = statements(template, "MachineRole")
    assert (statement["Action"], statement["Resource"]) == ("bedrock:InvokeModel", arn)


class TestMetrics:
    @pytest.mark.parametrize(
        ("method", "name", "statistic"),
        [
            ("metric_invocations", "Invocations", "Sum"),
            ("metric_client_errors", "InvocationClientErrors", "Sum"),
            ("metric_server_errors", "InvocationServerErrors", "Sum"),
            ("metric_throttles", "InvocationThrottles", "Sum"),
            ("metric_latency", "InvocationLatency", "Average"),
        ],
    )
    @BOTH
    def test_each_is_bedrocks_own_under_the_arn_that_is_invoked(self, stack, kind, method, name, statistic):
        served = MADE[kind](stack, None)
        metric = getattr(served, method)()
        assert (metric.namespace, metric.metric_name, metric.statistic) == ("AWS/Bedrock", name, statistic)
        assert metric.dimensions == {"ModelId": served.model_arn}
        assert metric.period.to_seconds() == 300
        assert metric.unit is None

    @BOTH
    def test_another_statistic_period_and_label_are_taken(self, stack, kind):
        served = MADE[kind](stack, None)
        metric = served.metric_latency(statistic="p99", period=cdk.Duration.minutes(1), label="slowest")
        assert (metric.statistic, metric.period.to_seconds(), metric.label) == ("p99", 60, "slowest")

    @BOTH
    def test_any_other_metric_of_bedrock_has_a_way_too(self, stack, kind):
        metric = MADE[kind](stack, None).metric("OutputTokenCount", color="#ff0000")
        assert (metric.metric_name, metric.statistic, metric.color) == ("OutputTokenCount", "Sum", "#ff0000")

    @BOTH
    def test_an_imported_one_is_measured_in_its_own_region(self, stack, kind):
        metric = IMPORTED[kind](stack, None).metric_invocations()
        assert (metric.region, metric.account) == ("us-east-1", "123456789012")

    @BOTH
    def test_one_made_here_is_measured_where_it_is(self, stack, kind):
        metric = MADE[kind](stack, None).metric_invocations()
        assert (metric.region, metric.account) == (None, None)


class TestAlarms:
    @BOTH
    def test_one_line_switches_on_errors_and_throttles(self, stack, kind):
        alarms = MADE[kind](stack, None).add_alarms()
        rendered = [alarm["Properties"] for alarm in resources(template_of(stack), "AWS::CloudWatch::Alarm").values()]
        assert len(alarms) == len(rendered) == 3
        assert {alarm["MetricName"] for alarm in rendered} == {
            "InvocationServerErrors",
            "InvocationClientErrors",
            "InvocationThrottles",
        }
        for alarm in rendered:
            assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["Period"]) == (1, 1, 300)
            assert alarm["TreatMissingData"] == "notBreaching"
            assert "AlarmActions" not in alarm

    @BOTH
    def test_a_topic_is_told_by_each(self, stack, kind):
        MADE[kind](stack, None).add_alarms(topic=sns.Topic(stack, "Topic"))
        rendered = resources(template_of(stack), "AWS::CloudWatch::Alarm").values()
        assert all(len(alarm["Properties"]["AlarmActions"]) == 1 for alarm in rendered)

    @BOTH
    def test_a_second_topic_is_told_by_the_same_alarms(self, stack, kind):
        made = MADE[kind](stack, None)
        first = made.add_alarms(topic=sns.Topic(stack, "Team"))
        assert made.add_alarms(topic=sns.Topic(stack, "OnCall")) == first
        rendered = resources(template_of(stack), "AWS::CloudWatch::Alarm").values()
        assert [len(alarm["Properties"]["AlarmActions"]) for alarm in rendered] == [2, 2, 2]

    @BOTH
    def test_a_long_path_fits_into_the_description(self, kind):
        scope: Any = new_stack()
        stack = scope
        for level in range(9):
            scope = Construct(scope, f"{level}" * 200)
        MADE[kind](scope, None).add_alarms()
        for alarm in resources(template_of(stack), "AWS::CloudWatch::Alarm").values():
            assert len(alarm["Properties"]["AlarmDescription"]) <= 1024

    @BOTH
    def test_an_imported_one_can_be_watched_too(self, kind):
        stack = new_stack(env=cdk.Environment(region="us-east-1", account="123456789012"))
        IMPORTED[kind](stack, None).add_alarms()
        alarms = resources(template_of(stack), "AWS::CloudWatch::Alarm")
        assert len(alarms) == 3
        assert ARNS[kind] in json.dumps(alarms)


@ALL
def test_the_widgets_fill_a_row_of_a_dashboard(stack, make):
    dashboard = cloudwatch.Dashboard(stack, "Dashboard")
    dashboard.add_widgets(*make(stack, None).dashboard_widgets())
    (rendered,) = resources(template_of(stack), "AWS::CloudWatch::Dashboard").values()
    body = text(rendered["Properties"]["DashboardBody"])
    assert body.count('"width":12') == 2
    for name in ("Invocations", "InvocationClientErrors", "InvocationServerErrors", "InvocationThrottles", "p99"):
        assert f'"{name}"' in body
    assert "Milliseconds" in body
