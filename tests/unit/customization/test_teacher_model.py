from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam

from constructs_lib.customization.teacher_model import TeacherModel

TEACHER = "amazon.nova-pro-v1:0"
PROFILE_ARN = f"arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.{TEACHER}"


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))


def teacher_in(stack: cdk.Stack) -> bedrock.IModel:
    return bedrock.FoundationModel.from_foundation_model_id(
        stack, "Teacher", bedrock.FoundationModelIdentifier.AMAZON_NOVA_PRO_V1_0
    )


def model_arn(region: str, model_id: str = TEACHER) -> str:
    return f"arn:<AWS::Partition>:bedrock:{region}::foundation-model/{model_id}"


def rendered(stack: cdk.Stack, arns: list[str]) -> list[str]:
    """ARNs with references in angle brackets, in place of Fn::Join."""
    return ["".join(_text(part) for part in _parts(stack.resolve(arn))) for arn in arns]


def _parts(value: Any) -> list[Any]:
    return value["Fn::Join"][1] if isinstance(value, dict) and "Fn::Join" in value else [value]


def _text(part: Any) -> str:
    return part if isinstance(part, str) else f"<{part['Ref']}>"


def test_a_model_answers_in_the_region_of_the_job(stack: cdk.Stack) -> None:
    teacher = TeacherModel.from_model(teacher_in(stack))
    assert teacher.identifier == teacher.identity == TEACHER
    assert rendered(stack, teacher.invoke_arns(stack)) == [model_arn("us-east-1")]


@pytest.mark.parametrize(
    ("geography", "job_region", "regions"),
    [
        ("us", "us-east-1", ["us-*"]),
        ("us", "ca-central-1", ["us-*", "ca-central-1"]),
        ("eu", "eu-west-1", ["eu-*"]),
        ("apac", "ap-south-1", ["ap-*"]),
        ("jp", "ap-northeast-1", ["ap-northeast-*"]),
        ("au", "ap-southeast-2", ["ap-southeast-*"]),
        ("ca", "ca-central-1", ["ca-*"]),
        ("us-gov", "us-gov-west-1", ["us-gov-*"]),
        ("global", "us-east-1", ["*"]),
        ("mars", "us-east-1", ["*"]),
    ],
)
def test_a_profile_opens_the_model_in_its_geography(geography: str, job_region: str, regions: list[str]) -> None:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111122223333", region=job_region))
    teacher = TeacherModel.from_inference_profile(f"{geography}.{TEACHER}", model=teacher_in(stack))
    profile = f"arn:<AWS::Partition>:bedrock:<AWS::Region>:<AWS::AccountId>:inference-profile/{geography}.{TEACHER}"
    assert rendered(stack, [teacher.identifier]) == [profile]
    assert rendered(stack, teacher.invoke_arns(stack)) == [profile, *map(model_arn, regions)]


def test_in_a_stack_of_any_region_the_own_one_is_open_too() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    teacher = TeacherModel.from_inference_profile(f"us.{TEACHER}", model=teacher_in(stack))
    assert rendered(stack, teacher.invoke_arns(stack)[1:]) == [model_arn("us-*"), model_arn("<AWS::Region>")]


def test_regions_that_are_named_are_the_only_ones(stack: cdk.Stack) -> None:
    regions = ["us-east-1", "us-west-2"]
    teacher = TeacherModel.from_inference_profile(f"us.{TEACHER}", model=teacher_in(stack), regions=regions)
    assert rendered(stack, teacher.invoke_arns(stack)[1:]) == [model_arn(region) for region in regions]


def test_a_global_profile_also_opens_the_model_of_no_region(stack: cdk.Stack) -> None:
    teacher = TeacherModel.from_inference_profile(f"global.{TEACHER}", model=teacher_in(stack), regions=["us-east-1"])
    assert rendered(stack, teacher.invoke_arns(stack)[1:]) == [model_arn("us-east-1"), model_arn("")]


