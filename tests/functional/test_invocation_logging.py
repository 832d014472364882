"""The configuration of invocation logging, event by event: whose it is, and what was there before."""

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Fault
from provider.cloudformation.contract import INVOCATION_LOGGING_TYPE, LOGGING_RECORD
from tests.functional.conftest import ACCOUNT, STACK_ID, Cloud

ROLE = f"arn:aws:iam::{ACCOUNT}:role/logging"
OTHER_STACK = STACK_ID.replace("/Models/", "/Platform/")
KIND: dict[str, Any] = {"ResourceType": INVOCATION_LOGGING_TYPE, "LogicalResourceId": "Logging"}
ID = "model-invocation-logging"
THEIRS = {"s3Config": {"bucketName": "their-logs", "keyPrefix": "bedrock"}, "textDataDeliveryEnabled": True}


def logging(bucket: str = "our-logs", **settings: Any) -> dict[str, Any]:
    """What the construct renders, as CloudFormation sends it: booleans are text."""
    config = {
        "s3Config": {"bucketName": bucket, "keyPrefix": ""},
        "cloudWatchConfig": {"logGroupName": "bedrock", "roleArn": ROLE},
        "textDataDeliveryEnabled": "true",
        "imageDataDeliveryEnabled": "false",
    }
    request = {"loggingConfig": config, **settings.pop("request", {})}
    policy = settings.pop("policy", "destroy")
    return {"Settings": {"Path": "Logging", "Request": request, **settings}, "RemovalPolicy": policy}


def ours(bucket: str = "our-logs") -> dict[str, Any]:
    return {
        "s3Config": {"bucketName": bucket},
        "cloudWatchConfig": {"logGroupName": "bedrock", "roleArn": ROLE},
        "textDataDeliveryEnabled": True,
        "imageDataDeliveryEnabled": False,
    }


def live(cloud: Cloud) -> dict[str, Any] | None:
    return cloud.client.get_model_invocation_logging_configuration().get("loggingConfig")


def configured(cloud: Cloud, config: dict[str, Any]) -> None:
    cloud.client.put_model_invocation_logging_configuration(loggingConfig=config)


def before_call(cloud: Cloud, operation: str, happens: Callable[[], object], *, of: str = "bedrock") -> None:
    """Lets something happen just before the next such call of the provider."""
    client = getattr(cloud.outside, of)
    called = getattr(client, operation)

    def call(**params: Any) -> Any:
        setattr(client, operation, called)
        happens()
        return called(**params)

    setattr(client, operation, call)


def puts(cloud: Cloud) -> int:
    return sum(call.operation == "PutModelInvocationLoggingConfiguration" for call in cloud.bedrock.calls)


