"""Typical mistakes, tried at every public door: each answer says rule, got and remedy, and names the argument.

The rows are made of what each door asks for and of what people write there instead, so that a new argument is tried as
soon as it is annotated.
"""

import datetime as dt
import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib import (
    CommitmentDuration,
    Customization,
    CustomModel,
    CustomModelDeployment,
    CustomModelStatus,
    ICustomModel,
    JobStatus,
    MetadataFilter,
    MetadataFilterGroup,
    ModelCustomizationJob,
    ModelProvider,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    ReasoningEffort,
    RollbackBehavior,
    TeacherModel,
    TrainingData,
    ValidationData,
)

ACCOUNT = "111122223333"
BEDROCK = f"arn:aws:bedrock:us-east-1:{ACCOUNT}"
MODEL_ARN = f"{BEDROCK}:custom-model/amazon.nova-lite-v1:0:300k/abc123def456"
LEAST = 130


@functools.cache
def world() -> Any:
    """One app with one thing of each kind."""
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account=ACCOUNT, region="us-east-1"))
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    base = bedrock.FoundationModel.from_foundation_model_id(stack, "Base", nova)
    job = ModelCustomizationJob(
        stack,
        "Job",
        base_model=base,
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        output_data=OutputData.to_bucket(bucket),
    )
    return SimpleNamespace(
        stack=stack,
        bucket=bucket,
        nova=nova,
        base=base,
        job=job,
        deployment=CustomModelDeployment(stack, "Deployment", custom_model=job.custom_model),
        throughput=ProvisionedModelThroughput(stack, "Throughput", model=job.custom_model),
        teacher=TeacherModel.from_model(base),
        source=ModelSource.from_s3_uri("s3://escrow/model/"),
        role=iam.Role.from_role_arn(stack, "Role", f"arn:aws:iam::{ACCOUNT}:role/x"),
        grader=lambda_.Function.from_function_arn(
            stack, "Grader", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:grader"
        ),
        training=TrainingData.from_s3_uri("s3://my-bucket/train.jsonl"),
        validation=ValidationData.from_s3_uri("s3://my-bucket/check.jsonl"),
        output=OutputData.to_s3_uri("s3://my-bucket/out/"),
    )


World = Any
Made = Callable[[World], Any]

