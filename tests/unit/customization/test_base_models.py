"""What is documented of base models is kept in one file, and told at synthesis as advice, never as an error."""

import datetime as dt
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import assertions
from aws_cdk import aws_bedrock as bedrock

from bedrock_models.bedrock import documented
from constructs_lib import (
    Customization,
    ModelCustomizationJob,
    OutputData,
    ProvisionedModelThroughput,
    TeacherModel,
    TrainingData,
)
from constructs_lib.customization import base_model_ids, base_models

KNOWN = [each["id"] for each in base_models.documented()["models"]]


def said(base_model: str, hyper_parameters: dict[str, str] | None = None, teacher: str | None = None) -> list[str]:
    return [each.id.partition(":")[2] for each in base_models.warnings(base_model, hyper_parameters or {}, teacher)]


def test_the_file_says_when_and_where_it_was_read() -> None:
    read = base_models.documented()
    assert dt.date.fromisoformat(read["read"]) >= dt.date(2026, 11, 26)
    assert all(source.startswith("https://docs.aws.amazon.com/") for source in read["sources"].values())


def test_bounds_read_the_same_at_synth_and_on_the_command_line() -> None:
    bounds = [each for family in base_models.documented()["hyper_parameters"].values() for each in family.values()]
    assert bounds
    # The command line tells the default, too.
    told = [documented.range_text(each).partition(" (default ")[0] for each in bounds]
    assert told == [base_models.range_text(each) for each in bounds]


def test_what_it_refers_to_is_in_it() -> None:
    read = base_models.documented()
    named = {pair["teacher"] for pair in read["distillation"]} | {
        s for p in read["distillation"] for s in p["students"]
    }
    assert named <= set(KNOWN)
    assert {each.get("hyper_parameters", "nova") for each in read["models"]} == set(read["hyper_parameters"])
    assert {each["use"] for each in read["ended"] if "use" in each} <= set(KNOWN)
    assert not [each for each in KNOWN if any(each.startswith(gone["family"]) for gone in read["ended"])]


def test_who_can_be_distilled_is_said_in_both_places() -> None:
    read = base_models.documented()
    students = {s: set(p["regions"]) for p in read["distillation"] for s in p["students"]}
    listed = {
        m["id"]: set(m["customizations"]["DISTILLATION"])
        for m in read["models"]
        if "DISTILLATION" in m["customizations"]
    }
    assert listed == students


@pytest.mark.parametrize(
    "text",
    [
        "amazon.nova-lite-v1:0",
        "amazon.nova-lite-v1:0:300k",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k",
        "arn:aws:bedrock:us-east-1:111122223333:custom-model/amazon.nova-lite-v1:0:300k/abc123",
    ],
)
def test_a_model_is_found_in_every_text_that_names_it(text: str) -> None:
    found = base_models.find(text)
    assert found is not None
    assert found["id"] == "amazon.nova-lite-v1:0"


@pytest.mark.parametrize("text", ["amazon.nova-lite-v1:01", "future.model-v1:0", "", "${Token[TOKEN.1]}"])
def test_what_is_not_listed_is_not_judged(text: str) -> None:
    assert base_models.find(text) is None
    assert said(text, {"epochCount": "4000"}) == []


@pytest.mark.parametrize(
    ("model", "name", "value", "is_fine"),
    [
        ("amazon.nova-lite-v1:0:300k", "epochCount", "5", True),
        ("amazon.nova-lite-v1:0:300k", "epochCount", "6", False),
        ("amazon.nova-lite-v1:0:300k", "epochCount", "0", False),
        ("amazon.nova-lite-v1:0:300k", "learningRate", "0.0001", True),
        ("amazon.nova-lite-v1:0:300k", "learningRate", "0.01", False),
        ("amazon.nova-lite-v1:0:300k", "epoch_count", "2", False),
        ("amazon.nova-lite-v1:0:300k", "epochCount", "many", False),
        ("meta.llama3-1-8b-instruct-v1:0:128k", "epochCount", "10", True),
        ("meta.llama3-1-8b-instruct-v1:0:128k", "batchSize", "2", False),
        ("amazon.titan-embed-image-v1:0", "batchSize", "auto", True),
        ("amazon.nova-2-lite-v1:0", "anything", "2", True),
    ],
)
def test_a_value_out_of_the_documented_bounds_is_told(model: str, name: str, value: str, is_fine: bool) -> None:
    assert said(model, {name: value}) == ([] if is_fine else ["hyperParameter"])


