"""Tags of the stacks around a resource: they come as a property of their own, below all others."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from tests.functional.conftest import Cloud
from tests.functional.job.test_model_customization_job import Training
from tests.functional.job.test_model_customization_job import properties as training_properties
from tests.functional.kinds import KINDS, Kind

job = training_properties

ROOT, NESTED = "of-the-root", "of-the-nested-stack"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, cloud: Cloud) -> Kind:
    """Each kind of resource."""
    assert cloud
    made = KINDS[request.param]()
    made.world.clock.advance(timedelta(hours=1))
    return made


def listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def with_stack_tags(properties: dict[str, Any], *stacks: dict[str, str]) -> dict[str, Any]:
    """The innermost stack first."""
    own, *parents = (listed(tags) for tags in stacks)
    return {**copy.deepcopy(properties), "StackTags": own, "ParentStackTags": parents}


def of_users(tags: dict[str, str]) -> dict[str, str]:
    ours = ("bedrock-models:", "sagemaker.amazonaws.com/")
    return {key: value for key, value in tags.items() if not key.startswith(ours)}


def test_an_inner_stack_wins_over_those_around_it_and_the_resources_own_over_all(kind: Kind) -> None:
    asked = with_stack_tags(
        kind.first,
        {"team": NESTED, "cost": NESTED},
        {"team": ROOT, "cost": ROOT, "stage": ROOT},
    )
    assert of_users(kind.tags(kind.made(asked))) == {"team": "ml", "cost": NESTED, "stage": ROOT}


def test_a_changed_and_a_removed_stack_tag_reach_what_exists(kind: Kind) -> None:
    before = with_stack_tags(kind.first, {"cost": "1", "stage": "dev", "team": "all"})
    name = kind.made(before)
    after = with_stack_tags(kind.first, {"cost": "2", "team": "all"})
    answer = kind.world.update(name, after, before)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert of_users(kind.tags(name)) == {"team": "ml", "cost": "2"}


def test_a_stack_that_loses_all_its_tags_loses_none_of_the_resources_own(kind: Kind) -> None:
    before = with_stack_tags(kind.first, {"team": "all", "cost": "1"})
    name = kind.made(before)
    assert kind.world.update(name, kind.first, before)["Status"] == "SUCCESS"
    assert of_users(kind.tags(name)) == {"team": "ml"}


def test_the_tags_of_the_model_win_over_those_of_the_stack(cloud: Cloud, job: dict[str, Any]) -> None:
    assert cloud
    training = Training()
    model_tags = listed({"cost": "of-the-model"})
    before = with_stack_tags({**job, "CustomModelTags": model_tags}, {"cost": ROOT, "stage": "dev"})
    name = training.trained(before)
    arns = training.job(name)
    assert of_users(training.tags(arns["jobArn"]))["cost"] == ROOT
    assert of_users(training.tags(arns["outputModelArn"]))["cost"] == "of-the-model"

    after = with_stack_tags({**job, "CustomModelTags": model_tags}, {"cost": "new", "stage": "prod"})
    assert training.update(name, after, before)["Status"] == "SUCCESS"
    of_job, of_model = (of_users(training.tags(arns[arn])) for arn in ("jobArn", "outputModelArn"))
    assert (of_job["cost"], of_job["stage"]) == ("new", "prod")
    assert (of_model["cost"], of_model["stage"]) == ("of-the-model", "prod")


@pytest.mark.parametrize("malformed", ["text", {"Key": "a"}, ["text"], [[{"Key": "a", "Value": "b"}]], [{"Key": 1}]])
@pytest.mark.parametrize("name", ["StackTags", "ParentStackTags"])
def test_anything_else_under_that_name_is_refused(kind: Kind, name: str, malformed: Any) -> None:
    answer = kind.world.create({**kind.first, name: malformed if name == "StackTags" else [malformed]})
    assert answer["Status"] == "FAILED"
    assert f"{name} must be a list" in answer["Reason"]


@pytest.mark.parametrize("malformed", ["text", {"Key": "a"}, [{"Key": "a", "Value": "b"}]])
def test_tags_of_the_stacks_around_are_one_list_for_each(kind: Kind, malformed: Any) -> None:
    answer = kind.world.create({**kind.first, "ParentStackTags": malformed})
    assert answer["Status"] == "FAILED"
    assert "ParentStackTags must be a list" in answer["Reason"]