# The public doors, with what is right there: an argument is wrong in the company of right ones.
DOORS: dict[str, tuple[Made, Callable[[World], dict[str, Any]]]] = {
    "CustomModel": (lambda _: CustomModel, lambda w: {"scope": w.stack, "id": "X", "source": w.source}),
    "ModelCustomizationJob": (
        lambda _: ModelCustomizationJob,
        lambda w: {
            "scope": w.stack,
            "id": "X",
            "base_model": w.base,
            "customization": Customization.fine_tuning(),
            "training_data": w.training,
            "output_data": w.output,
        },
    ),
    "CustomModelDeployment": (
        lambda _: CustomModelDeployment,
        lambda w: {"scope": w.stack, "id": "X", "custom_model": w.job.custom_model},
    ),
    "ProvisionedModelThroughput": (
        lambda _: ProvisionedModelThroughput,
        lambda w: {"scope": w.stack, "id": "X", "model": w.job.custom_model},
    ),
    "CustomModel.from_custom_model_arn": (
        lambda _: CustomModel.from_custom_model_arn,
        lambda w: {"scope": w.stack, "id": "X", "custom_model_arn": MODEL_ARN},
    ),
    "CustomModel.from_custom_model_name": (
        lambda _: CustomModel.from_custom_model_name,
        lambda w: {"scope": w.stack, "id": "X", "name": "assistant"},
    ),
    "CustomModel.from_newest": (lambda _: CustomModel.from_newest, lambda w: {"scope": w.stack, "id": "X"}),
    "ModelCustomizationJob.from_newest": (
        lambda _: ModelCustomizationJob.from_newest,
        lambda w: {"scope": w.stack, "id": "X"},
    ),
    "CustomModel.service_principal": (lambda _: CustomModel.service_principal, lambda w: {"scope": w.stack}),
    "ModelCustomizationJob.from_job_arn": (
        lambda _: ModelCustomizationJob.from_job_arn,
        lambda w: {"scope": w.stack, "id": "X", "job_arn": f"{BEDROCK}:model-customization-job/a/b"},
    ),
    "ModelSource.from_s3_uri": (lambda _: ModelSource.from_s3_uri, lambda _: {"uri": "s3://my-bucket/a/"}),
    "ModelSource.from_bucket": (
        lambda _: ModelSource.from_bucket,
        lambda w: {"bucket": w.bucket, "prefix": "a/"},
    ),
    "TrainingData.from_bucket": (
        lambda _: TrainingData.from_bucket,
        lambda w: {"bucket": w.bucket, "key": "a.jsonl"},
    ),
    "TrainingData.from_asset": (lambda _: TrainingData.from_asset, lambda _: {"path": __file__}),
    "TrainingData.from_invocation_logs": (
        lambda _: TrainingData.from_invocation_logs,
        lambda w: {"bucket": w.bucket, "prefix": "logs/"},
    ),
    "ValidationData.from_s3_uri": (
        lambda _: ValidationData.from_s3_uri,
        lambda _: {"uri": "s3://my-bucket/check.jsonl"},
    ),
    "OutputData.to_bucket": (lambda _: OutputData.to_bucket, lambda w: {"bucket": w.bucket}),
    "Customization.fine_tuning": (lambda _: Customization.fine_tuning, lambda _: {}),
    "Customization.distillation": (lambda _: Customization.distillation, lambda w: {"teacher_model": w.teacher}),
    "Customization.reinforcement_fine_tuning": (
        lambda _: Customization.reinforcement_fine_tuning,
        lambda w: {"grader": w.grader},
    ),
    "TeacherModel.from_model": (lambda _: TeacherModel.from_model, lambda w: {"model": w.base}),
    "TeacherModel.from_inference_profile": (
        lambda _: TeacherModel.from_inference_profile,
        lambda w: {"id_or_arn": "us.amazon.nova-lite-v1:0", "model": w.base},
    ),
    "MetadataFilter.equals": (lambda _: MetadataFilter.equals, lambda _: {"key": "a", "value": "b"}),
    "MetadataFilter.equals_and_not": (
        lambda _: MetadataFilter.equals_and_not,
        lambda _: {"equals": ("a", "b"), "not_equals": ("a", "c")},
    ),
    "job.on_state_change": (lambda w: w.job.on_state_change, lambda _: {"id": "X"}),
    "job.alarm_on_failure": (lambda w: w.job.alarm_on_failure, lambda _: {"id": "X"}),
    "job.alarm_on_stall": (lambda w: w.job.alarm_on_stall, lambda _: {"id": "X"}),
    "deployment.grant_invoke": (lambda w: w.deployment.grant_invoke, lambda w: {"grantee": w.role}),
    "deployment.metric": (lambda w: w.deployment.metric, lambda _: {"name": "Invocations"}),
    "throughput.add_alarms": (lambda w: w.throughput.add_alarms, lambda _: {}),
    "ModelProvider.of": (lambda _: ModelProvider.of, lambda w: {"scope": w.stack}),
    "ModelProvider.configure": (lambda w: ModelProvider.of(w.stack).configure, lambda _: {}),
}

