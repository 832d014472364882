"""Open weights: imported from a bucket under IAM, invoked by their own ARN, and replaced."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from constructs_lib import ImportedModel, OpenWeightsSource
from tests.e2e.stage import SEGMENT, WEIGHTS, Stage, failure
from tests.support.cloudformation import Deployment

BUCKET = "open-weights-of-the-end-to-end-tests"
CONFIG = {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 8192}
DESTROY = cdk.RemovalPolicy.DESTROY


@dataclass(frozen=True)
class Imported:
    """Weights that are imported, other weights in their place, an import that fails, and the stack deleted."""

    first: Deployment
    second: Deployment
    failed: Deployment
    deleted: Deployment
    models: list[list[str]]
    jobs: list[str]


@pytest.fixture(scope="module")
def imported(new_stage: Callable[[str], Stage]) -> Imported:
    stage = new_stage("open weights")
    storage = stage.aws.client("s3")
    storage.create_bucket(Bucket=BUCKET)
    for version in ("v1", "v2"):
        for file in WEIGHTS:
            storage.put_object(Bucket=BUCKET, Key=f"writer/{version}/{file}", Body=json.dumps(CONFIG).encode())

    def build(stack: cdk.Stack, version: str) -> None:
        model = ImportedModel(
            stack,
            f"{stage.id}Writer",
            source=OpenWeightsSource.from_bucket(
                s3.Bucket.from_bucket_name(stack, "Weights", BUCKET), f"writer/{version}"
            ),
            removal_policy=DESTROY,
            timeout=cdk.Duration.seconds(SEGMENT),
            tags={"team": "writing"},
        )
        model.publish_to(f"/{stage.id}/writer")
        cdk.CfnOutput(stack, "Model", value=model.imported_model_arn)

    models: list[list[str]] = []

    def deploy(version: str) -> Deployment:
        done = stage.deploy(lambda stack: build(stack, version))
        models.append(of_kind(stage, "imported model"))
        return done

    first, second, failed = deploy("v1"), deploy("v2"), deploy("v3")
    deleted = stage.delete()
    models.append(of_kind(stage, "imported model"))
    return Imported(first, second, failed, deleted, models, of_kind(stage, "model import job"))


def of_kind(stage: Stage, kind: str) -> list[str]:
    found = stage.aws.bedrock("resources")["resources"]
    return [each["arn"] for each in found if each["kind"] == kind and stage.id in each["name"]]


def test_they_are_imported_and_named_by_the_stack(imported: Imported) -> None:
    assert imported.first.status == "CREATE_COMPLETE", failure(imported.first)
    assert imported.models[0] == [imported.first.outputs["Model"]]
    assert ":imported-model/" in imported.first.outputs["Model"]


def test_other_weights_are_another_model_and_the_old_one_goes(imported: Imported) -> None:
    assert imported.second.status == "UPDATE_COMPLETE", failure(imported.second)
    assert imported.models[1] == [imported.second.outputs["Model"]] != imported.models[0]


def test_weights_that_are_not_there_fail_the_deployment_and_the_old_ones_stay(imported: Imported) -> None:
    assert imported.failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert imported.models[2] == imported.models[1]


def test_nothing_is_left_but_records_of_jobs(imported: Imported) -> None:
    assert imported.deleted.status == "DELETE_COMPLETE"
    assert imported.models[3] == []
    assert imported.jobs
