"""Events that come again, late or at the wrong moment: their stack has moved on, what they name is another's."""

from datetime import timedelta
from typing import Any

import pytest

from local.bedrock import Fault
from provider.cloudformation.contract import CUSTOM_MODEL_DEPLOYMENT_TYPE, PROVISIONED_MODEL_THROUGHPUT_TYPE, STACK_TAG
from tests.functional.conftest import RESPONSE_URL, STACK_ID, Cloud
from tests.functional.job.test_model_customization_job import Training, with_inputs, with_settings
from tests.functional.job.test_model_customization_job import properties as training_properties
from tests.functional.serving_cloud import Serving

job = training_properties


@pytest.fixture
def training(cloud: Cloud) -> Training:
    assert cloud
    return Training()


def sent_before_the_operation(cloud: Cloud, event: dict[str, Any], minutes: int = 10) -> dict[str, Any]:
    """The event, and a stack whose operation has begun so many minutes after it was sent."""
    event["ResponseURL"] = f"{RESPONSE_URL}&X-Amz-Date={cloud.clock.now():%Y%m%dT%H%M%SZ}&X-Amz-Expires=7200"
    began = cloud.clock.now() + timedelta(minutes=minutes)
    describe = cloud.stacks.describe_stacks

    def with_time(**request: Any) -> dict[str, Any]:
        (stack,) = describe(**request)["Stacks"]
        return {"Stacks": [{**stack, "LastUpdatedTime": began}]}

    cloud.stacks.describe_stacks = with_time  # type: ignore[method-assign]
    cloud.outside.put = lambda url, body: url == event["ResponseURL"] and cloud._take(RESPONSE_URL, body)
    return event


class TestDeleteOfAnEarlierOperation:
    @pytest.mark.parametrize(
        "status", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"]
    )
    def test_a_rollbacks_delete_that_comes_again_stops_no_run(self, training: Training, job, status):
        name = training.create(job)["PhysicalResourceId"]
        training.stack("ROLLBACK_IN_PROGRESS")
        event = training.event("Delete", job, PhysicalResourceId=name)
        training.send(event)
        training.stack(status)
        training.send(event)
        assert training.job(name)["status"] == "InProgress"

    def test_a_rollbacks_delete_that_comes_again_deletes_no_finished_model(self, training: Training, job):
        name = training.trained(job)
        training.stack("ROLLBACK_IN_PROGRESS")
        event = training.event("Delete", job, PhysicalResourceId=name)
        training.send(event)
        training.stack("ROLLBACK_COMPLETE")
        answer = training.send(event)
        assert answer["Status"] == "FAILED", "should CloudFormation wait after all, nothing was deleted"
        assert name in answer["Reason"]
        assert training.model(training.job(name)["outputModelArn"])

    def test_it_takes_no_run_out_of_the_queue(self, training: Training, job):
        training.occupy()
        training.invoke(training.event("Create", job))
        training.stack("UPDATE_IN_PROGRESS")
        training.send(training.event("Delete", job, PhysicalResourceId=training.answers[-1]["PhysicalResourceId"]))
        assert len(training.runs) == 2, "somebody else's, and in the end this one"

    def test_in_the_clean_up_of_a_later_update_it_is_left_alone(self, training: Training, job):
        name = training.trained(job)
        training.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        event = training.event("Delete", job, PhysicalResourceId=name)
        training.send(sent_before_the_operation(training, event))
        assert training.model(training.job(name)["outputModelArn"])

    def test_of_this_clean_up_it_is_heeded(self, training: Training, job):
        name = training.trained(job)
        training.stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        event = training.event("Delete", job, PhysicalResourceId=name)
        assert training.send(sent_before_the_operation(training, event, minutes=-1))["Status"] == "SUCCESS"
        assert training.model(training.job(name)["outputModelArn"]) is None


