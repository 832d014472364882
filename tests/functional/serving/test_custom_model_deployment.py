"""The life of a deployment, event by event: one ARN for callers, whatever model is behind it."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from local.bedrock import Fault
from provider.cloudformation.contract import CUSTOM_MODEL_DEPLOYMENT_TYPE, OWNER_TAG, POLICY_TAG, REQUEST_TAG, STACK_TAG
from tests.functional.conftest import STACK_ID, Cloud
from tests.functional.serving_cloud import Serving

INVENTED = "Models-Assistant-1ABCDEF2GHIJ"
AGAIN = STACK_ID.replace("11111111", "99999999")


class Deployments(Serving):
    type = CUSTOM_MODEL_DEPLOYMENT_TYPE

    def deployment(self, name: str) -> dict[str, Any] | None:
        try:
            return self.client.get_custom_model_deployment(customModelDeploymentIdentifier=name)
        except self.client.exceptions.ResourceNotFoundException:
            return None

    def active(self, properties: dict[str, Any]) -> dict[str, Any]:
        """A deployment that serves; the answer to its Create, in a stack that is being updated now."""
        created = self.create(properties)
        assert self.ready(created)["Status"] == "SUCCESS"
        self.stack("UPDATE_IN_PROGRESS")
        return created

    def made(self) -> int:
        return self.calls("CreateCustomModelDeployment")


@pytest.fixture
def cloud(cloud: Cloud) -> Deployments:
    return Deployments()


@pytest.fixture
def properties(cloud: Deployments) -> dict[str, Any]:
    """What the construct renders, with the name that it leaves to the provider."""
    return {
        "Settings": {
            "NamePrefix": "Assistant",
            "Path": "Assistant",
            "Request": {"modelArn": cloud.imported("first")},
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "RemovalPolicy": "destroy",
    }


def with_model(properties: dict[str, Any], arn: str) -> dict[str, Any]:
    changed = copy.deepcopy(properties)
    changed["Settings"]["Request"]["modelArn"] = arn
    return changed


def with_inputs(properties: dict[str, Any], **inputs: str) -> dict[str, Any]:
    return {**copy.deepcopy(properties), "RunInputs": inputs}


@pytest.fixture
def other(cloud: Deployments, properties: dict[str, Any]) -> dict[str, Any]:
    return with_model(properties, cloud.imported("second"))


def model_of(properties: dict[str, Any]) -> str:
    return properties["Settings"]["Request"]["modelArn"]


class TestCreate:
    def test_answers_at_once_and_the_wait_carries_the_attributes(self, cloud: Deployments, properties):
        created = cloud.create(properties)
        assert created["Status"] == "SUCCESS"
        name = created["PhysicalResourceId"]
        assert cloud.deployment(name)["status"] == "Creating"
        ready = cloud.ready(created)
        arn = cloud.deployment(name)["customModelDeploymentArn"]
        assert ready["Data"] == {
            "CustomModelDeploymentName": name,
            "CustomModelDeploymentArn": arn,
            "ModelArn": arn,
            "ServedModelArn": model_of(properties),
            "Status": "Active",
        }

    def test_the_generated_name_says_whose_it_is_and_not_what_it_serves(self, cloud: Deployments, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        assert name.startswith("Assistant-")
        assert len(name) == len("Assistant-") + 10

    def test_name_and_description_go_to_bedrock_as_they_are(self, cloud: Deployments, properties):
        given = with_inputs(properties, modelDeploymentName="support", description="Answers customers")
        assert cloud.create(given)["PhysicalResourceId"] == "support"
        assert cloud.deployment("support")["description"] == "Answers customers"

    def test_tags_go_into_the_call_itself(self, cloud: Deployments, properties):
        created = cloud.create(properties)
        tags = cloud.tags(created["Data"]["ModelArn"])
        assert tags["team"] == "ml"
        assert tags[STACK_TAG] == STACK_ID
        assert tags[POLICY_TAG] == "destroy"
        assert OWNER_TAG in tags
        assert cloud.calls("TagResource") == 0

    def test_the_same_event_twice_makes_one_deployment(self, cloud: Deployments, properties):
        event = cloud.event("Create", properties)
        first, second = cloud.send(event), cloud.send(event)
        assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
        assert cloud.made() == 1

    @pytest.mark.parametrize(
        "fault", [Fault.THROTTLE, Fault.INTERNAL_ERROR, Fault.LOST_BEFORE_EFFECT, Fault.LOST_AFTER_EFFECT]
    )
    @pytest.mark.parametrize("operation", ["GetCustomModelDeployment", "CreateCustomModelDeployment"])
    def test_an_outage_of_minutes_is_borne(self, cloud: Deployments, properties, operation, fault):
        cloud.bedrock.faults.add(operation, fault, times=20)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert len(cloud.client.list_custom_model_deployments()["modelDeploymentSummaries"]) == 1

    def test_a_foreign_deployment_of_that_name_is_refused_with_both_ways_out(self, cloud: Deployments, properties):
        cloud.client.create_custom_model_deployment(modelDeploymentName="taken", modelArn=model_of(properties))
        given = with_inputs(properties, modelDeploymentName="taken")
        answer = cloud.create(given)
        assert answer["Status"] == "FAILED"
        assert "from_custom_model_deployment_arn" in answer["Reason"]
        assert "deployment_name" in answer["Reason"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(answer["PhysicalResourceId"], given)["Status"] == "SUCCESS"
        assert cloud.deployment("taken")

    def test_another_stacks_deployment_is_refused_by_that_stacks_name(self, cloud: Deployments, properties):
        given = with_inputs(properties, modelDeploymentName="shared")
        cloud.create(given)
        other_stack = STACK_ID.replace("/Models/", "/Others/")
        cloud.stacks.status[other_stack] = "CREATE_IN_PROGRESS"
        answer = cloud.create(given, StackId=other_stack)
        assert answer["Status"] == "FAILED"
        assert STACK_ID in answer["Reason"]

    def test_one_that_a_deleted_stack_retained_is_taken_over_and_given_the_new_model(
        self, cloud: Deployments, properties, other
    ):
        properties["RemovalPolicy"] = "retain"
        first = cloud.active(properties)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(first["PhysicalResourceId"], properties)
        cloud.stack("DELETE_COMPLETE")
        cloud.stacks.status[AGAIN] = "CREATE_IN_PROGRESS"
        second = cloud.create(other, StackId=AGAIN)
        assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
        assert second["Data"]["ModelArn"] == first["Data"]["ModelArn"]
        assert cloud.ready(second)["Data"]["ServedModelArn"] == model_of(other)
        assert cloud.tags(second["Data"]["ModelArn"])[STACK_TAG] == AGAIN
        assert cloud.made() == 1

    def test_our_own_failed_one_is_removed_before_another_attempt(self, cloud: Deployments, properties):
        cloud.bedrock.script("Assistant-*", fail="No capacity", times=1)
        failed = cloud.create(properties)
        answer = cloud.ready(failed)
        assert answer["Status"] == "FAILED"
        assert "No capacity" in answer["Reason"]
        again = cloud.create(properties)
        assert again["PhysicalResourceId"] == failed["PhysicalResourceId"]
        assert cloud.ready(again)["Status"] == "SUCCESS"
        assert cloud.made() == 2

    def test_a_redelivered_create_reports_its_own_failure_and_makes_no_other(self, cloud: Deployments, properties):
        cloud.bedrock.script("Assistant-*", fail="No capacity", times=1)
        event = cloud.event("Create", properties)
        created = cloud.send(event)
        cloud.clock.advance(timedelta(hours=1))
        assert cloud.send(event)["PhysicalResourceId"] == created["PhysicalResourceId"]
        assert cloud.made() == 1

    @pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
    def test_nothing_starts_for_a_stack_that_no_longer_wants_it(self, cloud: Deployments, properties, status):
        cloud.stack(status)
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        assert "Nothing was started" in answer["Reason"]
        assert cloud.made() == 0

    def test_a_quota_that_does_not_free_itself_is_told_in_bedrocks_words(self, cloud: Deployments, properties):
        cloud.bedrock.faults.add("CreateCustomModelDeployment", Fault.QUOTA, "Ten deployments are enough", times=99)
        began = cloud.clock.now()
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        assert "Ten deployments are enough" in answer["Reason"]
        assert "waiting does not help" in answer["Reason"]
        assert cloud.clock.now() - began < timedelta(minutes=5)


class TestUpdate:
    def test_another_model_is_swapped_in_under_the_same_arn(self, cloud: Deployments, properties, other):
        created = cloud.active(properties)
        updated = cloud.update(created["PhysicalResourceId"], other, properties)
        assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]
        assert updated["Data"]["ModelArn"] == created["Data"]["ModelArn"]
        assert cloud.deployment(created["PhysicalResourceId"])["modelArn"] == model_of(properties)
        ready = cloud.ready(updated)
        assert ready["Status"] == "SUCCESS"
        assert cloud.deployment(created["PhysicalResourceId"])["modelArn"] == model_of(other)
        assert ready["Data"] == {**created["Data"], "ServedModelArn": model_of(other), "Status": "Active"}
        assert cloud.made() == 1

    def test_the_wait_for_a_swap_that_fails_says_which_model_and_what_goes_on(
        self, cloud: Deployments, properties, other
    ):
        created = cloud.active(properties)
        cloud.bedrock.script("Assistant-*", fail="Not the same architecture", times=1)
        updated = cloud.update(created["PhysicalResourceId"], other, properties)
        answer = cloud.ready(updated)
        assert answer["Status"] == "FAILED"
        assert "Not the same architecture" in answer["Reason"]
        assert model_of(other) in answer["Reason"]
        assert f"still serves {model_of(properties)}" in answer["Reason"]

    def test_a_rollback_after_a_failed_swap_succeeds_with_the_old_model(self, cloud: Deployments, properties, other):
        created = cloud.active(properties)
        cloud.bedrock.script("Assistant-*", fail="Not the same architecture", times=1)
        cloud.ready(cloud.update(created["PhysicalResourceId"], other, properties))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(created["PhysicalResourceId"], properties, other)
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(properties)
        assert cloud.calls("UpdateCustomModelDeployment") == 1

    def test_a_rollback_swaps_back_to_the_old_model(self, cloud: Deployments, properties, other):
        created = cloud.active(properties)
        cloud.ready(cloud.update(created["PhysicalResourceId"], other, properties))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(created["PhysicalResourceId"], properties, other)
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(properties)
        assert cloud.deployment(created["PhysicalResourceId"])["modelArn"] == model_of(properties)

    def test_a_rollback_in_the_middle_of_a_swap_waits_and_then_swaps_back(self, cloud: Deployments, properties, other):
        created = cloud.active(properties)
        cloud.update(created["PhysicalResourceId"], other, properties)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(created["PhysicalResourceId"], properties, other)
        assert back["Status"] == "SUCCESS"
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(properties)

    def test_a_late_second_delivery_does_not_undo_the_rollback(self, cloud: Deployments, properties, other):
        created = cloud.active(properties)
        name = created["PhysicalResourceId"]
        forward = cloud.event("Update", other, PhysicalResourceId=name, OldResourceProperties=properties)
        cloud.ready(cloud.send(forward))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.ready(cloud.update(name, properties, other))
        late = cloud.send(forward)
        assert late["Status"] == "FAILED"
        assert "later event" in late["Reason"]
        assert cloud.deployment(name)["modelArn"] == model_of(properties)
        assert cloud.calls("UpdateCustomModelDeployment") == 2

    def test_a_swap_that_waits_for_its_turn_gives_way_to_the_rollback(self, cloud: Deployments, properties, other):
        created = cloud.create(properties)
        name = created["PhysicalResourceId"]
        cloud.stack("UPDATE_IN_PROGRESS")
        cloud.invoke(cloud.event("Update", other, PhysicalResourceId=name, OldResourceProperties=properties))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.invoke(cloud.event("Update", properties, PhysicalResourceId=name, OldResourceProperties=other))
        cloud.waiter.run()
        cloud.clock.advance(timedelta(hours=1))
        assert cloud.deployment(name)["modelArn"] == model_of(properties)
        assert cloud.calls("UpdateCustomModelDeployment") == 0

    @pytest.mark.parametrize("fault", [Fault.THROTTLE, Fault.LOST_BEFORE_EFFECT, Fault.LOST_AFTER_EFFECT])
    def test_a_swap_survives_an_outage_and_a_lost_answer(self, cloud: Deployments, properties, other, fault):
        created = cloud.active(properties)
        cloud.bedrock.faults.add("UpdateCustomModelDeployment", fault, times=10)
        updated = cloud.update(created["PhysicalResourceId"], other, properties)
        assert cloud.ready(updated)["Data"]["ServedModelArn"] == model_of(other)

    def test_the_same_update_twice_swaps_once(self, cloud: Deployments, properties, other):
        name = cloud.active(properties)["PhysicalResourceId"]
        event = cloud.event("Update", other, PhysicalResourceId=name, OldResourceProperties=properties)
        assert cloud.send(event)["Data"] == cloud.send(event)["Data"]
        assert cloud.calls("UpdateCustomModelDeployment") == 1

    def test_a_model_that_is_gone_does_not_fail_a_rollback(self, cloud: Deployments, properties, other):
        created = cloud.active(properties)
        cloud.ready(cloud.update(created["PhysicalResourceId"], other, properties))
        cloud.client.delete_custom_model(modelIdentifier=model_of(properties))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(created["PhysicalResourceId"], properties, other)
        assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", created["PhysicalResourceId"])
        assert cloud.ready(back)["Data"]["ServedModelArn"] == model_of(other)

    def test_a_deployment_that_is_gone_does_not_fail_a_rollback(self, cloud: Deployments, properties, other):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.client.delete_custom_model_deployment(customModelDeploymentIdentifier=name)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        back = cloud.update(name, properties, other)
        assert (back["Status"], back["PhysicalResourceId"]) == ("SUCCESS", name)
        assert cloud.ready(back)["Status"] == "SUCCESS"
        assert cloud.made() == 1

    def test_a_deployment_that_is_gone_cannot_be_changed(self, cloud: Deployments, properties, other):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.client.delete_custom_model_deployment(customModelDeploymentIdentifier=name)
        answer = cloud.update(name, other, properties)
        assert answer["Status"] == "FAILED"
        assert "no longer exists" in answer["Reason"]

    def test_one_that_has_failed_takes_no_model_and_says_why(self, cloud: Deployments, properties, other):
        cloud.bedrock.script("Assistant-*", fail="Became unavailable")
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.clock.advance(timedelta(hours=1))
        cloud.stack("UPDATE_IN_PROGRESS")
        answer = cloud.update(name, other, properties)
        assert answer["Status"] == "FAILED"
        assert "Became unavailable" in answer["Reason"]
        assert "deployment_name" in answer["Reason"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(name, properties, other)["Status"] == "SUCCESS"

    def test_tags_and_policy_change_in_place(self, cloud: Deployments, properties):
        created = cloud.active(properties)
        changed = {**properties, "Tags": [{"Key": "cost", "Value": "42"}], "RemovalPolicy": "retain"}
        updated = cloud.update(created["PhysicalResourceId"], changed, properties)
        assert updated["Data"] == {**created["Data"], "Status": "Active"}
        tags = cloud.tags(created["Data"]["ModelArn"])
        assert (tags["cost"], tags[POLICY_TAG]) == ("42", "retain")
        assert "team" not in tags
        assert cloud.calls("UpdateCustomModelDeployment") == 0

    def test_the_request_tag_remembers_six_events_and_no_more(self, cloud: Deployments, properties, other):
        created = cloud.active(properties)
        name = created["PhysicalResourceId"]
        for wanted, before in [(other, properties), (properties, other)] * 4:
            cloud.ready(cloud.update(name, wanted, before))
        tag = cloud.tags(created["Data"]["ModelArn"])[REQUEST_TAG]
        assert len(tag.split(" ")) == 1 + 6, "a time, and six ids"
        assert len(tag) <= 256

    def test_another_name_is_another_deployment(self, cloud: Deployments, properties):
        created = cloud.active(properties)
        renamed = with_inputs(properties, modelDeploymentName="renamed")
        updated = cloud.update(created["PhysicalResourceId"], renamed, properties)
        assert updated["PhysicalResourceId"] == "renamed"
        assert updated["Data"]["ModelArn"] != created["Data"]["ModelArn"]
        assert cloud.deployment(created["PhysicalResourceId"])

    def test_another_name_that_is_taken_is_refused_before_anything_starts(self, cloud: Deployments, properties):
        created = cloud.active(properties)
        cloud.client.create_custom_model_deployment(modelDeploymentName="taken", modelArn=model_of(properties))
        renamed = with_inputs(properties, modelDeploymentName="taken")
        answer = cloud.update(created["PhysicalResourceId"], renamed, properties)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", created["PhysicalResourceId"])
        assert cloud.made() == 2

    @pytest.mark.parametrize("name", [{}, {"modelDeploymentName": "support"}])
    def test_a_description_alone_cannot_change(self, cloud: Deployments, properties, name):
        before = with_inputs(properties, **name, description="Old")
        created = cloud.active(before)
        after = with_inputs(properties, **name, description="New")
        answer = cloud.update(created["PhysicalResourceId"], after, before)
        assert answer["Status"] == "FAILED"
        assert "deployment_name too" in answer["Reason"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(created["PhysicalResourceId"], before, after)["Status"] == "SUCCESS"

    def test_a_description_changes_with_the_name(self, cloud: Deployments, properties):
        before = with_inputs(properties, modelDeploymentName="one", description="Old")
        cloud.active(before)
        after = with_inputs(properties, modelDeploymentName="two", description="New")
        assert cloud.update("one", after, before)["PhysicalResourceId"] == "two"
        assert cloud.deployment("two")["description"] == "New"

    def test_a_rollback_of_a_rename_goes_back_and_deletes_the_new_one(self, cloud: Deployments, properties):
        name = cloud.active(properties)["PhysicalResourceId"]
        renamed = with_inputs(properties, modelDeploymentName="renamed")
        cloud.ready(cloud.update(name, renamed, properties))
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update("renamed", properties, renamed)["PhysicalResourceId"] == name
        cloud.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        assert cloud.delete("renamed", renamed)["Status"] == "SUCCESS"
        assert cloud.deployment("renamed") is None
        assert cloud.deployment(name)


class TestDelete:
    @pytest.mark.parametrize(("policy", "there"), [("destroy", False), ("retain", True)])
    def test_the_policy_decides(self, cloud: Deployments, properties, policy, there):
        properties["RemovalPolicy"] = policy
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert (cloud.deployment(name) is not None) == there

    def test_a_rollback_deletes_it_because_it_costs_money_and_holds_no_training(self, cloud: Deployments, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.deployment(name) is None

    def test_a_rollback_retains_it_if_it_is_told_to(self, cloud: Deployments, properties):
        properties["RemovalPolicy"] = "retain"
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.deployment(name)

    def test_a_mutating_state_is_waited_out(self, cloud: Deployments, properties, other):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.update(name, other, properties)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.deployment(name) is None

    def test_a_failed_one_goes_whatever_the_policy(self, cloud: Deployments, properties):
        cloud.bedrock.script("Assistant-*", fail="No capacity")
        properties["RemovalPolicy"] = "retain"
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.clock.advance(timedelta(hours=1))
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.deployment(name) is None

    def test_not_found_is_success(self, cloud: Deployments, properties):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.client.delete_custom_model_deployment(customModelDeploymentIdentifier=name)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"

    def test_the_same_delete_twice_succeeds_twice(self, cloud: Deployments, properties):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.bedrock.faults.add("DeleteCustomModelDeployment", Fault.LOST_AFTER_EFFECT, times=3)
        event = cloud.event("Delete", properties, PhysicalResourceId=name)
        assert [cloud.send(event)["Status"], cloud.send(event)["Status"]] == ["SUCCESS", "SUCCESS"]

    def test_an_invented_id_finds_it_by_its_inputs(self, cloud: Deployments, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(INVENTED, properties)["Status"] == "SUCCESS"
        assert cloud.deployment(name) is None

    def test_an_invented_id_waits_for_a_start_that_is_on_its_way(self, cloud: Deployments, properties):
        start = cloud.event("Create", properties)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.invoke(cloud.event("Delete", properties, PhysicalResourceId=INVENTED))
        cloud.waiter.step()
        assert cloud.answers == []
        cloud.stack("UPDATE_IN_PROGRESS")
        cloud.invoke(start)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.waiter.run()
        assert cloud.client.list_custom_model_deployments()["modelDeploymentSummaries"] == []

    def test_a_refused_create_deletes_nothing_of_an_earlier_stack(self, cloud: Deployments, properties):
        retained = with_inputs(properties, description="Old") | {"RemovalPolicy": "retain"}
        name = cloud.active(retained)["PhysicalResourceId"]
        cloud.stack("DELETE_COMPLETE")
        cloud.stacks.status[AGAIN] = "CREATE_IN_PROGRESS"
        changed = with_inputs(properties, description="New")
        refused = cloud.create(changed, StackId=AGAIN)
        assert refused["Status"] == "FAILED"
        cloud.stacks.status[AGAIN] = "ROLLBACK_IN_PROGRESS"
        assert cloud.delete(refused["PhysicalResourceId"], changed, StackId=AGAIN)["Status"] == "SUCCESS"
        assert cloud.deployment(name)

    def test_what_a_failed_clean_up_left_goes_with_the_stack(self, cloud: Deployments, properties):
        generated = cloud.active(properties)["PhysicalResourceId"]
        renamed = with_inputs(properties, modelDeploymentName="renamed")
        cloud.ready(cloud.update(generated, renamed, properties))
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete("renamed", renamed)["Status"] == "SUCCESS"
        assert cloud.client.list_custom_model_deployments()["modelDeploymentSummaries"] == []

    def test_access_denied_is_a_failure_and_never_not_ours(self, cloud: Deployments, properties):
        name = cloud.active(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.bedrock.faults.add("GetCustomModelDeployment", Fault.ACCESS_DENIED, times=100_000)
        answer = cloud.delete(name, properties)
        assert answer["Status"] == "FAILED"
        assert "AccessDenied" in answer["Reason"]


class TestWait:
    def test_a_segment_that_ends_before_hands_over_to_the_next(self, cloud: Deployments, properties):
        cloud.bedrock.script("*", durations={"deployment": 2 * 3600})
        created = cloud.create(properties)
        first = cloud.ready(created, Last="false")
        assert (first["Status"], first["Data"]) == ("SUCCESS", {"Ended": "-"})
        assert cloud.ready(created, Last="false")["Status"] == "SUCCESS"
        assert cloud.ready(created)["Data"]["Status"] == "Active"

    def test_a_deployment_that_was_deleted_meanwhile_is_an_error(self, cloud: Deployments, properties):
        created = cloud.active(properties)
        cloud.client.delete_custom_model_deployment(customModelDeploymentIdentifier=created["PhysicalResourceId"])
        answer = cloud.ready(created)
        assert answer["Status"] == "FAILED"
        assert "does not exist" in answer["Reason"]

    def test_a_change_that_was_accepted_but_does_not_show_yet_is_waited_for(
        self, cloud: Deployments, properties, other
    ):
        created = cloud.active(properties)
        name, arn = created["PhysicalResourceId"], model_of(other)
        cloud.invoke(
            cloud.event(
                "Create",
                {"For": cloud.type, "Name": name, "ServedModelArn": arn, "Last": "true"},
                ResourceType="Custom::BedrockModelWait",
                LogicalResourceId="ServiceReady",
            )
        )
        cloud.waiter.step()
        cloud.client.update_custom_model_deployment(customModelDeploymentIdentifier=name, modelArn=arn)
        cloud.waiter.run()
        assert cloud.answers[-1]["Data"]["ServedModelArn"] == arn

    @pytest.mark.parametrize("newer", [{"status": "Paused"}, {"updateDetails": {"updateStatus": "UpdateQueued"}}])
    def test_a_status_unknown_to_this_version_is_an_error(self, cloud: Deployments, properties, newer):
        created = cloud.active(properties)
        real = cloud.outside.bedrock

        class Newer:
            def get_custom_model_deployment(self, **request: Any) -> dict[str, Any]:
                return {**real.get_custom_model_deployment(**request), **newer}

        cloud.outside.bedrock = Newer()
        answer = cloud.ready(created)
        assert answer["Status"] == "FAILED"
        assert "does not know" in answer["Reason"]