# What people write for a thing of this kind, and a part of the remedy. The values come of the world, once it is made.
INSTEAD: dict[Any, list[tuple[str, Made, str]]] = {
    str: [
        ("number", lambda _: 3, "give text"),
        ("path", lambda _: Path("a"), "give text"),
        ("list", lambda _: ["a"], "give text"),
        ("member", lambda _: JobStatus.FAILED, "the text itself"),
    ],
    bool: [
        ("text", lambda _: "true", "use True or False"),
        ("number", lambda _: 1, "use True or False"),
    ],
    int: [("text", lambda _: "2", "give a whole number"), ("boolean", lambda _: True, "give a whole number")],
    float: [("text", lambda _: "0.1", "give a number")],
    cdk.Duration: [
        ("seconds", lambda _: 3600, "use cdk.Duration"),
        ("timedelta", lambda _: dt.timedelta(hours=1), "use cdk.Duration"),
    ],
    cdk.RemovalPolicy: [
        ("text", lambda _: "destroy", "use RemovalPolicy.DESTROY"),
        ("nothing", lambda _: None, "use RemovalPolicy"),
    ],
    RollbackBehavior: [
        ("name", lambda _: "KEEP", "use RollbackBehavior.KEEP"),
        ("boolean", lambda _: True, "use RollbackBehavior"),
        ("class", lambda _: RollbackBehavior, "RollbackBehavior"),
    ],
    CommitmentDuration: [("value", lambda _: "OneMonth", "use CommitmentDuration.ONE_MONTH")],
    ReasoningEffort: [("value", lambda _: "low", "use ReasoningEffort.LOW")],
    logs.RetentionDays: [("days", lambda _: 30, "use RetentionDays")],
    s3.IBucket: [
        ("name", lambda _: "my-bucket", "use s3.Bucket.from_bucket_name"),
        ("class", lambda _: s3.Bucket, "call Bucket"),
        ("nothing", lambda _: None, "use s3.Bucket.from_bucket_name"),
        ("role", lambda w: w.role, "use s3.Bucket.from_bucket_name"),
    ],
    bedrock.IModel: [
        ("id", lambda _: "amazon.nova-lite-v1:0:300k", "FoundationModelIdentifier('amazon.nova-lite-v1:0:300k'))"),
        ("arn", lambda _: MODEL_ARN, "CustomModel.from_custom_model_arn(scope, id, arn)"),
        ("identifier", lambda w: w.nova, "use bedrock.FoundationModel.from_foundation_model_id(scope, id, <this id>)"),
        ("class", lambda _: bedrock.FoundationModel, "call FoundationModel"),
        ("job", lambda w: w.job, "job.custom_model"),
        ("teacher", lambda w: w.teacher, "the model that the teacher was made of"),
        ("source", lambda w: w.source, "the CustomModel that is imported from it"),
        ("nothing", lambda _: None, "from_foundation_model_id"),
    ],
    ICustomModel: [
        ("arn", lambda _: MODEL_ARN, "CustomModel.from_custom_model_arn"),
        ("class", lambda _: CustomModel, "call CustomModel"),
        ("job", lambda w: w.job, "job.custom_model"),
        ("teacher", lambda w: w.teacher, "the model that the teacher was made of"),
        ("foundation model", lambda w: w.base, "the custom_model of a ModelCustomizationJob"),
        ("deployment", lambda w: w.deployment, "the custom_model of a ModelCustomizationJob"),
        ("source", lambda w: w.source, "the CustomModel that is imported from it"),
        ("nothing", lambda _: None, "give a CustomModel"),
    ],
    iam.IRole: [
        ("arn", lambda _: f"arn:aws:iam::{ACCOUNT}:role/x", "use iam.Role.from_role_arn"),
        ("class", lambda _: iam.Role, "call Role"),
        ("principal", lambda _: iam.AccountRootPrincipal(), "use iam.Role.from_role_arn"),
    ],
    CustomModelStatus: [
        ("its value", lambda _: "Active", "use CustomModelStatus.ACTIVE"),
        ("member of another", lambda _: JobStatus.FAILED, "use CustomModelStatus"),
        ("nothing", lambda _: None, "use CustomModelStatus"),
    ],
    JobStatus: [
        ("its value", lambda _: "Completed", "use JobStatus.COMPLETED"),
        ("list", lambda _: [JobStatus.FAILED], "use JobStatus"),
    ],
    iam.IGrantable: [
        ("arn", lambda _: f"arn:aws:iam::{ACCOUNT}:role/x", "give the role, user or function"),
        ("nothing", lambda _: None, "give the role, user or function"),
    ],
    kms.IKey: [
        ("arn", lambda _: f"arn:aws:kms:us-east-1:{ACCOUNT}:key/x", "use kms.Key.from_key_arn"),
        ("yes", lambda _: True, "use kms.Key.from_key_arn"),
    ],
    ec2.IVpc: [("id", lambda _: "vpc-1", "use ec2.Vpc.from_lookup"), ("class", lambda _: ec2.Vpc, "call Vpc")],
    ec2.SubnetSelection: [
        ("list", lambda _: ["subnet-1"], "use ec2.SubnetSelection"),
        ("type", lambda _: ec2.SubnetType.PUBLIC, "use ec2.SubnetSelection"),
    ],
    ec2.ISecurityGroup: [("id", lambda _: "sg-1", "use ec2.SecurityGroup.from_security_group_id")],
    lambda_.IFunction: [
        ("arn", lambda _: f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:x", "use lambda_.Function.from_function_arn"),
        ("function of Python", lambda _: len, "call it"),
        ("nothing", lambda _: None, "use lambda_.Function.from_function_arn"),
    ],
    sns.ITopic: [("arn", lambda _: f"arn:aws:sns:us-east-1:{ACCOUNT}:x", "use sns.Topic.from_topic_arn")],
    events.IRuleTarget: [("function", lambda w: w.grader, "use a class of aws_events_targets")],
    Construct: [
        ("text", lambda _: "Stack", "give the stack or the construct around it"),
        ("nothing", lambda _: None, "give the stack or the construct around it"),
        ("class", lambda _: cdk.Stack, "call Stack"),
    ],
    ModelSource: [
        ("uri", lambda _: "s3://my-bucket/a/", "use ModelSource.from_s3_uri(uri)"),
        ("bucket", lambda w: w.bucket, "use ModelSource.from_bucket(bucket, prefix)"),
        ("class", lambda _: ModelSource, "call ModelSource"),
        ("function", lambda _: ModelSource.from_s3_uri, "call it"),
        ("data", lambda w: w.training, "use ModelSource.from_s3_uri"),
        ("nothing", lambda _: None, "use ModelSource.from_s3_uri"),
    ],
    TrainingData: [
        ("uri", lambda _: "s3://my-bucket/a.jsonl", "use TrainingData.from_s3_uri(uri)"),
        ("path", lambda _: Path("a.jsonl"), "use TrainingData.from_asset(path)"),
        ("bucket", lambda w: w.bucket, "use TrainingData.from_bucket(bucket, key)"),
        ("records", lambda _: [{"prompt": "a"}], "use TrainingData.from_bucket"),
        ("class", lambda _: TrainingData, "call TrainingData"),
        ("validation", lambda w: w.validation, "use TrainingData.from_bucket"),
        ("nothing", lambda _: None, "use TrainingData.from_bucket"),
    ],
    ValidationData: [
        ("uri", lambda _: "s3://my-bucket/a.jsonl", "use ValidationData.from_s3_uri(uri)"),
        ("training", lambda w: w.training, "use ValidationData.from_bucket"),
    ],
    OutputData: [
        ("uri", lambda _: "s3://my-bucket/out/", "use OutputData.to_s3_uri(uri)"),
        ("bucket", lambda w: w.bucket, "use OutputData.to_bucket(bucket)"),
        ("class", lambda _: OutputData, "call OutputData"),
        ("training", lambda w: w.training, "use OutputData.to_bucket"),
        ("nothing", lambda _: None, "use OutputData.to_bucket"),
    ],
    Customization: [
        ("text", lambda _: "FINE_TUNING", "use Customization.fine_tuning(...)"),
        ("dict", lambda _: {"epochCount": 2}, "use Customization.fine_tuning(...)"),
        ("class", lambda _: Customization, "call Customization"),
        ("function", lambda _: Customization.fine_tuning, "call it"),
        ("nothing", lambda _: None, "use Customization.fine_tuning(...)"),
    ],
    TeacherModel: [
        ("id", lambda _: "us.amazon.nova-pro-v1:0", "use TeacherModel.from_inference_profile(id_or_arn, model=...)"),
        ("model", lambda w: w.base, "use TeacherModel.from_model(model)"),
        ("class", lambda _: TeacherModel, "call TeacherModel"),
        ("nothing", lambda _: None, "use TeacherModel.from_model(model)"),
    ],
    MetadataFilter: [("dict", lambda _: {"a": "b"}, "use MetadataFilter.equals(key, value)")],
    MetadataFilterGroup: [("list", lambda _: [MetadataFilter.equals("a", "b")], "MetadataFilterGroup.all_of")],
    Mapping: [
        ("pairs", lambda _: [("a", "b")], "must be a dict"),
        ("text", lambda _: "a=b", "must be a dict"),
    ],
    Sequence: [("text", lambda _: "a", "must be a list"), ("nothing", lambda _: None, "must be a list")],
    tuple: [("text", lambda _: "a", "must be a tuple of 2"), ("list", lambda _: ["a", "b"], "must be a tuple of 2")],
}


def parts_of(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)


def rows() -> Iterator[Any]:
    """Each argument of each door with each of the things that are written in its place."""
    for door, (function, _) in DOORS.items():
        raw = inspect.unwrap(_raw(door, function))
        hints = typing.get_type_hints(raw)
        for argument in inspect.signature(raw).parameters:
            if argument not in ("self", "cls") and argument in hints:
                yield from _rows_of(door, argument, parts_of(hints[argument]))


def _raw(door: str, function: Made) -> Any:
    owner, _, name = door.partition(".")
    if owner in ("job", "deployment", "throughput") or door == "ModelProvider.configure":
        kind = {
            "job": ModelCustomizationJob,
            "deployment": CustomModelDeployment,
            "throughput": ProvisionedModelThroughput,
        }.get(owner, ModelProvider)
        return getattr(kind, name)
    found = function(None)
    return found.__init__ if isinstance(found, type) else getattr(found, "__func__", found)


def _rows_of(door: str, argument: str, parts: tuple[Any, ...]) -> Iterator[Any]:
    kinds = [typing.get_origin(part) or part for part in parts]
    allowed = {str: str in kinds, Path: len(kinds) > 1 and str in kinds, type(None): type(None) in kinds}
    for kind in kinds:
        for name, made, remedy in INSTEAD.get(kind, ()):
            if name == "nothing" and allowed[type(None)]:
                continue
            if name == "path" and kind is str and allowed[Path] and argument == "path":
                continue
            yield pytest.param(door, argument, made, remedy, id=f"{door}-{argument}-{name} for {kind.__name__}")


ROWS = list(rows())


@pytest.mark.parametrize(("door", "argument", "made", "remedy"), ROWS)
def test_a_mistake_is_told_with_rule_got_and_remedy(door: str, argument: str, made: Made, remedy: str) -> None:
    function, right = DOORS[door]
    before = len(world().stack.node.find_all())
    with pytest.raises(ValueError, match=rf"(?s)^{argument}(\[\d\])? must be .+, got .+; .+") as refusal:
        function(world())(**{**right(world()), argument: made(world())})
    assert remedy in str(refusal.value)
    assert "Token[" not in str(refusal.value)
    assert len(world().stack.node.find_all()) == before


def test_the_table_holds_every_kind_that_a_door_asks_for() -> None:
    assert len(ROWS) >= LEAST
    asked = {
        (door, argument)
        for door, (function, _) in DOORS.items()
        for argument, hint in typing.get_type_hints(inspect.unwrap(_raw(door, function))).items()
        if argument != "return" and hint is not Any
    }
    assert asked == {(row.values[0], row.values[1]) for row in ROWS}


@pytest.mark.parametrize("door", DOORS)
def test_a_mistyped_argument_is_told_with_the_one_that_was_meant(door: str) -> None:
    function, right = DOORS[door]
    names = [name for name in inspect.signature(_raw(door, function)).parameters if name not in ("self", "cls")]
    mistyped = f"{names[-1]}s_"
    with pytest.raises(TypeError, match=rf"{door.rpartition('.')[2]}\(\) has no argument '{mistyped}': did you mean"):
        function(world())(**{**right(world()), mistyped: 1})


def test_an_argument_of_another_library_is_told_with_those_that_there_are() -> None:
    unknown: Any = {"xyz": 1}
    with pytest.raises(TypeError, match=r"^ModelSource.from_s3_uri\(\) has no argument 'xyz': it has uri$"):
        ModelSource.from_s3_uri("s3://my-bucket/a/", **unknown)


def test_a_missing_argument_is_told_with_the_function() -> None:
    with pytest.raises(
        TypeError, match=r"^ModelCustomizationJob\(\) missing a required (keyword-only )?argument: .base_model.$"
    ):
        ModelCustomizationJob(world().stack, "X")  # type: ignore[call-arg]