class TestCreate:
    def test_configures_what_nobody_had_configured(self, cloud: Cloud) -> None:
        created = cloud.create(logging(), **KIND)
        assert (created["Status"], created["PhysicalResourceId"]) == ("SUCCESS", ID)
        assert live(cloud) == ours()

    def test_another_configuration_is_not_overwritten_and_told(self, cloud: Cloud) -> None:
        configured(cloud, THEIRS)
        refused = cloud.create(logging(), **KIND)
        assert refused["Status"] == "FAILED"
        assert '"bucketName": "their-logs"' in refused["Reason"]
        assert "adopt=True" in refused["Reason"]
        assert live(cloud) == THEIRS
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(refused["PhysicalResourceId"], logging(), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == THEIRS

    def test_an_equal_configuration_of_somebody_else_is_not_taken_for_its_own(self, cloud: Cloud) -> None:
        configured(cloud, ours())
        refused = cloud.create(logging(), **KIND)
        assert refused["Status"] == "FAILED"
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(refused["PhysicalResourceId"], logging(), **KIND)
        assert live(cloud) == ours()

    def test_adopt_puts_its_own_over_the_other(self, cloud: Cloud) -> None:
        configured(cloud, THEIRS)
        assert cloud.create(logging(Adopt="true"), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == ours()

    def test_a_role_that_could_not_be_passed_to_put_it_back_is_asked_for_first(self, cloud: Cloud) -> None:
        theirs = {"cloudWatchConfig": {"logGroupName": "theirs", "roleArn": f"{ROLE}-of-others"}}
        configured(cloud, theirs)
        refused = cloud.create(logging(Adopt="true"), **KIND)
        assert refused["Status"] == "FAILED"
        assert f"{ROLE}-of-others" in refused["Reason"]
        assert live(cloud) == theirs
        given = logging(Adopt="true", request={"adoptedRoleArn": f"{ROLE}-of-others"})
        assert cloud.create(given, **KIND)["Status"] == "SUCCESS"

    def test_its_rollback_puts_the_other_back_whatever_the_policy(self, cloud: Cloud) -> None:
        configured(cloud, THEIRS)
        given = logging(Adopt="true", policy="retain")
        created = cloud.create(given, **KIND)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(created["PhysicalResourceId"], given, **KIND)
        assert live(cloud) == THEIRS
        assert cloud.ssm_record() is None

    @pytest.mark.parametrize("fault", [Fault.LOST_AFTER_EFFECT, Fault.LOST_BEFORE_EFFECT])
    def test_a_lost_answer_changes_nothing_about_what_is_remembered(self, cloud: Cloud, fault: Fault) -> None:
        configured(cloud, THEIRS)
        given = logging(Adopt="true")
        cloud.bedrock.faults.add("PutModelInvocationLoggingConfiguration", fault, times=4)
        created = cloud.create(given, **KIND)
        assert created["Status"] == "SUCCESS"
        assert live(cloud) == ours()
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(created["PhysicalResourceId"], given, **KIND)
        assert live(cloud) == THEIRS

    def test_once_it_is_configured_it_is_answered_whatever_fails(self, cloud: Cloud) -> None:
        read, reads = cloud.ssm.get_parameter, itertools.count(1)

        def get_parameter(**params: Any) -> dict[str, Any]:
            if next(reads) > 1:
                raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetParameter")
            return read(**params)

        cloud.ssm.get_parameter = get_parameter  # type: ignore[method-assign]
        assert cloud.create(logging(), **KIND)["Status"] == "SUCCESS"
        assert cloud.waiter.executions == {}

    def test_the_same_event_twice_remembers_the_other_once(self, cloud: Cloud) -> None:
        configured(cloud, THEIRS)
        event = cloud.event("Create", logging(Adopt="true"), **KIND)
        cloud.send(copy.deepcopy(event))
        cloud.send(copy.deepcopy(event))
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(ID, logging(Adopt="true"), **KIND)
        assert live(cloud) == THEIRS

    def test_nothing_is_configured_for_a_stack_that_rolls_back(self, cloud: Cloud) -> None:
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.create(logging(), **KIND)["Status"] == "FAILED"
        assert (live(cloud), cloud.ssm_record()) == (None, None)

    def test_a_role_that_is_not_known_yet_is_tried_again(self, cloud: Cloud) -> None:
        words = "Failed to validate permissions for log group: bedrock, with role: x. Verify the IAM role permissions"
        cloud.bedrock.faults.add("PutModelInvocationLoggingConfiguration", Fault.VALIDATION, words, times=3)
        assert cloud.create(logging(), **KIND)["Status"] == "SUCCESS"
        assert puts(cloud) == 4

    def test_a_record_that_somebody_else_wrote_is_refused(self, cloud: Cloud) -> None:
        cloud.ssm.versions[LOGGING_RECORD] = ["[]"]
        refused = cloud.create(logging(), **KIND)
        assert refused["Status"] == "FAILED"
        assert LOGGING_RECORD in refused["Reason"]


class TestUpdate:
    def test_changes_its_own(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.stack("UPDATE_IN_PROGRESS")
        updated = cloud.update(ID, logging("new-logs"), logging(), **KIND)
        assert (updated["Status"], updated["PhysicalResourceId"]) == ("SUCCESS", ID)
        assert live(cloud) == ours("new-logs")

    def test_its_rollback_puts_the_old_one_back(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.stack("UPDATE_IN_PROGRESS")
        cloud.update(ID, logging("new-logs"), logging(), **KIND)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(ID, logging(), logging("new-logs"), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == ours()

    def test_after_one_that_bedrock_refused_its_own_is_still_its_own(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.stack("UPDATE_IN_PROGRESS")
        said = "no such thing"
        cloud.bedrock.faults.add("PutModelInvocationLoggingConfiguration", Fault.VALIDATION, said)
        assert cloud.update(ID, logging("new-logs"), logging(), **KIND)["Status"] == "FAILED"
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(ID, logging(), logging("new-logs"), **KIND)["Status"] == "SUCCESS"
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(ID, logging(), **KIND)
        assert (live(cloud), cloud.ssm_record()) == (None, None)

    def test_what_somebody_changed_meanwhile_is_not_overwritten(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        configured(cloud, THEIRS)
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.update(ID, logging("new-logs"), logging(), **KIND)["Status"] == "FAILED"
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(ID, logging(), logging("new-logs"), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == THEIRS

    def test_what_somebody_deleted_meanwhile_is_put_again(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.client.delete_model_invocation_logging_configuration()
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.update(ID, logging(), logging(), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == ours()

    def test_a_configuration_that_somebody_changed_is_taken_back_with_adopt(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        theirs = {**ours(), "textDataDeliveryEnabled": False}
        configured(cloud, theirs)
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.update(ID, logging(Adopt="true"), logging(), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == ours()
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(ID, logging(), logging(Adopt="true"), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == theirs

    def test_a_rollback_does_not_fail_for_what_cannot_be_put_back(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.stack("UPDATE_IN_PROGRESS")
        cloud.update(ID, logging("new-logs"), logging(), **KIND)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        said = "Failed to validate permissions for bucket: our-logs"
        cloud.bedrock.faults.add("PutModelInvocationLoggingConfiguration", Fault.VALIDATION, said, times=100)
        assert cloud.update(ID, logging(), logging("new-logs"), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == ours("new-logs")
        cloud.bedrock.faults.clear()
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(ID, logging(), **KIND)
        assert (live(cloud), cloud.ssm_record()) == (None, None)

    def test_an_update_that_is_overtaken_by_its_rollback_leaves_what_that_put(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.stack("UPDATE_IN_PROGRESS")
        forward = cloud.event("Update", logging("new"), PhysicalResourceId=ID, OldResourceProperties=logging(), **KIND)
        back = cloud.event("Update", logging(), PhysicalResourceId=ID, OldResourceProperties=logging("new"), **KIND)

        def roll_back() -> None:
            cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
            cloud.invoke(copy.deepcopy(back))

        before_call(cloud, "put_model_invocation_logging_configuration", roll_back)
        cloud.invoke(forward)
        assert [answer["Status"] for answer in cloud.answers[1:]] == ["SUCCESS", "FAILED"]
        assert live(cloud) == ours()

    def test_an_event_that_comes_late_changes_nothing(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.stack("UPDATE_IN_PROGRESS")
        late = cloud.event(
            "Update", logging("late-logs"), PhysicalResourceId=ID, OldResourceProperties=logging(), **KIND
        )
        cloud.outside.sleep(60)
        cloud.update(ID, logging("new-logs"), logging(), **KIND)
        assert cloud.send(late)["Status"] == "FAILED"
        assert live(cloud) == ours("new-logs")


class TestDelete:
    @pytest.fixture
    def created(self, cloud: Cloud) -> Cloud:
        cloud.create(logging(), **KIND)
        cloud.stack("DELETE_IN_PROGRESS")
        return cloud

    def test_takes_its_own_away(self, created: Cloud) -> None:
        assert created.delete(ID, logging(), **KIND)["Status"] == "SUCCESS"
        assert (live(created), created.ssm_record()) == (None, None)

    def test_leaves_what_somebody_changed_meanwhile(self, created: Cloud) -> None:
        configured(created, THEIRS)
        assert created.delete(ID, logging(), **KIND)["Status"] == "SUCCESS"
        assert (live(created), created.ssm_record()) == (THEIRS, None)

    def test_retain_leaves_it_and_forgets_whose_it_was(self, cloud: Cloud) -> None:
        given = logging(policy="retain")
        cloud.create(given, **KIND)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(ID, given, **KIND)["Status"] == "SUCCESS"
        assert (live(cloud), cloud.ssm_record()) == (ours(), None)

    def test_what_can_no_longer_be_put_back_does_not_hold_it_up(self, cloud: Cloud) -> None:
        configured(cloud, THEIRS)
        given = logging(Adopt="true")
        cloud.create(given, **KIND)
        cloud.stack("DELETE_IN_PROGRESS")
        said = "Failed to validate permissions for bucket: their-logs"
        cloud.bedrock.faults.add("PutModelInvocationLoggingConfiguration", Fault.VALIDATION, said)
        assert cloud.delete(ID, given, **KIND)["Status"] == "SUCCESS"
        assert (live(cloud), cloud.ssm_record()) == (None, None)

    def test_a_cancelled_create_that_is_still_in_flight_is_waited_for(self, cloud: Cloud) -> None:
        configured(cloud, THEIRS)
        given = logging(Adopt="true")
        cancelled = cloud.event("Create", given, **KIND)
        invented = f"Models-{KIND['LogicalResourceId']}-1ABCDEF2GHIJ"
        delete = cloud.event("Delete", given, PhysicalResourceId=invented, **KIND)

        def cancel() -> None:
            cloud.stack("ROLLBACK_IN_PROGRESS")
            cloud.invoke(copy.deepcopy(delete))

        before_call(cloud, "put_model_invocation_logging_configuration", cancel)
        cloud.stacks.resources[KIND["LogicalResourceId"]] = invented
        cloud.invoke(cancelled)
        assert live(cloud) == ours()
        cloud.waiter.run()
        assert (live(cloud), cloud.ssm_record()) == (THEIRS, None)

    def test_a_create_that_failed_is_not_deleted_once_it_was_made_again(self, cloud: Cloud) -> None:
        cloud.create(logging(), **KIND)
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.delete("not-started-1", logging(), **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == ours()

    @pytest.mark.parametrize("operation", ["Delete", "Put"])
    def test_a_lost_answer_is_found_done(self, cloud: Cloud, operation: str) -> None:
        if operation == "Put":
            configured(cloud, THEIRS)
        given = logging(Adopt="true")
        cloud.create(given, **KIND)
        cloud.stack("DELETE_IN_PROGRESS")
        called = f"{operation}ModelInvocationLoggingConfiguration"
        cloud.bedrock.faults.add(called, Fault.LOST_AFTER_EFFECT, times=4)
        assert cloud.delete(ID, given, **KIND)["Status"] == "SUCCESS"
        assert (live(cloud), cloud.ssm_record()) == (THEIRS if operation == "Put" else None, None)


class TestTwoStacks:
    """One over the other: whichever goes first, what the other one put or found stays."""

    @pytest.fixture
    def stacked(self, cloud: Cloud) -> Cloud:
        cloud.stacks.status[OTHER_STACK] = "CREATE_IN_PROGRESS"
        configured(cloud, THEIRS)
        cloud.create(logging("platform", Adopt="true"), **KIND, StackId=OTHER_STACK)
        refused = cloud.create(logging(), **KIND)
        assert OTHER_STACK in refused["Reason"]
        given = logging(Adopt="true", request={"adoptedRoleArn": ROLE})
        assert cloud.create(given, **KIND)["Status"] == "SUCCESS"
        assert live(cloud) == ours()
        for stack in (STACK_ID, OTHER_STACK):
            cloud.stacks.status[stack] = "DELETE_IN_PROGRESS"
        return cloud

    def test_the_upper_one_goes_first(self, stacked: Cloud) -> None:
        stacked.delete(ID, logging(), **KIND)
        assert live(stacked) == ours("platform")
        stacked.delete(ID, logging("platform"), **KIND, StackId=OTHER_STACK)
        assert (live(stacked), stacked.ssm_record()) == (THEIRS, None)

    def test_the_lower_one_goes_first(self, stacked: Cloud) -> None:
        stacked.delete(ID, logging("platform"), **KIND, StackId=OTHER_STACK)
        assert live(stacked) == ours()
        stacked.delete(ID, logging(), **KIND)
        assert (live(stacked), stacked.ssm_record()) == (THEIRS, None)

    def test_the_lower_one_does_not_change_it_without_saying_so(self, stacked: Cloud) -> None:
        stacked.stacks.status[OTHER_STACK] = "UPDATE_IN_PROGRESS"
        update = stacked.update(ID, logging("new"), logging("platform"), **KIND, StackId=OTHER_STACK)
        assert update["Status"] == "FAILED"
        assert STACK_ID in update["Reason"]
        assert live(stacked) == ours()

    def test_the_lower_one_gives_it_back_when_its_change_is_rolled_back(self, stacked: Cloud) -> None:
        stacked.stacks.status[OTHER_STACK] = "UPDATE_IN_PROGRESS"
        over = logging("new", Adopt="true", request={"adoptedRoleArn": ROLE})
        of_other = {**KIND, "StackId": OTHER_STACK}
        assert stacked.update(ID, over, logging("platform"), **of_other)["Status"] == "SUCCESS"
        assert live(stacked) == ours("new")
        stacked.stacks.status[OTHER_STACK] = "UPDATE_ROLLBACK_IN_PROGRESS"
        assert stacked.update(ID, logging("platform"), over, **of_other)["Status"] == "SUCCESS"
        assert live(stacked) == ours()

    def test_neither_overwrites_what_the_other_writes_down_in_the_same_second(self, cloud: Cloud) -> None:
        cloud.stacks.status[OTHER_STACK] = "CREATE_IN_PROGRESS"
        given = logging(Adopt="true", request={"adoptedRoleArn": ROLE})
        theirs = cloud.event("Create", logging("platform"), **KIND, StackId=OTHER_STACK)
        before_call(cloud, "put_parameter", lambda: cloud.invoke(theirs), of="ssm")
        cloud.invoke(cloud.event("Create", given, **KIND))
        cloud.waiter.run()
        assert [answer["Status"] for answer in cloud.answers] == ["SUCCESS", "SUCCESS"]
        assert live(cloud) == ours()
        for stack in (STACK_ID, OTHER_STACK):
            cloud.stacks.status[stack] = "DELETE_IN_PROGRESS"
        cloud.delete(ID, given, **KIND)
        assert live(cloud) == ours("platform")
        cloud.delete(ID, logging("platform"), **KIND, StackId=OTHER_STACK)
        assert (live(cloud), cloud.ssm_record()) == (None, None)


def test_the_record_stays_within_a_parameter(cloud: Cloud) -> None:
    given = logging("b" * 63)
    given["Settings"]["Request"]["loggingConfig"]["s3Config"]["keyPrefix"] = "p" * 1024
    cloud.create(given, **KIND)
    assert len(json.dumps(cloud.ssm_record())) < 4096
