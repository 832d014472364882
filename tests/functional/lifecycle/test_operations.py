"""What CloudFormation does beyond create, update and delete: cancelled, continued, moved, forged, on-failure delete."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Fault
from provider.cloudformation.contract import OWNER_TAG, POLICY_TAG, STACK_TAG
from tests.functional.conftest import STACK_ID, Cloud
from tests.functional.kinds import ELSEWHERE, KINDS, Kind, tagged

_GETS = {
    "training": "GetModelCustomizationJob",
    "import": "GetCustomModel",
    "open weights": "GetModelImportJob",
    "deployment": "GetCustomModelDeployment",
    "throughput": "GetProvisionedModelThroughput",
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, cloud: Cloud) -> Kind:
    """Each kind of resource, in the environment that `cloud` sets."""
    assert cloud
    made = KINDS[request.param]()
    made.world.clock.advance(timedelta(hours=1))
    return made


def update(kind: Kind, name: str, new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    return kind.world.event("Update", new, PhysicalResourceId=name, OldResourceProperties=old)


class TestACancelledUpdateThatComesAfterTheRollbacks:
    """CloudFormation sent it first, another resource failed, and the event was on its way all the while."""

    @pytest.mark.parametrize("carried_by", ["the waiter", "Lambda's queue"])
    @pytest.mark.parametrize(
        "then", ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_IN_PROGRESS"]
    )
    def test_it_changes_nothing(self, kind: Kind, carried_by: str, then: str) -> None:
        world, name = kind.world, kind.made(kind.first)
        served = kind.serves(name)
        forward = update(kind, name, tagged(kind.second, "new"), kind.first)
        if carried_by == "the waiter":
            world.bedrock.faults.add(_GETS[kind.name], Fault.THROTTLE, times=3)
            world.invoke(forward)
        world.clock.advance(timedelta(seconds=5))
        world.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = update(kind, name, kind.first, tagged(kind.second, "new"))
        world.invoke(back)
        world.stack(then)
        world.invoke(forward) if carried_by == "Lambda's queue" else None
        world.waiter.run()
        world.clock.advance(timedelta(hours=2))
        answers = [answer["Status"] for answer in world.answers if answer["RequestId"] == forward["RequestId"]]
        assert answers == ["FAILED"]
        assert kind.serves(name) == served
        assert kind.tags(name)["team"] == "ml"

    def test_a_rolled_back_policy_does_not_come_back(self, kind: Kind) -> None:
        name = kind.made(kind.first)
        retained = {**kind.first, "RemovalPolicy": "retain"}
        forward = update(kind, name, retained, kind.first)
        kind.world.clock.advance(timedelta(seconds=5))
        kind.world.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        kind.world.send(update(kind, name, kind.first, retained))
        assert kind.world.send(forward)["Status"] == "FAILED"
        assert kind.tags(name)[POLICY_TAG] == "destroy"

    def test_two_events_of_one_second_are_told_apart_by_their_ids(self, kind: Kind) -> None:
        name = kind.made(kind.first)
        changed = tagged(kind.first, "new")
        forward, back = update(kind, name, changed, kind.first), update(kind, name, kind.first, changed)
        kind.world.send(forward)
        kind.world.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert kind.world.send(back)["Status"] == "SUCCESS"
        assert kind.world.send(forward)["Status"] == "FAILED"
        assert kind.tags(name)["team"] == "ml"

    def test_in_the_second_of_the_rollbacks_update_none_follows_it(self, kind: Kind) -> None:
        name = kind.made(kind.first)
        kind.world.clock.advance(timedelta(seconds=5))
        served = kind.serves(name)
        forward = update(kind, name, tagged(kind.second, "new"), kind.first)
        kind.world.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = update(kind, name, kind.first, tagged(kind.second, "new"))
        assert kind.world.send(back)["Status"] == "SUCCESS"
        assert kind.world.send(back)["Status"] == "SUCCESS", "delivered again"
        answer = kind.world.send(forward)
        assert (answer["Status"], kind.serves(name), kind.tags(name)["team"]) == ("FAILED", served, "ml")

    def test_a_delete_that_is_older_than_the_last_update_deletes_nothing(self, kind: Kind) -> None:
        name = kind.made(kind.first)
        late = kind.world.event("Delete", kind.first, PhysicalResourceId=name)
        kind.world.clock.advance(timedelta(minutes=1))
        kind.world.send(update(kind, name, tagged(kind.first, "new"), kind.first))
        kind.world.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        answer = kind.world.send(late)
        assert (answer["Status"], kind.is_left(name)) == ("FAILED", True)
        assert "later event" in answer["Reason"]


def signed_before(kind: Kind, event: dict[str, Any]) -> dict[str, Any]:
    """The event under a signature of version 2, which tells no time but the end of its own life."""
    url, _, _ = event["ResponseURL"].partition("&X-Amz-Date=")
    ends = int(kind.world.clock.now().timestamp()) + 7200
    return {**event, "ResponseURL": f"{url}&AWSAccessKeyId=AKIA&Expires={ends}&Signature=x"}


def test_an_older_signature_orders_events_as_well(kind: Kind) -> None:
    name = kind.made(kind.first)
    served = kind.serves(name)
    forward = signed_before(kind, update(kind, name, tagged(kind.second, "new"), kind.first))
    kind.world.clock.advance(timedelta(seconds=5))
    kind.world.stack("UPDATE_ROLLBACK_IN_PROGRESS")
    back = signed_before(kind, update(kind, name, kind.first, tagged(kind.second, "new")))
    assert kind.world.send(back)["Status"] == "SUCCESS"
    answer = kind.world.send(forward)
    assert (answer["Status"], kind.serves(name), kind.tags(name)["team"]) == ("FAILED", served, "ml")


def test_two_kinds_of_signature_are_not_compared(kind: Kind) -> None:
    name = kind.made(kind.first)
    kind.world.send(signed_before(kind, update(kind, name, tagged(kind.first, "new"), kind.first)))
    kind.world.clock.advance(timedelta(seconds=5))
    answer = kind.world.send(update(kind, name, tagged(kind.first, "newer"), tagged(kind.first, "new")))
    assert (answer["Status"], kind.tags(name)["team"]) == ("SUCCESS", "newer")


class TestOnFailureDelete:
    REASON = "The following resource(s) failed to create: [Neighbor]. Delete requested by user."

    def test_a_finished_model_is_kept_as_in_every_rollback(self, kind: Kind) -> None:
        name = kind.made(kind.first)
        kind.world.stack("DELETE_IN_PROGRESS")
        kind.world.stacks.reason = self.REASON
        assert kind.world.delete(name, kind.first)["Status"] == "SUCCESS"
        assert kind.is_left(name) is not kind.swaps, "what serves holds no training and goes"

    def test_so_is_a_run_that_goes_on(self, cloud: Cloud) -> None:
        assert cloud
        kind = KINDS["training"]()
        name = kind.world.create(kind.first)["PhysicalResourceId"]
        kind.world.stack("DELETE_IN_PROGRESS")
        kind.world.stacks.reason = self.REASON
        assert kind.world.delete(name, kind.first)["Status"] == "SUCCESS"
        assert kind.is_left(name)

    def test_an_explicit_delete_of_a_stack_that_failed_before_is_one(self, kind: Kind) -> None:
        name = kind.made(kind.first)
        kind.world.stack("DELETE_IN_PROGRESS")
        kind.world.stacks.reason = "User Initiated"
        kind.world.delete(name, kind.first)
        assert not kind.is_left(name)

    @pytest.mark.parametrize(("reason", "is_kept"), [("User Initiated", False), (REASON, True)])
    def test_of_a_nested_stack_its_root_decides(self, cloud: Cloud, reason: str, is_kept: bool) -> None:
        assert cloud
        kind, root = KINDS["training"](), STACK_ID.replace("/Models/", "/App/")
        assert root != STACK_ID
        nested = {**kind.first, "ParentStacks": [root]}
        kind.world.stacks.status[root] = "CREATE_IN_PROGRESS"
        name = kind.world.create(nested)["PhysicalResourceId"]
        kind.world.stack("DELETE_IN_PROGRESS")
        kind.world.stacks.status[root] = "DELETE_IN_PROGRESS"
        # What its own creation had failed for, which may still stand there.
        kind.world.stacks.reasons = {root: reason, STACK_ID: "The following resource(s) failed to create: [X]. "}
        assert kind.world.delete(name, nested)["Status"] == "SUCCESS"
        assert kind.is_left(name) is is_kept


class TestSkippedInContinueUpdateRollback:
    """The update from first to second failed, its rollback went on without the resource: template first, id second."""

    @pytest.fixture
    def skipped(self, cloud: Cloud) -> tuple[Kind, str, str]:
        assert cloud
        return self.skip("training")

    def skip(self, name: str) -> tuple[Kind, str, str]:
        kind = KINDS[name]()
        first = kind.made(kind.first)
        kind.world.clock.advance(timedelta(minutes=1))
        second = kind.world.send(update(kind, first, kind.second, kind.first))["PhysicalResourceId"]
        kind.world.clock.advance(timedelta(days=1))
        return kind, first, second

    @pytest.mark.parametrize("name", ["training", "import"])
    def test_the_next_clean_up_deletes_both(self, cloud: Cloud, name: str) -> None:
        assert cloud
        kind, first, second = self.skip(name)
        third = {**kind.first, "RunInputs": {**kind.first["RunInputs"], "revision": "3"}}
        if name == "import":
            source = {"s3DataSource": {"s3Uri": "s3://customer-escrow-1-smtj-a/three/"}}
            third = {**kind.first, "RunInputs": {"modelSourceConfig": source}}
        made = kind.world.send(update(kind, second, third, kind.first))["PhysicalResourceId"]
        kind.world.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        assert kind.world.delete(second, kind.first)["Status"] == "SUCCESS"
        assert [kind.is_left(each) for each in (first, second, made)] == [False, False, True]

    @pytest.mark.parametrize("name", ["training", "import"])
    def test_a_change_of_tags_goes_back_to_the_templates_own(self, cloud: Cloud, name: str) -> None:
        assert cloud
        kind, first, second = self.skip(name)
        digests = kind.tags(second)
        changed = tagged(kind.first, "new")
        answer = kind.world.send(update(kind, second, changed, kind.first))
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", first)
        assert kind.tags(first)["team"] == "new"
        assert kind.tags(second) == digests
        kind.world.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        assert kind.world.delete(second, kind.first)["Status"] == "SUCCESS"
        assert [kind.is_left(each) for each in (first, second)] == [True, False]

    def test_with_no_usable_run_of_the_templates_inputs_it_is_refused(self, skipped: tuple[Kind, str, str]) -> None:
        kind, first, second = skipped
        kind.world.client.delete_custom_model(modelIdentifier=kind.world.job(first)["outputModelArn"])  # type: ignore[attr-defined]
        answer = kind.world.send(update(kind, second, tagged(kind.first, "new"), kind.first))
        assert answer["Status"] == "FAILED"
        assert "was made from other inputs than the template's" in answer["Reason"]
        assert kind.is_left(second)


class TestMovedWithoutAnEvent:
    """A stack refactoring moves a resource to another stack or logical id; the tags still name the former owner."""

    def moved(self, kind: Kind, status: str, *, former_stack: str = "UPDATE_COMPLETE") -> str:
        name = kind.made(kind.first)
        kind.world.stack(former_stack)
        kind.world.stacks.status[ELSEWHERE] = status
        kind.world.stacks.held = {STACK_ID: {}, ELSEWHERE: {"Moved": name}}
        return name

    def test_the_new_stacks_delete_deletes_it(self, kind: Kind) -> None:
        name = self.moved(kind, "DELETE_IN_PROGRESS")
        fields = {"StackId": ELSEWHERE, "LogicalResourceId": "Moved"}
        assert kind.world.delete(name, kind.first, **fields)["Status"] == "SUCCESS"
        assert not kind.is_left(name)

    def test_its_update_takes_it_over(self, kind: Kind) -> None:
        name = self.moved(kind, "UPDATE_IN_PROGRESS")
        changed = {**tagged(kind.first, "new"), "Settings": {**kind.first["Settings"], "Path": "Moved"}}
        fields = {"StackId": ELSEWHERE, "LogicalResourceId": "Moved"}
        event = kind.world.event("Update", changed, PhysicalResourceId=name, OldResourceProperties=kind.first, **fields)
        answer = kind.world.send(event)
        assert (answer["Status"], answer["PhysicalResourceId"], answer["Reason"]) == ("SUCCESS", name, "")
        assert (kind.tags(name)[STACK_TAG], kind.tags(name)["team"]) == (ELSEWHERE, "new")

    def test_the_former_stacks_end_takes_nothing_from_it(self, kind: Kind) -> None:
        name = self.moved(kind, "UPDATE_COMPLETE", former_stack="DELETE_IN_PROGRESS")
        gone = kind.world.event("Delete", kind.second, PhysicalResourceId="not-started-x")
        kind.world.send(gone)
        assert kind.is_left(name)

    def test_what_another_resource_holds_is_left_alone(self, kind: Kind) -> None:
        name = self.moved(kind, "DELETE_IN_PROGRESS")
        kind.world.stacks.held[STACK_ID]["Assistant"] = name
        fields = {"StackId": ELSEWHERE, "LogicalResourceId": "Moved"}
        assert kind.world.delete(name, kind.first, **fields)["Status"] == "SUCCESS"
        assert kind.is_left(name)

    def test_if_the_former_stack_cannot_be_asked_the_delete_fails_and_names_the_cost(self, kind: Kind) -> None:
        name = self.moved(kind, "DELETE_IN_PROGRESS")
        deny(kind.world, "list_stack_resources")
        fields = {"StackId": ELSEWHERE, "LogicalResourceId": "Moved"}
        answer = kind.world.delete(name, kind.first, **fields)
        assert answer["Status"] == "FAILED"
        assert name in answer["Reason"]
        assert "billed" in answer["Reason"]
        assert kind.is_left(name)

    def test_a_move_under_a_lock_that_was_rolled_back_is_deleted_with_its_construct(self, kind: Kind) -> None:
        locked = {**kind.first, "Settings": {**kind.first["Settings"], "LockId": "assistant"}}
        name = kind.made(locked)
        moved = {**locked, "Settings": {**locked["Settings"], "Path": "Moved"}}
        kind.world.clock.advance(timedelta(minutes=1))
        assert kind.world.create(moved, LogicalResourceId="Moved")["PhysicalResourceId"] == name
        assert len(kind.tags(name)[OWNER_TAG].split()) == 2, "the owner, and the former one"
        # The rollback keeps it, and the stack forgets the new logical id.
        kind.world.stacks.held[STACK_ID].pop("Moved")
        kind.world.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        assert kind.world.delete(name, locked)["Status"] == "SUCCESS"
        assert not kind.is_left(name)


def deny(world: Cloud, operation: str) -> None:
    """CloudFormation denies this call for good."""

    def denied(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, operation)

    setattr(world.stacks, operation, denied)


class TestAStackThatCannotBeRead:
    """Throttled, or another's: whoever may invoke the function may name any stack."""

    @pytest.mark.parametrize("policy", ["destroy", "retain"])
    def test_a_delete_touches_nothing_and_fails(self, kind: Kind, policy: str) -> None:
        name = kind.made({**kind.first, "RemovalPolicy": policy})
        deny(kind.world, "describe_stacks")
        before = len(kind.world.bedrock.calls)
        answer = kind.world.delete(name, kind.first)
        assert (answer["Status"], kind.is_left(name)) == ("FAILED", True)
        assert writes(kind.world, before) == []

    def test_an_update_of_tags_touches_nothing_and_fails(self, kind: Kind) -> None:
        name = kind.made(kind.first)
        deny(kind.world, "describe_stacks")
        answer = kind.world.send(update(kind, name, tagged(kind.first, "forged"), kind.first))
        assert (answer["Status"], kind.tags(name)["team"]) == ("FAILED", "ml")

    @pytest.mark.parametrize("minutes", [1, 20])
    def test_a_start_waits_until_it_can(self, kind: Kind, minutes: int) -> None:
        world = kind.world
        world.stacks.unreadable = True
        event = world.event("Create", kind.first)
        world.invoke(event)
        end = world.clock.now() + timedelta(minutes=minutes)
        while world.clock.now() < end:
            assert world.waiter.step()
        assert world.answers == []
        world.stacks.unreadable = False
        world.waiter.run()
        assert world.answers[-1]["Status"] == "SUCCESS"