class TestStartForAnEarlierOperation:
    def test_a_cancelled_create_starts_nothing_in_the_next_update(self, training: Training, job):
        training.stack("UPDATE_IN_PROGRESS")
        answer = training.send(sent_before_the_operation(training, training.event("Create", job)))
        assert answer["Status"] == "FAILED"
        assert "later operation" in answer["Reason"]
        assert training.runs == []

    def test_an_update_starts_nothing_either(self, training: Training, job):
        name = training.trained(job)
        training.stack("UPDATE_IN_PROGRESS")
        other = with_inputs(job, revision="2")
        event = training.event("Update", other, PhysicalResourceId=name, OldResourceProperties=job)
        assert training.send(sent_before_the_operation(training, event))["PhysicalResourceId"] == name
        assert training.runs == [name]

    def test_a_clock_that_goes_a_little_ahead_is_no_reason_to_refuse(self, training: Training, job):
        event = sent_before_the_operation(training, training.event("Create", job), minutes=0)
        assert training.send(event)["Status"] == "SUCCESS"


def test_a_run_whose_stop_failed_is_stopped_when_the_event_comes_again(training: Training, job):
    training.bedrock.faults.add("StopModelCustomizationJob", Fault.THROTTLE, times=3)
    real = training.outside.bedrock

    class Turning:
        meta = real.meta

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def create_model_customization_job(self, **request: Any) -> Any:
            training.stack("ROLLBACK_IN_PROGRESS")
            return real.create_model_customization_job(**request)

    training.outside.bedrock = Turning()
    assert training.create(job)["Status"] == "FAILED"
    (name,) = training.runs
    assert training.job(name)["status"] in {"Stopping", "Stopped"}


def test_a_second_look_that_cannot_read_the_stack_does_not_end_the_search_for_what_a_rollback_left(cloud, properties):
    name = cloud.create(properties)["PhysicalResourceId"]
    cloud.wait_for(name)
    cloud.stack("DELETE_IN_PROGRESS")
    cloud.client.delete_custom_model(modelIdentifier=name)
    cloud.stacks.unreadable = True
    answer = cloud.delete(name, properties)
    assert answer["Status"] == "FAILED"
    assert "could not be read" in answer["Reason"]


def test_an_event_that_comes_again_does_not_bring_old_tags_back(training: Training, job):
    create = training.event("Create", job)
    name = training.send(create)["PhysicalResourceId"]
    training.stack("UPDATE_IN_PROGRESS")
    for cost in ("1", "2"):
        changed = {**job, "Tags": [{"Key": "cost", "Value": cost}]}
        training.update(name, changed, job)
    training.send(create)
    tags = training.tags(training.job(name)["jobArn"])
    assert (tags["cost"], tags.get("team")) == ("2", None)


def test_the_same_for_an_imported_model(cloud: Cloud, properties):
    create = cloud.event("Create", properties)
    name = cloud.send(create)["PhysicalResourceId"]
    changed = {**properties, "Tags": [{"Key": "cost", "Value": "1"}]}
    cloud.update(name, changed, properties)
    cloud.send(create)
    model = cloud.model(name)
    assert model
    assert "team" not in cloud.tags(model["modelArn"])


def test_a_rollback_is_a_later_event_than_what_it_takes_back(training: Training, job):
    name = training.create(job)["PhysicalResourceId"]
    training.stack("UPDATE_IN_PROGRESS")
    changed = {**job, "Tags": [{"Key": "cost", "Value": "1"}]}
    forward = training.event("Update", changed, PhysicalResourceId=name, OldResourceProperties=job)
    training.send(forward)
    training.stack("UPDATE_ROLLBACK_IN_PROGRESS")
    training.update(name, job, changed)
    training.send(forward)
    assert training.tags(training.job(name)["jobArn"])["team"] == "ml"


