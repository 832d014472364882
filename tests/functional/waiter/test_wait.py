"""A chain of waits as its template says, with what each one hands on to the next."""

from datetime import timedelta
from typing import Any

import pytest

from constructs_lib.resources.wait_template import segment_id, template
from local.bedrock import Fault, Profile
from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    WAIT_TYPE,
)
from tests.functional.conftest import Cloud
from tests.functional.hostile import valid_event

WAITS = 28
TOLD = ("For", "Name", "ServedModelArn")


class Chain:
    """CloudFormation as far as the nested stack needs it: parameters, references to attributes, and updates."""

    def __init__(self, cloud: Cloud, count: int = WAITS) -> None:
        self.cloud = cloud
        self.resources = template(count, TOLD)["Resources"]
        self.attributes: dict[str, dict[str, Any]] = {}
        self.sent: dict[str, dict[str, Any]] = {}

    def deploy(self, kind: str, name: str, served: str = "") -> dict[str, list[str]]:
        """Brings all waits forward. The calls to Bedrock that each of those made that got an event."""
        told = {"For": kind, "Name": name, "ServedModelArn": served}
        return {wait: calls for wait in self.resources if (calls := self.bring(wait, told)) is not None}

    def bring(self, wait: str, told: dict[str, str]) -> list[str] | None:
        """One of them; None if nothing has changed for it."""
        after = self.resources[wait]["Properties"]["After"]
        ended = after if isinstance(after, str) else self.attributes[after["Fn::GetAtt"][0]][after["Fn::GetAtt"][1]]
        properties, before = {**told, "After": ended}, len(self.cloud.bedrock.calls)
        earlier = self.sent.get(wait)
        if properties == earlier:
            return None
        fields: dict[str, Any] = {"ResourceType": WAIT_TYPE, "LogicalResourceId": wait}
        if earlier:
            answer = self.cloud.update(wait, properties, earlier, **fields)
        else:
            answer = self.cloud.create(properties, **fields)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", wait)
        self.sent[wait], self.attributes[wait] = properties, answer["Data"]
        return [call.operation for call in self.cloud.bedrock.calls[before:]]


@pytest.fixture
def chain(cloud: Cloud) -> Chain:
    return Chain(cloud)


def started(cloud: Cloud, seed: str = "a") -> str:
    """A run that has just begun; its name."""
    event = valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE)
    event["ResourceProperties"]["RunInputs"]["revision"] = seed
    return str(cloud.send({**event, "RequestId": seed})["PhysicalResourceId"])


def silent(looks: dict[str, list[str]]) -> list[str]:
    """Those that were asked and asked nobody."""
    return [wait for wait, calls in looks.items() if not calls]


def looking(looks: dict[str, list[str]]) -> list[str]:
    return [wait for wait, calls in looks.items() if calls]


def after(number: int) -> list[str]:
    return [segment_id(each) for each in range(number + 1, WAITS + 1)]


@pytest.mark.parametrize("failure", ["", "Bad data."])
def test_waits_after_the_end_of_a_run_ask_nobody(cloud: Cloud, chain: Chain, failure: str):
    if failure:
        cloud.bedrock.script("*", fail=failure)
    looks = chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, started(cloud))
    seen_by = len(looking(looks))
    assert 1 <= seen_by < 10
    assert silent(looks) == after(seen_by)


def test_they_do_not_make_a_client_either(cloud: Cloud):
    name = started(cloud)
    del cloud.outside.bedrock, cloud.outside.cloudformation, cloud.outside.states
    told = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name, "After": name}
    answer = cloud.create(told, ResourceType=WAIT_TYPE, LogicalResourceId="Wait02")
    assert (answer["Status"], answer["Data"]) == ("SUCCESS", {"Ended": name})


def test_the_end_of_one_run_says_nothing_about_another(cloud: Cloud, chain: Chain):
    first, second = started(cloud, "a"), started(cloud, "b")
    chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, first)
    told = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": second}
    # Whatever order a rollback takes: the second wait still hears of the first run.
    assert chain.bring("Wait02", told)
    assert chain.attributes["Wait02"] == {"Ended": second}


