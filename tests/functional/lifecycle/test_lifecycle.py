"""Nothing paid starts on a base model that takes no new use; a look that fails is never a reason not to start."""

import copy
import re
from datetime import timedelta
from typing import Any

import pytest

from local.bedrock import Fault
from tests.functional.conftest import Cloud, listening
from tests.functional.kinds import KINDS, Kind

LITE = "amazon.nova-lite-v1:0"
MICRO = "amazon.nova-micro-v1:0"
PAID = {"training": "CreateModelCustomizationJob", "throughput": "CreateProvisionedModelThroughput"}


@pytest.fixture(params=PAID)
def kind(request: pytest.FixtureRequest, cloud: Cloud) -> Kind:
    """What is paid for: a training job, Provisioned Throughput."""
    assert cloud
    made = KINDS[request.param]()
    made.world.clock.advance(timedelta(hours=1))
    return made


def live(kind: Kind, *, legacy: int | None = None, end: int | None = None) -> None:
    """Days from now on, for whatever the kind's models were made from."""
    now = kind.world.clock.now()
    dates = {name: now + timedelta(days=days) for name, days in (("legacy", legacy), ("end", end)) if days is not None}
    for model in (LITE, MICRO):
        kind.world.bedrock.set_lifecycle(model, **dates)


def asked(kind: Kind) -> int:
    return sum(call.operation == PAID[kind.name] for call in kind.world.bedrock.calls)


@pytest.mark.parametrize(
    ("dates", "state"),
    [
        ({"legacy": 0}, "is Legacy, so"),
        ({"legacy": -10, "end": 20}, r"is Legacy and ends on 2026-\d\d-\d\d, so"),
        ({"legacy": -200, "end": -1}, r"came to the end of its life on 20\d\d-\d\d-\d\d, so"),
    ],
)
def test_nothing_paid_starts_on_a_base_model_that_takes_no_new_use(kind: Kind, dates: Any, state: str) -> None:
    before = asked(kind)
    live(kind, **dates)
    answer = kind.world.create(kind.first)
    assert answer["Status"] == "FAILED"
    assert re.search(rf"Nothing was started: the base model amazon\.nova.* {state} it takes no new", answer["Reason"])
    assert "bedrock-models models" in answer["Reason"]
    assert asked(kind) == before
    assert kind.world.delete(answer["PhysicalResourceId"], kind.first)["Status"] == "SUCCESS"


def test_what_exists_is_taken_over_whatever_became_of_its_base_model(kind: Kind) -> None:
    name = kind.made(kind.first)
    live(kind, legacy=0)
    assert kind.world.create(kind.first)["PhysicalResourceId"] == name
    tagged = copy.deepcopy(kind.first) | {"Tags": [{"Key": "team", "Value": "new"}]}
    assert kind.world.update(name, tagged, kind.first)["Status"] == "SUCCESS"


def test_a_rollback_does_not_fail_for_it(kind: Kind) -> None:
    name = kind.made(kind.first)
    live(kind, legacy=0)
    kind.world.stack("UPDATE_ROLLBACK_IN_PROGRESS")
    assert kind.world.update(name, kind.first, kind.second)["Status"] == "SUCCESS"


@pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.ACCESS_DENIED, Fault.INTERNAL_ERROR])
def test_a_life_that_cannot_be_read_holds_nothing_up(kind: Kind, fault: Fault) -> None:
    kind.world.bedrock.faults.add("GetFoundationModel", fault, times=20)
    with listening() as lines:
        assert kind.world.create(kind.first)["Status"] == "SUCCESS"
    assert [line for line in lines if line["event"] == "life of the base model not read"]


def test_an_end_that_is_near_is_logged_and_no_more(kind: Kind) -> None:
    live(kind, end=60)
    with listening() as lines:
        assert kind.world.create(kind.first)["Status"] == "SUCCESS"
    assert [line for line in lines if line["event"] == "the base model ends soon"]


def test_the_base_of_a_custom_model_counts() -> None:
    kind = KINDS["training"]()
    model = kind.world.client.get_model_customization_job(jobIdentifier=kind.made(kind.first))["outputModelArn"]
    live(kind, legacy=0)
    further = copy.deepcopy(kind.second)
    further["RunInputs"]["baseModelIdentifier"] = model
    answer = kind.world.create(further, LogicalResourceId="Further")
    assert "is Legacy, so it takes no new training jobs" in answer["Reason"]


TEACHER = "amazon.nova-pro-v1:0"


@pytest.mark.parametrize(
    "identifier", [TEACHER, f"us.{TEACHER}", f"arn:aws:bedrock:us-east-1::foundation-model/{TEACHER}"]
)
@pytest.mark.parametrize(("dates", "starts"), [({"legacy": -200, "end": -1}, False), ({"legacy": -1, "end": 90}, True)])
def test_a_distillation_is_not_started_with_a_teacher_that_has_ended(
    cloud: Cloud, identifier: str, dates: dict[str, int], starts: bool
) -> None:
    kind = KINDS["training"]()
    now = kind.world.clock.now()
    kind.world.bedrock.set_lifecycle(TEACHER, **{name: now + timedelta(days=days) for name, days in dates.items()})
    config = {"distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": identifier}}}
    properties = copy.deepcopy(kind.first)
    properties["RunInputs"] |= {"customizationType": "DISTILLATION", "customizationConfig": config}
    answer = kind.world.create(properties)
    assert ("the teacher amazon.nova-pro-v1:0 came to the end of its life" in str(answer["Reason"])) is not starts
    assert (asked(kind) > 0) is starts