def test_with_the_stack_goes_what_a_rolled_back_move_had_taken_over(training: Training, job):
    locked = with_settings(job, LockId="assistant")
    name = training.trained(locked)
    training.stack("UPDATE_IN_PROGRESS")
    moved = with_settings(locked, Path="Moved")
    training.create(moved, LogicalResourceId="Moved")
    training.stack("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    training.delete(name, moved, LogicalResourceId="Moved")
    assert training.model(training.job(name)["outputModelArn"])
    training.stack("DELETE_IN_PROGRESS")
    training.delete(name, locked)
    assert training.model(training.job(name)["outputModelArn"]) is None


@pytest.mark.parametrize("status", ["DELETE_IN_PROGRESS", "DELETE_COMPLETE", "ROLLBACK_IN_PROGRESS"])
def test_a_late_create_of_a_stack_that_is_gone_takes_the_run_from_nobody(training: Training, job, status):
    late = training.event("Create", job)
    training.stack(status)
    again = STACK_ID.replace("11111111", "99999999")
    training.stacks.status[again] = "CREATE_IN_PROGRESS"
    name = training.create(job, StackId=again)["PhysicalResourceId"]
    assert training.send(late)["Status"] == "FAILED"
    assert training.tags(training.job(name)["jobArn"])[STACK_TAG] == again


def test_nor_does_it_take_an_imported_model(cloud: Cloud, properties):
    late = cloud.event("Create", properties)
    cloud.stack("DELETE_COMPLETE")
    again = STACK_ID.replace("11111111", "99999999")
    cloud.stacks.status[again] = "CREATE_IN_PROGRESS"
    name = cloud.create(properties, StackId=again)["PhysicalResourceId"]
    assert cloud.send(late)["Status"] == "FAILED"
    model = cloud.model(name)
    assert model
    assert cloud.tags(model["modelArn"])[STACK_TAG] == again


class _Deployments(Serving):
    type = CUSTOM_MODEL_DEPLOYMENT_TYPE


def test_what_a_second_delivery_deletes_meanwhile_is_gone_for_the_first_too(cloud: Cloud):
    world = _Deployments()
    request = {"modelArn": world.imported("one")}
    settings = {"NamePrefix": "Live", "Path": "Live", "Request": request}
    properties = {"RunInputs": {}, "Settings": settings, "RemovalPolicy": "destroy"}
    name = world.create(properties)["PhysicalResourceId"]
    world.clock.advance(timedelta(hours=1))
    world.stack("DELETE_IN_PROGRESS")
    real = world.outside.bedrock

    class Overtaken:
        meta = real.meta

        def __getattr__(self, operation: str) -> Any:
            return getattr(real, operation)

        def list_tags_for_resource(self, **request: Any) -> Any:
            if world.calls("DeleteCustomModelDeployment") == 0:
                real.delete_custom_model_deployment(customModelDeploymentIdentifier=name)
            return real.list_tags_for_resource(**request)

    world.outside.bedrock = Overtaken()
    assert world.delete(name, properties)["Status"] == "SUCCESS"


class _Throughputs(Serving):
    type = PROVISIONED_MODEL_THROUGHPUT_TYPE


@pytest.mark.parametrize("times", [1, 3])
def test_a_change_of_throughput_whose_answer_was_lost_buys_no_other(cloud: Cloud, times):
    world = _Throughputs()
    before, after = ({"modelId": world.trained(name)} for name in ("one", "two"))
    settings = {"NamePrefix": "Bought", "Path": "Bought", "Request": before}
    old = {"RunInputs": {"modelUnits": "1"}, "Settings": settings, "RemovalPolicy": "destroy"}
    name = world.create(old)["PhysicalResourceId"]
    world.clock.advance(timedelta(hours=1))
    world.stack("UPDATE_IN_PROGRESS")
    world.bedrock.faults.add("UpdateProvisionedModelThroughput", Fault.LOST_AFTER_EFFECT, times=times)
    answer = world.update(name, {**old, "Settings": {**settings, "Request": after}}, old)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", name)
    assert world.calls("CreateProvisionedModelThroughput") == 1
