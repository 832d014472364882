"""Whatever comes in, CloudFormation gets exactly one answer, or the log says loudly why there is none."""

import copy
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given, settings

import index
from provider import abort
from provider.cloudformation.contract import CUSTOM_MODEL_TYPE, MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.functional.conftest import EVENTS_ARN, POLL_ARN, RESPONSE_URL, STACK_ID, WAITER_ARN, Cloud, listening
from tests.functional.hostile import JUNK, MEGABYTE, damaged, damaged_events, has_address, valid_event

# The same examples in every run, and none that fails for being slow.
fuzz = settings(derandomize=True, deadline=None, database=None)
STEPS = 500

STATE = {"FailureId": "not-started-1", "Subject": "Assistant", "Since": 0, "Waited": 30, "WaitSeconds": 30}
RETURNING = {**STATE, "Event": valid_event("Delete", CUSTOM_MODEL_TYPE)}
POLLED = {**STATE, "Event": valid_event("Create", WAIT_TYPE), "Deadline": 3000}
DUE = {"Function": POLL_ARN, "EventsFunction": EVENTS_ARN, "WaitSeconds": 1, "Done": False}
ABORTED = {**POLLED, "Error": {"Error": "Lambda.Unknown", "Cause": '{"errorType": "X", "errorMessage": "y"}'}}


@pytest.fixture(scope="module", autouse=True)
def environment():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAITER_ARN", WAITER_ARN)
        patch.setenv("POLL_FUNCTION_ARN", POLL_ARN)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield


def settle(cloud: Cloud) -> None:
    for _ in range(STEPS):
        if not cloud.waiter.step():
            return
    raise AssertionError(f"still waiting: {cloud.waiter.executions}")


def event_in(payload: Any) -> Any:
    return payload.get("Event") if isinstance(payload, dict) else None


def assert_one_answer_or_a_loud_line(cloud: Cloud, event: Any, lines: list[dict[str, Any]]) -> None:
    if has_address(event):
        assert [answer["Status"] in ("SUCCESS", "FAILED") for answer in cloud.answers] == [True]
        assert cloud.answers[0]["PhysicalResourceId"]
    else:
        assert cloud.answers == []
        assert any(line["level"] == "ERROR" and line["event"] == "no response" for line in lines)


@given(event=damaged_events())
@settings(fuzz, max_examples=120)
def test_a_damaged_event_gets_one_answer_or_a_loud_line(event):
    cloud = Cloud()
    with listening() as lines:
        cloud.invoke(event)
        settle(cloud)
    assert_one_answer_or_a_loud_line(cloud, event, lines)


@given(state=damaged(RETURNING))
@settings(fuzz, max_examples=30)
def test_a_damaged_state_that_comes_back_gets_one_answer_or_a_loud_line(state):
    cloud = Cloud()
    if isinstance(state, dict):
        # Without these nobody would come back to anything.
        state = {**state, "Event": event_in(state), "Function": EVENTS_ARN, "EventsFunction": EVENTS_ARN}
    with listening() as lines:
        cloud.waiter.executions["x"] = cloud.invoke(state)
        settle(cloud)
    if not (isinstance(state, dict) and state.get("Queued")):
        assert_one_answer_or_a_loud_line(cloud, event_in(state), lines)


@given(state=damaged(POLLED))
@settings(fuzz, max_examples=30)
def test_a_damaged_state_that_is_polled_gets_one_answer_or_a_loud_line(state):
    cloud = Cloud()
    with listening() as lines:
        # As the waiter does: a look that fails again and again ends in the abort path.
        cloud.waiter.executions["x"] = {**state, **DUE} if isinstance(state, dict) else cloud.invoke_poll(state)
        settle(cloud)
    assert_one_answer_or_a_loud_line(cloud, event_in(state), lines)


@given(state=damaged(ABORTED))
@example({**ABORTED, "Error": {"Cause": "[" * 30_000}})
@example({**ABORTED, "Error": {"Cause": MEGABYTE}})
@settings(fuzz, max_examples=30)
def test_the_abort_path_answers_whatever_is_left_of_the_state(state):
    cloud = Cloud()
    with listening() as lines:
        assert cloud.invoke({"Abort": state}) == {"Done": True}
    if not (isinstance(state, dict) and state.get("Queued")):
        assert_one_answer_or_a_loud_line(cloud, event_in(state), lines)


@given(payload=JUNK)
@settings(fuzz, max_examples=30)
def test_what_is_no_event_at_all_ends_in_one_loud_line(payload):
    context = SimpleNamespace(invoked_function_arn=EVENTS_ARN)
    for function in (index.on_event, index.on_poll):
        with listening() as lines:
            assert function(payload, context) == {"Done": True}
        assert [line["level"] for line in lines] == ["ERROR"]


@pytest.mark.parametrize("resource_type", [CUSTOM_MODEL_TYPE, MODEL_CUSTOMIZATION_JOB_TYPE])
def test_nothing_is_started_for_somebody_who_cannot_be_answered(resource_type):
    cloud = Cloud()
    cloud.invoke({**valid_event("Create", resource_type), "ResponseURL": "https://example.com/x"})
    settle(cloud)
    assert cloud.bedrock.calls == []
    assert cloud.answers == []


