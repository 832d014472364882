"""What a model check renders, allows and refuses."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import (
    CheckData,
    CheckScore,
    CustomModel,
    CustomModelDeployment,
    ICustomModel,
    ICustomModelDeployment,
    ModelCheck,
    ModelProvider,
    OutputData,
)
from tests.support.synth import resources, template_of, text

CHECK, MACHINES = "Custom::BedrockModelCheck", "AWS::StepFunctions::StateMachine"
ACCOUNT = "123456789012"
MODEL = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model/amazon.nova-lite-v1:0:300k/abc123def456"
CANDIDATE = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model-deployment/abc123def456"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:judge"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:judge"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Models", env=cdk.Environment(account=ACCOUNT, region="us-east-1"))


@pytest.fixture
def model(stack: cdk.Stack) -> ICustomModel:
    key = kms.Key.from_key_arn(stack, "ModelKey", KEY)
    return CustomModel.from_custom_model_attributes(stack, "Model", custom_model_arn=MODEL, encryption_key=key)


@pytest.fixture
def candidate(stack: cdk.Stack) -> ICustomModelDeployment:
    key = kms.Key.from_key_arn(stack, "CandidateKey", KEY)
    return CustomModelDeployment.from_custom_model_deployment_attributes(
        stack, "Candidate", custom_model_deployment_arn=CANDIDATE, encryption_key=key
    )


@pytest.fixture
def function(stack: cdk.Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(stack, "Judge", FUNCTION)


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    return written(tmp_path, {"prompt": "2+2?", "completion": "4"})


def written(folder: Path, *records: Mapping[str, Any]) -> Path:
    file = folder / "golden.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return file


def statements_of(template: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    return [
        statement
        for name, found in resources(template, "AWS::IAM::Policy").items()
        if name.startswith(policy)
        for statement in found["Properties"]["PolicyDocument"]["Statement"]
    ]


def check_resource(template: dict[str, Any]) -> dict[str, Any]:
    [resource] = resources(template, CHECK).values()
    return dict(resource["Properties"])


def test_losses_need_neither_function_nor_state_machine(stack: cdk.Stack, model: ICustomModel) -> None:
    ModelCheck(stack, "Check", custom_model=model, max_training_loss=2, max_validation_loss=0.00001)

    template = template_of(stack)

    properties = check_resource(template)
    assert properties["RunInputs"] == {
        "modelArn": MODEL,
        "maxTrainingLoss": "2",
        "maxValidationLoss": "0.00001",
    }
    assert "Request" not in properties["Settings"]
    assert len(resources(template, MACHINES)) == 1


def test_the_model_that_has_passed_comes_out_of_the_wait(stack: cdk.Stack, model: ICustomModel) -> None:
    check = ModelCheck(stack, "Check", custom_model=model, max_training_loss=2)
    live = CustomModelDeployment(stack, "Live", custom_model=check.custom_model)

    [deployment] = resources(template_of(stack), "Custom::BedrockCustomModelDeployment").values()

    [[wait, attribute]] = deployment["Properties"]["Settings"]["Request"]["modelArn"].values()
    assert (wait.startswith("CheckReady"), attribute) == (True, "ModelArn")
    assert live.encryption_key is not None
    assert live.encryption_key.key_arn == KEY


def test_the_function_that_asks_may_ask_exactly_the_candidate(
    stack: cdk.Stack, model: ICustomModel, candidate: ICustomModelDeployment, golden: Path
) -> None:
    report = OutputData.to_s3_uri("s3://reports/checks")
    ModelCheck(
        stack, "Check", custom_model=model, invoke=candidate, records=CheckData.from_asset(golden), report=report
    )

    allowed = {
        (action, json.dumps(statement["Resource"]))
        for statement in statements_of(template_of(stack), "CheckRunnerRole")
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }

    by_action: dict[str, set[str]] = {}
    for action, resource in allowed:
        by_action.setdefault(action, set()).add(resource)
    assert by_action["bedrock:InvokeModel"] == {json.dumps(CANDIDATE)}
    assert by_action["kms:Decrypt"] == by_action["kms:GenerateDataKey"] == {json.dumps(KEY)}
    assert all("reports/checks/*" in resource for resource in by_action["s3:PutObject"])
    assert not any(action.startswith("lambda:") for action in by_action)


def test_another_record_is_another_check_and_another_rate_is_not(
    stack: cdk.Stack, model: ICustomModel, candidate: ICustomModelDeployment, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    first = written(one, {"prompt": "q", "completion": "a"})
    second = written(two, {"prompt": "q", "completion": "b"})
    given = [
        CheckData.from_asset(first),
        CheckData.from_asset(first, requests_per_minute=4),
        CheckData.from_asset(first, min_score=0.5),
        CheckData.from_asset(first, score=CheckScore.CONTAINS),
        CheckData.from_asset(second),
    ]
    for number, records in enumerate(given):
        ModelCheck(stack, f"Check{number}", custom_model=model, invoke=candidate, records=records)

    checks = resources(template_of(stack), CHECK)

    inputs = {
        resource["Properties"]["Settings"]["Path"]: json.dumps(resource["Properties"]["RunInputs"])
        for resource in checks.values()
    }
    assert inputs["Check0"] == inputs["Check1"]
    assert len(set(inputs.values())) == 4


def test_a_payload_keeps_its_types(stack: cdk.Stack, model: ICustomModel, function: lambda_.IFunction) -> None:
    ModelCheck(stack, "Check", custom_model=model, function=function, payload={"n": 3, "strict": True, "of": ["a"]})

    request = check_resource(template_of(stack))["Settings"]["Request"]

    assert json.loads(request["input"]) == {"payload": {"n": 3, "strict": True, "of": ["a"]}}


def test_a_state_machine_is_run_to_its_end(stack: cdk.Stack, model: ICustomModel) -> None:
    machine = sfn.StateMachine.from_state_machine_arn(stack, "Judge", MACHINE)
    ModelCheck(stack, "Check", custom_model=model, state_machine=machine)

    statements = statements_of(template_of(stack), "CheckStateMachineRolePermissions")

    assert [statement["Action"] for statement in statements] == [
        "states:StartExecution",
        ["states:DescribeExecution", "states:StopExecution"],
        ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
    ]
    assert statements[0]["Resource"] == MACHINE
    assert text(statements[1]["Resource"]).endswith(":execution:judge:*")


def test_the_provider_starts_the_checks_of_its_own_stack_alone(
    stack: cdk.Stack, model: ICustomModel, function: lambda_.IFunction
) -> None:
    ModelCheck(stack, "One", custom_model=model, function=function)
    ModelCheck(stack, "Two", custom_model=model, function=function, payload={"n": 1})
    template = template_of(stack)

    started = [
        statement["Resource"]
        for statement in statements_of(template, "BedrockModelProviderEvents")
        if statement["Action"] == "states:StartExecution"
    ]

    [resource] = started
    unique = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    assert resource["Fn::Join"][1][-2:] == [unique, "-*"]
    names = [
        machine["Properties"]["StateMachineName"]["Fn::Join"][1]
        for machine in resources(template, MACHINES).values()
        if "StateMachineName" in machine["Properties"]
    ]
    assert len({json.dumps(name) for name in names}) == 2
    assert all(name[:2] == ["BedrockModelCheck-", unique] for name in names)


def test_executions_are_encrypted_with_the_providers_key(
    stack: cdk.Stack, model: ICustomModel, function: lambda_.IFunction
) -> None:
    key = kms.Key(stack, "ProviderKey")
    ModelProvider.of(stack).configure(encryption_key=key)
    ModelCheck(stack, "Check", custom_model=model, function=function)

    template = template_of(stack)

    machines = resources(template, MACHINES).values()
    assert all("EncryptionConfiguration" in machine["Properties"] for machine in machines)
    contexts = [
        operator
        for statement in statements_of(template, "BedrockModelProviderEvents")
        for operator, context in statement.get("Condition", {}).items()
        if "kms:EncryptionContext:aws:states:stateMachineArn" in context
    ]
    assert sorted(contexts) == ["StringEquals", "StringLike"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "a check must have something to check"),
        ({"records": True}, "records must have something to ask"),
        ({"state_machine": True, "function": True}, "a state_machine does the whole check"),
        ({"state_machine": True, "records": True, "invoke": True}, "a state_machine does the whole check"),
        ({"max_training_loss": 1, "payload": {"a": 1}}, "payload is for a function or a state_machine"),
        ({"function": True, "report": True}, "a report is of records"),
        ({"max_training_loss": -1}, "max_training_loss must be a number from 0"),
        ({"max_validation_loss": "2"}, "max_validation_loss must be"),
        ({"max_training_loss": True}, "max_training_loss must be"),
        ({"function": FUNCTION}, "function must be"),
        ({"custom_model": MODEL, "max_training_loss": 1}, "custom_model must be"),
        ({"max_training_loss": 1, "timeout": cdk.Duration.days(15)}, "timeout must be above zero and at most 14 days"),
    ],
)
def test_what_does_not_go_together_is_refused(
    *,
    stack: cdk.Stack,
    model: ICustomModel,
    candidate: ICustomModelDeployment,
    function: lambda_.IFunction,
    golden: Path,
    arguments: dict[str, Any],
    message: str,
) -> None:
    meant = {
        "records": CheckData.from_asset(golden),
        "invoke": candidate,
        "function": function,
        "state_machine": sfn.StateMachine.from_state_machine_arn(stack, "Machine", MACHINE),
        "report": OutputData.to_s3_uri("s3://reports/checks"),
    }
    given = {name: meant[name] if value is True and name in meant else value for name, value in arguments.items()}

    with pytest.raises(ValueError, match=message):
        ModelCheck(stack, "Check", **{"custom_model": model, **given})
    assert stack.node.try_find_child("Check") is None


def test_a_score_and_a_function_are_one_too_many(
    stack: cdk.Stack, model: ICustomModel, candidate: ICustomModelDeployment, function: lambda_.IFunction, golden: Path
) -> None:
    records = CheckData.from_asset(golden, score=CheckScore.CONTAINS)

    with pytest.raises(ValueError, match="records are scored by score or by a function"):
        ModelCheck(stack, "Check", custom_model=model, invoke=candidate, records=records, function=function)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"prompt": 3}, "line 1: prompt must be text"),
        ({"prompt": "q"}, "line 1: a record of a check must have the expected answer"),
        ({"question": "q"}, "line 1: a record of a check must have a prompt, or messages"),
        ({"messages": []}, "must have a prompt, or messages"),
        ({"messages": [{"role": "user", "content": [{"image": {}}]}]}, "must have a prompt, or messages"),
        ({"messages": [{"role": "user", "content": [{"text": "q"}]}]}, "must have the expected answer"),
        (
            {"messages": [{"role": "assistant", "content": [{"text": "a"}]}]},
            "the first of messages must be the user's, got 'assistant'",
        ),
    ],
)
def test_a_record_that_cannot_be_asked_is_refused(
    *,
    stack: cdk.Stack,
    model: ICustomModel,
    candidate: ICustomModelDeployment,
    tmp_path: Path,
    record: Mapping[str, Any],
    message: str,
) -> None:
    records = CheckData.from_asset(written(tmp_path, record))

    with pytest.raises(ValueError, match=message):
        ModelCheck(stack, "Check", custom_model=model, invoke=candidate, records=records)


@pytest.mark.parametrize("by", [{"score": CheckScore.VALID_JSON}, {}])
def test_an_answer_is_not_needed_where_nothing_is_compared(
    *,
    stack: cdk.Stack,
    model: ICustomModel,
    candidate: ICustomModelDeployment,
    function: lambda_.IFunction,
    tmp_path: Path,
    by: dict[str, Any],
) -> None:
    records = CheckData.from_asset(written(tmp_path, {"prompt": "q"}), **by)

    ModelCheck(stack, "Check", custom_model=model, invoke=candidate, records=records, function=None if by else function)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_score": 1.5}, "min_score must be a number from 0 to 1"),
        ({"max_tokens": 0}, "max_tokens must be a whole number from 1"),
        ({"requests_per_minute": 0}, "requests_per_minute must be a whole number from 1"),
        ({"score": "contains"}, "score must be one of CheckScore.EXACT_MATCH"),
    ],
)
def test_data_of_a_check_is_checked(golden: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CheckData.from_asset(golden, **arguments)
