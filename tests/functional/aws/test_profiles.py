"""Answers of Amazon Bedrock that its documents do not tell: whichever is real, the outcome is the same."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Profile
from local.bedrock.custom_model_deployments import CustomModelDeployment
from local.bedrock.custom_models import CustomModel
from local.bedrock.customization_job import CustomizationJob
from local.bedrock.model_import_jobs import ModelImportJob
from local.bedrock.provisioned_model_throughputs import ProvisionedModelThroughput
from provider.cloudformation.contract import WAIT_TYPE
from tests.functional import recorded
from tests.functional.conftest import Cloud
from tests.functional.kinds import KINDS, Kind, tagged

_ONES = [profile for profile in Profile if profile is not Profile.STRICT]
RECORDED = [(name,) for name in recorded.names()]
PROFILES = [(), *RECORDED, *((one,) for one in _ONES), *combinations(_ONES, 2), tuple(_ONES)]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, cloud: Cloud) -> Kind:
    assert cloud
    return KINDS[request.param]()


@pytest.fixture(params=PROFILES, ids=lambda each: "+".join(each) or "strict")
def profiled(request: pytest.FixtureRequest, kind: Kind) -> Kind:
    if request.param in RECORDED:
        kind.world.bedrock.config.recorded = recorded.answers(*request.param)
    else:
        kind.world.bedrock.config.profiles = frozenset(request.param)
    return kind


def test_a_recording_is_what_the_bedrock_in_memory_answers(kind: Kind) -> None:
    config = kind.world.bedrock.config
    config.recorded = recorded.answers("local-aws-validation-errors")
    assert {documented for _, documented in config.recorded} == {"ResourceNotFoundException", "ConflictException"}

    with pytest.raises(ClientError) as refusal:
        kind.world.client.get_custom_model(modelIdentifier="nobody")

    told = refusal.value.response["Error"]
    assert (told["Code"], told["Message"]) == config.recorded["GetCustomModel", "ResourceNotFoundException"]


def as_documented(world: Cloud) -> None:
    """From now on, so that the test itself can look."""
    world.bedrock.config.profiles = frozenset()
    world.bedrock.config.recorded = {}


def ready(kind: Kind, answer: dict[str, Any], **fields: str) -> dict[str, Any]:
    """The last wait's answer, asked for as soon as the resource has answered."""
    types = {"training": "ModelCustomizationJob", "import": "CustomModel", "open weights": "ImportedModel"}
    types |= {"deployment": "CustomModelDeployment", "throughput": "ProvisionedModelThroughput"}
    given = {"For": f"Custom::Bedrock{types[kind.name]}", "Name": answer["PhysicalResourceId"], "Last": "true"}
    given |= {"ServedModelArn": answer["Data"]["ServedModelArn"]} if kind.swaps else {}
    event = kind.world.event("Create", given, ResourceType=WAIT_TYPE, LogicalResourceId="Ready", **fields)
    return kind.world.send(event)


def made(kind: Kind) -> int:
    """How many there are of the kind, whatever the calls were that made them."""
    kinds = {"training": CustomizationJob, "import": CustomModel, "open weights": ModelImportJob}
    kinds |= {"deployment": CustomModelDeployment, "throughput": ProvisionedModelThroughput}
    return len(kind.world.bedrock.store().of(kinds[kind.name]))


def test_a_life_is_the_same(profiled: Kind) -> None:
    world, before = profiled.world, made(profiled)
    create = world.event("Create", profiled.first)
    created = world.send(create)
    assert created["Status"] == "SUCCESS"
    again = world.send(create)
    assert (again["Status"], again["PhysicalResourceId"]) == ("SUCCESS", created["PhysicalResourceId"])
    name = created["PhysicalResourceId"]
    if profiled.name != "training":
        assert ready(profiled, created)["Status"] == "SUCCESS"
    world.clock.advance(timedelta(days=1))
    world.stack("UPDATE_IN_PROGRESS")
    fields = {"PhysicalResourceId": name, "OldResourceProperties": profiled.first}
    changed = world.send(world.event("Update", tagged(profiled.first, "new"), **fields))
    assert (changed["Status"], changed["PhysicalResourceId"]) == ("SUCCESS", name)
    assert profiled.tags(name)["team"] == "new"
    assert made(profiled) == before + 1
    world.stack("DELETE_IN_PROGRESS")
    assert world.delete(name, profiled.first)["Status"] == "SUCCESS"
    world.clock.advance(timedelta(hours=1))
    as_documented(world)
    assert not profiled.is_left(name)


def test_a_rollbacks_delete_seconds_after_the_create_leaves_nothing_that_costs(profiled: Kind) -> None:
    world = profiled.world
    # Nothing stops an import: it is waited for, and its model goes.
    behavior = "delete" if profiled.name == "open weights" else "stop-running"
    stopping = {**profiled.first, "Settings": {**profiled.first["Settings"], "RollbackBehavior": behavior}}
    name = world.create(stopping)["PhysicalResourceId"]
    world.clock.advance(timedelta(seconds=2))
    world.stack("DELETE_IN_PROGRESS")
    assert world.delete(name, stopping)["Status"] == "SUCCESS"
    world.clock.advance(timedelta(days=1))
    as_documented(world)
    if profiled.name == "training":
        assert world.job(name)["status"] == "Stopped"  # type: ignore[attr-defined]
    else:
        assert not profiled.is_left(name)


