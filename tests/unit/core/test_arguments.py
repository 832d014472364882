"""Every argument of every public door is checked for its type, before anything is created."""

import enum
import inspect
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

import constructs_lib
from constructs_lib import (
    CommitmentDuration,
    Customization,
    CustomModel,
    CustomModelDeployment,
    JobStatus,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    RollbackBehavior,
    TeacherModel,
    TrainingData,
    ValidationData,
)
from constructs_lib.core.arguments import check, functions_of
from tests.support.synth import new_stack

MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456"


class Stranger:
    """Of no type that anything asks for."""


def doors() -> Iterator[Any]:
    """Every public function of every public class, and of the library's classes below."""
    for name in constructs_lib.__all__:
        public = getattr(constructs_lib, name)
        if (
            isinstance(public, type)
            and not issubclass(public, enum.Enum)
            and not getattr(public, "_is_protocol", False)
        ):
            for owner in public.__mro__:
                if owner.__module__.startswith("constructs_lib"):
                    for function, member in functions_of(owner):
                        raw = member.__func__ if isinstance(member, classmethod | staticmethod) else member
                        yield pytest.param(raw, id=f"{name}.{owner.__name__}.{function}")


@pytest.mark.parametrize("door", list(doors()))
def test_every_argument_of_every_public_door_refuses_what_it_can_not_be(door: Any) -> None:
    hints = typing.get_type_hints(inspect.unwrap(door))
    parameters = inspect.signature(door).parameters
    for name in hints.keys() & parameters.keys():
        if hints[name] is not Any:
            required = {
                other: Fitting(hints[other])
                for other, parameter in parameters.items()
                if other in hints and other != name and parameter.default is inspect.Parameter.empty
            }
            assert_refused(door, name, parameters, required)


class Fitting:
    """Stands for an argument that is not asked about here."""

    def __init__(self, hint: Any) -> None:
        self.hint = hint


def assert_refused(door: Any, name: str, parameters: Any, required: dict[str, Fitting]) -> None:
    # Arguments are checked in their order: those before the wrong one are left out where they may be, else bound to it.
    wrong = Stranger()
    with pytest.MonkeyPatch.context() as patch:
        real = constructs_lib.arguments._wrong

        def lenient(where: str, value: Any, hint: Any) -> Any:
            return None if isinstance(value, Fitting) else real(where, value, hint)

        patch.setattr(constructs_lib.arguments, "_wrong", lenient)
        positional = [Fitting(None) if "self" in parameters or "cls" in parameters else None]
        arguments: list[Any] = positional if positional != [None] else []
        named: dict[str, Any] = {}
        for each, parameter in parameters.items():
            if each in ("self", "cls") or (each != name and each not in required):
                continue
            value = wrong if each == name else required[each]
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                named[each] = value
            else:
                arguments.append(value)
        with pytest.raises(ValueError, match=rf"{name}.* must be .*, got an object of Stranger; "):
            door(*arguments, **named)


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack(env=cdk.Environment(account="123456789012", region="us-east-1"))


def job_arguments(stack: cdk.Stack) -> dict[str, Any]:
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    return {
        "base_model": bedrock.FoundationModel.from_foundation_model_id(
            stack, "Nova", bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
        ),
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_bucket(bucket, "train.jsonl"),
        "output_data": OutputData.to_bucket(bucket),
    }


WRONG = [
    ("rollback_behavior", "KEEP", "use RollbackBehavior.KEEP"),
    ("rollback_behavior", "stop-running", "use RollbackBehavior.STOP_RUNNING"),
    ("rollback_behavior", JobStatus.FAILED, "got JobStatus.FAILED; use RollbackBehavior"),
    ("retrain_protection", "True", "use True or False"),
    ("retrain_protection", 1, "use True or False"),
    ("retrain_protection", None, "use True or False"),
    ("wait", "false", "use True or False"),
    ("removal_policy", None, "use RemovalPolicy"),
    ("removal_policy", "destroy", "use RemovalPolicy.DESTROY"),
    ("timeout", 3600, r"use cdk.Duration"),
    ("base_model", "amazon.nova-lite-v1:0", "from_foundation_model_id"),
    ("base_model", MODEL_ARN, "from_custom_model_arn"),
    ("base_model", CustomModel, "got the class CustomModel; call"),
    ("customization", Customization.fine_tuning, "call it"),
    ("customization", Customization, "got the class Customization; call"),
    ("training_data", "s3://my-bucket/train.jsonl", "TrainingData.from_s3_uri"),
    ("training_data", OutputData.to_s3_uri("s3://my-bucket/out"), "got an object of OutputData"),
    ("output_data", TrainingData.from_s3_uri("s3://my-bucket/a.jsonl"), "OutputData.to_bucket"),
    ("validation_data", ValidationData.from_s3_uri("s3://my-bucket/a.jsonl"), "put it in a list"),
    ("validation_data", "s3://my-bucket/a.jsonl", "must be a list, each a ValidationData"),
    ("revision", 3, "must be text, got 3"),
    ("revision", 0, "must be text, got 0"),
    ("max_attempts", True, "must be a whole number, got True"),
    ("role", "arn:aws:iam::123456789012:role/x", "Role.from_role_arn"),
    ("encryption_key", "arn:aws:kms:us-east-1:123456789012:key/x", "Key.from_key_arn"),
    ("vpc", "vpc-1", "Vpc.from_lookup"),
    ("security_groups", "sg-1", "must be a list, each an ISecurityGroup"),
    ("security_groups", ["sg-1"], r"security_groups\[0\] must be .*from_security_group_id"),
    ("tags", [("a", "b")], "must be a dict, each value text"),
    ("tags", {"a": 1}, r"tags\['a'\] must be text, got 1"),
    ("custom_model_name", ["a"], "must be text"),
]