def test_no_event_can_say_that_it_comes_from_a_local_aws():
    url = "http://127.0.0.1:4566/x"
    event = {
        **valid_event("Create", CUSTOM_MODEL_TYPE),
        "ResponseURL": url,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    }
    event["ResourceProperties"]["Settings"] |= {"AWS_ENDPOINT_URL": url, "endpoint_url": url}
    with listening() as lines:
        assert index.on_event(event, SimpleNamespace(invoked_function_arn=EVENTS_ARN)) == {"Done": True}
    assert "ResponseURL" in lines[-1]["reason"]


class TestDelete:
    def test_a_malformed_resource_that_started_nothing_can_be_deleted(self):
        cloud = Cloud()
        event = valid_event("Create", CUSTOM_MODEL_TYPE)
        event["ResourceProperties"]["RunInputs"] = "text"
        failed = cloud.send(event)
        assert (failed["Status"], failed["PhysicalResourceId"][:12]) == ("FAILED", "not-started-")
        assert "RunInputs must be an object, got text" in failed["Reason"]
        deleted = cloud.send({**event, "RequestType": "Delete", "PhysicalResourceId": failed["PhysicalResourceId"]})
        assert deleted["Status"] == "SUCCESS"

    @pytest.mark.parametrize("physical_id", ["assistant", None, 5, ""])
    def test_a_malformed_delete_of_anything_else_fails(self, physical_id):
        cloud = Cloud()
        event = {**valid_event("Delete", CUSTOM_MODEL_TYPE), "PhysicalResourceId": physical_id}
        event["ResourceProperties"]["Tags"] = "text"
        assert cloud.send(event)["Status"] == "FAILED"


@pytest.mark.parametrize(
    ("where", "value", "told"),
    [
        ("epochCount", "many", "must be of type integer, got 'many'"),
        ("epochCount", "1e999", "must be of type integer, got '1e999'"),
        ("learningRate", "NaN", "must be of type float, got 'NaN'"),
        ("learningRate", ["0.1"], "must be of type float"),
    ],
)
def test_a_value_of_another_type_than_the_apis_is_refused_before_anything_starts(where, value, told):
    cloud = Cloud()
    event = valid_event("Create", MODEL_CUSTOMIZATION_JOB_TYPE)
    event["ResourceProperties"]["RunInputs"]["customizationConfig"]["rftConfig"]["hyperParameters"][where] = value
    answer = cloud.send(event)
    assert answer["Status"] == "FAILED"
    assert told in answer["Reason"]
    assert cloud.bedrock.training_runs() == []


class TestSize:
    """Bounds on the number of calls and not on time, so that no slow machine fails them."""

    @pytest.mark.parametrize(
        "field", ["RequestType", "RequestId", "StackId", "LogicalResourceId", "ResourceType", "PhysicalResourceId"]
    )
    def test_a_megabyte_in_a_field_costs_no_more_calls_than_a_kilobyte(self, field):
        def handled(size: int) -> int:
            text = f"{STACK_ID}{'/' * size}" if field == "StackId" else "x-" * size
            return calls(lambda: Cloud().invoke({**valid_event("Delete", CUSTOM_MODEL_TYPE), field: text}))

        small, large = handled(500), handled(500_000)
        assert large <= small * 1.1

    def test_a_megabyte_in_the_inputs_costs_no_more_calls_than_a_kilobyte(self):
        def handled(size: int) -> int:
            event = valid_event("Create", CUSTOM_MODEL_TYPE)
            event["ResourceProperties"]["RunInputs"]["modelSourceConfig"]["s3DataSource"]["s3Uri"] = (
                "s3://" + "x" * size
            )
            cloud = Cloud()
            return calls(lambda: cloud.invoke(event))

        small, large = handled(1000), handled(1_000_000)
        assert large <= small * 1.1

    def test_a_reason_of_a_megabyte_is_cut_in_a_few_steps(self):
        cloud = Cloud()
        state = {**copy.deepcopy(ABORTED), "Subject": "\N{PILE OF POO}" * 250_000}
        assert calls(lambda: abort.handle(state, put=lambda *_: True)) < 2000
        assert cloud.answers == []

    def test_ten_times_the_tags_cost_ten_times_the_calls_and_not_a_hundred_times(self):
        def handled(count: int) -> int:
            event = valid_event("Create", CUSTOM_MODEL_TYPE)
            event["ResourceProperties"]["Tags"] = [{"Key": f"k{n}", "Value": "v"} for n in range(count)]
            cloud = Cloud()
            return calls(lambda: cloud.invoke(event))

        assert handled(4000) < handled(400) * 12

    @pytest.mark.parametrize("piece", ["a", "a-", "-1", ".s3", ".s3-", "s3.", "us-east-1.", "[", "@", "%", "\\"])
    def test_no_url_keeps_the_patterns_busy(self, piece):
        # A pattern that goes back and forth would need longer than the suite may take.
        for url in (f"https://{piece * 4000}.amazonaws.com/x", f"https://{piece * 30}.amazonaws.com/x", piece * 4000):
            cloud = Cloud()
            cloud.invoke({**valid_event("Create", CUSTOM_MODEL_TYPE), "ResponseURL": url})
            assert cloud.answers == []


def calls(act: Callable[[], Any]) -> int:
    """How many calls of functions it takes, Python's own included."""
    count = 0

    def count_call(_frame: Any, what: str, _argument: Any) -> None:
        nonlocal count
        count += what in ("call", "c_call")

    sys.setprofile(count_call)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


def test_the_address_of_these_events_is_the_one_that_the_world_takes():
    assert has_address(valid_event("Create", WAIT_TYPE))
    assert valid_event("Create", WAIT_TYPE)["ResponseURL"] == RESPONSE_URL
