"""The simulated CloudFormation, Lambda and Step Functions do what AWS documents; and the short way is Bedrock's own."""

from typing import Any

import pytest

from local.bedrock import Bedrock, ManualClock, memory_client
from provider.aws.clients import session
from tests.faults.faults import Fault
from tests.faults.short_way import ShortWay
from tests.faults.steps import Delete, Deploy, RolePropagates
from tests.faults.templates import Import, Training
from tests.faults.world import World, play

ONE, TWO = Training(), Training(inputs="2")


def sent(world: World, logical_id: str = "Assistant") -> list[str]:
    """The kinds of the events for this resource, in their order."""
    return [event["RequestType"] for event, _ in world.exchange if event["LogicalResourceId"] == logical_id]


def history(world: World) -> list[str]:
    (stack,) = world.cloudformation.stacks.values()
    return stack.history


def last(world: World, request_type: str) -> dict[str, Any]:
    return [dict(event) for event, _ in world.exchange if event["RequestType"] == request_type][-1]


def test_a_changed_physical_id_is_a_replacement_that_ends_in_a_delete_with_the_old_properties():
    world = play([Deploy("Models", [ONE]), Deploy("Models", [TWO])])
    assert sent(world) == ["Create", "Update", "Delete"]
    deleted = last(world, "Delete")
    assert deleted["ResourceProperties"]["RunInputs"] == world.exchange[0][0]["ResourceProperties"]["RunInputs"]
    assert "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" in history(world)


def test_a_failed_update_is_sent_back_and_the_new_id_deleted():
    world = play([Deploy("Models", [ONE]), Deploy("Models", [TWO], fails_after=300)])
    assert sent(world) == ["Create", "Update", "Update", "Delete"]
    assert history(world)[-3:] == [
        "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE",
    ]  # fmt: skip
    forward, back = [
        event
        for event, _ in world.exchange
        if (event["RequestType"], event["LogicalResourceId"]) == ("Update", "Assistant")
    ]
    assert back["OldResourceProperties"] == forward["ResourceProperties"]


def test_a_cancelled_create_is_deleted_under_an_invented_id():
    world = play([RolePropagates(), Deploy("Models", [ONE], fails_after=20)])
    assert last(world, "Delete")["PhysicalResourceId"].startswith("Models-Assistant-")


def test_waits_are_retained_and_never_deleted():
    world = play([Deploy("Models", [ONE]), Delete("Models")])
    assert sent(world, "AssistantWait01") == ["Create"]
    assert sent(world, "AssistantReady") == ["Create"]


def test_a_nested_stack_of_a_rolled_back_parent_is_itself_being_deleted():
    world = play([Deploy("Models", [ONE], nested=True, fails_after=300)])
    parent, child = world.cloudformation.stacks.values()
    assert parent.history[-2:] == ["ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"]
    assert child.history[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


def test_lambda_brings_an_event_again_after_a_minute_and_after_two_more():
    world = play([Deploy("Models", [Import()])], plan={1: Fault.KILLED, 2: Fault.KILLED})
    assert "      61 s" in world.story
    assert "     181 s  answer Create Assistant" in world.story


@pytest.mark.parametrize("method", ["get_custom_model", "create_custom_model"])
def test_the_short_way_answers_as_botocore_would(method):
    requests = {
        "get_custom_model": {"modelIdentifier": "nobody"},
        "create_custom_model": {"modelName": "not allowed", "clientRequestToken": "1"},
    }
    errors = []
    for make in (lambda bedrock: memory_client(bedrock, session=session()), ShortWay):
        client = make(Bedrock(ManualClock()))
        with pytest.raises(Exception, match=r"nobody|not allowed") as raised:
            getattr(client, method)(**requests[method])
        errors.append(raised.value.response["Error"])
    assert errors[0]["Code"] == errors[1]["Code"]
    assert errors[0]["Message"] == errors[1]["Message"]
