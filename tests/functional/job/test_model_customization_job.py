"""The life of a training run, event by event: never lost, never repeated, never left running."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Fault, Quotas
from provider.cloudformation.contract import MODEL_CUSTOMIZATION_JOB_TYPE, OWNER_TAG, POLICY_TAG, STACK_TAG, WAIT_TYPE
from provider.handlers import HANDLERS
from tests.functional.conftest import ACCOUNT, STACK_ID, Cloud

INVENTED = "Models-Assistant-1ABCDEF2GHIJ"
DAY = timedelta(days=1)
FAILED_CREATION = "The following resource(s) failed to create: [Neighbor]."
ROLLBACK_FAILED = [("ROLLBACK_FAILED", ""), ("ROLLBACK_IN_PROGRESS", ""), ("CREATE_FAILED", FAILED_CREATION)]


def unreadable(**_request: Any) -> dict[str, Any]:
    raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "Describe")


class Training(Cloud):
    """The same world, with short ways to ask for a job."""

    def event(self, request_type: str, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return super().event(request_type, properties, **{"ResourceType": MODEL_CUSTOMIZATION_JOB_TYPE, **fields})

    def job(self, name: str) -> dict[str, Any]:
        return self.client.get_model_customization_job(jobIdentifier=name)

    def trained(self, properties: dict[str, Any], **fields: Any) -> str:
        """A finished run; its name."""
        name = self.create(properties, **fields)["PhysicalResourceId"]
        self.clock.advance(DAY)
        assert self.job(name)["status"] == "Completed"
        return name

    def ready(self, name: str, **properties: Any) -> dict[str, Any]:
        given = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name, "Last": "true", **properties}
        return self.create(given, ResourceType=WAIT_TYPE, LogicalResourceId="AssistantReady")

    @property
    def runs(self) -> list[str]:
        return self.bedrock.training_runs()


@pytest.fixture
def cloud(cloud: Cloud) -> Training:
    training = Training()
    assert type(cloud) is not type(training)
    return training


@pytest.fixture
def properties() -> dict[str, Any]:
    """What the construct renders for a fine-tuning, with CloudFormation's text for everything."""
    base = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"
    return {
        "RunInputs": {
            "baseModelIdentifier": base,
            "customizationType": "FINE_TUNING",
            "trainingDataConfig": {"contentSha256": "a" * 64},
            "hyperParameters": {"epochCount": "2"},
        },
        "Settings": {
            "NamePrefix": "Assistant",
            "Path": "Assistant",
            "MaxAttempts": "2",
            "TimeoutSeconds": "86400",
            "RollbackBehavior": "keep",
            "Wait": "true",
            "Request": {
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/trainer",
                "trainingDataConfig": {"s3Uri": "s3://assets/abc.jsonl"},
                "outputDataConfig": {"s3Uri": "s3://output/assistant/"},
            },
        },
        "Tags": [{"Key": "team", "Value": "ml"}],
        "CustomModelTags": [{"Key": "team", "Value": "ml"}],
        "RemovalPolicy": "destroy",
    }


@pytest.fixture
def other(properties: dict[str, Any]) -> dict[str, Any]:
    return with_inputs(properties, hyperParameters={"epochCount": "3"})


