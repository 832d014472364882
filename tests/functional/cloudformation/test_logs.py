"""The logs of both functions, read as a person would who looks for what happened to one deployment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bedrock_models.bedrock import queue
from local.bedrock import Quotas
from provider.cloudformation.contract import MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.functional.conftest import POLL_ARN, STACK_ID, WAITER_ARN, Cloud, listening
from tests.functional.hostile import valid_event

Lines = list[dict[str, Any]]
WAIT = {"ResourceType": WAIT_TYPE, "LogicalResourceId": "AssistantWait01"}
READY = {"ResourceType": WAIT_TYPE, "LogicalResourceId": "AssistantReady"}


def job(cloud: Cloud, request_type: str, path: str = "Assistant", **fields: Any) -> dict[str, Any]:
    properties = valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE)["ResourceProperties"]
    properties["Settings"]["Path"] = path
    given = {"ResourceType": MODEL_CUSTOMIZATION_JOB_TYPE, "LogicalResourceId": path, **fields}
    return cloud.event(request_type, properties, **given)


def of(lines: Lines, **fields: Any) -> Lines:
    return [line for line in lines if fields.items() <= line.items()]


def messages(lines: Lines) -> list[str]:
    """What was told, each thing once for as long as it stays the same."""
    told = [line["event"] for line in lines]
    return [text for text, before in zip(told, [None, *told], strict=False) if text != before]


@dataclass
class Life:
    """A run that queues behind another one, is waited for, and whose stack is deleted: its events, and every line."""

    name: str
    events: dict[str, dict[str, Any]]
    lines: Lines

    def of(self, event: str) -> Lines:
        return of(self.lines, request_id=self.events[event]["RequestId"])


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    with pytest.MonkeyPatch.context() as patch, listening() as lines:
        patch.setenv("WAITER_ARN", WAITER_ARN)
        patch.setenv("POLL_FUNCTION_ARN", POLL_ARN)
        yield live(Cloud(), lines)


def live(cloud: Cloud, lines: Lines) -> Life:
    cloud.bedrock.config.quotas = Quotas(concurrent_customization_jobs=1)
    cloud.invoke(job(cloud, "Create", "First"))
    create = job(cloud, "Create")
    cloud.invoke(create)
    name = cloud.answers[-1]["PhysicalResourceId"]
    segment = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name}
    wait, ready = cloud.event("Create", segment, **WAIT), cloud.event("Create", {**segment, "Last": "true"}, **READY)
    cloud.invoke(wait)
    cloud.waiter.run()
    cloud.clock.advance(timedelta(days=1))
    cloud.send(ready)
    cloud.stack("DELETE_IN_PROGRESS")
    delete = job(cloud, "Delete", PhysicalResourceId=name)
    cloud.send(delete)
    return Life(name, {"create": create, "wait": wait, "ready": ready, "delete": delete}, list(lines))


def test_every_line_says_whose_it_is(life: Life):
    assert len(life.lines) > 20
    for line in life.lines:
        assert line["stack_id"] == STACK_ID
        assert line["level"] in ("INFO", "ERROR")
        assert all(line[name] for name in ("message", "event", "request_id", "logical_id", "type"))


def test_a_run_is_followed_from_its_request_through_the_queue_to_its_start(life: Life):
    lines = life.of("create")
    assert messages(lines) == [
        "the quota is full", "waiter started", "response", "the quota is full", "training started", "left the queue",
    ]  # fmt: skip
    assert {line["logical_id"] for line in lines} == {"Assistant"}
    assert of(lines, event="response")[0]["data"]["JobName"] == life.name
    started = of(lines, event="training started")[0]
    assert started["job_arn"] == of(lines, event="left the queue")[0]["data"]["JobArn"]


def test_the_command_line_finds_why_a_run_is_queued(life: Life):
    told = of(life.of("create"), event=queue.FULL, name=life.name)
    assert all("quota of 1" in line["reason"] for line in told)
    assert told


def test_a_message_says_for_whom_what_and_why(life: Life):
    told = [line["message"] for line in life.of("create")]
    assert told[0].startswith("Create of Assistant: the quota is full: The number of concurrent")
    waits = f"Create of Assistant: response SUCCESS: {life.name} waits for a free place, and nothing is paid yet: "
    assert any(line.startswith(waits) for line in told)
    assert [line["message"] for line in life.of("delete")][-1].startswith("Delete of Assistant: response SUCCESS: ")


def test_a_wait_is_followed_from_its_request_to_its_answer_and_names_the_job_each_time(life: Life):
    lines = life.of("wait")
    assert messages(lines) == ["waiter started", "status", "response"]
    looks = of(lines, event="status")
    assert {look["attributes"]["JobName"] for look in looks} == {life.name}
    assert looks[0]["status"] == "Queued"


def test_one_search_for_the_jobs_name_finds_its_whole_life(life: Life):
    found = [line for line in life.lines if life.name in str(line)]
    assert {line["request_id"] for line in found} == {event["RequestId"] for event in life.events.values()}
    assert of(found, event="response")[-1]["type"] == "Delete"


def test_an_abort_is_one_loud_line_with_the_cause_and_the_same_request(cloud: Cloud, logged: Lines):
    event = valid_event("Create", WAIT_TYPE)
    cause = '{"errorType": "ImportError", "errorMessage": "no module named provider.events"}'
    cloud.invoke({"Abort": {"Event": event, "FailureId": "id", "Subject": "it", "Error": {"Cause": cause}}})
    loud, answer = logged
    assert (loud["level"], loud["error"]) == ("ERROR", "ImportError: no module named provider.events")
    assert loud["request_id"] == answer["request_id"] == event["RequestId"]


def test_nothing_of_an_event_stays_for_the_next_one(cloud: Cloud, logged: Lines):
    cloud.invoke(valid_event("Delete", WAIT_TYPE))
    cloud.invoke({"nothing": "known"})
    assert {logged[-1][name] for name in ("request_id", "logical_id", "stack_id", "physical_id", "type")} == {None}


def test_a_look_says_for_how_long_the_training_has_not_started(cloud: Cloud) -> None:
    """The metric filter of `alarm_on_stall` reads exactly these members."""
    name = cloud.send(job(cloud, "Create"))["PhysicalResourceId"]
    given = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name, "Last": "true"}
    with listening() as lines:
        cloud.create(given, ResourceType=WAIT_TYPE, LogicalResourceId="AssistantReady")
    looks = of(lines, event="status")
    idle = [line["not_started_seconds"] for line in looks if "not_started_seconds" in line]
    assert idle == sorted(idle)
    assert 25 * 60 < idle[-1] < 30 * 60
    assert {line["attributes"]["JobName"] for line in looks} == {name}
    assert "not_started_seconds" not in looks[-1], "it has started"
