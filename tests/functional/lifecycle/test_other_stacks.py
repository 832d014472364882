"""What another stack made, and this one adopts: IAM lets a provider act only on what carries its own stack's tag.

The Bedrock in memory asks for that tag in all tests of this folder and of tests/faults (tests/support/own_stack.py).
"""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Fault
from provider.cloudformation.contract import OWNER_TAG, STACK_TAG
from tests.functional.conftest import STACK_ID, Cloud
from tests.functional.kinds import ELSEWHERE, KINDS, Kind, tagged

THERE = {"StackId": ELSEWHERE, "LogicalResourceId": "Moved"}
_ENDS = {
    "training": "DeleteCustomModel",
    "import": "DeleteCustomModel",
    "open weights": "DeleteImportedModel",
    "deployment": "DeleteCustomModelDeployment",
    "throughput": "DeleteProvisionedModelThroughput",
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, cloud: Cloud) -> Kind:
    """Each kind of resource, in the environment that `cloud` sets."""
    assert cloud
    made = KINDS[request.param]()
    made.world.clock.advance(timedelta(hours=1))
    return made


@pytest.fixture
def locked(kind: Kind) -> dict[str, Any]:
    return {**kind.first, "Settings": {**kind.first["Settings"], "LockId": "assistant"}}


def left_by_a_dead_stack(kind: Kind, properties: dict[str, Any]) -> str:
    """Finished, kept by a rollback; its stack is gone, and a stack of another name is being deleted."""
    name = kind.made(properties)
    del kind.world.stacks.status[STACK_ID]
    kind.world.stacks.held.clear()
    kind.world.stacks.status[ELSEWHERE] = "DELETE_IN_PROGRESS"
    return name


def test_what_a_dead_stack_left_under_the_same_lock_goes_with_the_stack(kind: Kind, locked: dict[str, Any]) -> None:
    name = left_by_a_dead_stack(kind, locked)
    assert kind.world.delete("not-started-x", locked, **THERE)["Status"] == "SUCCESS"
    assert not kind.is_left(name)


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER_EFFECT, Fault.THROTTLE, Fault.INTERNAL_ERROR])
@pytest.mark.parametrize("struck", ["TagResource", "the end"])
def test_so_it_does_when_an_answer_is_lost_between_tag_and_deletion(
    kind: Kind, locked: dict[str, Any], struck: str, fault: Fault
) -> None:
    name = left_by_a_dead_stack(kind, locked)
    kind.world.bedrock.faults.add("TagResource" if struck == "TagResource" else _ENDS[kind.name], fault, times=3)
    assert kind.world.delete("not-started-x", locked, **THERE)["Status"] == "SUCCESS"
    assert not kind.is_left(name)


def test_a_tag_that_iam_does_not_see_at_once_is_waited_for(kind: Kind, locked: dict[str, Any]) -> None:
    name = left_by_a_dead_stack(kind, locked)
    kind.world.bedrock.faults.add(_ENDS[kind.name], Fault.ACCESS_DENIED, times=3)
    assert kind.world.delete("not-started-x", locked, **THERE)["Status"] == "SUCCESS"
    assert not kind.is_left(name)


def test_tags_are_removed_from_what_moved_here_in_the_update_that_takes_it_over(kind: Kind) -> None:
    name = kind.made(kind.first)
    kind.world.stack("UPDATE_COMPLETE")
    kind.world.stacks.status[ELSEWHERE] = "UPDATE_IN_PROGRESS"
    kind.world.stacks.held = {STACK_ID: {}, ELSEWHERE: {"Moved": name}}
    bare = {**tagged(kind.first, ""), "Tags": []}
    event = kind.world.event("Update", bare, PhysicalResourceId=name, OldResourceProperties=kind.first, **THERE)
    assert kind.world.send(event)["Reason"] == ""
    assert kind.tags(name)[STACK_TAG] == ELSEWHERE
    assert "team" not in kind.tags(name)


def test_a_run_that_was_taken_over_while_it_went_on_is_deleted_with_its_model(cloud: Cloud) -> None:
    """Its model is made with the tags of the stack that started the run."""
    assert cloud
    kind = KINDS["training"]()
    locked = {**kind.first, "Settings": {**kind.first["Settings"], "LockId": "assistant"}}
    name = kind.world.create(locked)["PhysicalResourceId"]
    kind.world.stacks.status[ELSEWHERE] = "CREATE_IN_PROGRESS"
    assert kind.world.create(locked, **THERE)["PhysicalResourceId"] == name
    kind.world.clock.advance(timedelta(days=1))
    model = kind.world.client.get_model_customization_job(jobIdentifier=name)["outputModelArn"]
    assert (kind.tags(name)[STACK_TAG], kind.world.tags(model)[STACK_TAG]) == (ELSEWHERE, STACK_ID)

    kind.world.stacks.status[ELSEWHERE] = "DELETE_IN_PROGRESS"
    assert kind.world.delete(name, locked, **THERE)["Status"] == "SUCCESS"
    assert not kind.is_left(name)


@pytest.mark.parametrize("which", ["import", "deployment", "throughput"])
def test_a_failed_one_of_another_stack_makes_room_under_the_same_lock(cloud: Cloud, which: str) -> None:
    assert cloud
    kind = KINDS[which]()
    locked = {**kind.first, "Settings": {**kind.first["Settings"], "LockId": "assistant"}}
    kind.world.bedrock.script("*", fail="no capacity", times=1)
    name = kind.made(locked)
    failed = kind.arn(name)
    kind.world.stacks.held.clear()
    kind.world.stacks.status[ELSEWHERE] = "CREATE_IN_PROGRESS"
    answer = kind.world.create(locked, **THERE)
    assert (answer["Status"], kind.tags(answer["PhysicalResourceId"])[STACK_TAG]) == ("SUCCESS", ELSEWHERE)
    assert kind.arn(answer["PhysicalResourceId"]) != failed


def test_what_is_taken_names_its_new_owner_and_remembers_the_former_one(kind: Kind, locked: dict[str, Any]) -> None:
    name = left_by_a_dead_stack(kind, locked)
    former = kind.tags(name)[OWNER_TAG]
    kind.world.bedrock.faults.add(_ENDS[kind.name], Fault.ACCESS_DENIED, times=10_000)
    assert kind.world.delete("not-started-x", locked, **THERE)["Status"] == "FAILED"
    taken = kind.world.tags(_costing(kind, name))
    owner, *others = taken[OWNER_TAG].split()
    assert (taken[STACK_TAG], others) == (ELSEWHERE, [former])
    assert owner != former


def test_the_bedrock_in_memory_refuses_another_stacks_provider(kind: Kind) -> None:
    """The proof that the tests above can fail."""
    name = kind.made(kind.first)
    kind.world.invoke(
        kind.world.event("Update", {}, ResourceType="Custom::Unknown", **THERE) | {"PhysicalResourceId": name}
    )
    arn = _costing(kind, name)
    with pytest.raises(ClientError, match="is not authorized to perform: bedrock:UntagResource"):
        kind.world.outside.bedrock.untag_resource(resourceARN=arn, tagKeys=["team"])


def _costing(kind: Kind, name: str) -> str:
    """The ARN of what would be deleted: of a run that is its model."""
    arn = kind.arn(name) or ""
    if kind.name == "open weights":
        return str(kind.world.client.get_model_import_job(jobIdentifier=name)["importedModelArn"])
    if kind.name != "training":
        return arn
    return str(kind.world.client.get_model_customization_job(jobIdentifier=name)["outputModelArn"])