def with_inputs(properties: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return copy.deepcopy(properties) | {"RunInputs": {**properties["RunInputs"], **changed}}


def with_settings(properties: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return copy.deepcopy(properties) | {"Settings": {**properties["Settings"], **changed}}


class TestCreate:
    def test_answers_at_once_with_the_jobs_name(self, cloud: Training, properties):
        answer = cloud.create(properties)
        assert answer["Status"] == "SUCCESS"
        assert cloud.job(answer["PhysicalResourceId"])["status"] == "InProgress"

    def test_success_tells_what_was_paid_for_and_what_was_not(self, cloud: Training, properties):
        started = cloud.create(properties)
        name = started["PhysicalResourceId"]
        assert started["Reason"] == f"A paid training run was started: {name}."

        attached = cloud.create(properties, RequestId="b")
        assert attached["Reason"] == f"Adopted the run {name}, which is still in progress: nothing is paid again."

        cloud.clock.advance(DAY)
        taken = cloud.create(properties, RequestId="c")
        assert taken["Reason"] == f"Adopted the run {name}, which is Completed: nothing is paid again."

    def test_job_and_model_carry_the_tags_from_the_start(self, cloud: Training, properties):
        name = cloud.trained(properties)
        job = cloud.job(name)
        for arn in (job["jobArn"], job["outputModelArn"]):
            tags = cloud.tags(arn)
            assert tags["team"] == "ml"
            assert tags[STACK_TAG] == STACK_ID
        assert not any(call.operation == "TagResource" for call in cloud.bedrock.calls)

    def test_text_becomes_the_types_of_the_api(self, cloud: Training, properties):
        properties["RunInputs"]["customizationType"] = "REINFORCEMENT_FINE_TUNING"
        properties["RunInputs"]["baseModelIdentifier"] = "amazon.nova-2-lite-v1:0:256k"
        grader = {"lambdaGrader": {"lambdaArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:grader"}}
        numbers = {"epochCount": "3", "learningRate": "1.0E-5", "batchSize": "16.0"}
        properties["RunInputs"]["customizationConfig"] = {
            "rftConfig": {"graderConfig": grader, "hyperParameters": numbers}
        }
        assert cloud.create(properties)["Status"] == "SUCCESS"
        (call,) = [call for call in cloud.bedrock.calls if call.operation == "CreateModelCustomizationJob"]
        sent = call.params["customizationConfig"]["rftConfig"]["hyperParameters"]
        assert sent == {"epochCount": 3, "learningRate": 1e-5, "batchSize": 16}

    @pytest.mark.parametrize(("given", "sent"), [("true", True), ("false", False)])
    def test_text_becomes_a_boolean(self, cloud: Training, properties, given, sent):
        logs = {"usePromptResponse": given, "invocationLogSource": {"s3Uri": "s3://logs/"}}
        properties["Settings"]["Request"]["trainingDataConfig"] = {"invocationLogsConfig": logs}
        cloud.create(properties)
        (call,) = [call for call in cloud.bedrock.calls if call.operation == "CreateModelCustomizationJob"]
        assert call.params["trainingDataConfig"]["invocationLogsConfig"]["usePromptResponse"] is sent

    def test_four_deliveries_at_once_start_one_run(self, cloud: Training, properties):
        event = cloud.event("Create", properties)
        for _ in range(4):
            cloud.invoke(copy.deepcopy(event))
        assert {answer["PhysicalResourceId"] for answer in cloud.answers} == set(cloud.runs)
        assert len(cloud.runs) == 1

    @pytest.mark.parametrize("fault", [Fault.LOST_AFTER_EFFECT, Fault.LOST_BEFORE_EFFECT, Fault.INTERNAL_ERROR])
    @pytest.mark.parametrize("times", [1, 3, 20])
    def test_a_lost_or_failed_start_is_one_run(self, cloud: Training, properties, fault, times):
        cloud.bedrock.faults.add("CreateModelCustomizationJob", fault, times=times)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        assert len(cloud.runs) == 1

    def test_a_run_kept_by_a_rolled_back_first_create_is_taken_over(self, cloud: Training, properties):
        first = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(first, properties)
        cloud.stack("DELETE_COMPLETE")
        again = STACK_ID.replace("11111111", "99999999")
        cloud.stacks.status[again] = "CREATE_IN_PROGRESS"
        second = cloud.create(properties, StackId=again)
        assert second["PhysicalResourceId"] == first
        assert cloud.runs == [first]
        assert cloud.tags(cloud.job(first)["jobArn"])[STACK_TAG] == again

    def test_one_template_in_two_stacks_is_two_runs_and_each_deletes_its_own(self, cloud: Training, properties):
        second_stack = STACK_ID.replace("/Models/", "/Others/")
        cloud.stacks.status[second_stack] = "CREATE_IN_PROGRESS"
        one = cloud.trained(properties)
        two = cloud.trained(properties, StackId=second_stack)
        assert one != two
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(one, properties)
        assert cloud.model(cloud.job(one)["outputModelArn"]) is None
        assert cloud.model(cloud.job(two)["outputModelArn"])

    def test_a_failed_run_is_tried_again_by_the_next_deployment_up_to_the_limit(self, cloud: Training, properties):
        cloud.bedrock.script("*", fail="Unable to parse Amazon S3 file: abc.jsonl")
        first = cloud.create(properties)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        second = cloud.create(properties)["PhysicalResourceId"]
        assert second == f"{first}-2"
        cloud.clock.advance(DAY)
        third = cloud.create(properties)
        assert third["Status"] == "FAILED"
        assert "max_attempts" in third["Reason"]
        assert "revision" in third["Reason"]
        assert "Unable to parse" in third["Reason"]
        assert len(cloud.runs) == 2

    def test_another_revision_trains_again(self, cloud: Training, properties):
        cloud.trained(properties)
        cloud.create(with_inputs(properties, revision="2"))
        assert len(cloud.runs) == 2

    def test_a_redelivered_create_reports_its_failed_run_and_starts_no_other(self, cloud: Training, properties):
        cloud.bedrock.script("*", fail="Input size exceeded", times=1)
        event = cloud.event("Create", properties)
        name = cloud.send(event)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        assert cloud.send(event)["PhysicalResourceId"] == name
        assert cloud.runs == [name]

    def test_a_run_whose_model_was_deleted_by_hand_is_no_longer_usable(self, cloud: Training, properties):
        name = cloud.trained(properties)
        cloud.client.delete_custom_model(modelIdentifier=cloud.job(name)["outputModelArn"])
        assert cloud.create(properties)["PhysicalResourceId"] == f"{name}-2"

    def test_a_run_that_is_being_stopped_is_waited_for(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.client.stop_model_customization_job(jobIdentifier=name)
        assert cloud.create(properties)["PhysicalResourceId"] == f"{name}-2"
        assert cloud.job(name)["status"] == "Stopped"

    def test_another_prefix_finds_the_run_of_the_former_one(self, cloud: Training, properties):
        name = cloud.trained(properties)
        renamed = with_settings(properties, NamePrefix="Better")
        assert cloud.create(renamed)["PhysicalResourceId"] == name

    def test_a_renamed_construct_trains_anew_and_with_a_lock_id_does_not(self, cloud: Training, properties):
        cloud.trained(properties)
        cloud.trained(with_settings(properties, Path="Renamed"), LogicalResourceId="Renamed")
        assert len(cloud.runs) == 2
        locked = with_settings(properties, LockId="assistant")
        name = cloud.trained(locked)
        moved = with_settings(locked, Path="Moved")
        assert cloud.create(moved, LogicalResourceId="Moved")["PhysicalResourceId"] == name
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(name, locked)
        assert cloud.model(cloud.job(name)["outputModelArn"]), "the former owner deletes nothing"

    def test_a_lock_id_that_is_given_later_moves_the_run_with_the_construct(self, cloud: Training, properties):
        name = cloud.trained(properties)
        locked = with_settings(properties, LockId="assistant", RetrainProtection="true")
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.update(name, locked, properties)["PhysicalResourceId"] == name
        moved = cloud.create(with_settings(locked, Path="Moved"), LogicalResourceId="Moved")
        assert (moved["Status"], moved["PhysicalResourceId"]) == ("SUCCESS", name)
        assert len(cloud.runs) == 1

    def test_retrain_protection_names_the_former_run_of_a_renamed_construct(self, cloud: Training, properties):
        name = cloud.trained(properties)
        answer = cloud.create(
            with_settings(properties, Path="Renamed", RetrainProtection="true"), LogicalResourceId="Renamed"
        )
        assert answer["Status"] == "FAILED"
        assert name in answer["Reason"]
        assert "lock_id" in answer["Reason"]
        assert len(cloud.runs) == 1

    def test_a_taken_model_name_is_refused_before_anything_is_paid(self, cloud: Training, properties):
        cloud.trained(with_inputs(properties, customModelName="assistant"))
        elsewhere = with_settings(with_inputs(properties, customModelName="assistant"), Path="Other")
        answer = cloud.create(elsewhere, LogicalResourceId="Other")
        assert answer["Status"] == "FAILED"
        assert "from_custom_model_arn" in answer["Reason"]
        assert "custom_model_name" in answer["Reason"]
        assert len(cloud.runs) == 1

    @pytest.mark.parametrize("status", ["ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"])
    def test_nothing_starts_for_a_stack_that_no_longer_wants_it(self, cloud: Training, properties, status):
        cloud.stack(status)
        assert cloud.create(properties)["Status"] == "FAILED"
        assert cloud.runs == []

    def test_a_stack_that_turns_during_the_start_has_the_run_stopped_at_once(self, cloud: Training, properties):
        real = cloud.outside.bedrock

        class Slow:
            meta = real.meta

            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def create_model_customization_job(self, **request: Any) -> Any:
                cloud.stack("ROLLBACK_IN_PROGRESS")
                return real.create_model_customization_job(**request)

        cloud.outside.bedrock = Slow()
        answer = cloud.create(properties)
        assert answer["Status"] == "FAILED"
        (name,) = cloud.runs
        assert cloud.job(name)["status"] in {"Stopping", "Stopped"}

    def test_an_event_that_comes_after_its_own_delete_starts_nothing(self, cloud: Training, properties):
        late = cloud.event("Create", properties)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(INVENTED, properties)
        assert cloud.send(late)["Status"] == "FAILED"
        assert cloud.runs == []

    def test_iam_propagation_is_retried_and_at_last_explained(self, cloud: Training, properties):
        text = "Amazon S3 perms missing (PutObject): Could not validate PutObject permissions to access S3 bucket"
        cloud.bedrock.faults.add("CreateModelCustomizationJob", Fault.VALIDATION, text, times=5)
        assert cloud.create(properties)["Status"] == "SUCCESS"
        cloud.bedrock.faults.add("CreateModelCustomizationJob", Fault.VALIDATION, text, times=100_000)
        answer = cloud.create(with_settings(properties, Path="Other"))
        assert answer["Status"] == "FAILED"
        assert "trust policy" in answer["Reason"]


class TestQueue:
    @pytest.fixture(autouse=True)
    def one_at_a_time(self, cloud: Training):
        cloud.bedrock.config.quotas = Quotas(concurrent_customization_jobs=1)

    def named(self, properties: dict[str, Any], path: str) -> dict[str, Any]:
        return with_settings(properties, Path=path)

    def test_a_full_quota_is_a_queue_and_runs_follow_in_turn(self, cloud: Training, properties):
        names = []
        for path in ("One", "Two", "Three"):
            cloud.invoke(cloud.event("Create", self.named(properties, path), LogicalResourceId=path))
            names.append(cloud.answers[-1]["PhysicalResourceId"])
        assert all(answer["Status"] == "SUCCESS" for answer in cloud.answers)
        assert cloud.runs == names[:1]
        cloud.waiter.run()
        assert sorted(cloud.runs) == sorted(names)

    def test_the_wait_sees_the_queue(self, cloud: Training, properties, logged):
        cloud.create(self.named(properties, "One"))
        cloud.invoke(cloud.event("Create", properties))
        name = cloud.answers[-1]["PhysicalResourceId"]
        cloud.invoke(
            cloud.event(
                "Create",
                {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name},
                ResourceType=WAIT_TYPE,
                LogicalResourceId="Wait01",
            )
        )
        cloud.waiter.run()
        (segment,) = [answer for answer in cloud.answers if answer["LogicalResourceId"] == "Wait01"]
        assert (segment["Status"], segment["Data"]) == ("SUCCESS", {"Ended": "-"})
        assert {line["status"] for line in logged if line["event"] == "status"} == {"Queued"}

    @pytest.mark.parametrize("failing", ["", "Bad data."])
    def test_only_the_last_segment_fails_with_the_run(self, cloud: Training, properties, failing):
        """The others stand in a nested stack, where nobody would read Bedrock's message."""
        name = "Assistant-0123456789-0123456789abcdef0123"
        if failing:
            cloud.bedrock.script("*", fail=failing)
            name = cloud.create(properties)["PhysicalResourceId"]
            cloud.clock.advance(DAY)
        wait = {"For": MODEL_CUSTOMIZATION_JOB_TYPE, "Name": name}
        segment = cloud.create(wait, ResourceType=WAIT_TYPE, LogicalResourceId="Wait01")
        assert (segment["Status"], segment["Data"]) == ("SUCCESS", {"Ended": name if failing else f"?{name}"})
        assert (failing or "never started") in cloud.ready(name)["Reason"]

    def test_a_run_that_is_neither_there_nor_queued_was_never_started(self, cloud: Training):
        answer = cloud.ready("Assistant-0123456789-0123456789abcdef0123")
        assert answer["Status"] == "FAILED"
        assert "never started" in answer["Reason"]

    def test_a_delete_takes_it_out_of_the_queue(self, cloud: Training, properties):
        running = cloud.create(self.named(properties, "One"))["PhysicalResourceId"]
        cloud.invoke(cloud.event("Create", properties))
        name = cloud.answers[-1]["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        cloud.clock.advance(DAY)
        cloud.waiter.run()
        assert cloud.runs == [running]

    def test_a_queued_run_does_not_start_for_a_stack_that_rolls_back(self, cloud: Training, properties):
        running = cloud.create(self.named(properties, "One"))["PhysicalResourceId"]
        cloud.invoke(cloud.event("Create", properties))
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.clock.advance(DAY)
        cloud.waiter.run()
        assert cloud.runs == [running]

    def test_a_queued_run_is_given_up_when_its_timeout_ends(self, cloud: Training, properties):
        cloud.bedrock.script("*", durations={"job_training": 10 * 86400})
        running = cloud.create(self.named(properties, "One"))["PhysicalResourceId"]
        cloud.create(properties)
        cloud.clock.advance(20 * DAY)
        assert cloud.runs == [running]

    def test_it_queues_for_as_long_as_the_last_segment_may_wait_for_it(self, cloud: Training, properties):
        """Waits are rounded up to whole segments, and the last one says that the run was still queued."""
        cloud.bedrock.script("*", durations={"job_training": 10 * 86400})
        cloud.create(self.named(properties, "One"))
        cloud.invoke(cloud.event("Create", properties))
        end = cloud.clock.now() + DAY + timedelta(minutes=45)
        while cloud.clock.now() < end:
            assert cloud.waiter.step()

    def test_without_a_wait_nobody_queues(self, cloud: Training, properties):
        cloud.create(self.named(properties, "One"))
        answer = cloud.create(with_settings(properties, Wait="false"))
        assert answer["Status"] == "FAILED"
        assert "Nothing was started" in answer["Reason"]


class TestUpdate:
    @pytest.fixture
    def name(self, cloud: Training, properties) -> str:
        name = cloud.trained(properties)
        cloud.stack("UPDATE_IN_PROGRESS")
        return name

    def test_tags_reach_job_and_model_in_place(self, cloud: Training, properties, name):
        changed = {
            **properties,
            "Tags": [{"Key": "cost", "Value": "1"}, {"Key": "stage", "Value": "live"}],
            "CustomModelTags": [{"Key": "cost", "Value": "2"}],
        }
        answer = cloud.update(name, changed, properties)
        assert answer["PhysicalResourceId"] == name
        job = cloud.job(name)
        assert cloud.tags(job["jobArn"])["cost"] == "1"
        of_model = cloud.tags(job["outputModelArn"])
        assert (of_model["cost"], of_model["stage"]) == ("2", "live")
        assert "team" not in cloud.tags(job["jobArn"]) | cloud.tags(job["outputModelArn"])

    def test_role_network_output_and_policies_are_taken_up_in_place(self, cloud: Training, properties, name):
        request = {
            **properties["Settings"]["Request"],
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/other",
            "outputDataConfig": {"s3Uri": "s3://other/"},
            "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        }
        changed = with_settings(properties, Request=request, RollbackBehavior="delete") | {"RemovalPolicy": "retain"}
        answer = cloud.update(name, changed, properties)
        assert answer["PhysicalResourceId"] == name
        assert answer["Data"]["ModelArn"]
        assert cloud.tags(cloud.job(name)["jobArn"])[POLICY_TAG] == "retain"
        assert len(cloud.runs) == 1

    def test_other_inputs_are_another_run(self, cloud: Training, properties, other, name):
        answer = cloud.update(name, other, properties)
        assert answer["PhysicalResourceId"] in cloud.runs
        assert answer["PhysicalResourceId"] != name

    @pytest.mark.parametrize("label", ["customModelName", "customModelKmsKeyId"])
    def test_another_name_or_key_alone_is_refused_without_a_revision(self, cloud: Training, properties, name, label):
        value = "renamed" if label == "customModelName" else f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{'1' * 36}"
        answer = cloud.update(name, with_inputs(properties, **{label: value}), properties)
        assert answer["Status"] == "FAILED"
        assert label in answer["Reason"]
        assert answer["PhysicalResourceId"] == name
        assert cloud.update(name, with_inputs(properties, revision="2", **{label: value}), properties)["Status"] == (
            "SUCCESS"
        )

    def test_retrain_protection_names_the_inputs_that_changed(self, cloud: Training, properties, other, name):
        answer = cloud.update(name, with_settings(other, RetrainProtection="true"), properties)
        assert answer["Status"] == "FAILED"
        assert "hyperParameters" in answer["Reason"]
        assert cloud.runs == [name]

    def test_a_rollback_goes_back_and_trains_nothing(self, cloud: Training, properties, other, name):
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        assert cloud.update(new, properties, other)["PhysicalResourceId"] == name
        cloud.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(new, other)
        assert cloud.model(cloud.job(new)["outputModelArn"])
        cloud.clock.advance(timedelta(seconds=1))
        cloud.stack("UPDATE_IN_PROGRESS")
        assert cloud.update(name, other, properties)["PhysicalResourceId"] == new
        assert len(cloud.runs) == 2

    def test_a_rollback_to_a_model_that_is_gone_still_succeeds(self, cloud: Training, properties, other, name):
        model = cloud.job(name)["outputModelArn"]
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.client.delete_custom_model(modelIdentifier=model)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        answer = cloud.update(new, properties, other)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
        assert answer["Data"]["ModelArn"] == model
        assert len(cloud.runs) == 2

    def test_the_policy_last_deployed_with_the_old_model_decides(self, cloud: Training, properties, other, name):
        new = cloud.update(name, other | {"RemovalPolicy": "retain"}, properties)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.model(cloud.job(name)["outputModelArn"]) is None
        assert cloud.model(cloud.job(new)["outputModelArn"])


class TestDelete:
    def test_a_running_run_is_stopped_and_seen_to_be_stopped(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.job(name)["status"] == "Stopped"

    def test_it_is_stopped_under_retain_too(self, cloud: Training, properties):
        properties["RemovalPolicy"] = "retain"
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.job(name)["status"] == "Stopped"

    @pytest.mark.parametrize("policy", ["destroy", "retain"])
    def test_a_finished_model_goes_by_policy(self, cloud: Training, properties, policy):
        properties["RemovalPolicy"] = policy
        name = cloud.trained(properties)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert (cloud.model(cloud.job(name)["outputModelArn"]) is None) == (policy == "destroy")

    @pytest.mark.parametrize(
        ("behavior", "status", "model"),
        [("keep", "Completed", True), ("stop-running", "Stopped", False), ("delete", "Stopped", False)],
    )
    def test_a_rollback_treats_a_running_run_as_told(self, cloud: Training, properties, behavior, status, model):
        told = with_settings(properties, RollbackBehavior=behavior)
        name = cloud.create(told)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        assert cloud.delete(name, told)["Status"] == "SUCCESS"
        cloud.clock.advance(DAY)
        assert cloud.job(name)["status"] == status
        assert bool(cloud.job(name).get("outputModelArn")) == model

    @pytest.mark.parametrize(("behavior", "kept"), [("keep", True), ("stop-running", True), ("delete", False)])
    def test_a_rollback_treats_a_finished_model_as_told(self, cloud: Training, properties, behavior, kept):
        told = with_settings(properties, RollbackBehavior=behavior)
        name = cloud.trained(told)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(name, told)
        assert bool(cloud.model(cloud.job(name)["outputModelArn"])) == kept

    def test_an_invented_id_stops_the_run_by_its_identity(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(INVENTED, properties)["Status"] == "SUCCESS"
        assert cloud.job(name)["status"] == "Stopped"

    def test_a_stack_that_stays_unreadable_fails_and_names_what_costs_money(self, cloud: Training, properties):
        cloud.bedrock.script("*", durations={"job_training": 10 * 86400})
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stacks.unreadable = True
        answer = cloud.delete(name, properties)
        assert answer["Status"] == "FAILED"
        assert name in answer["Reason"]
        assert "billed" in answer["Reason"]
        assert cloud.job(name)["status"] == "InProgress"

    def test_a_run_of_another_owner_is_left_alone(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        other = STACK_ID.replace("/Models/", "/Others/")
        cloud.stacks.status[other], cloud.stacks.held[other] = "UPDATE_COMPLETE", {"Theirs": name}
        tags = [{"key": OWNER_TAG, "value": "somebody"}, {"key": STACK_TAG, "value": other}]
        cloud.client.tag_resource(resourceARN=cloud.job(name)["jobArn"], tags=tags)
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.job(name)["status"] == "InProgress"

    @pytest.mark.parametrize("policy", ["destroy", "retain"])
    def test_with_the_stack_goes_what_an_earlier_rollback_kept(self, cloud: Training, properties, other, policy):
        other["RemovalPolicy"] = policy
        name = cloud.trained(properties)
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.update(new, properties, other)
        cloud.delete(new, other)
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.model(cloud.job(name)["outputModelArn"]) is None
        assert (cloud.model(cloud.job(new)["outputModelArn"]) is None) == (policy == "destroy")

    def test_with_the_stack_stops_a_run_that_an_earlier_rollback_let_go_on(self, cloud: Training, properties, other):
        name = cloud.trained(properties)
        cloud.stack("UPDATE_IN_PROGRESS")
        new = cloud.update(name, other, properties)["PhysicalResourceId"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.update(new, properties, other)
        cloud.delete(new, other)
        assert cloud.job(new)["status"] == "InProgress"
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, properties)
        assert cloud.job(new)["status"] == "Stopped"

    def test_a_lost_answer_of_the_stop_is_no_failure(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.bedrock.faults.add("StopModelCustomizationJob", Fault.LOST_AFTER_EFFECT, times=3)
        assert cloud.delete(name, properties)["Status"] == "SUCCESS"
        assert cloud.job(name)["status"] == "Stopped"


class TestRoleOfTheRun:
    """The library's own role is retained by CloudFormation, and removed by the provider."""

    @pytest.fixture
    def keeping(self, cloud: Training, properties) -> dict[str, Any]:
        cloud.iam.roles = {"trainer": "Assistant"}
        made = {"For": "Assistant", "RoleArn": properties["Settings"]["Request"]["roleArn"]}
        return with_settings(properties, Kept=made)

    def test_a_rollback_that_keeps_a_running_run_keeps_its_role(self, cloud: Training, keeping):
        name = cloud.create(keeping)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert cloud.iam.roles

    def test_a_rollback_that_leaves_nothing_running_takes_it_away(self, cloud: Training, keeping):
        name = cloud.trained(keeping)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert cloud.iam.roles == {}

    def test_a_create_that_started_nothing_leaves_no_role(self, cloud: Training, keeping):
        cloud.stack("ROLLBACK_IN_PROGRESS")
        answer = cloud.create(keeping)
        cloud.delete(answer["PhysicalResourceId"], keeping)
        assert cloud.iam.roles == {}

    def test_an_explicit_delete_takes_it_away_after_the_run_has_stopped(self, cloud: Training, keeping):
        name = cloud.create(keeping)["PhysicalResourceId"]
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert cloud.job(name)["status"] == "Stopped"
        assert cloud.iam.roles == {}

    def test_a_replacement_keeps_it_for_the_new_run(self, cloud: Training, keeping):
        name = cloud.trained(keeping)
        cloud.stack("UPDATE_IN_PROGRESS")
        changed = with_inputs(keeping, revision="2")
        new = cloud.update(name, changed, keeping)["PhysicalResourceId"]
        cloud.stacks.resources["Assistant"] = new
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert cloud.iam.roles

    def test_a_construct_that_left_the_template_takes_it_along(self, cloud: Training, keeping):
        name = cloud.trained(keeping)
        cloud.stacks.resources["Assistant"] = name
        cloud.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert cloud.iam.roles == {}

    def test_what_an_earlier_rollback_left_goes_with_the_run_that_used_it(self, cloud: Training, keeping):
        first = cloud.create(keeping)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(first, keeping)
        cloud.stack("CREATE_IN_PROGRESS")
        request = {**keeping["Settings"]["Request"], "roleArn": f"arn:aws:iam::{ACCOUNT}:role/second"}
        made = {**keeping["Settings"]["Kept"], "RoleArn": request["roleArn"]}
        again = with_settings(keeping, Request=request, Kept=made)
        cloud.iam.roles["second"] = "Assistant"
        assert cloud.create(again)["PhysicalResourceId"] == first
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(first, again)
        assert cloud.iam.roles == {}

    @pytest.mark.parametrize("state", ["DELETE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"])
    def test_policies_that_users_attached_are_detached(self, cloud: Training, keeping, state):
        cloud.iam.attached["trainer"] = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
        name = cloud.trained(keeping)
        cloud.stack(state)
        assert cloud.delete(name, keeping)["Status"] == "SUCCESS"
        assert cloud.iam.roles == {}

    def test_a_role_that_is_not_named_as_made_for_the_job_stays(self, cloud: Training, keeping):
        """The library made a security group for it; the role is the user's own, or made for another job."""
        cloud.iam.roles = {"trainer": "Other"}
        own_role = with_settings(keeping, Kept={"For": "Assistant"})
        name = cloud.trained(own_role)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, own_role)["Status"] == "SUCCESS"
        assert cloud.iam.roles

    def test_a_rollback_that_would_take_its_role_fails_and_keeps_both(self, cloud: Training, keeping):
        name = cloud.create(keeping)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.stacks.retain_except_on_create = True
        answer = cloud.delete(name, keeping)
        assert (answer["Status"], cloud.job(name)["status"]) == ("FAILED", "InProgress")
        assert "Deploy again" in answer["Reason"]
        assert cloud.iam.roles

        # The CDK CLI takes ROLLBACK_FAILED for a failed creation: it deletes the stack, then makes it again.
        cloud.stacks.retain_except_on_create = False
        cloud.stacks.before[STACK_ID] = ROLLBACK_FAILED
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, keeping)["Status"] == "SUCCESS"
        assert (cloud.job(name)["status"], bool(cloud.iam.roles)) == ("InProgress", True)

        cloud.stacks.before[STACK_ID] = []
        cloud.stack("CREATE_IN_PROGRESS")
        assert cloud.create(keeping)["PhysicalResourceId"] == name
        cloud.stack("DELETE_IN_PROGRESS")
        cloud.delete(name, keeping)
        assert cloud.job(name)["status"] == "Stopped", "adopted again, it is an explicit delete's"
        assert cloud.iam.roles == {}

    def test_a_run_that_an_earlier_rollback_kept_is_not_swept_by_the_end_of_this_one(
        self, cloud: Training, keeping, other
    ):
        cloud.bedrock.script("*", durations={"job_training": 10 * 86400})
        first = cloud.create(other)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(first, other)
        cloud.stack("CREATE_IN_PROGRESS")
        second = cloud.create(keeping)["PhysicalResourceId"]
        assert first != second
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.stacks.retain_except_on_create = True
        assert cloud.delete(second, keeping)["Status"] == "FAILED"
        cloud.stacks.retain_except_on_create = False
        cloud.stacks.before[STACK_ID] = ROLLBACK_FAILED
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(second, keeping)["Status"] == "SUCCESS"
        assert [cloud.job(name)["status"] for name in (first, second)] == ["InProgress", "InProgress"]

    @pytest.mark.parametrize(
        ("before", "is_kept"),
        [
            ([("ROLLBACK_FAILED", "")], True),
            ([("DELETE_FAILED", ""), ("DELETE_IN_PROGRESS", "User Initiated"), ("ROLLBACK_FAILED", "")], True),
            ([("DELETE_FAILED", ""), ("DELETE_IN_PROGRESS", f"{FAILED_CREATION} Delete requested by user.")], True),
            ([("CREATE_FAILED", FAILED_CREATION)], False),
            ([("DELETE_FAILED", ""), ("DELETE_IN_PROGRESS", "User Initiated"), ("CREATE_COMPLETE", "")], False),
        ],
    )
    def test_the_events_of_the_stack_tell_whether_its_deletion_is_a_users(
        self, cloud: Training, keeping, before, is_kept
    ):
        """What a job whose Delete failed depends on stays as well, and its model is as paid for."""
        name = cloud.trained(keeping)
        cloud.stacks.before[STACK_ID] = before
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, keeping)["Status"] == "SUCCESS"
        assert bool(cloud.model(cloud.job(name)["outputModelArn"])) == is_kept

    def test_a_parent_whose_rollback_failed_is_what_counts_for_a_nested_stack(self, cloud: Training, keeping):
        parent = STACK_ID.replace("/Models/", "/Parent/")
        nested = {**keeping, "ParentStacks": [parent]}
        cloud.stacks.status[parent] = "CREATE_IN_PROGRESS"
        name = cloud.create(nested)["PhysicalResourceId"]
        cloud.stacks.status[parent] = "DELETE_IN_PROGRESS"
        cloud.stacks.before[parent] = [("ROLLBACK_FAILED", "")]
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, nested)["Status"] == "SUCCESS"
        assert cloud.job(name)["status"] == "InProgress"

    def test_nothing_is_touched_before_it_is_known_what_the_deletion_ends(self, cloud: Training, keeping, monkeypatch):
        cloud.bedrock.script("*", durations={"job_training": 10 * 86400})
        name = cloud.create(keeping)["PhysicalResourceId"]
        monkeypatch.setattr(cloud.stacks, "describe_stack_events", unreadable)
        cloud.stack("DELETE_IN_PROGRESS")
        answer = cloud.delete(name, keeping)
        assert (answer["Status"], cloud.job(name)["status"]) == ("FAILED", "InProgress")
        assert "billed" in answer["Reason"]

    def test_a_rollback_that_cannot_read_what_the_stack_holds_takes_no_role(
        self, cloud: Training, keeping, monkeypatch
    ):
        cloud.bedrock.script("*", durations={"job_training": 10 * 86400})
        name = cloud.create(keeping)["PhysicalResourceId"]
        monkeypatch.setattr(cloud.stacks, "describe_stack_resource", unreadable)
        cloud.stacks.retain_except_on_create = True
        cloud.stack("ROLLBACK_IN_PROGRESS")
        answer = cloud.delete(name, keeping)
        assert (answer["Status"], cloud.job(name)["status"]) == ("FAILED", "InProgress")
        assert cloud.iam.roles

    @pytest.mark.parametrize("behavior", ["stop-running", "delete"])
    def test_one_that_stops_the_run_has_nothing_to_keep(self, cloud: Training, keeping, behavior):
        stopping = with_settings(keeping, RollbackBehavior=behavior)
        name = cloud.create(stopping)["PhysicalResourceId"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.stacks.retain_except_on_create = True
        assert cloud.delete(name, stopping)["Status"] == "SUCCESS"
        assert (cloud.job(name)["status"], cloud.iam.roles) == ("Stopped", {})

    def test_one_that_keeps_a_finished_model_needs_no_role_either(self, cloud: Training, keeping):
        name = cloud.trained(keeping)
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.stacks.retain_except_on_create = True
        assert cloud.delete(name, keeping)["Status"] == "SUCCESS"
        assert cloud.model(cloud.job(name)["outputModelArn"])

    def test_a_run_beside_one_that_was_there_before_keeps_the_role_anyway(self, cloud: Training, keeping):
        first = cloud.trained(keeping)
        cloud.stack("UPDATE_IN_PROGRESS")
        changed = with_inputs(keeping, revision="2")
        second = cloud.update(first, changed, keeping)["PhysicalResourceId"]
        cloud.stack("UPDATE_ROLLBACK_IN_PROGRESS")
        cloud.stacks.retain_except_on_create = True
        assert cloud.update(second, keeping, changed)["PhysicalResourceId"] == first
        assert cloud.delete(second, changed)["Status"] == "SUCCESS"
        assert cloud.job(second)["status"] == "InProgress"

    def test_a_role_without_our_tag_is_left_alone(self, cloud: Training, keeping):
        cloud.iam.roles = {"trainer": ""}
        name = cloud.trained(keeping)
        cloud.stack("DELETE_IN_PROGRESS")
        assert cloud.delete(name, keeping)["Status"] == "SUCCESS"
        assert cloud.iam.roles


class TestWait:
    def test_four_segments_and_the_last_carries_the_attributes(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        for _ in range(3):
            assert cloud.ready(name, Last="false")["Data"] == {"Ended": "-"}
        while cloud.ready(name, Last="false")["Data"] != {"Ended": name}:
            pass
        job, last = cloud.job(name), cloud.ready(name)
        assert last["Data"]["ModelArn"] == job["outputModelArn"]
        assert last["Data"]["JobArn"] == job["jobArn"]
        assert float(last["Data"]["TrainingLoss"]) > 0
        assert set(last["Data"]) == {
            "JobName", "JobArn", "Status", "ModelArn", "ModelName", "TrainingLoss", "ValidationLosses",
        }  # fmt: skip

    def test_a_failed_run_fails_in_one_line_that_says_everything(self, cloud: Training, properties):
        cloud.bedrock.script("*", fail="Maximum input token count 4097 exceeds limit of 4096")
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.clock.advance(DAY)
        answer = cloud.ready(name)
        assert answer["Status"] == "FAILED"
        for part in (name, "Failed", " h ", cloud.job(name)["jobArn"], "Maximum input token count 4097"):
            assert part in answer["Reason"]
        assert "\n" not in answer["Reason"]

    def test_a_timeout_leaves_the_run_alone_and_a_redeploy_attaches(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        answer = cloud.ready(name)
        assert answer["Status"] == "FAILED"
        assert "still InProgress" in answer["Reason"]
        cloud.stack("ROLLBACK_IN_PROGRESS")
        cloud.delete(name, properties)
        cloud.stack("CREATE_IN_PROGRESS")
        assert cloud.create(properties)["PhysicalResourceId"] == name
        cloud.clock.advance(DAY)
        assert cloud.ready(name)["Status"] == "SUCCESS"
        assert cloud.runs == [name]

    def test_a_stopped_run_fails(self, cloud: Training, properties):
        name = cloud.create(properties)["PhysicalResourceId"]
        cloud.client.stop_model_customization_job(jobIdentifier=name)
        answer = cloud.ready(name)
        assert answer["Status"] == "FAILED"
        assert "Stopped" in answer["Reason"]


def test_every_type_of_resource_has_all_three_handlers():
    for handlers in HANDLERS.values():
        assert set(handlers) == {"Create", "Update", "Delete"}
