"""The life of a custom model, event by event."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from local.bedrock import Fault
from provider.cloudformation.contract import DIGEST_TAG, OWNER_TAG, POLICY_TAG, STACK_TAG, WAIT_TYPE
from tests.functional.conftest import STACK_ID, Cloud

INVENTED = "Models-Assistant-1ABCDEF2GHIJ"


def with_source(properties: dict[str, Any], uri: str) -> dict[str, Any]:
    changed = copy.deepcopy(properties)
    changed["RunInputs"]["modelSourceConfig"]["s3DataSource"]["s3Uri"] = uri
    return changed


@pytest.fixture
def other(properties: dict[str, Any]) -> dict[str, Any]:
    return with_source(properties, "s3://customer-escrow-1-smtj-a/other/")


class TestCreate:
    def test_answers_at_once_and_the_wait_carries_the_attributes(self, cloud: Cloud, properties):
        created = cloud.create(properties)
        assert created["Status"] == "SUCCESS"
        name = created["PhysicalResourceId"]
        assert cloud.model(name)["modelStatus"] == "Creating"
        ready = cloud.wait_for(name)
        assert ready["Status"] == "SUCCESS"
        assert ready["Data"] == {"ModelName": name, "ModelArn": cloud.model(name)["modelArn"], "Status": "Active"}

    def test_tags_go_into_the_call_itself(self, cloud: Cloud, properties):
        created = cloud.create(properties)
        tags = cloud.tags(created["Data"]["ModelArn"])
        assert tags["team"] == "ml"
        assert tags[STACK_TAG] == STACK_ID
        assert tags[POLICY_TAG] == "destroy"
        assert {OWNER_TAG, DIGEST_TAG} < tags.keys()
        assert [call.operation for call in cloud.bedrock.calls if call.operation == "TagResource"] == []

    def test_an_explicit_name_is_used_as_it_is(self, cloud: Cloud, properties):
        properties["RunInputs"]["modelName"] = "support-assistant"
        assert cloud.create(properties)["PhysicalResourceId"] == "support-assistant"

    def test_a_model_package_goes_without_a_role(self, cloud: Cloud, properties):
        arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/nova/1"
        properties["RunInputs"] = {"customModelDataSource": {"modelPackageArnDataSource": {"modelPackageArn": arn}}}
        del properties["Settings"]["Request"]
        assert cloud.create(properties)["Status"] == "SUCCESS"
        (call,) = [call for call in cloud.bedrock.calls if call.operation == "CreateCustomModel"]
        assert "roleArn" not in call.params

    def test_the_same_event_twice_makes_one_model(self, cloud: Cloud, properties):
        event = cloud.event("Create", properties)
        first, second = cloud.send(event), cloud.send(event)
        assert first["PhysicalResourceId"] == second["PhysicalResourceId"]
        assert cloud.started() == 1

    def test_a_lost_answer_makes_one_model(self, cloud: Cloud, properties):
        cloud.bedrock.faults.add("CreateCustomModel", Fault.LOST_AFTER_EFFECT, times=3)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert len(cloud.client.list_custom_models()["modelSummaries"]) == 1

    def test_a_foreign_model_of_that_name_is_refused_with_both_ways_out(self, cloud: Cloud, properties):
        source = {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}
        role = properties["Settings"]["Request"]["roleArn"]
        cloud.client.create_custom_model(modelName="taken", modelSourceConfig=source, roleArn=role)
        properties["RunInputs"]["modelName"] = "taken"
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        assert "from_custom_model_arn" in answer["Reason"]
        assert "custom_model_name" in answer["Reason"]
        # The Delete that CloudFormation sends after it must not find the foreign model either.
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(answer["PhysicalResourceId"], properties)["Status"] == "SUCCESS"
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(answer["PhysicalResourceId"], properties)["Status"] == "SUCCESS"
        assert cloud.model("taken")

    def test_the_same_inputs_under_an_explicit_name_of_another_stack_are_refused(self, cloud: Cloud, properties):
        properties["RunInputs"]["modelName"] = "shared"
        cloud.create(properties)
        other_stack = STACK_ID.replace("/Models/", "/Others/")
        cloud.stacks.status[other_stack] = "CREATE_IN_PROGRESS"
        answer = cloud.create(properties, StackId=other_stack)
        assert answer["Status"] == "FAILED"
        assert STACK_ID in answer["Reason"]

    def test_our_own_failed_model_is_removed_before_another_attempt(self, cloud: Cloud, properties):
        cloud.bedrock.script("Assistant-*", fail="The source is broken", times=1)
        name = cloud.create(properties)["PhysicalResourceId"]
        assert cloud.wait_for(name)["Status"] == "FAILED"
        assert cloud.model(name)["modelStatus"] == "Failed"
        assert cloud.create(properties)["PhysicalResourceId"] == name
        assert cloud.wait_for(name)["Status"] == "SUCCESS"
        assert cloud.started() == 2

    def test_a_redelivered_create_reports_its_own_failure_and_starts_no_other(self, cloud: Cloud, properties):
        cloud.bedrock.script("Assistant-*", fail="The source is broken", times=1)
        event = cloud.event("Create", properties)
        name = cloud.send(event)["PhysicalResourceId"]
        cloud.clock.advance(timedelta(hours=1))
        assert cloud.send(event)["PhysicalResourceId"] == name
        assert cloud.started() == 1

    def test_a_model_kept_by_a_rolled_back_first_create_is_taken_over(self, cloud: Cloud, properties):
        first = cloud.create(properties)
        cloud.wait_for(first["PhysicalResourceId"])
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(first["PhysicalResourceId"], properties)
        cloud.stack("DELETE_COMPLETE")
        again = STACK_ID.replace("11111111", "99999999")
        cloud.stacks.status[again] = "CREATE_IN_PROGRESS"
        properties["Tags"] = [{"Key": "team", "Value": "new"}]
        second = cloud.create(properties, StackId=again)
        assert second["PhysicalResourceId"] == first["PhysicalResourceId"]
        assert cloud.started() == 1
        tags = cloud.tags(second["Data"]["ModelArn"])
        assert tags[STACK_TAG] == again
        assert tags["team"] == "new"

    def test_the_lock_id_takes_a_model_along_to_another_construct(self, cloud: Cloud, properties):
        properties["Settings"]["LockId"] = "assistant"
        first = cloud.create(properties)["PhysicalResourceId"]
        properties["Settings"]["Path"] = "Renamed"
        assert cloud.create(properties, LogicalResourceId="Renamed")["PhysicalResourceId"] == first
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(first, properties)
        assert cloud.model(first), "the former owner must not delete what it no longer owns"

    @pytest.mark.parametrize(
        ("text", "remedy"),
        [
            ("Could not assume provided IAM role", "trust policy"),
            (
                "Could not validate GetObject permissions to access Amazon S3 bucket: b at key k",
                "s3:GetObject",
            ),
            ("Amazon S3 perms missing (PutObject): Could not validate PutObject permissions to access", "policy"),
        ],
    )
    def test_iam_propagation_is_retried_and_at_last_explained(self, cloud: Cloud, properties, text, remedy):
        cloud.bedrock.faults.add("CreateCustomModel", Fault.VALIDATION, text, times=3)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        cloud.bedrock.faults.add("CreateCustomModel", Fault.VALIDATION, text, times=10_000)
        properties["Settings"]["Path"] = "Other"
        began = cloud.clock.now()
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        assert cloud.clock.now() - began < timedelta(minutes=10)
        assert text in answer["Reason"]
        assert remedy in answer["Reason"]

    def test_our_own_permissions_may_propagate_too(self, cloud: Cloud, properties):
        cloud.bedrock.faults.add("CreateCustomModel", Fault.ACCESS_DENIED, times=4)
        assert cloud.create(properties)["Status"] == "SUCCESS"

    @pytest.mark.parametrize(
        "fault", [Fault.THROTTLE, Fault.INTERNAL_ERROR, Fault.LOST_BEFORE_EFFECT, Fault.LOST_AFTER_EFFECT]
    )
    @pytest.mark.parametrize("operation", ["GetCustomModel", "CreateCustomModel"])
    def test_an_outage_of_minutes_is_borne(self, cloud: Cloud, properties, operation, fault):
        cloud.bedrock.faults.add(operation, fault, times=20)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert len(cloud.client.list_custom_models()["modelSummaries"]) == 1

    def test_an_outage_without_end_is_an_error_within_the_hour(self, cloud: Cloud, properties):
        began = cloud.clock.now()
        cloud.bedrock.faults.add("GetCustomModel", Fault.INTERNAL_ERROR, times=100_000)
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        assert "InternalServerException" in answer["Reason"]
        assert cloud.clock.now() - began < timedelta(hours=1)

    @pytest.mark.parametrize(
        "status",
        [
            "ROLLBACK_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
            "DELETE_COMPLETE",
            "CREATE_FAILED",
        ],
    )
    def test_nothing_starts_for_a_stack_that_no_longer_wants_it(self, cloud: Cloud, properties, status):
        cloud.stack(status)
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        assert "Nothing was started" in answer["Reason"]
        assert cloud.started() == 0

    def test_nothing_starts_for_a_stack_that_cannot_be_read(self, cloud: Cloud, properties):
        cloud.stacks.unreadable = True
        assert cloud.create(properties)["Status"] == "FAILED"
        assert cloud.started() == 0

    def test_nothing_starts_in_a_nested_stack_whose_parent_rolls_back(self, cloud: Cloud, properties):
        parent = STACK_ID.replace("/Models/", "/Parent/")
        cloud.stacks.status[parent] = "UPDATE_ROLLBACK_IN_PROGRESS"
        properties["ParentStacks"] = [parent]
        assert cloud.create(properties)["Status"] == "FAILED"
        assert cloud.started() == 0

    def test_an_event_that_comes_after_its_own_delete_starts_nothing(self, cloud: Cloud, properties):
        late = cloud.event("Create", properties)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(INVENTED, properties)["Status"] == "SUCCESS"
        assert cloud.send(late)["Status"] == "FAILED"
        assert cloud.started() == 0


class TestUpdate:
    def test_tags_change_in_place(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_IN_PROGRESS")
        changed = {**properties, "Tags": [{"Key": "cost", "Value": "42"}]}
        answer = cloud.update(name, changed, properties)
        assert answer["PhysicalResourceId"] == name
        assert answer["Data"]["ModelArn"]
        tags = cloud.tags(answer["Data"]["ModelArn"])
        assert tags["cost"] == "42"
        assert "team" not in tags
        assert OWNER_TAG in tags

    def test_a_tag_that_somebody_else_put_stays(self, cloud: Cloud, properties):
        created = cloud.create(properties)
        cloud.client.tag_resource(resourceARN=created["Data"]["ModelArn"], tags=[{"key": "audit", "value": "yes"}])
        cloud.stack("UPDATE_IN_PROGRESS")
        cloud.update(created["PhysicalResourceId"], {**properties, "Tags": []}, properties)
        assert cloud.tags(created["Data"]["ModelArn"])["audit"] == "yes"

    def test_role_and_policy_change_in_place(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_IN_PROGRESS")
        changed = copy.deepcopy(properties) | {"RemovalPolicy": "retain"}
        changed["Settings"]["Request"]["roleArn"] = "arn:aws:iam::123456789012:role/other"
        answer = cloud.update(name, changed, properties)
        assert answer["PhysicalResourceId"] == name
        assert cloud.tags(answer["Data"]["ModelArn"])[POLICY_TAG] == "retain"
        assert cloud.started() == 1

    def test_another_source_is_another_model(self, cloud: Cloud, properties, other):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_IN_PROGRESS")
        answer = cloud.update(name, other, properties)
        assert answer["PhysicalResourceId"] != name
        assert cloud.model(name)
        assert cloud.started() == 2

    def test_another_source_under_the_same_explicit_name_is_refused(self, cloud: Cloud, properties, other):
        for some in (properties, other):
            some["RunInputs"]["modelName"] = "fixed"
        cloud.create(properties)
        cloud.stack("UPDATE_IN_PROGRESS")
        answer = cloud.update("fixed", other, properties)
        assert answer["Status"] == "FAILED"
        assert answer["PhysicalResourceId"] == "fixed"
        assert "custom_model_name" in answer["Reason"]

    def test_a_rollback_goes_back_to_the_old_model_and_starts_nothing(self, cloud: Cloud, properties, other):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.wait_for(new)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(new, properties, other)["PhysicalResourceId"] == name
        cloud.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        assert cloud.delete(new, other)["Status"] == "SUCCESS"
        assert cloud.model(new), "a rollback never deletes a finished model"
        assert cloud.started() == 2

    @pytest.mark.parametrize(("status", "is_kept"), [("ROLLBACK_FAILED", True), ("UPDATE_COMPLETE", False)])
    def test_the_deletion_of_a_stack_whose_rollback_failed_ends_that_rollback(
        self, cloud: Cloud, properties, status, is_kept
    ):
        """What depends on the model could not be deleted, so the model stayed until here."""
        name = cloud.create({**properties, "RemovalPolicy": "destroy"})["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stacks.before[STACK_ID] = [(status, "")]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, {**properties, "RemovalPolicy": "destroy"})["Status"] == "SUCCESS"
        assert bool(cloud.model(name)) == is_kept

    def test_the_same_update_again_takes_over_what_the_rollback_kept(self, cloud: Cloud, properties, other):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.update(new, properties, other)
        cloud.clock.advance(timedelta(seconds=1))
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.update(name, other, properties)["PhysicalResourceId"] == new
        assert cloud.started() == 2

    def test_a_rollback_to_a_model_that_is_gone_still_succeeds(self, cloud: Cloud, properties, other):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.client.delete_custom_model(modelIdentifier=name)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        answer = cloud.update(new, properties, other)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
        assert cloud.wait_for(name)["Status"] == "SUCCESS"
        assert cloud.started() == 2

    def test_tags_of_a_model_that_is_gone_cannot_change(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.client.delete_custom_model(modelIdentifier=name)
        cloud.stack("UPDATE_IN_PROGRESS")
        answer = cloud.update(name, {**properties, "Tags": []}, properties)
        assert answer["Status"] == "FAILED"
        assert "no longer exists" in answer["Reason"]
        assert cloud.started() == 1


class TestDelete:
    def test_destroy_deletes_the_model(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.model(name) is None

    def test_retain_keeps_it(self, cloud: Cloud, properties):
        properties["RemovalPolicy"] = "retain"
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.model(name)

    def test_not_found_is_success(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.client.delete_custom_model(modelIdentifier=name)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"

    def test_a_model_that_is_still_being_created_is_waited_for(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.model(name) is None

    def test_a_failed_model_goes_even_in_a_rollback(self, cloud: Cloud, properties):
        cloud.bedrock.script("Assistant-*", fail="The source is broken")
        properties["RemovalPolicy"] = "retain"
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.model(name) is None

    @pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"])
    def test_a_rollback_keeps_a_finished_model(self, cloud: Cloud, properties, status):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack(status)
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.model(name)

    def test_a_parents_rollback_deletes_the_nested_stack_and_keeps_the_model(self, cloud: Cloud, properties):
        parent = STACK_ID.replace("/Models/", "/Parent/")
        properties["ParentStacks"] = [parent]
        cloud.stacks.status[parent] = "CREATE_IN_PROGRESS"
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stacks.status |= {parent: "ROLLBACK_IN_PROGRESS", STACK_ID: "DELETE_IN_PROGRESS"}
        cloud.delete(name, properties)
        assert cloud.model(name)

    def test_a_model_in_use_is_retried_and_then_named(self, cloud: Cloud, properties):
        created = cloud.create(properties)
        name = created["PhysicalResourceId"]
        cloud.wait_for(name)
        deployed = cloud.client.create_custom_model_deployment(
            modelDeploymentName="live", modelArn=created["Data"]["ModelArn"]
        )
        cloud.clock.advance(timedelta(hours=1))
        cloud.stack("DELETE_IN_PROGRESS")
        answer = cloud.delete(name, properties)
        assert answer["Status"] == "FAILED"
        assert name in answer["Reason"]
        assert "deployments" in answer["Reason"]
        cloud.client.delete_custom_model_deployment(
            customModelDeploymentIdentifier=deployed["customModelDeploymentArn"]
        )
        cloud.clock.advance(timedelta(hours=1))
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"

    def test_an_invented_id_finds_the_model_by_its_inputs(self, cloud: Cloud, properties):
        cloud.create(properties)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(INVENTED, properties)["Status"] == "SUCCESS"
        assert cloud.client.list_custom_models()["modelSummaries"] == []

    def test_an_invented_id_waits_for_a_start_that_is_on_its_way(self, cloud: Cloud, properties):
        start = cloud.event("Create", properties)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.invoke(cloud.event("Delete", properties, PhysicalResourceId=INVENTED))
        cloud.waiter.step()
        assert cloud.answers == []
        cloud.stack("UPDATE_IN_PROGRESS")
        cloud.invoke(start)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.waiter.run()
        assert cloud.client.list_custom_models()["modelSummaries"] == []

    def test_a_stack_that_cannot_be_read_for_a_while_is_waited_for(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stacks.unreadable = True
        cloud.invoke(cloud.event("Delete", properties, PhysicalResourceId=name))
        cloud.waiter.step()
        cloud.stacks.unreadable = False
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.waiter.run()
        assert cloud.answers[-1]["Status"] == "SUCCESS"
        assert cloud.model(name) is None

    def test_a_stack_that_stays_unreadable_fails_and_names_what_costs_money(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stacks.unreadable = True
        answer = cloud.delete(name, properties)
        assert answer["Status"] == "FAILED"
        assert name in answer["Reason"]
        assert "billed" in answer["Reason"]
        assert cloud.model(name)

    def test_access_denied_is_a_failure_and_never_not_ours(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.bedrock.faults.add("GetCustomModel", Fault.ACCESS_DENIED, times=100_000)
        answer = cloud.delete(name, properties)
        assert answer["Status"] == "FAILED"
        assert "AccessDenied" in answer["Reason"]

    @pytest.mark.parametrize("policy", ["destroy", "retain"])
    def test_what_an_earlier_rollback_kept_goes_with_the_stack_by_its_own_policy(
        self, cloud: Cloud, properties, other, policy
    ):
        other["RemovalPolicy"] = policy
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.wait_for(new)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.update(new, properties, other)
        cloud.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(new, other)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.model(name) is None
        assert (cloud.model(new) is None) == (policy == "destroy")

    def test_a_sweep_leaves_the_models_of_a_stack_that_lives(self, cloud: Cloud, properties, other):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        living = STACK_ID.replace("11111111", "99999999")
        cloud.stacks.status[living] = "CREATE_IN_PROGRESS"
        theirs = cloud.create(other, StackId=living)["PhysicalResourceId"]
        cloud.wait_for(theirs)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.model(theirs)

    def test_on_replacement_the_policy_last_deployed_with_the_old_model_decides(self, cloud: Cloud, properties, other):
        other["RemovalPolicy"] = "retain"
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.wait_for(name)
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.wait_for(new)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.model(name) is None
        assert cloud.model(new)


class TestWait:
    def test_a_failed_model_fails_with_bedrocks_message(self, cloud: Cloud, properties):
        cloud.bedrock.script("Assistant-*", fail="The artifacts are not a Nova model")
        name = cloud.create(properties)["PhysicalResourceId"]
        answer = cloud.wait_for(name)
        assert answer["Status"] == "FAILED"
        assert "The artifacts are not a Nova model" in answer["Reason"]
        assert name in answer["Reason"]

    def test_a_segment_that_ends_before_the_model_hands_over_to_the_next(self, cloud: Cloud, properties):
        cloud.bedrock.script("*", durations={"model_import": 2 * 3600})
        name = cloud.create(properties)["PhysicalResourceId"]
        first = cloud.wait_for(name, last=False)
        assert (first["Status"], first["Data"]) == ("SUCCESS", {"Ended": "-"})
        assert cloud.wait_for(name, last=False)["Status"] == "SUCCESS"
        assert cloud.wait_for(name)["Data"]["Status"] == "Active"

    def test_the_timeout_fails_and_leaves_the_model_alone(self, cloud: Cloud, properties):
        cloud.bedrock.script("*", durations={"model_import": 5 * 3600})
        name = cloud.create(properties)["PhysicalResourceId"]
        answer = cloud.wait_for(name)
        assert answer["Status"] == "FAILED"
        assert "still Creating" in answer["Reason"]
        assert cloud.model(name)

    def test_a_timeout_below_a_segment_is_kept(self, cloud: Cloud, properties):
        cloud.bedrock.script("*", durations={"model_import": 5 * 3600})
        name = cloud.create(properties)["PhysicalResourceId"]
        began = cloud.clock.now()
        cloud.wait_for(name, Seconds="600")
        assert timedelta(minutes=10) <= cloud.clock.now() - began < timedelta(minutes=12)

    def test_an_answer_comes_within_the_hour_of_a_segment(self, cloud: Cloud, properties):
        cloud.bedrock.script("*", durations={"model_import": 5 * 3600})
        name = cloud.create(properties)["PhysicalResourceId"]
        began = cloud.clock.now()
        cloud.wait_for(name, last=False)
        assert timedelta(minutes=50) <= cloud.clock.now() - began < timedelta(minutes=52)

    def test_it_looks_every_half_minute_at_first_and_every_minute_later(self, cloud: Cloud, properties):
        cloud.bedrock.script("*", durations={"model_import": 20 * 60})
        name = cloud.create(properties)["PhysicalResourceId"]
        before = len(cloud.bedrock.calls)
        cloud.wait_for(name)
        looks = [call for call in cloud.bedrock.calls[before:] if call.operation == "GetCustomModel"]
        assert 23 <= len(looks) <= 28

    def test_an_outage_of_twenty_minutes_is_borne(self, cloud: Cloud, properties):
        cloud.bedrock.script("*", durations={"model_import": 45 * 60})
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.bedrock.faults.add("GetCustomModel", Fault.THROTTLE, after=5, times=120)
        assert cloud.wait_for(name)["Status"] == "SUCCESS"

    def test_an_outage_without_end_is_an_error_that_says_what_goes_on(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.bedrock.faults.add("GetCustomModel", Fault.THROTTLE, after=1, times=100_000)
        answer = cloud.wait_for(name)
        assert answer["Status"] == "FAILED"
        assert "left running" in answer["Reason"]

    def test_a_broken_poll_function_is_answered_by_the_abort_path(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.outside.bedrock = None

        def broken(state: dict[str, Any]) -> dict[str, Any]:
            raise RuntimeError("Unable to import module 'index'")

        cloud.waiter.functions = {arn: broken if "poll" in arn else cloud.invoke for arn in cloud.waiter.functions}
        cloud.outside.bedrock = cloud.client
        answer = cloud.wait_for(name)
        assert answer["Status"] == "FAILED"
        assert "Unable to import module" in answer["Reason"]
        assert "deploy again" in answer["Reason"]

    def test_a_status_unknown_to_this_version_is_an_error(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        real = cloud.outside.bedrock

        class Newer:
            def get_custom_model(self, **request: Any) -> dict[str, Any]:
                return {**real.get_custom_model(**request), "modelStatus": "Quarantined"}

        cloud.outside.bedrock = Newer()
        answer = cloud.wait_for(name)
        assert answer["Status"] == "FAILED"
        assert "Quarantined" in answer["Reason"]

    def test_a_model_deleted_meanwhile_is_an_error(self, cloud: Cloud, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.clock.advance(timedelta(hours=1))
        cloud.client.delete_custom_model(modelIdentifier=name)
        answer = cloud.wait_for(name)
        assert answer["Status"] == "FAILED"
        assert "does not exist" in answer["Reason"]

    def test_its_delete_is_answered_at_once(self, cloud: Cloud):
        answer = cloud.delete("AssistantReady", {}, ResourceType=WAIT_TYPE)
        assert answer["Status"] == "SUCCESS"
        assert cloud.bedrock.calls == []


def test_a_renamed_construct_takes_its_model_over_under_a_lock_id(cloud: Cloud, properties):
    locked = {**properties, "Settings": {**properties["Settings"], "LockId": "assistant"}}
    name = cloud.create(locked)["PhysicalResourceId"]
    renamed = {**locked, "Settings": {**locked["Settings"], "NamePrefix": "Better", "Path": "Better"}}
    assert cloud.create(renamed, LogicalResourceId="Better")["PhysicalResourceId"] == name
    assert cloud.started() == 1
