"""`bedrock-models doctor`: each defect is found before a training is paid for, and nothing sound is called a defect."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from botocore.exceptions import EndpointConnectionError
from syrupy.assertion import SnapshotAssertion

from bedrock_models.cloudformation.physical import Place
from bedrock_models.doctor import trust_policy
from bedrock_models.doctor.resolved_template import ResolvedTemplate
from constructs_lib import (
    Customization,
    CustomModel,
    ImportedModel,
    ModelCustomizationJob,
    ModelSource,
    OpenWeightsSource,
    OutputData,
    TeacherModel,
    TrainingData,
    ValidationData,
)
from tests.cli.conftest import Desk
from tests.cli.fakes import ACCOUNT, REGION

DATA = Path(__file__).parents[2] / "examples" / "fine_tune" / "data"
NOVA = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11112222-3333-4444-5555-666677778888"
WEIGHTS = {
    "config.json": b'{"architectures": ["LlamaForCausalLM"]}',
    "model.safetensors": b"x",
    "tokenizer.json": b"{}",
}
RECORD = json.dumps(
    {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [{"role": role, "content": [{"text": "Hello"}]} for role in ("user", "assistant")],
    }
)


def _job(stack: cdk.Stack, **arguments: Any) -> ModelCustomizationJob:
    given = {
        "base_model": bedrock.FoundationModel.from_foundation_model_id(stack, "Base", NOVA),
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://data/good.jsonl"),
        "output_data": OutputData.to_bucket(s3.Bucket(stack, "Output"), "losses"),
    }
    return ModelCustomizationJob(stack, "Job", **{**given, **arguments})


def _template(tmp_path: Path, build: Callable[[cdk.Stack], object]) -> str:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"))
    build(cdk.Stack(app, "Models"))
    return str(Path(app.synth().directory) / "Models.template.json")


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.objects.put("data", "good.jsonl", "\n".join([RECORD] * 20).encode())
    return desk


def _findings(desk: Desk, tmp_path: Path, **arguments: Any) -> dict[str, list[dict[str, str]]]:
    """What the doctor says of a job with these arguments, without what is well."""
    return _examined(desk, tmp_path, lambda stack: _job(stack, **arguments))


def _examined(desk: Desk, tmp_path: Path, build: Callable[[cdk.Stack], object]) -> dict[str, list[dict[str, str]]]:
    code, screen = desk.run("doctor", "--template", _template(tmp_path, build), "--json")
    found = [each for findings in json.loads(screen).values() for each in findings]
    assert code == (1 if any(each["verdict"] == "problem" for each in found) else 0)
    return {verdict: [each for each in found if each["verdict"] == verdict] for verdict in ("ok", "warning", "problem")}


def _problem(desk: Desk, tmp_path: Path, build: Callable[[cdk.Stack], object]) -> str:
    [found] = _examined(desk, tmp_path, build)["problem"]
    return f"{found['check']}: {found['text']} -> {found['remedy']}"


def test_a_sound_stack_has_no_problem(desk: Desk, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    def build(stack: cdk.Stack) -> None:
        CustomModel(stack, "Imported", source=ModelSource.from_s3_uri("s3://customer-escrow-1-smtj-2/model/"))
        data, validation = (
            TrainingData.from_asset(DATA / "train.jsonl"),
            ValidationData.from_s3_uri("s3://data/good.jsonl"),
        )
        _job(stack, training_data=data, validation_data=[validation], encryption_key=kms.Key(stack, "Key"))

    code, screen = desk.run("doctor", "--template", _template(tmp_path, build))

    assert code == 0
    assert screen == snapshot


def test_a_record_of_another_format_is_a_problem(desk: Desk, tmp_path: Path) -> None:
    desk.objects.put("data", "bad.jsonl", f'{RECORD}\n{{"prompt": "x"}}\n'.encode())
    said = _problem(desk, tmp_path, lambda stack: _job(stack, training_data=_at("bad.jsonl")))
    assert said.startswith("training: s3://data/bad.jsonl, line 2: schemaVersion must be text")


def test_of_a_large_file_both_ends_are_read(desk: Desk, tmp_path: Path) -> None:
    whole = (RECORD.replace("Hello", "Hello" * 2_000) + "\n") * 500
    desk.objects.put("data", "large.jsonl", whole.encode())
    desk.objects.put("data", "cut.jsonl", whole.encode()[:-20])
    found = _findings(desk, tmp_path / "whole", training_data=_at("large.jsonl"))
    assert found["problem"] == []
    assert "records at its beginning and end" in json.dumps(found["ok"])
    assert "cut.jsonl" in _problem(desk, tmp_path / "cut", lambda stack: _job(stack, training_data=_at("cut.jsonl")))


def test_the_teacher_of_a_distillation_counts(desk: Desk, tmp_path: Path) -> None:
    turns = [{"role": role, "content": [{"text": "Hello"}]} for role in ("user", "assistant", "user")]
    record = json.dumps({"schemaVersion": "bedrock-conversation-2024", "system": None, "messages": turns})
    desk.objects.put("data", "turns.jsonl", f"{record}\n".encode() * 100)

    def build(stack: cdk.Stack) -> None:
        teacher = bedrock.FoundationModelIdentifier("meta.llama3-1-70b-instruct-v1:0")
        model = bedrock.FoundationModel.from_foundation_model_id(stack, "Teacher", teacher)
        how = Customization.distillation(teacher_model=TeacherModel.from_model(model))
        _job(stack, customization=how, training_data=_at("turns.jsonl"))

    assert "must have one prompt a record, got '2 prompts'" in _problem(desk, tmp_path, build)


def test_few_records_are_enough_for_validation(desk: Desk, tmp_path: Path) -> None:
    desk.objects.put("data", "few.jsonl", RECORD.encode())
    few = ValidationData.from_s3_uri("s3://data/few.jsonl")
    assert not [each for each in _findings(desk, tmp_path, validation_data=[few])["warning"] if "few" in each["text"]]


def test_data_that_is_not_there_is_a_problem(desk: Desk, tmp_path: Path) -> None:
    said = _problem(desk, tmp_path, lambda stack: _job(stack, training_data=_at("nothing.jsonl")))
    assert said == "training: nothing is at s3://data/nothing.jsonl -> upload the data, or correct the URI"


def test_a_bucket_of_another_region_is_a_problem(desk: Desk, tmp_path: Path) -> None:
    desk.objects.put("ireland", "good.jsonl", RECORD.encode())
    data = TrainingData.from_s3_uri("s3://ireland/good.jsonl")
    said = _problem(desk, tmp_path, lambda stack: _job(stack, training_data=data))
    assert said.startswith("bucket: ireland is in eu-west-1 -> Bedrock reads only buckets of its own Region, us-east-1")


def test_a_base_model_that_is_not_customizable_there_is_a_problem(desk: Desk, tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        claude = bedrock.FoundationModelIdentifier("anthropic.claude-9-v1:0")
        _job(stack, base_model=bedrock.FoundationModel.from_foundation_model_id(stack, "Claude", claude))

    assert _problem(desk, tmp_path, build).startswith(
        "base model: anthropic.claude-9-v1:0 does not take FINE_TUNING in us-east-1 -> use one of amazon.nova-2-lite"
    )


def test_a_role_that_does_not_let_bedrock_in_is_a_problem(desk: Desk, tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        _job(stack, role=iam.Role(stack, "Own", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))

    said = _problem(desk, tmp_path, build)
    assert "does not let bedrock.amazonaws.com assume it" in said
    assert "-> trust ModelCustomizationJob.service_principal(scope)" in said


def test_what_a_role_in_iam_may_not_do_is_a_problem_each(desk: Desk, tmp_path: Path) -> None:
    trust = {
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "bedrock.amazonaws.com"}}
        ]
    }
    reads = {"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data/*"}}
    arn = desk.iam.put("trainer", trust, Reads=reads)

    def build(stack: cdk.Stack) -> None:
        role = iam.Role.from_role_arn(stack, "Imported", arn, mutable=False)
        _job(stack, role=role, output_data=OutputData.to_s3_uri("s3://data/out/"))

    missing = [each["text"] for each in _examined(desk, tmp_path, build)["problem"]]
    assert missing == [
        "trainer may not do s3:ListBucket on arn:aws:s3:::data",
        "trainer may not do s3:PutObject on arn:aws:s3:::data/out/any-file",
    ]


def test_a_key_that_bedrock_cannot_use_is_a_problem(desk: Desk, tmp_path: Path) -> None:
    template = _template(tmp_path, lambda stack: _job(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", KEY)))
    keys: dict[str, dict[str, Any]] = {
        "does not exist in this Region": {},
        "is RSA_2048 for ENCRYPT_DECRYPT": {KEY: {"KeySpec": "RSA_2048"}},
        "is PendingDeletion": {KEY: {"Enabled": False, "KeyState": "PendingDeletion"}},
    }
    for said, there in keys.items():
        desk.kms.keys = there
        code, screen = desk.run("doctor", "--template", template, "--json")
        assert (code, f"{KEY} {said}" in screen) == (1, True)


def test_a_full_quota_queues_or_is_a_problem_without_a_wait(desk: Desk, tmp_path: Path) -> None:
    desk.quotas.jobs = 1
    desk.job("running")
    [waiting] = [each for each in _findings(desk, tmp_path / "a")["warning"] if each["check"] == "quota"]
    assert waiting["text"].startswith("1 job going on, 1 allowed ((Model customization) Scheduled customization jobs)")
    assert "quota: 1 job going on" in _problem(desk, tmp_path / "b", lambda stack: _job(stack, wait=False))


def test_what_is_known_only_at_deployment_is_a_warning(desk: Desk, tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        name = cdk.CfnParameter(stack, "Bucket").value_as_string
        _job(stack, training_data=TrainingData.from_bucket(s3.Bucket.from_bucket_name(stack, "Data", name), "a.jsonl"))

    found = _examined(desk, tmp_path, build)
    assert found["problem"] == []
    assert {each["check"] for each in found["warning"]} == {"bucket", "training"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "doctor needs something to examine"),
        (["--template", "no-such.template.json"], "run cdk synth, and give cdk.out/NAME.template.json"),
        (["Nowhere"], "no stack is named 'Nowhere'"),
    ],
)
def test_without_anything_to_examine_the_arguments_are_wrong(
    desk: Desk, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert desk.run("doctor", *arguments)[0] == 2
    assert said in capsys.readouterr().err


def _at(key: str) -> TrainingData:
    return TrainingData.from_s3_uri(f"s3://data/{key}")


def _trust(**parts: Any) -> dict[str, Any]:
    service = {"Service": "bedrock.amazonaws.com"}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": service}
    return {"Statement": [{**statement, **parts}]}


def _also(document: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"Statement": [*document["Statement"], *_trust(Effect="Deny", **parts)["Statement"]]}


@pytest.mark.parametrize(
    ("document", "trusted"),
    [
        (_trust(), True),
        (_trust(Action="STS:assumerole"), True),
        (_trust(Action="sts:*"), True),
        (_trust(Principal="*"), True),
        (_trust(Principal={"Service": ["lambda.amazonaws.com", "bedrock.amazonaws.com"]}), True),
        (_trust(Principal={"Service": "lambda.amazonaws.com"}), False),
        (_trust(NotAction="sts:AssumeRole"), False),
        (_trust(Condition={"StringEquals": {"aws:SourceAccount": "1"}}), True),
        (_trust(Condition={"StringEquals": {"aws:SourceAccount": "2"}}), False),
        (_trust(Condition={"StringEquals": {"aws:ResourceTag/x": "1"}}), False),
        (_trust(Condition={"NumericLessThan": {"s3:max-keys": "1"}}), True),
        (_also(_trust()), False),
        (_also(_trust(), Condition={"StringNotEquals": {"aws:SourceAccount": "1"}}), True),
        ({"Statement": []}, False),
    ],
)
def test_a_trust_policy_is_evaluated_as_iam_does(document: dict[str, Any], trusted: bool) -> None:
    context = {"aws:SourceAccount": "1"}
    assert trust_policy.trusts(document, "bedrock.amazonaws.com", context) is trusted


def test_a_permissions_boundary_counts(desk: Desk, tmp_path: Path) -> None:
    def build(stack: cdk.Stack) -> None:
        keys_only = iam.PolicyStatement(actions=["kms:Decrypt"], resources=["*"])
        boundary = iam.ManagedPolicy(stack, "Boundary", statements=[keys_only])
        iam.PermissionsBoundary.of(_job(stack)).apply(boundary)

    problems = [each for each in _examined(desk, tmp_path, build)["problem"] if each["check"] == "role"]
    assert "s3:GetObject on arn:aws:s3:::data/good.jsonl" in problems[0]["text"]
    assert problems[0]["remedy"] == "allow it; its permissions boundary does not allow it (IAM policy simulator)"


def test_the_managed_policies_of_a_role_in_the_template_count(desk: Desk, tmp_path: Path) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    desk.iam.managed[arn] = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}

    def build(stack: cdk.Stack) -> None:
        principal = ModelCustomizationJob.service_principal(stack)
        managed = [iam.ManagedPolicy.from_aws_managed_policy_name("AmazonS3FullAccess")]
        role = iam.Role(stack, "Own", assumed_by=principal, managed_policies=managed)
        stack.node.add_metadata("made", role.role_name)
        _job(stack, role=role.without_policy_updates(), output_data=OutputData.to_s3_uri("s3://data/out/"))

    assert _examined(desk, tmp_path, build)["problem"] == []


def test_without_the_permission_to_simulate_nothing_is_judged_and_that_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.iam.may_not = "iam:SimulateCustomPolicy"
    found = _findings(desk, tmp_path)
    [unjudged] = [each for each in found["warning"] if each["check"] == "role"]
    assert unjudged["text"].endswith(" may do was not judged: these credentials may not do iam:SimulateCustomPolicy")
    assert found["problem"] == []
    assert "trust" in {each["check"] for each in found["ok"]}


def test_without_a_connection_nothing_is_judged_and_that_is_said(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(**_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://iam.amazonaws.com")

    monkeypatch.setattr(desk.iam, "simulate_custom_policy", unreachable)
    found = _findings(desk, tmp_path)
    [unjudged] = [each for each in found["warning"] if each["check"] == "role"]
    assert "was not judged: Could not connect to the endpoint URL" in unjudged["text"]


def test_every_page_of_the_simulation_counts(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = [
        {"EvalActionName": "s3:GetObject", "EvalDecision": "allowed"},
        {"EvalActionName": "s3:PutObject", "EvalDecision": "implicitDeny", "MissingContextValues": ["aws:userid"]},
        {"EvalActionName": "s3:ListBucket", "EvalDecision": "explicitDeny"},
    ]

    class Pages:
        @staticmethod
        def paginate(**_: Any) -> Any:
            yield from ({"EvaluationResults": [each]} for each in results)

    monkeypatch.setattr(desk.iam, "get_paginator", lambda _: Pages)
    found = _findings(desk, tmp_path)
    assert any("only under conditions on aws:userid, which was not judged" in each["text"] for each in found["warning"])
    assert {each["remedy"] for each in found["problem"]} == {"allow it; a statement denies it (IAM policy simulator)"}


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ({"Fn::Sub": "s3://x-${AWS::AccountId}/${!raw}/${Name}"}, f"s3://x-{ACCOUNT}/${{raw}}/given"),
        ({"Fn::Sub": ["${A}-b", {"A": {"Ref": "AWS::Region"}}]}, "us-east-1-b"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "arn:aws:s3:::{made by this deployment: Bucket}"),
        ({"Fn::GetAtt": "Bucket.DomainName"}, "{made by this deployment: Bucket.DomainName}"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b"]}]}, "b"),
        ({"Fn::ImportValue": "other"}, "{not known: the export other}"),
        ({"Fn::If": ["Big", "many", "few"]}, "few"),
        ({"Ref": "Looked"}, "{not known: the parameter Looked}"),
        ({"a": [{"Ref": "AWS::NoValue"}, {"Ref": "Role"}]}, {"a": ["real-role"]}),
    ],
)
def test_intrinsic_functions_are_resolved(given: Any, resolved: Any) -> None:
    template = {
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket"}},
        "Parameters": {
            "Name": {"Default": "given"},
            "Looked": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/its/name"},
        },
        "Conditions": {"Big": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
    }
    place = Place(account=ACCOUNT, region=REGION, partition="aws")
    assert ResolvedTemplate(template=template, place=place, names={"Role": "real-role"}).value(given) == resolved


class TestOpenWeights:
    def findings(self, desk: Desk, tmp_path: Path, **files: bytes | None) -> dict[str, list[dict[str, str]]]:
        """What is said of these files, in place of a sound model's."""
        given = {**WEIGHTS, **{name.replace("__", "."): body for name, body in files.items()}}
        for name, body in given.items():
            if body is not None:
                desk.objects.put("data", f"llama/{name}", body)
        return _examined(desk, tmp_path, self.model)

    def model(self, stack: cdk.Stack) -> ImportedModel:
        return ImportedModel(stack, "Writer", source=OpenWeightsSource.from_s3_uri("s3://data/llama"))

    def test_a_sound_model_is_called_one(self, desk: Desk, tmp_path: Path) -> None:
        found = self.findings(desk, tmp_path)
        assert found["problem"] == []
        assert found["warning"] == []
        assert [each["text"] for each in found["ok"] if each["check"] == "weights"] == ["LlamaForCausalLM, 0.0 GB"]

    @pytest.mark.parametrize(
        ("file", "lacks"),
        [
            ("config__json", "lacks config.json"),
            ("model__safetensors", "lacks *.safetensors"),
            ("tokenizer__json", "lacks a tokenizer"),
        ],
    )
    def test_a_file_that_is_missing_is_named(self, desk: Desk, tmp_path: Path, file: str, lacks: str) -> None:
        [found] = self.findings(desk, tmp_path, **{file: None})["problem"]
        assert lacks in found["text"]
        assert "save_pretrained" in found["remedy"]

    def test_an_empty_folder_is_a_problem(self, desk: Desk, tmp_path: Path) -> None:
        assert _problem(desk, tmp_path, self.model).startswith("weights: nothing is at s3://data/llama/")

    def test_what_lies_deeper_is_no_part_of_the_model(self, desk: Desk, tmp_path: Path) -> None:
        desk.objects.put("data", "llama/onnx/config.json", b"{}")
        [found] = self.findings(desk, tmp_path, config__json=None)["problem"]
        assert "lacks config.json" in found["text"]

    @pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"architectures": []}'])
    def test_a_config_of_something_else_is_a_problem(self, desk: Desk, tmp_path: Path, body: bytes) -> None:
        [found] = self.findings(desk, tmp_path, config__json=body)["problem"]
        assert "names no architectures" in found["text"]

    def test_another_architecture_is_doubtful(self, desk: Desk, tmp_path: Path) -> None:
        found = self.findings(desk, tmp_path, config__json=b'{"architectures": ["GemmaForCausalLM"]}')
        [doubt] = found["warning"]
        assert "GemmaForCausalLM is not documented" in doubt["text"]
        assert "LlamaForCausalLM" in doubt["remedy"]

    def test_a_bucket_of_the_same_stack_is_empty_when_the_import_starts(self, desk: Desk, tmp_path: Path) -> None:
        def build(stack: cdk.Stack) -> None:
            ImportedModel(stack, "Writer", source=OpenWeightsSource.from_bucket(s3.Bucket(stack, "New"), "llama"))

        doubts = [each["text"] for each in _examined(desk, tmp_path, build)["warning"] if each["check"] == "weights"]
        assert len(doubts) == 1
        assert "nothing is in it yet" in doubts[0]

    def test_a_role_that_asks_for_a_source_arn_of_trainings_is_a_problem(self, desk: Desk, tmp_path: Path) -> None:
        self.findings(desk, tmp_path)

        def build(stack: cdk.Stack) -> None:
            role = iam.Role(stack, "Own", assumed_by=ModelCustomizationJob.service_principal(stack))
            ImportedModel(stack, "Writer", source=OpenWeightsSource.from_s3_uri("s3://data/llama"), role=role)

        assert "trust ImportedModel.service_principal(scope)" in _problem(desk, tmp_path, build)


