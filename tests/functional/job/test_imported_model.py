"""The life of an import of open weights, event by event: a job that nobody can stop, and the model that it leaves."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.bedrock import Fault, MemoryObjects, Quotas
from provider.cloudformation.contract import IMPORTED_MODEL_TYPE, POLICY_TAG, STACK_TAG, WAIT_TYPE
from tests.functional.conftest import ACCOUNT, STACK_ID, Cloud

DAY = timedelta(days=1)
INVENTED = "Models-Assistant-1ABCDEF2GHIJ"


class Importing(Cloud):
    """The same world, with short ways to ask for an import."""

    def event(self, request_type: str, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return super().event(request_type, properties, **{"ResourceType": IMPORTED_MODEL_TYPE, **fields})

    def job(self, name: str) -> dict[str, Any]:
        return self.client.get_model_import_job(jobIdentifier=name)

    @property
    def jobs(self) -> list[str]:
        listed = self.client.list_model_import_jobs(sortBy="CreationTime", sortOrder="Ascending")
        return [job["jobName"] for job in listed["modelImportJobSummaries"]]

    @property
    def models(self) -> list[str]:
        return [model["modelName"] for model in self.client.list_imported_models()["modelSummaries"]]

    def imported(self, properties: dict[str, Any], **fields: Any) -> str:
        """A finished import; its job's name."""
        name = str(self.create(properties, **fields)["PhysicalResourceId"])
        self.clock.advance(DAY)
        assert self.job(name)["status"] == "Completed"
        return name

    def ready(self, name: str, **properties: Any) -> dict[str, Any]:
        given = {"For": IMPORTED_MODEL_TYPE, "Name": name, "Last": "true", **properties}
        return self.create(given, ResourceType=WAIT_TYPE, LogicalResourceId="AssistantReady")

    def occupy_import(self, name: str = "somebody-elses") -> None:
        """Somebody else's job takes the account's only place."""
        self.client.create_model_import_job(
            jobName=name,
            importedModelName=name,
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/service",
            modelDataSource={"s3DataSource": {"s3Uri": "s3://theirs/llama/"}},
        )


