"""The life of Provisioned Throughput, event by event: bought once, changed in place, given back when it may be."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from local.bedrock import Fault
from provider.cloudformation.contract import OWNER_TAG, POLICY_TAG, PROVISIONED_MODEL_THROUGHPUT_TYPE
from tests.functional.conftest import STACK_ID, Cloud
from tests.functional.serving_cloud import NOVA_LITE, NOVA_MICRO, Serving

INVENTED = "Models-Assistant-1ABCDEF2GHIJ"
AGAIN = STACK_ID.replace("11111111", "99999999")


class Throughputs(Serving):
    type = PROVISIONED_MODEL_THROUGHPUT_TYPE

    def throughput(self, name: str) -> dict[str, Any] | None:
        try:
            return self.client.get_provisioned_model_throughput(provisionedModelId=name)
        except self.client.exceptions.ResourceNotFoundException:
            return None

    def names(self) -> list[str]:
        listed = self.client.list_provisioned_model_throughputs()["provisionedModelSummaries"]
        return [summary["provisionedModelName"] for summary in listed]

    def active(self, properties: dict[str, Any]) -> dict[str, Any]:
        """Throughput in service; the answer to its Create, in a stack that is being updated now."""
        created = self.create(properties)
        assert self.ready(created)["Status"] == "SUCCESS"
        self.stack("UPDATE_IN_PROGRESS")
        return created

    def bought(self) -> int:
        return self.calls("CreateProvisionedModelThroughput")


@pytest.fixture
def cloud(cloud: Cloud) -> Throughputs:
    return Throughputs()


def asking(model: str, *, units: str = "1", name: str | None = None, term: str | None = None) -> dict[str, Any]:
    """What the construct renders, with CloudFormation's text for numbers."""
    return {
        "RunInputs": {"modelUnits": units, **({"commitmentDuration": term} if term else {})},
        "Settings": {
            "NamePrefix": "Assistant",
            "Path": "Assistant",
            "Request": {"modelId": model, **({"provisionedModelName": name} if name else {})},
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "RemovalPolicy": "destroy",
    }


@pytest.fixture
def properties(cloud: Throughputs) -> dict[str, Any]:
    return asking(cloud.trained("first"))


@pytest.fixture
def other(cloud: Throughputs, properties: dict[str, Any]) -> dict[str, Any]:
    """Another model of the same base model."""
    return asking(cloud.trained("second"))


@pytest.fixture
def another_base(cloud: Throughputs, properties: dict[str, Any]) -> dict[str, Any]:
    return asking(cloud.trained("micro", NOVA_MICRO))


def model_of(properties: dict[str, Any]) -> str:
    return properties["Settings"]["Request"]["modelId"]


def named(properties: dict[str, Any], name: str) -> dict[str, Any]:
    changed = copy.deepcopy(properties)
    changed["Settings"]["Request"]["provisionedModelName"] = name
    return changed


class TestCreate:
    def test_answers_at_once_and_the_wait_carries_the_attributes(self, cloud: Throughputs, properties):
        created = cloud.create(properties)
        assert created["Status"] == "SUCCESS"
        name = created["PhysicalResourceId"]
        assert cloud.throughput(name)["status"] == "Creating"
        ready = cloud.ready(created)
        arn = cloud.throughput(name)["provisionedModelArn"]
        assert ready["Data"] == {
            "ProvisionedModelName": name,
            "ProvisionedModelArn": arn,
            "ModelArn": arn,
            "ServedModelArn": model_of(properties),
            "Status": "InService",
        }

    def test_units_and_term_are_bought_as_asked(self, cloud: Throughputs, properties):
        name = cloud.create(asking(model_of(properties), units="3", term="OneMonth"))["PhysicalResourceId"]
        found = cloud.throughput(name)
        assert (found["modelUnits"], found["commitmentDuration"]) == (3, "OneMonth")

    def test_a_foundation_model_is_served_as_well(self, cloud: Throughputs):
        created = cloud.active(asking(NOVA_LITE, name="base"))
        assert created["PhysicalResourceId"] == "base"
        assert created["Data"]["ServedModelArn"] == NOVA_LITE

    def test_tags_go_into_the_call_itself(self, cloud: Throughputs, properties):
        tags = cloud.tags(cloud.create(properties)["Data"]["ModelArn"])
        assert (tags["team"], tags[POLICY_TAG]) == ("ml", "destroy")
        assert OWNER_TAG in tags
        assert cloud.calls("TagResource") == 0

    def test_the_same_event_twice_buys_once(self, cloud: Throughputs, properties):
        event = cloud.event("Create", properties)
        first, second = cloud.send(event), cloud.send(event)
        assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
        assert cloud.bought() == 1

    @pytest.mark.parametrize(
        "fault", [Fault.THROTTLE, Fault.INTERNAL_ERROR, Fault.LOST_BEFORE_EFFECT, Fault.LOST_AFTER_EFFECT]
    )
    @pytest.mark.parametrize("operation", ["GetProvisionedModelThroughput", "CreateProvisionedModelThroughput"])
    def test_an_outage_of_minutes_buys_once(self, cloud: Throughputs, properties, operation, fault):
        cloud.bedrock.faults.add(operation, fault, times=20)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert len(cloud.names()) == 1

    def test_a_foreign_one_of_that_name_is_refused_with_both_ways_out(self, cloud: Throughputs, properties):
        cloud.client.create_provisioned_model_throughput(
            provisionedModelName="taken", modelId=model_of(properties), modelUnits=1
        )
        answer = cloud.create(named(properties, "taken"))
        assert answer["Status"] == "FAILED"
        assert "from_provisioned_model_arn" in answer["Reason"]
        assert "provisioned_model_name" in answer["Reason"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(answer["PhysicalResourceId"], named(properties, "taken"))["Status"] == "SUCCESS"
        assert cloud.throughput("taken")

    def test_what_a_deleted_stack_retained_is_taken_over_and_not_bought_again(
        self, cloud: Throughputs, properties, other
    ):
        properties["RemovalPolicy"] = "retain"
        first = cloud.active(properties)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(first["PhysicalResourceId"], properties)
        cloud.stack("DELETE_COMPLETE")
        cloud.stacks.status[AGAIN] = "CREATE_IN_PROGRESS"
        second = cloud.create(other, StackId=AGAIN)
        assert second["Data"]["ModelArn"] == first["Data"]["ModelArn"]
        assert cloud.ready(second)["Data"]["ServedModelArn"] == model_of(other)
        assert cloud.bought() == 1

    def test_our_own_failed_one_is_removed_before_another_attempt(self, cloud: Throughputs, properties):
        cloud.bedrock.script("Assistant-*", fail="No capacity", times=1)
        failed = cloud.create(properties)
        answer = cloud.ready(failed)
        assert answer["Status"] == "FAILED"
        assert "No capacity" in answer["Reason"]
        again = cloud.create(properties)
        assert again["PhysicalResourceId"] == failed["PhysicalResourceId"]
        assert cloud.ready(again)["Status"] == "SUCCESS"

    @pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
    def test_nothing_is_bought_for_a_stack_that_no_longer_wants_it(self, cloud: Throughputs, properties, status):
        cloud.stack(status)
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        assert "Nothing was started" in answer["Reason"]
        assert cloud.bought() == 0


class TestUpdate:
    def test_a_model_of_the_same_base_is_taken_in_place(self, cloud: Throughputs, properties, other):
        created = cloud.active(properties)
        updated = cloud.update(created["PhysicalResourceId"], other, properties)
        assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]
        ready = cloud.ready(updated)
        assert ready["Data"] == {**created["Data"], "ServedModelArn": model_of(other), "Status": "InService"}
        assert cloud.bought() == 1

    def test_the_base_model_itself_is_taken_in_place(self, cloud: Throughputs, properties):
        created = cloud.active(properties)
        updated = cloud.update(created["PhysicalResourceId"], asking(NOVA_LITE), properties)
        assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]
        assert cloud.ready(updated)["Data"]["ServedModelArn"] == NOVA_LITE

    def test_a_model_whose_base_is_not_told_is_left_to_bedrock(self, cloud: Throughputs, properties):
        created = cloud.active(properties)
        updated = cloud.update(created["PhysicalResourceId"], asking(cloud.imported("nova")), properties)
        assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]
        assert cloud.ready(updated)["Status"] == "SUCCESS"

    def test_a_model_whose_base_is_not_told_replaces_when_bedrock_refuses_it(self, cloud: Throughputs, another_base):
        created = cloud.active(another_base)
        updated = cloud.update(created["PhysicalResourceId"], asking(cloud.imported("nova")), another_base)
        assert updated["Status"] == "SUCCESS"
        assert updated["PhysicalResourceId"] != created["PhysicalResourceId"]
        assert cloud.ready(updated)["Status"] == "SUCCESS"

    def test_a_model_of_another_base_replaces(self, cloud: Throughputs, properties, another_base):
        created = cloud.active(properties)
        updated = cloud.update(created["PhysicalResourceId"], another_base, properties)
        assert updated["PhysicalResourceId"] != created["PhysicalResourceId"]
        assert cloud.ready(updated)["Data"]["ServedModelArn"] == model_of(another_base)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(created["PhysicalResourceId"], properties)
        assert cloud.names() == [updated["PhysicalResourceId"]]

    def test_a_replacement_by_base_takes_further_models_in_place(self, cloud: Throughputs, properties, another_base):
        first = cloud.active(properties)["PhysicalResourceId"]
        replaced = cloud.update(first, another_base, properties)["PhysicalResourceId"]
        cloud.delete(first, properties)
        cloud.clock.advance(timedelta(hours=1))
        further = asking(cloud.trained("micro-2", NOVA_MICRO))
        assert cloud.update(replaced, further, another_base)["PhysicalResourceId"] == replaced

    def test_the_same_replacement_twice_buys_once(self, cloud: Throughputs, properties, another_base):
        name = cloud.active(properties)["PhysicalResourceId"]
        event = cloud.event("Update", another_base, PhysicalResourceId=name, OldResourceProperties=properties)
        assert cloud.send(event)["PhysicalResourceId"] == cloud.send(event)["PhysicalResourceId"]
        assert cloud.bought() == 2

    def test_a_rollback_of_a_replacement_by_base_goes_back(self, cloud: Throughputs, properties, another_base):
        old = cloud.active(properties)["PhysicalResourceId"]
        new = cloud.update(old, another_base, properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(new, properties, another_base)
        assert back["PhysicalResourceId"] == old
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(properties)
        assert cloud.delete(new, another_base)["Status"] == "SUCCESS"
        assert cloud.names() == [old]

    def test_a_foundation_model_cannot_change_in_place_so_it_replaces(self, cloud: Throughputs, properties):
        before = asking(NOVA_LITE)
        created = cloud.active(before)
        updated = cloud.update(created["PhysicalResourceId"], properties, before)
        assert updated["PhysicalResourceId"] != created["PhysicalResourceId"]
        assert cloud.calls("UpdateProvisionedModelThroughput") == 0

    def test_another_base_under_an_explicit_name_is_refused_with_the_remedy(
        self, cloud: Throughputs, properties, another_base
    ):
        before, after = named(properties, "fixed"), named(another_base, "fixed")
        cloud.active(before)
        answer = cloud.update("fixed", after, before)
        assert answer["Status"] == "FAILED"
        assert "nova-micro" in answer["Reason"]
        assert "change provisioned_model_name" in answer["Reason"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update("fixed", before, after)["Status"] == "SUCCESS"

    @pytest.mark.parametrize("change", [{"units": "2"}, {"term": "OneMonth"}])
    def test_units_and_term_replace_under_a_generated_name(self, cloud: Throughputs, properties, change):
        created = cloud.active(properties)
        updated = cloud.update(created["PhysicalResourceId"], asking(model_of(properties), **change), properties)
        assert updated["Status"] == "SUCCESS"
        assert updated["PhysicalResourceId"] != created["PhysicalResourceId"]
        assert cloud.throughput(created["PhysicalResourceId"])

    def test_units_under_the_same_explicit_name_are_refused_with_both_ways_out(self, cloud: Throughputs, properties):
        before = named(properties, "fixed")
        cloud.active(before)
        answer = cloud.update("fixed", asking(model_of(properties), units="2", name="fixed"), before)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "fixed")
        assert "provisioned_model_name" in answer["Reason"]
        assert "from_provisioned_model_arn" in answer["Reason"]
        assert cloud.bought() == 1

    def test_a_name_changes_in_place(self, cloud: Throughputs, properties):
        before, after = named(properties, "one"), named(properties, "two")
        created = cloud.active(before)
        updated = cloud.update("one", after, before)
        assert updated["PhysicalResourceId"] == "two"
        assert updated["Data"]["ModelArn"] == created["Data"]["ModelArn"]
        # To CloudFormation that is a replacement, and its clean-up asks for the old name.
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        assert cloud.delete("one", before)["Status"] == "SUCCESS"
        assert cloud.names() == ["two"]

    @pytest.mark.parametrize("to_generated", [True, False])
    def test_a_name_given_or_taken_away_changes_in_place(self, cloud: Throughputs, properties, to_generated):
        before, after = properties, named(properties, "given")
        if to_generated:
            before, after = after, before
        created = cloud.active(before)
        updated = cloud.update(created["PhysicalResourceId"], after, before)
        assert updated["PhysicalResourceId"] != created["PhysicalResourceId"]
        assert updated["Data"]["ModelArn"] == created["Data"]["ModelArn"]
        assert cloud.names() == [updated["PhysicalResourceId"]]

    def test_name_and_model_change_together(self, cloud: Throughputs, properties, other):
        before, after = named(properties, "one"), named(other, "two")
        cloud.active(before)
        updated = cloud.update("one", after, before)
        assert cloud.ready(updated)["Data"]["ServedModelArn"] == model_of(other)
        assert cloud.names() == ["two"]
        assert cloud.calls("UpdateProvisionedModelThroughput") == 1

    def test_a_rename_that_comes_twice_or_loses_its_answer_happens_once(self, cloud: Throughputs, properties):
        before, after = named(properties, "one"), named(properties, "two")
        cloud.active(before)
        cloud.bedrock.faults.add("UpdateProvisionedModelThroughput", Fault.LOST_AFTER_EFFECT, times=1)
        event = cloud.event("Update", after, PhysicalResourceId="one", OldResourceProperties=before)
        assert [cloud.send(event)["PhysicalResourceId"] for _ in range(2)] == ["two", "two"]

    def test_a_rollback_of_a_rename_renames_back(self, cloud: Throughputs, properties):
        before, after = named(properties, "one"), named(properties, "two")
        cloud.active(before)
        cloud.update("one", after, before)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update("two", before, after)["PhysicalResourceId"] == "one"
        assert cloud.delete("two", after)["Status"] == "SUCCESS"
        assert cloud.names() == ["one"]

    def test_a_rollback_finds_what_was_renamed_though_cloudformation_never_heard(self, cloud: Throughputs, properties):
        before, after = named(properties, "one"), named(properties, "two")
        cloud.active(before)
        cloud.client.update_provisioned_model_throughput(provisionedModelId="one", desiredProvisionedModelName="two")
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update("one", before, after)["PhysicalResourceId"] == "one"
        assert cloud.names() == ["one"]

    def test_a_name_that_is_taken_is_refused_before_anything_changes(self, cloud: Throughputs, properties, other):
        before, after = named(properties, "one"), named(other, "taken")
        cloud.active(before)
        cloud.client.create_provisioned_model_throughput(
            provisionedModelName="taken", modelId=model_of(properties), modelUnits=1
        )
        answer = cloud.update("one", after, before)
        assert answer["Status"] == "FAILED"
        assert "provisioned_model_name" in answer["Reason"]
        assert cloud.calls("UpdateProvisionedModelThroughput") == 0

    def test_a_change_that_fails_says_what_goes_on_and_rolls_back(self, cloud: Throughputs, properties, other):
        created = cloud.active(properties)
        cloud.bedrock.script("Assistant-*", fail="Out of capacity", times=1)
        updated = cloud.update(created["PhysicalResourceId"], other, properties)
        answer = cloud.ready(updated)
        assert answer["Status"] == "FAILED"
        assert "Out of capacity" in answer["Reason"]
        assert f"still serves {model_of(properties)}" in answer["Reason"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(created["PhysicalResourceId"], properties, other)
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(properties)

    def test_a_rollback_in_the_middle_of_a_change_waits_and_changes_back(self, cloud: Throughputs, properties, other):
        created = cloud.active(properties)
        cloud.update(created["PhysicalResourceId"], other, properties)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(created["PhysicalResourceId"], properties, other)
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(properties)

    def test_a_late_second_delivery_does_not_undo_the_rollback(self, cloud: Throughputs, properties, other):
        name = cloud.active(properties)["PhysicalResourceId"]
        forward = cloud.event("Update", other, PhysicalResourceId=name, OldResourceProperties=properties)
        cloud.ready(cloud.send(forward))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.ready(cloud.update(name, properties, other))
        cloud.send(forward)
        assert cloud.throughput(name)["desiredModelArn"] == model_of(properties)

    def test_a_model_that_is_gone_does_not_fail_a_rollback(self, cloud: Throughputs, properties, other):
        created = cloud.active(properties)
        cloud.ready(cloud.update(created["PhysicalResourceId"], other, properties))
        cloud.client.delete_custom_model(modelIdentifier=model_of(properties))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(created["PhysicalResourceId"], properties, other)
        assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", created["PhysicalResourceId"])
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(other)

    def test_throughput_that_is_gone_fails_a_change_but_no_rollback(self, cloud: Throughputs, properties, other):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.client.delete_provisioned_model_throughput(provisionedModelId=name)
        answer = cloud.update(name, other, properties)
        assert answer["Status"] == "FAILED"
        assert "no longer exists" in answer["Reason"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(name, properties, other)
        assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", name)
        assert cloud.ready(back)["Status"] == "SUCCESS"
        assert cloud.bought() == 1

    def test_one_that_has_failed_takes_no_model_and_says_why(self, cloud: Throughputs, properties, other):
        cloud.bedrock.script("Assistant-*", fail="Hardware lost")
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.clock.advance(timedelta(hours=1))
        cloud.stack("UPDATE_IN_PROGRESS")
        answer = cloud.update(name, other, properties)
        assert answer["Status"] == "FAILED"
        assert "Hardware lost" in answer["Reason"]

    def test_tags_and_policy_change_in_place(self, cloud: Throughputs, properties):
        created = cloud.active(properties)
        changed = {**properties, "Tags": [{"Key": "cost", "Value": "42"}], "RemovalPolicy": "retain"}
        updated = cloud.update(created["PhysicalResourceId"], changed, properties)
        assert updated["Data"] == {**created["Data"], "Status": "InService"}
        tags = cloud.tags(created["Data"]["ModelArn"])
        assert (tags["cost"], tags[POLICY_TAG]) == ("42", "retain")
        assert "team" not in tags
        assert cloud.calls("UpdateProvisionedModelThroughput") == 0


class TestDelete:
    @pytest.mark.parametrize(("policy", "there"), [("destroy", False), ("retain", True)])
    @pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
    def test_the_policy_decides_in_a_rollback_too(self, cloud: Throughputs, properties, policy, there, status):
        properties["RemovalPolicy"] = policy
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.stack(status)
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert (cloud.throughput(name) is not None) == there

    def test_one_that_is_still_being_made_is_waited_for(self, cloud: Throughputs, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.throughput(name) is None

    def test_a_term_that_is_not_over_fails_with_its_end_and_the_remedy(self, cloud: Throughputs, properties):
        committed = asking(model_of(properties), term="OneMonth")
        name = cloud.active(committed)["PhysicalResourceId"]
        end = cloud.throughput(name)["commitmentExpirationTime"]
        cloud.stack("DELETE_IN_PROGRESS")
        answer = cloud.delete(name, committed)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", name)
        assert f"committed until {end:%Y-%m-%d}" in answer["Reason"]
        assert "RETAIN" in answer["Reason"]
        assert cloud.calls("DeleteProvisionedModelThroughput") == 0
        cloud.clock.advance(timedelta(days=31))
        assert cloud.delete(name, committed)["Status"] == "SUCCESS"
        assert cloud.names() == []

    def test_a_term_does_not_hinder_who_retains_it(self, cloud: Throughputs, properties):
        committed = asking(model_of(properties), term="SixMonths") | {"RemovalPolicy": "retain"}
        name = cloud.active(committed)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, committed)["Status"] == "SUCCESS"
        assert cloud.names() == [name]

    def test_a_failed_purchase_goes_whatever_policy_and_term(self, cloud: Throughputs, properties):
        cloud.bedrock.script("Assistant-*", fail="No capacity")
        committed = asking(model_of(properties), term="OneMonth") | {"RemovalPolicy": "retain"}
        name = cloud.create(committed)["PhysicalResourceId"]
        cloud.clock.advance(timedelta(hours=1))
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, committed)["Status"] == "SUCCESS"
        assert cloud.names() == []

    def test_not_found_is_success(self, cloud: Throughputs, properties):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.client.delete_provisioned_model_throughput(provisionedModelId=name)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"

    def test_an_invented_id_finds_it_by_its_inputs(self, cloud: Throughputs, properties):
        cloud.create(properties)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(INVENTED, properties)["Status"] == "SUCCESS"
        assert cloud.names() == []

    def test_what_a_failed_clean_up_left_goes_with_the_stack(self, cloud: Throughputs, properties):
        first = cloud.active(properties)["PhysicalResourceId"]
        more = asking(model_of(properties), units="2")
        second = cloud.ready(cloud.update(first, more, properties))["Data"]["ProvisionedModelName"]
        assert sorted(cloud.names()) == sorted([first, second])
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(second, more)["Status"] == "SUCCESS"
        assert cloud.names() == []

    def test_another_owners_is_left_alone(self, cloud: Throughputs, properties):
        given = named(properties, "shared")
        cloud.active(given)
        other_stack = STACK_ID.replace("/Models/", "/Others/")
        cloud.stacks.status[other_stack] = "DELETE_IN_PROGRESS"
        assert cloud.delete("shared", given, StackId=other_stack)["Status"] == "SUCCESS"
        assert cloud.names() == ["shared"]


class TestWait:
    def test_a_change_is_over_only_with_the_new_model(self, cloud: Throughputs, properties, other):
        created = cloud.active(properties)
        updated = cloud.update(created["PhysicalResourceId"], other, properties)
        began = cloud.clock.now()
        cloud.ready(updated)
        assert cloud.clock.now() - began >= timedelta(minutes=15)
        assert cloud.throughput(created["PhysicalResourceId"])["modelArn"] == model_of(other)

    def test_an_outage_of_twenty_minutes_is_borne(self, cloud: Throughputs, properties):
        created = cloud.create(properties)
        cloud.bedrock.faults.add("GetProvisionedModelThroughput", Fault.THROTTLE, after=2, times=100)
        assert cloud.ready(created)["Status"] == "SUCCESS"

    def test_a_status_unknown_to_this_version_is_an_error(self, cloud: Throughputs, properties):
        created = cloud.active(properties)
        real = cloud.outside.bedrock

        class Newer:
            def get_provisioned_model_throughput(self, **request: Any) -> dict[str, Any]:
                return {**real.get_provisioned_model_throughput(**request), "status": "Paused"}

        cloud.outside.bedrock = Newer()
        answer = cloud.ready(created)
        assert answer["Status"] == "FAILED"
        assert "'Paused'" in answer["Reason"]