@pytest.mark.parametrize(("argument", "value", "told"), WRONG)
def test_a_typical_mistake_names_argument_and_remedy_and_leaves_the_tree_as_it_was(
    stack: cdk.Stack, argument: str, value: Any, told: str
) -> None:
    arguments = {**job_arguments(stack), argument: value}
    before = [child.node.path for child in stack.node.find_all()]
    with pytest.raises(ValueError, match=argument) as refusal:
        ModelCustomizationJob(stack, "Job", **arguments)
    assert refusal.match(told)
    assert [child.node.path for child in stack.node.find_all()] == before


def test_a_job_for_its_model_and_a_teacher_for_a_model_are_told_apart(stack: cdk.Stack) -> None:
    arguments = job_arguments(stack)
    job: Any = ModelCustomizationJob(stack, "Job", **arguments)
    teacher: Any = TeacherModel.from_model(arguments["base_model"])
    arn: Any = MODEL_ARN
    with pytest.raises(ValueError, match=r"custom_model must be .*ModelCustomizationJob; give .*job.custom_model"):
        CustomModelDeployment(stack, "A", custom_model=job)
    with pytest.raises(ValueError, match=r"model must be .*got an object of TeacherModel"):
        ProvisionedModelThroughput(stack, "B", model=teacher)
    with pytest.raises(ValueError, match=r"custom_model must be .*from_custom_model_arn"):
        CustomModelDeployment(stack, "C", custom_model=arn)


@pytest.mark.parametrize("statuses", [JobStatus.FAILED, ["FAILED"], "Failed"])
def test_statuses_that_would_make_a_rule_that_never_fires_are_refused(stack: cdk.Stack, statuses: Any) -> None:
    job = ModelCustomizationJob.from_job_arn(
        stack, "Job", "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abc123"
    )
    with pytest.raises(ValueError, match="statuses"):
        job.on_state_change("Rule", statuses=statuses)


def test_the_second_door_of_a_value_object_is_checked_too() -> None:
    text: Any = "s3"
    with pytest.raises(ValueError, match="bucket must be an IBucket"):
        OutputData(bucket=text)
    with pytest.raises(ValueError, match="customization_type must be one of"):
        Customization(customization_type=text)


def test_what_the_cdk_takes_passes(stack: cdk.Stack) -> None:
    number = cdk.CfnParameter(stack, "Number", type="Number").value_as_number
    role = iam.Role(stack, "Role", assumed_by=iam.AccountRootPrincipal())
    for value, hint in (
        (role, iam.IRole),
        (role.without_policy_updates(), iam.IRole),
        (iam.Role.from_role_arn(stack, "Imported", "arn:aws:iam::123456789012:role/x"), iam.IRole),
        (kms.Alias.from_alias_name(stack, "Alias", "alias/x"), kms.IKey),
        (ec2.Vpc(stack, "Vpc"), ec2.IVpc),
        (ec2.Vpc.from_lookup(stack, "Found", vpc_id="vpc-1"), ec2.IVpc),
        ({"subnet_type": ec2.SubnetType.PUBLIC}, ec2.SubnetSelection),
        (number, int),
        (number, float),
        (CommitmentDuration.ONE_MONTH, CommitmentDuration),
        (cdk.Fn.import_value("x"), str),
        (cdk.Fn.split(",", "a,b"), typing.Sequence[str]),
        (Path("a"), str | Path),
        (role.node.scope, cdk.Stack),
    ):
        check("argument", value, hint)


def test_members_of_enumerations_pass(stack: cdk.Stack) -> None:
    ModelCustomizationJob(stack, "Job", **job_arguments(stack), rollback_behavior=RollbackBehavior.STOP_RUNNING)
    CustomModel(
        stack, "Model", source=ModelSource.from_s3_uri("s3://my-bucket/a"), removal_policy=cdk.RemovalPolicy.DESTROY
    )


def test_a_dict_stands_for_a_struct_of_the_cdk(stack: cdk.Stack) -> None:
    subnets: Any = {"subnet_type": ec2.SubnetType.PRIVATE_WITH_EGRESS}
    ModelCustomizationJob(stack, "Job", **job_arguments(stack), vpc=ec2.Vpc(stack, "Vpc"), vpc_subnets=subnets)


@pytest.mark.parametrize("timeout", [cdk.Duration.millis(500), cdk.Duration.seconds(90.5)])
def test_a_part_of_a_second_is_refused(stack: cdk.Stack, timeout: cdk.Duration) -> None:
    with pytest.raises(ValueError, match="timeout must be whole seconds, got"):
        ModelCustomizationJob(stack, "Job", **job_arguments(stack), timeout=timeout)