@pytest.mark.parametrize("kind", ["import", "deployment", "throughput"], indirect=True)
def test_what_is_still_being_deleted_is_neither_adopted_nor_an_error(profiled: Kind) -> None:
    world = profiled.world
    name = profiled.made(profiled.first)
    world.stack("DELETE_IN_PROGRESS")
    assert world.delete(name, profiled.first)["Status"] == "SUCCESS"
    world.stack("CREATE_IN_PROGRESS")
    created = world.create(profiled.first)
    assert created["Status"] == "SUCCESS"
    assert ready(profiled, created)["Status"] == "SUCCESS"
    assert profiled.is_left(created["PhysicalResourceId"])


def test_what_is_gone_is_a_success_for_its_delete(profiled: Kind) -> None:
    world = profiled.world
    world.stack("DELETE_IN_PROGRESS")
    assert world.delete("never-there-0123456789-01234567890123456789", profiled.first)["Status"] == "SUCCESS"


def raising(kind: Kind, operation: str, *errors: ClientError) -> None:
    """The call is refused so often before it is carried out."""
    real, left = kind.world.outside.bedrock, list(errors)

    class Refusing:
        meta = real.meta

        def __getattr__(self, name: str) -> Any:
            if name == operation and left:
                return self._refuse
            return getattr(real, name)

        def _refuse(self, **_: Any) -> Any:
            raise left.pop(0)

    kind.world.outside.bedrock = Refusing()


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@pytest.mark.parametrize(
    "message",
    [
        "Could not assume provided IAM role",
        "The provided role ARN is invalid.",
        "User is not authorized to perform kms:CreateGrant on the key.",
        "The provided grader Lambda function cannot be invoked with the role.",
        "Could not validate ListBucket permissions to access Amazon S3 bucket: data",
    ],
)
@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
@pytest.mark.parametrize("kind", ["training", "import"], indirect=True)
def test_a_role_that_was_just_made_is_waited_for_in_whatever_words(kind: Kind, code: str, message: str) -> None:
    operation = "create_model_customization_job" if kind.name == "training" else "create_custom_model"
    raising(kind, operation, *[refusal(code, message)] * 5)
    assert kind.world.create(kind.first)["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["training"], indirect=True)
def test_a_mistake_that_is_no_permission_is_told_at_once(kind: Kind) -> None:
    raising(kind, "create_model_customization_job", refusal("ValidationException", "epochCount must be at most 5."))
    began = kind.world.clock.now()
    answer = kind.world.create(kind.first)
    assert (answer["Status"], "epochCount" in answer["Reason"]) == ("FAILED", True)
    assert kind.world.clock.now() - began < timedelta(seconds=10)


@pytest.mark.parametrize("kind", ["training"], indirect=True)
def test_a_taken_model_name_is_told_at_once_and_not_as_the_jobs(kind: Kind) -> None:
    text = "The provided custom model name is currently in use."
    raising(kind, "create_model_customization_job", refusal("ValidationException", text))
    named = {**kind.first, "RunInputs": {**kind.first["RunInputs"], "customModelName": "assistant"}}
    began = kind.world.clock.now()
    answer = kind.world.create(named)
    assert answer["Status"] == "FAILED"
    assert "'assistant'" in answer["Reason"]
    assert kind.world.clock.now() - began < timedelta(seconds=10)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ResourceNotFoundException", "The custom model could not be found."),
        ("ValidationException", "The custom model is Creating, and only an Active one can be used."),
    ],
)
@pytest.mark.parametrize("kind", ["deployment", "throughput"], indirect=True)
def test_a_model_that_was_finished_a_moment_ago_is_waited_for(kind: Kind, code: str, message: str) -> None:
    create = "create_custom_model_deployment" if kind.name == "deployment" else "create_provisioned_model_throughput"
    raising(kind, create, *[refusal(code, message)] * 3)
    assert kind.world.create(kind.first)["Status"] == "SUCCESS"


@pytest.mark.parametrize("kind", ["training"], indirect=True)
def test_a_validation_error_that_means_something_else_is_not_taken_for_absence(kind: Kind) -> None:
    """Or the same inputs would be trained again."""
    name = kind.made(kind.first)
    raising(kind, "get_model_customization_job", *[refusal("ValidationException", "Try another time.")] * 50)
    kind.world.stack("CREATE_IN_PROGRESS")
    assert kind.world.create(kind.first)["PhysicalResourceId"] == name
    assert kind.world.bedrock.training_runs() == [name]


@pytest.fixture
def just_trained(cloud: Cloud) -> tuple[Kind, str]:
    """A run that ended a moment ago, and whose model does not show yet."""
    assert cloud
    kind = KINDS["training"]()
    kind.world.bedrock.config.profiles = frozenset([Profile.SLOW_READS])
    name = kind.world.create(kind.first)["PhysicalResourceId"]
    kind.world.clock.advance(timedelta(minutes=5))
    # Read from the store: a call for each second of such a run would take a quarter of a minute.
    bedrock = kind.world.bedrock
    [job] = [job for job in bedrock.store().of(CustomizationJob) if job.name == name]
    while job.status == "InProgress":
        kind.world.clock.advance(timedelta(seconds=1))
        bedrock.settle()
    return kind, name


def test_a_model_that_does_not_show_yet_is_not_trained_again(just_trained: tuple[Kind, str]) -> None:
    kind, name = just_trained
    before = made(kind)

    created = kind.world.create(kind.first)

    assert (created["PhysicalResourceId"], made(kind)) == (name, before)


def test_a_model_that_does_not_show_yet_is_deleted_all_the_same(just_trained: tuple[Kind, str]) -> None:
    kind, name = just_trained
    kind.world.stack("DELETE_IN_PROGRESS")

    assert kind.world.delete(name, kind.first)["Status"] == "SUCCESS"

    as_documented(kind.world)
    assert not kind.is_left(name)
