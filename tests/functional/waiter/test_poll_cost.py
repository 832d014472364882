"""What one look costs: a wait of a day is some 1,400 of them."""

from typing import Any

import pytest

from provider.cloudformation.contract import MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.functional.conftest import Cloud
from tests.functional.hostile import valid_event


class Counting:
    """Step Functions that counts what it is asked."""

    def __init__(self, waiter: Any) -> None:
        self._waiter = waiter
        self.calls: list[str] = []

    def __getattr__(self, operation: str) -> Any:
        self.calls.append(operation)
        return getattr(self._waiter, operation)


@pytest.fixture
def states(cloud: Cloud) -> Counting:
    cloud.outside.states = Counting(cloud.waiter)
    return cloud.outside.states


def watch(cloud: Cloud, kind: str, name: str) -> None:
    event = cloud.event("Create", {"For": kind, "Name": name}, ResourceType=WAIT_TYPE, LogicalResourceId="Wait01")
    cloud.invoke(event)


def look(cloud: Cloud, states: Counting) -> list[str]:
    """The calls of one more look."""
    before = len(cloud.bedrock.calls)
    states.calls.clear()
    assert cloud.waiter.step()
    return [call.operation for call in cloud.bedrock.calls[before:]] + states.calls


def test_a_look_at_a_custom_model_is_one_call(cloud: Cloud, states: Counting, properties):
    watch(cloud, "Custom::BedrockCustomModel", cloud.create(properties)["PhysicalResourceId"])
    assert look(cloud, states) == ["GetCustomModel"]


def test_a_look_at_a_running_job_is_one_call(cloud: Cloud, states: Counting):
    name = cloud.send(valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE))["PhysicalResourceId"]
    watch(cloud, MODEL_CUSTOMIZATION_JOB_TYPE, name)
    assert look(cloud, states) == ["GetModelCustomizationJob"]


def test_only_a_job_that_is_not_there_is_looked_for_in_the_queue(cloud: Cloud, states: Counting):
    cloud.occupy()
    cloud.invoke(valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE))
    name = cloud.answers[-1]["PhysicalResourceId"]
    watch(cloud, MODEL_CUSTOMIZATION_JOB_TYPE, name)
    (watching,) = [state for state in cloud.waiter.executions.values() if "Deadline" in state]
    before = len(cloud.bedrock.calls)
    states.calls.clear()
    cloud.invoke_poll(watching)
    assert [call.operation for call in cloud.bedrock.calls[before:]] == ["GetModelCustomizationJob"]
    assert states.calls == ["list_executions", "describe_execution"]


def test_the_first_fifty_minutes_of_waiting_are_at_most_56_looks_and_all_others_50(cloud: Cloud):
    name = cloud.send(valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE))["PhysicalResourceId"]
    looks = []
    for _ in range(3):
        before = len(cloud.bedrock.calls)
        watch(cloud, MODEL_CUSTOMIZATION_JOB_TYPE, name)
        cloud.waiter.run()
        looks.append(len(cloud.bedrock.calls) - before)
    assert looks[0] <= 56
    assert looks[1:] == [50, 50]


def test_a_run_in_the_queue_is_looked_for_each_minute(cloud: Cloud):
    cloud.occupy()
    cloud.invoke(valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE))
    name = cloud.answers[-1]["PhysicalResourceId"]
    watch(cloud, MODEL_CUSTOMIZATION_JOB_TYPE, name)
    (watching,) = [state for state in cloud.waiter.executions.values() if "Deadline" in state]
    assert 60 <= watching["WaitSeconds"] < 90, "many that begin at once look at different moments"
    assert cloud.invoke_poll(watching)["WaitSeconds"] == 60