def properties_of(prefix: str = "llama") -> dict[str, Any]:
    """What the construct renders, with CloudFormation's text for everything."""
    return {
        "RunInputs": {"modelDataSource": {"s3DataSource": {"s3Uri": f"s3://weights/{prefix}/"}}},
        "Settings": {
            "NamePrefix": "Assistant",
            "Path": "Assistant",
            "TimeoutSeconds": "86400",
            "RollbackBehavior": "keep",
            "Request": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/importer"},
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "CustomModelTags": [{"Key": "of", "Value": "the model"}],
        "RemovalPolicy": "destroy",
    }


def with_inputs(properties: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return copy.deepcopy(properties) | {"RunInputs": {**properties["RunInputs"], **changed}}


def with_settings(properties: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return copy.deepcopy(properties) | {"Settings": {**properties["Settings"], **changed}}


@pytest.fixture
def cloud(cloud: Cloud) -> Importing:
    importing = Importing()
    assert type(cloud) is not type(importing)
    return importing


@pytest.fixture
def properties() -> dict[str, Any]:
    return properties_of()


@pytest.fixture
def other() -> dict[str, Any]:
    return properties_of("mistral")


class TestCreate:
    def test_answers_at_once_with_the_jobs_name_and_what_was_started(self, cloud: Importing, properties):
        answer = cloud.create(properties)
        name = answer["PhysicalResourceId"]
        assert (answer["Status"], cloud.job(name)["status"]) == ("SUCCESS", "InProgress")
        told = f"The import {name} was started: its model is billed for its storage when it is there."
        assert answer["Reason"] == told
        arn = cloud.job(name)["jobArn"]
        assert answer["Data"] == {
            "JobName": name, "JobArn": arn, "Status": "InProgress", "ModelArn": "", "ModelName": "",
        }  # fmt: skip

    def test_job_and_model_carry_the_tags_from_the_start(self, cloud: Importing, properties):
        job = cloud.job(cloud.imported(properties))
        of_job, of_model = cloud.tags(job["jobArn"]), cloud.tags(job["importedModelArn"])
        assert (of_job["team"], of_job[STACK_TAG]) == ("ml", STACK_ID)
        assert (of_model["of"], of_model[STACK_TAG]) == ("the model", STACK_ID)
        assert not any(call.operation == "TagResource" for call in cloud.bedrock.calls)

    def test_the_wait_carries_the_attributes_of_the_model(self, cloud: Importing, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        job, last = cloud.job(name), cloud.ready(name)
        assert (last["Status"], job["status"]) == ("SUCCESS", "InProgress")
        ended = cloud.job(name)
        assert last["Data"] == {
            "JobName": name,
            "JobArn": ended["jobArn"],
            "Status": "Completed",
            "ModelArn": ended["importedModelArn"],
            "ModelName": ended["importedModelName"],
        }

    def test_four_deliveries_at_once_start_one_job(self, cloud: Importing, properties):
        event = cloud.event("Create", properties)
        for _ in range(4):
            cloud.invoke(copy.deepcopy(event))
        assert {answer["PhysicalResourceId"] for answer in cloud.answers} == set(cloud.jobs)
        assert len(cloud.jobs) == 1

    @pytest.mark.parametrize("fault", [Fault.LOST_AFTER_EFFECT, Fault.LOST_BEFORE_EFFECT, Fault.INTERNAL_ERROR])
    @pytest.mark.parametrize("times", [1, 3, 20])
    def test_a_lost_or_failed_start_is_one_job(self, cloud: Importing, properties, fault, times):
        cloud.bedrock.faults.add("CreateModelImportJob", fault, times=times)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert len(cloud.jobs) == 1

    def test_a_job_kept_by_a_rolled_back_first_create_is_adopted(self, cloud: Importing, properties):
        first = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(first, properties)["Status"] == "SUCCESS"
        cloud.stack("CREATE_IN_PROGRESS")
        second = cloud.create(properties)
        assert second["Reason"] == f"Adopted the import {first}, which is still in progress: nothing is imported again."
        cloud.clock.advance(DAY)
        third = cloud.create(properties)
        assert third["Reason"] == f"Adopted the import {first}, which is Completed: nothing is imported again."
        assert (third["Data"]["ModelArn"], cloud.jobs) == (cloud.job(first)["importedModelArn"], [first])

    def test_a_failed_job_is_tried_again_by_the_next_deployment_up_to_the_limit(self, cloud: Importing, properties):
        cloud.bedrock.script("*", fail="Unsupported model architecture.")
        first = cloud.create(properties)["PhysicalResourceId"]
        assert "Unsupported model architecture." in cloud.ready(first)["Reason"]
        assert cloud.create(properties)["PhysicalResourceId"] == f"{first}-2"
        cloud.clock.advance(DAY)
        third = cloud.create(properties)
        assert third["Status"] == "FAILED"
        assert "imported 2 times" in third["Reason"]
        assert "Unsupported model architecture." in third["Reason"]
        assert len(cloud.jobs) == 2

    def test_a_redelivered_create_reports_its_failed_job_and_starts_no_other(self, cloud: Importing, properties):
        cloud.bedrock.script("*", fail="Invalid model files.", times=1)
        event = cloud.event("Create", properties)
        name = cloud.send(event)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        assert cloud.send(event)["PhysicalResourceId"] == name
        assert cloud.jobs == [name]

    def test_a_model_that_was_deleted_by_hand_is_imported_again(self, cloud: Importing, properties):
        name = cloud.imported(properties)
        cloud.client.delete_imported_model(modelIdentifier=cloud.job(name)["importedModelArn"])
        assert cloud.create(properties)["PhysicalResourceId"] == f"{name}-2"

    def test_a_taken_model_name_is_refused_before_anything_starts(self, cloud: Importing, properties):
        cloud.imported(with_inputs(properties, importedModelName="assistant"))
        elsewhere = with_settings(with_inputs(properties, importedModelName="assistant"), Path="Other")
        answer = cloud.create(elsewhere, LogicalResourceId="Other")
        assert answer["Status"] == "FAILED"
        assert "ImportedModel.from_imported_model_arn" in answer["Reason"]
        assert "imported_model_name" in answer["Reason"]
        assert len(cloud.jobs) == 1

    def test_a_model_name_that_a_running_job_holds_is_refused(self, cloud: Importing, properties):
        cloud.bedrock.config.quotas = Quotas(concurrent_model_import_jobs=2)
        cloud.occupy_import("assistant")
        answer = cloud.create(with_inputs(properties, importedModelName="assistant"))
        assert (answer["Status"], cloud.jobs) == ("FAILED", ["assistant"])
        assert "Nothing was started" in answer["Reason"]

    @pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
    def test_nothing_starts_for_a_stack_that_no_longer_wants_it(self, cloud: Importing, properties, status):
        cloud.stack(status)
        assert cloud.create(properties)["Status"] == "FAILED"
        assert cloud.jobs == []

    def test_a_stack_that_turns_during_the_start_is_answered_with_the_name(self, cloud: Importing, properties):
        """Nothing can stop the job, so its Delete has to find it by its id."""
        real = cloud.outside.bedrock

        class Slow:
            meta = real.meta

            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def create_model_import_job(self, **request: Any) -> Any:
                cloud.stack("ROLLBACK_IN_PROGRESS")
                return real.create_model_import_job(**request)

        cloud.outside.bedrock = Slow()
        answer = cloud.create(properties)
        assert (answer["Status"], [answer["PhysicalResourceId"]]) == ("SUCCESS", cloud.jobs)

    def test_a_role_that_propagates_is_waited_for_and_at_last_explained(self, cloud: Importing, properties):
        text = "The provided role ARN is invalid"
        cloud.bedrock.faults.add("CreateModelImportJob", Fault.VALIDATION, text, times=5)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        cloud.bedrock.faults.add("CreateModelImportJob", Fault.VALIDATION, text, times=100_000)
        answer = cloud.create(with_settings(properties, Path="Other"), LogicalResourceId="Other")
        assert answer["Status"] == "FAILED"
        assert "without aws:SourceArn" in answer["Reason"]

    @pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
    def test_a_behavior_that_would_stop_the_job_is_refused(self, cloud: Importing, properties, request_type):
        name = cloud.imported(properties)
        told, calls = with_settings(properties, RollbackBehavior="stop-running"), len(cloud.bedrock.calls)
        fields = {} if request_type == "Create" else {"PhysicalResourceId": name, "OldResourceProperties": properties}
        answer = cloud.send(cloud.event(request_type, told, **fields))
        assert (answer["Status"], len(cloud.bedrock.calls)) == ("FAILED", calls)
        assert "RollbackBehavior must be one of keep, delete, got 'stop-running'." in answer["Reason"]

    def test_its_rollback_is_not_held_up_by_that(self, cloud: Importing, properties):
        told = with_settings(properties, RollbackBehavior="stop-running")
        name = cloud.create(told)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, told)["Status"] == "SUCCESS"


class TestSource:
    """What the local Bedrock makes of the files under the prefix."""

    def test_a_prefix_without_a_configuration_fails_the_job(self, cloud: Importing, properties):
        objects = MemoryObjects()
        objects.put("weights", "llama/model.safetensors", b"")
        cloud.bedrock.config.objects = objects
        reason = cloud.ready(cloud.create(properties)["PhysicalResourceId"])["Reason"]
        assert "config.json could not be found in s3://weights/llama/" in reason

    def test_one_with_it_is_imported(self, cloud: Importing, properties):
        objects = MemoryObjects()
        objects.put("weights", "llama/config.json", b"{}")
        cloud.bedrock.config.objects = objects
        assert cloud.ready(cloud.create(properties)["PhysicalResourceId"])["Status"] == "SUCCESS"


class TestQueue:
    def test_somebody_elses_import_is_waited_for_in_the_queue(self, cloud: Importing, properties):
        cloud.occupy_import()
        cloud.invoke(cloud.event("Create", properties))
        answer = cloud.answers[-1]
        assert (answer["Status"], answer["Data"]["Status"], cloud.jobs) == ("SUCCESS", "Queued", ["somebody-elses"])
        ready = cloud.ready(answer["PhysicalResourceId"])
        assert (ready["Status"], cloud.jobs[1:]) == ("SUCCESS", [answer["PhysicalResourceId"]])

    def test_imports_follow_in_turn(self, cloud: Importing, properties):
        names = []
        for path in ("One", "Two", "Three"):
            cloud.invoke(cloud.event("Create", with_settings(properties, Path=path), LogicalResourceId=path))
            names.append(cloud.answers[-1]["PhysicalResourceId"])
        assert cloud.jobs == names[:1]
        cloud.waiter.run()
        assert sorted(cloud.jobs) == sorted(names)

    def test_a_full_quota_of_models_is_no_queue(self, cloud: Importing, properties):
        cloud.occupy_import()
        cloud.clock.advance(DAY)
        cloud.bedrock.config.quotas = Quotas(imported_models=1)
        answer = cloud.create(properties)
        assert (answer["Status"], cloud.jobs) == ("FAILED", ["somebody-elses"])
        assert "ask for a higher quota" in answer["Reason"]

    def test_a_delete_takes_it_out_of_the_queue(self, cloud: Importing, properties):
        cloud.occupy_import()
        cloud.invoke(cloud.event("Create", properties))
        name = cloud.answers[-1]["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        cloud.clock.advance(DAY)
        cloud.waiter.run()
        assert cloud.jobs == ["somebody-elses"]


class TestUpdate:
    @pytest.fixture
    def name(self, cloud: Importing, properties) -> str:
        name = cloud.imported(properties)
        cloud.stack("UPDATE_IN_PROGRESS")
        return name

    def test_tags_and_policy_reach_job_and_model_in_place(self, cloud: Importing, properties, name):
        changed = {
            **properties,
            "Tags": [{"Key": "cost", "Value": "1"}],
            "CustomModelTags": [{"Key": "cost", "Value": "2"}],
            "RemovalPolicy": "retain",
        }
        assert cloud.update(name, changed, properties)["PhysicalResourceId"] == name
        of_job, of_model = cloud.tags(cloud.job(name)["jobArn"]), cloud.tags(cloud.job(name)["importedModelArn"])
        assert (of_job["cost"], of_model["cost"]) == ("1", "2")
        assert {of_job[POLICY_TAG], of_model[POLICY_TAG]} == {"retain"}
        assert not {"team", "of"} & (of_job.keys() | of_model.keys())

    def test_tags_of_a_running_job_are_changed_and_its_model_is_not_looked_for(self, cloud: Importing, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        changed = {**properties, "Tags": [{"Key": "team", "Value": "other"}]}
        assert cloud.update(name, changed, properties)["Status"] == "SUCCESS"
        assert cloud.tags(cloud.job(name)["jobArn"])["team"] == "other"

    @pytest.mark.parametrize(
        "inputs",
        [
            {"revision": "2"},
            {"importedModelName": "renamed"},
            {"importedModelKmsKeyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{'1' * 36}"},
        ],
    )
    def test_other_inputs_are_another_import_and_the_clean_up_deletes_the_old_model(
        self, cloud: Importing, properties, name, inputs
    ):
        changed = with_inputs(properties, **inputs)
        new = cloud.update(name, changed, properties)["PhysicalResourceId"]
        assert new != name
        cloud.clock.advance(DAY)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.models == [cloud.job(new)["importedModelName"]]

    def test_a_rollback_goes_back_imports_nothing_and_keeps_the_new_model(
        self, cloud: Importing, properties, other, name
    ):
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(new, properties, other)["PhysicalResourceId"] == name
        cloud.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(new, other)
        assert (len(cloud.models), len(cloud.jobs)) == (2, 2)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.models == [], "with the stack goes what the rollback kept"


class TestDelete:
    @pytest.mark.parametrize("policy", ["destroy", "retain"])
    def test_a_finished_model_goes_by_policy(self, cloud: Importing, properties, policy):
        properties["RemovalPolicy"] = policy
        name = cloud.imported(properties)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert bool(cloud.models) == (policy == "retain")

    @pytest.mark.parametrize("physical_id", ["its name", INVENTED])
    def test_a_running_import_is_waited_for_and_its_model_deleted(self, cloud: Importing, properties, physical_id):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name if physical_id == "its name" else physical_id, properties)["Status"] == "SUCCESS"
        assert (cloud.job(name)["status"], cloud.models) == ("Completed", [])

    def test_one_that_takes_longer_than_the_hour_is_named_and_the_next_delete_removes_it(
        self, cloud: Importing, properties
    ):
        cloud.bedrock.script("*", durations={"model_import_job": 2 * 3600})
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        answer = cloud.delete(name, properties)
        assert (answer["Status"], cloud.job(name)["status"]) == ("FAILED", "InProgress")
        for part in (name, "cannot be stopped", "billed for its storage", "Delete the stack again"):
            assert part in answer["Reason"]
        cloud.clock.advance(DAY)
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.models == []

    def test_one_that_is_retained_goes_on(self, cloud: Importing, properties):
        properties["RemovalPolicy"] = "retain"
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.job(name)["status"] == "InProgress"
        cloud.clock.advance(DAY)
        assert cloud.models == [cloud.job(name)["importedModelName"]]

    @pytest.mark.parametrize(("behavior", "kept"), [("keep", True), ("delete", False)])
    @pytest.mark.parametrize("ended", [True, False])
    def test_a_rollback_treats_it_as_told(self, cloud: Importing, properties, behavior, kept, ended):
        told = with_settings(properties, RollbackBehavior=behavior)
        name = cloud.imported(told) if ended else cloud.create(told)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, told)["Status"] == "SUCCESS"
        cloud.clock.advance(DAY)
        assert (cloud.job(name)["status"], bool(cloud.models)) == ("Completed", kept)

    def test_an_import_that_fails_meanwhile_leaves_nothing(self, cloud: Importing, properties):
        cloud.bedrock.script("*", fail="Invalid model files.")
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert (cloud.job(name)["status"], cloud.models) == ("Failed", [])

    def test_a_running_import_that_an_earlier_rollback_kept_goes_with_the_stack(
        self, cloud: Importing, properties, other
    ):
        name = cloud.imported(properties)
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.update(new, properties, other)
        cloud.delete(new, other)
        assert cloud.job(new)["status"] == "InProgress"
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert (cloud.job(new)["status"], cloud.models) == ("Completed", [])

    @pytest.mark.parametrize("fault", [Fault.LOST_AFTER_EFFECT, Fault.INTERNAL_ERROR, Fault.THROTTLE])
    def test_a_lost_answer_of_the_deletion_is_no_failure(self, cloud: Importing, properties, fault):
        name = cloud.imported(properties)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.bedrock.faults.add("DeleteImportedModel", fault, times=3)
        assert (cloud.delete(name, properties)["Status"], cloud.models) == ("SUCCESS", [])

    def test_a_stack_that_stays_unreadable_fails_and_names_what_will_cost_money(self, cloud: Importing, properties):
        cloud.bedrock.script("*", durations={"model_import_job": 2 * 3600})
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stacks.unreadable = True
        answer = cloud.delete(name, properties)
        assert answer["Status"] == "FAILED"
        assert f"{name!r}" in answer["Reason"]
        assert "will be billed" in answer["Reason"]

    def test_the_role_made_for_it_goes_when_the_import_has_ended(self, cloud: Importing, properties):
        cloud.iam.roles = {"importer": "Assistant"}
        made = {"For": "Assistant", "RoleArn": properties["Settings"]["Request"]["roleArn"]}
        keeping = with_settings(properties, Kept=made)
        name = cloud.create(keeping)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert cloud.iam.roles
        cloud.stack("CREATE_IN_PROGRESS")
        cloud.create(keeping)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert (cloud.iam.roles, cloud.models) == ({}, [])


class TestWait:
    def test_a_timeout_leaves_it_running_and_the_next_deployment_adopts_it(self, cloud: Importing, properties):
        cloud.bedrock.script("*", durations={"model_import_job": 10 * 3600})
        name = cloud.create(properties)["PhysicalResourceId"]
        reason = cloud.ready(name)["Reason"]
        assert "still InProgress" in reason
        assert "cannot be stopped" in reason
        assert cloud.create(properties)["PhysicalResourceId"] == name

    def test_one_that_was_never_started_is_told(self, cloud: Importing):
        answer = cloud.ready("Assistant-0123456789-0123456789abcdef0123")
        assert answer["Status"] == "FAILED"
        assert "never started" in answer["Reason"]


@pytest.mark.parametrize("profile", ["validation-errors", "slow-reads", "slow-deletes"])
def test_a_whole_life_is_the_same_under_every_profile(cloud: Importing, properties, other, profile):
    cloud.bedrock.config.profiles = frozenset([profile])
    name = cloud.create(properties)["PhysicalResourceId"]
    assert cloud.ready(name)["Status"] == "SUCCESS"
    cloud.stack("UPDATE_IN_PROGRESS")
    new = cloud.update(name, other, properties)["PhysicalResourceId"]
    assert cloud.ready(new)["Status"] == "SUCCESS"
    cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert cloud.delete(name, properties)["Status"] == "SUCCESS"
    cloud.clock.advance(DAY)
    assert cloud.models == [cloud.job(new)["importedModelName"]]
    cloud.stack("DELETE_IN_PROGRESS")
    assert cloud.delete(new, other)["Status"] == "SUCCESS"
    cloud.clock.advance(DAY)
    assert cloud.models == []


def test_a_quota_that_is_told_by_words_alone_queues_too(cloud: Importing, properties):
    cloud.bedrock.config.quotas = replace(Quotas(), concurrent_model_import_jobs=2)
    cloud.occupy_import()
    text = "The maximum number of concurrent import jobs has been reached."
    cloud.bedrock.faults.add("CreateModelImportJob", Fault.VALIDATION, text)
    cloud.invoke(cloud.event("Create", properties))
    assert cloud.answers[-1]["Data"]["Status"] == "Queued"
