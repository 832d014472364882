from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_lambda as lambda_

from constructs_lib.customization.customization import Customization, ReasoningEffort, TeacherModel

ARN = "arn:aws:lambda:us-east-1:111122223333:function:grade"
INTEGERS = {
    "epoch_count": (1, 50),
    "batch_size": (16, 512),
    "max_prompt_length": (1, None),
    "training_sample_per_prompt": (2, 16),
    "inference_max_tokens": (1, None),
    "eval_interval": (1, 100),
}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))


@pytest.fixture
def grader(stack: cdk.Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(stack, "Grader", ARN)


def function(stack: cdk.Stack, timeout: cdk.Duration | None = None) -> lambda_.Function:
    code = lambda_.Code.from_inline("def grade(event, context): ...")
    runtime = lambda_.Runtime.PYTHON_3_12
    return lambda_.Function(stack, "Function", runtime=runtime, handler="index.grade", code=code, timeout=timeout)


@pytest.mark.parametrize("make", [Customization.fine_tuning, Customization.continued_pre_training])
def test_training_on_data_has_hyperparameters_and_no_configuration(make: Any) -> None:
    customization = make(hyper_parameters={"epochCount": 2, "learningRate": 0.00001})
    assert customization.hyper_parameters == {"epochCount": "2", "learningRate": "0.00001"}
    assert customization.customization_config is None
    assert customization.warnings == ()
    assert customization.identity["hyperParameters"] == customization.hyper_parameters


@pytest.mark.parametrize(
    ("customization", "name"),
    [
        (Customization.fine_tuning(), "FINE_TUNING"),
        (Customization.continued_pre_training(), "CONTINUED_PRE_TRAINING"),
        (Customization.imported(), "IMPORTED"),
    ],
)
def test_without_settings_the_type_is_the_identity(customization: Customization, name: str) -> None:
    assert customization.customization_type == name
    assert customization.identity == {"customizationType": name}


def test_a_number_written_otherwise_is_the_same_training() -> None:
    by_number = Customization.fine_tuning(hyper_parameters={"learningRate": 1e-5, "epochCount": 2.0})
    by_text = Customization.fine_tuning(hyper_parameters={"epochCount": "2", "learningRate": "0.00001"})
    assert by_number.identity == by_text.identity


def test_an_imported_customization_warns_that_the_service_may_refuse_it() -> None:
    assert [advice.id for advice in Customization.imported().warnings] == ["bedrock-models:importedCustomization"]


def test_a_distillation_names_its_teacher(stack: cdk.Stack) -> None:
    model = bedrock.FoundationModel.from_foundation_model_id(
        stack, "Teacher", bedrock.FoundationModelIdentifier.AMAZON_NOVA_PRO_V1_0
    )
    teacher = TeacherModel.from_inference_profile("us.amazon.nova-pro-v1:0", model=model)
    customization = Customization.distillation(teacher_model=teacher, max_response_length_for_inference=512)
    config = {"teacherModelIdentifier": teacher.identifier, "maxResponseLengthForInference": 512}
    assert customization.customization_config == {"distillationConfig": {"teacherModelConfig": config}}
    assert customization.teacher is teacher
    identity = customization.identity["customizationConfig"]["distillationConfig"]["teacherModelConfig"]
    assert identity == {"teacherModelIdentifier": teacher.identity, "maxResponseLengthForInference": "512"}


def test_a_length_left_out_is_not_sent(stack: cdk.Stack) -> None:
    teacher = TeacherModel(model_id="a.b", identifier="a.b", identity="a.b")
    config = Customization.distillation(teacher_model=teacher).customization_config
    assert config == {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": "a.b"}}}


@pytest.mark.parametrize("length", [0, -1, 1.5, True, "512", 2**31])
def test_a_length_that_is_none_is_refused(length: Any) -> None:
    teacher = TeacherModel(model_id="a.b", identifier="a.b", identity="a.b")
    with pytest.raises(ValueError, match="max_response_length_for_inference must be a whole number"):
        Customization.distillation(teacher_model=teacher, max_response_length_for_inference=length)


def test_reinforcement_renders_every_member(grader: lambda_.IFunction) -> None:
    customization = Customization.reinforcement_fine_tuning(
        grader=grader,
        epoch_count=3,
        batch_size=64,
        learning_rate=0.0001,
        max_prompt_length=2048,
        training_sample_per_prompt=4,
        inference_max_tokens=1024,
        reasoning_effort=ReasoningEffort.MEDIUM,
        eval_interval=10,
    )
    members = {
        "epochCount": 3,
        "batchSize": 64,
        "maxPromptLength": 2048,
        "trainingSamplePerPrompt": 4,
        "inferenceMaxTokens": 1024,
        "evalInterval": 10,
        "learningRate": 0.0001,
        "reasoningEffort": "medium",
    }
    config = {"graderConfig": {"lambdaGrader": {"lambdaArn": ARN}}, "hyperParameters": members}
    assert customization.customization_config == {"rftConfig": config}
    assert type(members["reasoningEffort"]) is str
    assert customization.hyper_parameters == {}
    assert customization.grader is grader
    assert customization.identity["customizationConfig"]["rftConfig"]["hyperParameters"]["learningRate"] == "0.0001"


def test_reinforcement_with_a_grader_alone_leaves_the_rest_to_the_service(grader: lambda_.IFunction) -> None:
    config = Customization.reinforcement_fine_tuning(grader=grader).customization_config
    assert config == {"rftConfig": {"graderConfig": {"lambdaGrader": {"lambdaArn": ARN}}}}


@pytest.mark.parametrize(("argument", "bounds"), INTEGERS.items())
def test_a_number_out_of_bounds_is_refused(
    grader: lambda_.IFunction, argument: str, bounds: tuple[int, int | None]
) -> None:
    low, high = bounds[0], bounds[1] or 2**31 - 1
    for value in (low, high):
        assert Customization.reinforcement_fine_tuning(grader=grader, **{argument: value})
    for wrong in (low - 1, high + 1, low + 0.5, True, str(low)):
        with pytest.raises(ValueError, match=f"{argument} must be a whole number( from {low} to {high})?, got"):
            Customization.reinforcement_fine_tuning(grader=grader, **{argument: wrong})


@pytest.mark.parametrize("rate", [0, 9e-8, 0.002, True, "0.0001", float("nan")])
def test_a_learning_rate_out_of_bounds_is_refused(grader: lambda_.IFunction, rate: Any) -> None:
    with pytest.raises(ValueError, match=r"learning_rate must be a number( from 1e-07 to 0\.001)?, got"):
        Customization.reinforcement_fine_tuning(grader=grader, learning_rate=rate)


@pytest.mark.parametrize("effort", ["max", "", "LOW"])
def test_an_effort_that_the_api_does_not_know_is_refused(grader: lambda_.IFunction, effort: Any) -> None:
    with pytest.raises(
        ValueError, match=r"reasoning_effort must be one of ReasoningEffort.LOW, .*, got .*; use ReasoningEffort"
    ):
        Customization.reinforcement_fine_tuning(grader=grader, reasoning_effort=effort)


def test_tokens_pass_as_every_number(stack: cdk.Stack, grader: lambda_.IFunction) -> None:
    number: Any = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    text: Any = cdk.CfnParameter(stack, "Text").value_as_string
    customization = Customization.reinforcement_fine_tuning(
        grader=grader, learning_rate=number, reasoning_effort=text, **dict.fromkeys(INTEGERS, number)
    )
    sent = stack.resolve(customization.customization_config)["rftConfig"]["hyperParameters"]
    assert set(map(str, sent.values())) == {"{'Ref': 'Number'}", "{'Ref': 'Text'}"}
    assert stack.resolve(customization.identity)["customizationConfig"]["rftConfig"]["hyperParameters"] == sent


def test_a_grader_counts_by_its_function_not_by_its_version(stack: cdk.Stack) -> None:
    graded_by = function(stack, cdk.Duration.minutes(5))
    alias = lambda_.Alias(stack, "Alias", alias_name="live", version=graded_by.current_version)
    by_function = Customization.reinforcement_fine_tuning(grader=graded_by)
    for qualified in (graded_by.current_version, alias, graded_by.latest_version):
        customization = Customization.reinforcement_fine_tuning(grader=qualified)
        assert stack.resolve(customization.identity) == stack.resolve(by_function.identity)
        assert stack.resolve(customization.customization_config) != stack.resolve(by_function.customization_config)


@pytest.mark.parametrize("qualifier", ["", ":live", ":7", ":$LATEST"])
def test_an_imported_grader_counts_by_its_unqualified_arn(stack: cdk.Stack, qualifier: str) -> None:
    grader = lambda_.Function.from_function_arn(stack, "Imported", ARN + qualifier)
    customization = Customization.reinforcement_fine_tuning(grader=grader)
    config = customization.identity["customizationConfig"]["rftConfig"]["graderConfig"]
    assert config == {"lambdaGrader": {"lambdaArn": ARN}}


def test_a_grader_known_only_at_deployment_loses_its_qualifier_there(stack: cdk.Stack) -> None:
    arn = cdk.CfnParameter(stack, "Arn").value_as_string
    grader = lambda_.Function.from_function_arn(stack, "Later", arn)
    customization = Customization.reinforcement_fine_tuning(grader=grader)
    config = stack.resolve(customization.identity)["customizationConfig"]["rftConfig"]["graderConfig"]
    [separator, parts] = config["lambdaGrader"]["lambdaArn"]["Fn::Join"]
    assert (separator, len([part for part in parts if isinstance(part, dict)])) == ("", 7)


@pytest.mark.parametrize(
    ("timeout", "warned"),
    [
        (None, True),
        (cdk.Duration.seconds(3), True),
        (cdk.Duration.seconds(9), True),
        (cdk.Duration.seconds(10), False),
        (cdk.Duration.minutes(15), False),
    ],
)
def test_a_grader_that_has_hardly_any_time_is_warned_of(
    stack: cdk.Stack, timeout: cdk.Duration | None, warned: bool
) -> None:
    for grader in (made := function(stack, timeout), made.current_version):
        customization = Customization.reinforcement_fine_tuning(grader=grader)
        assert [advice.id for advice in customization.warnings] == ["bedrock-models:graderTimeout"] * warned


def test_a_timeout_that_is_not_known_is_not_warned_of(stack: cdk.Stack, grader: lambda_.IFunction) -> None:
    later = cdk.Duration.seconds(cdk.CfnParameter(stack, "Seconds", type="Number").value_as_number)
    assert Customization.reinforcement_fine_tuning(grader=grader).warnings == ()
    assert Customization.reinforcement_fine_tuning(grader=function(stack, later)).warnings == ()
