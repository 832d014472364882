"""Clocks that are wrong: the function's own by hours, Bedrock's ahead, a signature that has run out."""

from datetime import timedelta

import pytest

from provider.cloudformation import response
from provider.cloudformation.contract import CUSTOM_MODEL_TYPE, WAIT_TYPE
from tests.functional.conftest import Cloud


def set_wrong(cloud: Cloud, hours: int) -> None:
    right = cloud.outside.now
    cloud.outside.now = lambda: right() + hours * 3600


WAITED = {"For": CUSTOM_MODEL_TYPE, "Last": "true"}


@pytest.mark.parametrize("hours", [-7, 7, -24 * 365])
def test_a_function_whose_clock_is_wrong_by_hours_does_the_same(cloud: Cloud, properties, hours):
    set_wrong(cloud, hours)
    name = cloud.create(properties)["PhysicalResourceId"]
    began = cloud.clock.now()
    ready = cloud.wait_for(name)
    assert (ready["Status"], ready["Data"]["Status"]) == ("SUCCESS", "Active")
    assert cloud.clock.now() - began < timedelta(minutes=40)
    cloud.stack("DELETE_IN_PROGRESS")
    assert cloud.delete(name, properties)["Status"] == "SUCCESS"
    assert cloud.model(name) is None


@pytest.mark.parametrize("hours", [-7, 7])
def test_it_looks_neither_in_a_rush_nor_too_seldom(cloud: Cloud, properties, hours):
    name = cloud.create(properties)["PhysicalResourceId"]
    set_wrong(cloud, hours)
    began, before = cloud.clock.now(), len(cloud.bedrock.calls)
    cloud.wait_for(name)
    waited = (cloud.clock.now() - began).total_seconds()
    assert waited / 60 - 2 <= len(cloud.bedrock.calls) - before <= waited / 30 + 2


@pytest.mark.parametrize("last", [True, False])
def test_a_clock_that_is_set_forward_in_between_still_ends_in_one_answer(cloud: Cloud, properties, last):
    name = cloud.create(properties)["PhysicalResourceId"]
    before = len(cloud.answers)
    given = {**WAITED, "Name": name, "Last": str(last).lower()}
    cloud.invoke(cloud.event("Create", given, ResourceType=WAIT_TYPE, LogicalResourceId="Ready"))
    set_wrong(cloud, 5)
    cloud.waiter.run()
    assert [told["Status"] for told in cloud.answers[before:]] == ["FAILED" if last else "SUCCESS"]
    assert cloud.model(name)


def test_an_answer_whose_signature_ran_out_is_told_loudly_and_ends_the_execution(cloud: Cloud, properties, logged):
    def refuse(_url: str, _body: bytes) -> bool:
        raise response.Unanswerable("the response bucket refuses it with 403")

    cloud.outside.put = refuse
    cloud.invoke(cloud.event("Create", properties))
    cloud.waiter.run()
    (line,) = [line for line in logged if line["level"] == "ERROR"]
    assert (line["event"], line["reason"]) == ("no response", "the response bucket refuses it with 403")
    assert cloud.started() == 1
