"""What is documented of base models is kept in one file, and told at synthesis as advice, never as an error."""

import datetime as dt
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_bedrock as bedrock

from constructs_lib import Customization, ModelCustomizationJob, OutputData, TeacherModel, TrainingData, base_models

KNOWN = [each["id"] for each in base_models.documented()["models"]]


def said(base_model: str, hyper_parameters: dict[str, str] | None = None, teacher: str | None = None) -> list[str]:
    return [each.id.partition(":")[2] for each in base_models.advice(base_model, hyper_parameters or {}, teacher)]


def test_the_file_says_when_and_where_it_was_read() -> None:
    read = base_models.documented()
    assert dt.date.fromisoformat(read["read"]) >= dt.date(2026, 11, 26)
    assert all(source.startswith("https://docs.aws.amazon.com/") for source in read["sources"].values())


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
    root = Path(__file__).parents[2]
    pages = [*root.glob("docs/**/*.md"), *root.glob("examples/**/*.py"), root / "README.md", root / "app.py"]
    for gone in base_models.documented()["ended"]:
        naming = [page.name for page in pages if gone["family"] in page.read_text()]
        assert naming == [], gone["family"]