@pytest.mark.parametrize(
    ("student", "teacher", "ids"),
    [
        ("amazon.nova-lite-v1:0:300k", "amazon.nova-pro-v1:0", []),
        ("meta.llama3-1-8b-instruct-v1:0", "amazon.nova-pro-v1:0", ["distillationPair"]),
        ("future.model-v1:0", "amazon.nova-pro-v1:0", []),
        ("amazon.nova-lite-v1:0:300k", "future.model-v1:0", []),
        ("amazon.nova-lite-v1:0:300k", "amazon.nova-premier-v1:0", ["endedModel"]),
        ("anthropic.claude-3-haiku-20240307-v1:0:200k", None, ["endedModel"]),
    ],
)
def test_a_pair_that_nothing_comes_of_is_told(student: str, teacher: str | None, ids: list[str]) -> None:
    assert said(student, teacher=teacher) == ids


def test_a_job_says_it_where_it_can_be_acknowledged() -> None:
    stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
    premier = bedrock.FoundationModel.from_foundation_model_id(
        stack, "Premier", bedrock.FoundationModelIdentifier("amazon.nova-premier-v1:0")
    )
    for name, customization in {
        "Tuned": Customization.fine_tuning(hyper_parameters={"epochCount": 50}),
        "Distilled": Customization.distillation(teacher_model=TeacherModel.from_model(premier)),
    }.items():
        ModelCustomizationJob(
            stack,
            name,
            base_model=bedrock.FoundationModel.from_foundation_model_id(
                stack, f"{name}Nova", bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
            ),
            customization=customization,
            training_data=TrainingData.from_s3_uri("s3://example-data/train.jsonl"),
            output_data=OutputData.to_s3_uri("s3://example-output/"),
        )
    warnings = assertions.Annotations.from_stack(stack)
    anything = assertions.Match.string_like_regexp
    assert len(warnings.find_warning("/Stack/Tuned", anything(r"epochCount of Nova Lite .* 1 to 5, got '50'"))) == 1
    assert len(warnings.find_warning("/Stack/Distilled", anything("use amazon.nova-pro-v1:0"))) == 1


def test_the_examples_and_pages_name_no_model_that_has_ended() -> None:
    root = Path(__file__).parents[3]
    pages = [*root.glob("docs/**/*.md"), *root.glob("examples/**/*.py"), root / "README.md", root / "app.py"]
    for gone in base_models.documented()["ended"]:
        naming = [page.name for page in pages if gone["family"] in page.read_text()]
        assert naming == [], gone["family"]