def test_a_profile_by_arn_is_the_same_teacher_as_by_id(stack: cdk.Stack) -> None:
    model = teacher_in(stack)
    by_arn = TeacherModel.from_inference_profile(PROFILE_ARN, model=model)
    assert by_arn.identifier == PROFILE_ARN
    assert by_arn.identity == TeacherModel.from_inference_profile(f"us.{TEACHER}", model=model).identity
    assert by_arn.invoke_arns(stack)[0] == PROFILE_ARN
    assert rendered(stack, by_arn.invoke_arns(stack)[1:]) == [model_arn("us-*")]


def test_the_arns_stand_in_a_policy_as_they_are(stack: cdk.Stack) -> None:
    teacher = TeacherModel.from_inference_profile(f"us.{TEACHER}", model=teacher_in(stack))
    statement = iam.PolicyStatement(actions=["bedrock:InvokeModel"], resources=teacher.invoke_arns(stack))
    assert len(stack.resolve(statement.to_statement_json())["Resource"]) == 2


@pytest.mark.parametrize(
    "id_or_arn",
    [
        "",
        TEACHER.removeprefix("amazon."),
        "nova",
        f"arn:aws:bedrock:us-east-1::foundation-model/{TEACHER}",
        "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc",
        "arn:aws:sagemaker:us-east-1:111122223333:inference-profile/us.amazon.nova-pro-v1:0",
    ],
)
def test_what_is_no_profile_is_refused(stack: cdk.Stack, id_or_arn: str) -> None:
    with pytest.raises(ValueError, match=r"id_or_arn must be .*, got .*; "):
        TeacherModel.from_inference_profile(id_or_arn, model=teacher_in(stack))


def test_a_profile_of_another_model_is_refused(stack: cdk.Stack) -> None:
    with pytest.raises(ValueError, match=r"id_or_arn must be a profile of the model 'amazon\.nova-pro-v1:0', got"):
        TeacherModel.from_inference_profile("us.amazon.nova-lite-v1:0", model=teacher_in(stack))


@pytest.mark.parametrize("regions", [[], "us-east-1", ["us-*"], ["US"], [""]])
def test_regions_that_are_none_are_refused(stack: cdk.Stack, regions: Any) -> None:
    with pytest.raises(ValueError, match=r"regions must be .*, got .*; (use|put)"):
        TeacherModel.from_inference_profile(f"us.{TEACHER}", model=teacher_in(stack), regions=regions)


def test_a_model_that_is_no_foundation_model_is_refused(stack: cdk.Stack) -> None:
    arn = "arn:aws:bedrock:us-east-1:111122223333:provisioned-model/abcdefghijkl"
    with pytest.raises(ValueError, match=r"the teacher must be a foundation model, got .*; use"):
        TeacherModel.from_model(bedrock.ProvisionedModel.from_provisioned_model_arn(stack, "Provisioned", arn))


def test_tokens_pass_as_profile_model_and_region(stack: cdk.Stack) -> None:
    parameter = {name: cdk.CfnParameter(stack, name).value_as_string for name in ("Profile", "Model", "Region")}
    model = bedrock.ProvisionedModel.from_provisioned_model_arn(stack, "Later", parameter["Model"])
    teacher = TeacherModel.from_inference_profile(parameter["Profile"], model=model, regions=[parameter["Region"]])
    [profile, in_region] = stack.resolve(teacher.invoke_arns(stack))
    assert {"Ref": "Profile"} in profile["Fn::Join"][1]
    assert {"Ref": "Region"} in in_region["Fn::Join"][1]
    assert {"Fn::Select": [1, {"Fn::Split": ["foundation-model/", {"Ref": "Model"}]}]} in in_region["Fn::Join"][1]


def test_a_profile_that_is_a_token_may_route_anywhere(stack: cdk.Stack) -> None:
    profile = cdk.CfnParameter(stack, "Profile").value_as_string
    teacher = TeacherModel.from_inference_profile(profile, model=teacher_in(stack))
    assert rendered(stack, teacher.invoke_arns(stack)[1:]) == [model_arn("*")]