def test_an_update_waits_for_the_new_run_and_a_rollback_looks_once_for_the_old_one(cloud: Cloud, chain: Chain):
    first = started(cloud, "a")
    chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, first)
    looks = chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, started(cloud, "b"))
    assert len(looks) == WAITS
    assert len(looks["Wait01"]) > 10
    back = chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, first)
    assert looking(back) == ["Wait01"]
    assert back["Wait01"] == ["GetModelCustomizationJob"]


def test_nothing_is_sent_when_nothing_has_changed(cloud: Cloud, chain: Chain):
    name = started(cloud)
    chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name)
    assert chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name) == {}


def test_waits_of_an_older_template_answer_again_before_they_are_asked_for_the_end(cloud: Cloud, chain: Chain):
    name = started(cloud)
    chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name)
    for wait, properties in chain.sent.items():
        del properties["After"]
        chain.attributes[wait] = {"Status": "Completed"}
    assert looking(chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name)) == ["Wait01"]


def test_a_longer_timeout_goes_on_where_the_last_wait_saw_no_end(cloud: Cloud):
    cloud.bedrock.script("*", durations={"job_training": 10 * 3600})
    name = started(cloud)
    chain = Chain(cloud, 3)
    chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name)
    chain.resources = template(5, TOLD)["Resources"]
    assert looking(chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name)) == ["Wait04", "Wait05"]


def test_a_run_that_does_not_show_is_waited_for_by_the_first_wait_and_looked_for_by_all(cloud: Cloud, chain: Chain):
    name, began = "Assistant-0123456789-0123456789abcdef0123", cloud.clock.now()
    looks = chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name)
    assert silent(looks) == []
    assert {told["Ended"] for told in chain.attributes.values()} == {f"?{name}"}, "it has not ended"
    assert timedelta(minutes=5) <= cloud.clock.now() - began < timedelta(minutes=10)


def test_one_that_shows_late_costs_no_wait(cloud: Cloud):
    """Looked for too early, a wait would answer at once, and its 50 minutes were lost."""
    cloud.bedrock.config.profiles = frozenset([Profile.SLOW_READS])
    began = cloud.clock.now()
    answer = cloud.create(
        {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": started(cloud), "After": "-"},
        ResourceType=WAIT_TYPE,
        LogicalResourceId="Wait01",
    )
    assert answer["Data"] == {"Ended": "-"}
    assert cloud.clock.now() - began > timedelta(minutes=45)


@pytest.mark.parametrize("kind", [CUSTOM_MODEL_TYPE, CUSTOM_MODEL_DEPLOYMENT_TYPE])
def test_a_name_that_can_be_used_again_is_not_handed_on(cloud: Cloud, chain: Chain, properties, kind: str):
    """A failed model is deleted and made anew under its name; a deployment keeps its own for every model."""
    cloud.create(properties)
    looks = chain.deploy(kind, "assistant")
    assert silent(looks) == []


def test_the_last_wait_always_looks(cloud: Cloud):
    cloud.bedrock.script("*", durations={"job_training": 600})
    name = started(cloud)
    answer = cloud.create(
        {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name, "After": name, "Last": "true"},
        ResourceType=WAIT_TYPE,
        LogicalResourceId="Ready",
    )
    assert answer["Data"]["Status"] == "Completed"


class TestOutage:
    """Calls that fail for longer than a segment lasts."""

    def test_a_segment_that_ends_in_one_hands_over(self, cloud: Cloud, chain: Chain):
        name = started(cloud)
        cloud.bedrock.faults.add("GetModelCustomizationJob", Fault.THROTTLE, after=45, times=30)
        looks = chain.deploy(MODEL_CUSTOMIZATION_JOB_TYPE, name)
        assert len(looks) == WAITS

    def test_the_last_wait_answers_within_the_hour(self, cloud: Cloud):
        cloud.bedrock.script("*", durations={"job_training": 10 * 3600})
        name = started(cloud)
        began = cloud.clock.now()
        cloud.bedrock.faults.add("GetModelCustomizationJob", Fault.THROTTLE, after=50, times=100_000)
        answer = cloud.create(
            {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name, "Last": "true"},
            ResourceType=WAIT_TYPE,
            LogicalResourceId="Ready",
        )
        assert answer["Status"] == "FAILED"
        assert "could not be read" in answer["Reason"]
        assert (cloud.clock.now() - began).total_seconds() < 3600