class TestIds:
    """What `base_model` and `model` are given."""

    @pytest.fixture
    def stack(self) -> cdk.Stack:
        return cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))

    def test_the_pattern_is_that_of_the_service(self) -> None:
        shapes = botocore.session.get_session().get_service_model("bedrock")
        for operation, member in (
            ("CreateModelCustomizationJob", "baseModelIdentifier"),
            ("CreateProvisionedModelThroughput", "modelId"),
        ):
            shape = shapes.operation_model(operation).input_shape.members[member]
            assert base_model_ids.FOUNDATION_MODEL_PATTERN in shape.metadata["pattern"]

    def test_every_id_that_the_cdk_lists_passes(self) -> None:
        for known in base_model_ids._known():
            base_model_ids.check("base_model", foundation_model(known))

    @pytest.mark.parametrize(
        ("model_id", "told"),
        [
            ("", "form provider.model, as Amazon Bedrock writes it, got ''; use an id like"),
            ("Nova Lite", "form provider.model.*got 'Nova Lite'"),
            ("amazon.nova_lite-v1:0:300k", "use an id like 'amazon.nova-lite-v1:0:300k'"),
            (
                "us.amazon.nova-lite-v1:0",
                "no inference profile, got 'us.amazon.*; use the model behind it, 'amazon.nova-lite-v1:0:300k",
            ),
            (
                "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "use the model behind it, 'anthropic.claude-sonnet-4-5",
            ),
        ],
    )
    @pytest.mark.parametrize("region", ["us-east-1", None])
    def test_an_id_that_bedrock_takes_for_no_model_is_refused(
        self, region: str | None, model_id: str, told: str
    ) -> None:
        stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(region=region))
        with pytest.raises(ValueError, match=f"base_model must .*{told}"):
            train(stack, "Job", model(stack, model_id))
        assert stack.node.try_find_child("Job") is None
        with pytest.raises(ValueError, match=f"model must .*{told}"):
            ProvisionedModelThroughput(stack, "Throughput", model=model(stack, model_id, "Again"))

    def test_the_arn_of_something_else_is_refused(self) -> None:
        for resource in ("inference-profile/us.amazon.nova-lite-v1:0", "imported-model/abc", "prompt-router/abc"):
            arn = f"arn:aws:bedrock:us-east-1:111122223333:{resource}"
            with pytest.raises(ValueError, match=f"base_model must be a foundation .*got 'an? {resource[:6]}.*; give"):
                base_model_ids.check("base_model", arn)

    @pytest.mark.parametrize(
        ("model_id", "warning", "told"),
        [
            ("amazon.nova-lite-v1:0", "contextLength", "use amazon.nova-lite-v1:0:300k"),
            (
                "anthropic.claude-3-haiku-20240307-v1:0",
                "contextLength",
                "use anthropic.claude-3-haiku-20240307-v1:0:200k",
            ),
            ("amazon.nova-liet-v1:0:300k", "unknownModel", "did you mean amazon.nova-lite-v1:0:300k?"),
            ("amazon.nova-lite-v1", "unknownModel", "did you mean amazon.nova-lite-v1:0:300k?"),
            ("future.model-v1:0", "unknownModel", "look the id up"),
        ],
    )
    def test_an_id_that_looks_mistyped_is_warned_of(self, model_id: str, warning: str, told: str) -> None:
        (advice,) = base_model_ids.warnings("base_model", foundation_model(model_id))
        assert advice.id == f"bedrock-models:{warning}"
        assert advice.message.startswith(f"base_model {model_id} ")
        assert advice.message.endswith(told)

    @pytest.mark.parametrize(
        "model_id", ["amazon.nova-lite-v1:0:300k", "amazon.titan-embed-image-v1:0", "${Token[A.1]}"]
    )
    def test_an_id_that_is_listed_is_not_warned_of(self, model_id: str) -> None:
        assert list(base_model_ids.warnings("base_model", foundation_model(model_id))) == []

    @pytest.mark.parametrize("model_id", ["amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0"])
    def test_a_documented_id_does_not_ask_the_cdk_for_its_list(
        self, model_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unexpected() -> frozenset[str]:
            raise AssertionError("asking costs a third of a second")

        monkeypatch.setattr(base_model_ids, "_known", unexpected)
        base_model_ids.check("base_model", foundation_model(model_id))
        list(base_model_ids.warnings("base_model", foundation_model(model_id)))

    def test_the_job_carries_the_warning(self, stack: cdk.Stack) -> None:
        train(stack, "Job", model(stack, "amazon.nova-lite-v1:0"))
        said = assertions.Annotations.from_stack(stack)
        assert len(said.find_warning("/Stack/Job", assertions.Match.string_like_regexp("contextLength"))) == 1


class TestAModelThatAJobOfTheAppTrains:
    """Its own base is known, so what is known of that family is asked of everything that is trained further."""

    @pytest.fixture
    def third(self) -> Any:
        stack = cdk.Stack(cdk.App(), "Stack", env=cdk.Environment(account="111122223333", region="us-east-1"))
        first = train(stack, "First", model(stack, "amazon.nova-lite-v1:0:300k"))
        second = train(stack, "Second", first.custom_model)
        return lambda **arguments: train(stack, "Third", second.custom_model, **arguments)

    def test_its_data_is_checked_by_the_family_that_it_came_from(self, third: Any, tmp_path: Path) -> None:
        file = tmp_path / "train.jsonl"
        file.write_text('{"prompt": "a", "completion": "b"}\n' * 8)
        with pytest.raises(ValueError, match=r"train.jsonl, line 1: .*must be"):
            third(training_data=TrainingData.from_asset(file))

    def test_its_hyperparameters_are_those_of_the_family(self, third: Any) -> None:
        job = third(customization=Customization.fine_tuning(hyper_parameters={"epochCount": 50}))
        said = assertions.Annotations.from_stack(cdk.Stack.of(job))
        text = assertions.Match.string_like_regexp(r"epochCount of Nova Lite .* 1 to 5, got '50'")
        assert len(said.find_warning("/Stack/Third", text)) == 1


def foundation_model(model_id: str) -> str:
    return f"arn:aws:bedrock:us-east-1::foundation-model/{model_id}"


def model(stack: cdk.Stack, model_id: str, name: str = "Model") -> bedrock.IModel:
    return bedrock.FoundationModel.from_foundation_model_id(stack, name, bedrock.FoundationModelIdentifier(model_id))


def train(stack: cdk.Stack, name: str, base: bedrock.IModel, **arguments: Any) -> ModelCustomizationJob:
    given = {
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://example-data/train.jsonl"),
        "output_data": OutputData.to_s3_uri("s3://example-output/"),
    }
    return ModelCustomizationJob(stack, name, base_model=base, **{**given, **arguments})
