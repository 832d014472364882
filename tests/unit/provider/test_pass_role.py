"""Permission to hand service roles to Amazon Bedrock: exactly those, however many there are."""

import json
from itertools import chain
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    TrainingData,
)
from tests.support.synth import creation_order, new_stack, resources, template_of

POLICY, MANAGED_POLICY = "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"
EVENTS = "BedrockModelProviderEventsRole"
# The longest that an ARN of a role without a path gets, and what other references are at most.
ROLE_ARN = "arn:aws-us-gov:iam::111122223333:role/" + "r" * 64
OTHER = "x" * 140
PSEUDO = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "us-gov-west-1",
    "AWS::AccountId": "111122223333",
    "AWS::StackName": "s" * 128,
}


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def job(stack: cdk.Stack, id: str, **options: Any) -> ModelCustomizationJob:
    base = bedrock.FoundationModelIdentifier.AMAZON_NOVA_MICRO_V1_0_128_K
    given = {
        "base_model": bedrock.FoundationModel.from_foundation_model_id(stack, f"{id}Base", base),
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
        "output_data": OutputData.to_s3_uri("s3://data/out/"),
    }
    return ModelCustomizationJob(stack, id, **given | options)


def passing(template: dict[str, Any], type: str) -> dict[str, list[str]]:
    """The roles that may be passed, by policy."""
    return {
        name: _listed(statement["Resource"])
        for name, policy in resources(template, type).items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "iam:PassRole"
    }


def size(policy: dict[str, Any]) -> int:
    """Characters, as IAM counts them, with the longest ARNs there may be."""
    return len(json.dumps(_longest(policy["Properties"]["PolicyDocument"]), separators=(",", ":")))


def test_a_role_of_the_constructs_own_is_passed_by_a_policy_of_its_own(stack: cdk.Stack) -> None:
    job(stack, "First")
    job(stack, "Second")
    roles = [role for [role] in passing(template_of(stack), POLICY).values()]
    assert [name.startswith(("FirstServiceRole", "SecondServiceRole")) for name in roles] == [True, True]


def test_a_role_that_several_use_is_named_once(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Shared", assumed_by=ModelCustomizationJob.service_principal(stack))
    for number in range(30):
        job(stack, f"Job{number}", role=role)
    assert [role for [role] in passing(template_of(stack), POLICY).values()] == [stack.get_logical_id(_resource(role))]


def test_one_may_wait_for_another_that_uses_the_same_role(stack: cdk.Stack) -> None:
    role = iam.Role(stack, "Shared", assumed_by=ModelCustomizationJob.service_principal(stack))
    job(stack, "Second", role=role).node.add_dependency(job(stack, "First", role=role))
    order = creation_order(template_of(stack))
    assert order.index(_named(order, "FirstReady")) < order.index(_named(order, "Second"))


def test_what_has_no_room_in_inline_policies_stands_in_managed_ones(stack: cdk.Stack) -> None:
    for number in range(70):
        job(stack, f"Job{number:02}")
    template = template_of(stack)
    inline, managed = passing(template, POLICY), passing(template, MANAGED_POLICY)
    assert [len(roles) for roles in managed.values()] == [50, 12]
    assert len({*chain(*inline.values(), *managed.values())}) == 70
    for policy in resources(template, MANAGED_POLICY).values():
        assert EVENTS in json.dumps(policy["Properties"]["Roles"])
        assert size(policy) <= 6144


@pytest.mark.parametrize("before", [0, 2, 6, 12])
def test_an_order_that_was_asked_for_stays_possible_however_many_models_stand_in_front(
    stack: cdk.Stack, before: int
) -> None:
    for number in range(before):
        job(stack, f"Job{number:02}")
    first = job(stack, "First")
    live = CustomModelDeployment(stack, "Live", custom_model=first.custom_model)
    second, third = job(stack, "Second"), job(stack, "Third")
    second.node.add_dependency(first)
    third.node.add_dependency(live, second)
    order = creation_order(template_of(stack))
    for earlier, later in [("FirstReady", "Second"), ("SecondReady", "Third"), ("LiveReady", "Third")]:
        assert order.index(_named(order, earlier)) < order.index(stack.get_logical_id(_owning(stack, later)))


def test_a_chain_of_trainings_is_no_circle_however_long_it_is(stack: cdk.Stack) -> None:
    trained = job(stack, "Job00")
    for number in range(1, 12):
        trained = job(stack, f"Job{number:02}", base_model=trained.custom_model)
    order = creation_order(template_of(stack))
    assert order.index(_named(order, "Job10Ready")) < order.index(_named(order, "Job11Ready"))


def test_all_inline_policies_together_are_within_iams_limit(stack: cdk.Stack) -> None:
    for number in range(12):
        job(stack, f"Job{number}")
    for number in range(6):
        source = ModelSource.from_s3_uri(f"s3://escrow-{number}/model/")
        model = CustomModel(stack, f"Model{number}", source=source, encryption_key=kms.Key(stack, f"Key{number}"))
        CustomModelDeployment(stack, f"Deployment{number}", custom_model=model)
        ProvisionedModelThroughput(stack, f"Throughput{number}", model=model)
    policies = resources(template_of(stack), POLICY).values()
    inline = [size(policy) for policy in policies if EVENTS in json.dumps(policy["Properties"]["Roles"])]
    assert len(inline) == 9
    assert sum(inline) <= 10_240


def _owning(stack: cdk.Stack, id: str) -> cdk.CfnElement:
    child = stack.node.find_child(id).node.find_child("Resource")
    assert isinstance(child, cdk.CfnElement)
    return child


def _resource(role: iam.Role) -> cdk.CfnElement:
    child = role.node.default_child
    assert isinstance(child, cdk.CfnElement)
    return child


def _named(order: list[str], start: str) -> str:
    return next(name for name in order if name.startswith(start))


def _listed(value: Any) -> list[str]:
    arns = value if isinstance(value, list) else [value]
    return [arn["Fn::GetAtt"][0] for arn in arns]


def _longest(value: Any) -> Any:
    if isinstance(value, list):
        return [_longest(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(_longest(part) for part in value["Fn::Join"][1])
    if "Fn::GetAtt" in value:
        return ROLE_ARN
    if {"Ref", "Fn::Select"} & {*value}:
        return PSEUDO.get(value.get("Ref", ""), OTHER)
    return {name: _longest(each) for name, each in value.items()}