class TestTrainingJob:
    """Of SageMaker AI, whose checkpoint is imported."""

    def examined(self, desk: Desk, tmp_path: Path, **arguments: Any) -> dict[str, list[dict[str, str]]]:
        def build(stack: cdk.Stack) -> None:
            if "bucket" in arguments:
                arguments["bucket"] = s3.Bucket.from_bucket_name(stack, "Output", arguments["bucket"])
            CustomModel(stack, "Imported", source=ModelSource.from_training_job("nova", **arguments))

        return _examined(desk, tmp_path, build)

    def test_that_has_completed_is_well(self, desk: Desk, tmp_path: Path) -> None:
        desk.sagemaker.jobs.put("nova", "s3://data/nova/")
        found = self.examined(desk, tmp_path)
        assert (found["problem"], "nova is Completed" in json.dumps(found["ok"])) == ([], True)

    @pytest.mark.parametrize(("status", "failure"), [("InProgress", ""), ("Failed", "AlgorithmError")])
    def test_that_has_not_is_a_problem(self, desk: Desk, tmp_path: Path, status: str, failure: str) -> None:
        desk.sagemaker.jobs.put("nova", "s3://data/nova/", status=status, failure=failure)
        (found,) = self.examined(desk, tmp_path)["problem"]
        assert found["text"] == (f"nova is {status}: {failure}" if failure else f"nova is {status}")

    def test_that_is_not_there_is_a_problem(self, desk: Desk, tmp_path: Path) -> None:
        (found,) = self.examined(desk, tmp_path)["problem"]
        assert found["text"] == "SageMaker AI knows no training job nova"

    def test_on_hyperpod_is_known_to_no_api(self, desk: Desk, tmp_path: Path) -> None:
        found = self.examined(desk, tmp_path, bucket="data", prefix="nova")
        assert found["problem"] == []
        assert "HyperPod" in json.dumps(found["warning"])