class TestASettledStack:
    @pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
    def test_a_forged_update_rewrites_no_tag(self, kind: Kind, status: str) -> None:
        name = kind.made(kind.first)
        kind.world.stack(status)
        answer = kind.world.send(update(kind, name, tagged(kind.first, "forged"), kind.first))
        assert (answer["Status"], kind.tags(name)["team"]) == ("FAILED", "ml")

    def test_a_forged_policy_deletes_nothing_that_the_tag_retains(self, kind: Kind) -> None:
        name = kind.made({**kind.first, "RemovalPolicy": "retain"})
        kind.world.stack("DELETE_IN_PROGRESS")
        kind.world.delete(name, {**kind.first, "RemovalPolicy": "destroy"})
        assert kind.is_left(name)


def writes(world: Cloud, since: int) -> list[str]:
    """What was changed in Bedrock since that call."""
    calls = [call.operation for call in world.bedrock.calls[since:] if call.outcome == "ok"]
    return [operation for operation in calls if not operation.startswith(("Get", "List"))]


def test_a_stack_is_read_once_for_an_event(kind: Kind) -> None:
    name = kind.made(kind.first)
    read: list[str] = []
    describe = kind.world.stacks.describe_stacks

    def counted(**request: Any) -> Any:
        read.append(request["StackName"])
        return describe(**request)

    kind.world.stacks.describe_stacks = counted  # type: ignore[method-assign]
    kind.world.send(update(kind, name, tagged(kind.second, "new"), kind.first))
    # Once more after a job has started, which is stopped if the stack does not want it any more and it can be.
    assert len(read) == (2 if kind.name in ("training", "open weights") else 1)
