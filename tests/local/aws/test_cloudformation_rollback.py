"""What CloudFormation sends to a custom resource's provider when an operation fails."""

import re

import pytest

from tests.local.aws.recorder import Recorder
from tests.support.cloudformation import wait


def test_a_create_that_answers_failed_is_deleted_under_the_id_it_answered(recorder: Recorder) -> None:
    recorder.answers("R", "Create", Status="FAILED", Reason="no", PhysicalResourceId="half-made")

    deployment = recorder.deploy(R=recorder.resource())

    assert deployment.status == "ROLLBACK_COMPLETE"
    assert recorder.sent == [("Create", None, "1"), ("Delete", "half-made", "1")]
    assert "Message returned: no" in deployment.reasons("R")[0]


def test_a_create_without_an_answer_is_deleted_under_an_invented_id(recorder: Recorder) -> None:
    recorder.answers("R", "Create", silent=True)

    deployment = recorder.deploy(R=recorder.resource(ServiceTimeout=1))

    assert deployment.status == "ROLLBACK_COMPLETE"
    [_, (request, physical_id, _)] = recorder.sent
    assert request == "Delete"
    assert re.fullmatch(rf"{recorder.stack_name}-R-[A-Z0-9]{{12}}", physical_id or "")


def test_a_create_in_progress_is_cancelled_when_another_resource_fails(recorder: Recorder) -> None:
    recorder.answers("Slow", "Create", sleep=3)
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no", sleep=1)

    deployment = recorder.deploy(Slow=recorder.resource(), Broken=recorder.resource())

    assert deployment.reasons("Slow") == ["Resource creation cancelled"]
    deleted = [event for event in recorder.events if event["RequestType"] == "Delete"]
    invented = next(event for event in deleted if event["LogicalResourceId"] == "Slow")["PhysicalResourceId"]
    assert invented.startswith(f"{recorder.stack_name}-Slow-")


def test_an_update_that_fails_with_a_new_id_is_sent_back_and_the_new_id_deleted(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", Status="FAILED", Reason="no", PhysicalResourceId="R-2")
    recorder.answers("R", "Update-1", PhysicalResourceId="R-1")

    deployment = recorder.deploy(R=recorder.resource(2))

    assert deployment.status == "UPDATE_ROLLBACK_COMPLETE"
    assert recorder.sent[1:] == [("Update", "R-1", "2"), ("Update", "R-2", "1"), ("Delete", "R-2", "2")]


def test_an_update_that_fails_under_its_old_id_is_sent_back_and_nothing_deleted(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", Status="FAILED", Reason="no")

    deployment = recorder.deploy(R=recorder.resource(2))

    assert deployment.status == "UPDATE_ROLLBACK_COMPLETE"
    assert recorder.sent[1:] == [("Update", "R-1", "2"), ("Update", "R-1", "1")]
    assert recorder.events[-1]["OldResourceProperties"]["Version"] == "2"


def test_a_replacement_is_rolled_back_under_its_new_id_before_that_is_deleted(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")
    recorder.answers("R", "Update-1", PhysicalResourceId="R-1")
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")

    deployment = recorder.deploy(R=recorder.resource(2), Broken={**recorder.resource(), "DependsOn": "R"})

    assert deployment.status == "UPDATE_ROLLBACK_COMPLETE"
    of_r = [event for event in recorder.events[1:] if event["LogicalResourceId"] == "R"]
    assert [(event["RequestType"], event["PhysicalResourceId"]) for event in of_r] == [
        ("Update", "R-1"),
        ("Update", "R-2"),
        ("Delete", "R-2"),
    ]
    assert _physical_id(recorder, "R") == "R-1"


def test_the_id_that_a_rollback_answers_stays(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")
    recorder.answers("R", "Update-1", PhysicalResourceId="R-2")
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")

    recorder.deploy(R=recorder.resource(2), Broken={**recorder.resource(), "DependsOn": "R"})

    assert _physical_id(recorder, "R") == "R-2"
    assert not [event for event in recorder.events if event["RequestType"] == "Delete" and
                event["LogicalResourceId"] == "R"]  # fmt: skip


def test_a_replaced_resource_is_deleted_after_the_update(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")

    deployment = recorder.deploy(R=recorder.resource(2))

    assert deployment.status == "UPDATE_COMPLETE"
    assert "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" in deployment.statuses(recorder.stack_name)
    assert recorder.sent[1:] == [("Update", "R-1", "2"), ("Delete", "R-1", "1")]


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_update_replace_policy_decides_about_the_replaced(recorder: Recorder, policy: str) -> None:
    recorder.stack_name += policy
    recorder.deploy(R={**recorder.resource(1), "UpdateReplacePolicy": policy})
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")

    recorder.deploy(R={**recorder.resource(2), "UpdateReplacePolicy": policy})

    deleted = [sent for sent in recorder.sent if sent[0] == "Delete"]
    assert deleted == ([] if policy == "Retain" else [("Delete", "R-1", "1")])


def test_deletion_policy_retain_sends_no_delete(recorder: Recorder) -> None:
    recorder.deploy(R={**recorder.resource(), "DeletionPolicy": "Retain"})

    deployment = recorder.delete()

    assert deployment.status == "DELETE_COMPLETE"
    assert deployment.statuses("R") == ["DELETE_SKIPPED"]
    assert [sent[0] for sent in recorder.sent] == ["Create"]


def test_without_rollback_a_replacement_fails(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")

    deployment = recorder.deploy({"disable_rollback": True}, R=recorder.resource(2))

    assert deployment.status == "UPDATE_FAILED"
    assert deployment.reasons("R") == ["Replacement type updates not supported on stack with disable-rollback."]


def test_a_service_token_can_not_change(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource())

    deployment = recorder.deploy(R=recorder.resource(ServiceToken=f"{recorder.function_arn}:$LATEST"))

    assert deployment.status == "UPDATE_ROLLBACK_COMPLETE"
    assert deployment.reasons("R") == ["Modifying service token is not allowed."]
    assert [sent[0] for sent in recorder.sent] == ["Create"]


def test_a_rollback_that_fails_can_be_continued(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update", Status="FAILED", Reason="no")
    assert recorder.deploy(R=recorder.resource(2)).status == "UPDATE_ROLLBACK_FAILED"
    recorder.answers("R", "Update", Status="SUCCESS")

    recorder.aws.client("cloudformation").continue_update_rollback(StackName=recorder.stack_name)

    assert wait(recorder.aws, recorder.stack_name).status == "UPDATE_ROLLBACK_COMPLETE"
    assert recorder.sent[-1] == ("Update", "R-1", "1")


def test_one_that_is_continued_deletes_what_the_update_made(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-1", Status="FAILED", Reason="no")
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")
    broken = {**recorder.resource(), "DependsOn": ["R", "New"]}
    failed = recorder.deploy(R=recorder.resource(2), New=recorder.resource(2), Broken=broken)
    assert failed.status == "UPDATE_ROLLBACK_FAILED"
    recorder.answers("R", "Update-1", Status="SUCCESS")

    recorder.aws.client("cloudformation").continue_update_rollback(StackName=recorder.stack_name)

    assert wait(recorder.aws, recorder.stack_name).status == "UPDATE_ROLLBACK_COMPLETE"
    assert ("Delete", "New-1", "2") in recorder.sent


def test_what_is_skipped_keeps_the_id_of_the_update_under_the_earlier_properties(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")
    recorder.answers("R", "Update-1", Status="FAILED", Reason="no")
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")
    recorder.deploy(R=recorder.resource(2), Broken={**recorder.resource(), "DependsOn": "R"})

    client = recorder.aws.client("cloudformation")
    client.continue_update_rollback(StackName=recorder.stack_name, ResourcesToSkip=["R"])

    assert wait(recorder.aws, recorder.stack_name).status == "UPDATE_ROLLBACK_COMPLETE"
    assert _physical_id(recorder, "R") == "R-2"
    assert ("Delete", "R-2", "2") not in recorder.sent
    recorder.deploy(R=recorder.resource(3))
    assert recorder.sent[-1] == ("Update", "R-2", "3")


def test_a_creation_that_is_deleted_on_failure_tells_it_by_its_reason_alone(recorder: Recorder) -> None:
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")
    broken = {**recorder.resource(), "DependsOn": "R"}

    deployment = recorder.deploy({"on_failure": "DELETE"}, R=recorder.resource(Describe=True), Broken=broken)

    assert deployment.status == "DELETE_COMPLETE"
    [reason] = [
        event.get("ResourceStatusReason", "")
        for event in deployment.events
        if event["ResourceStatus"] == "DELETE_IN_PROGRESS" and event["ResourceType"] == "AWS::CloudFormation::Stack"
    ]
    assert reason == "The following resource(s) failed to create: [Broken]. Delete requested by user."
    [deleted] = [event for event in recorder.events if event["RequestType"] == "Delete" and "StatusMeanwhile" in event]
    assert deleted["StatusMeanwhile"] == "DELETE_IN_PROGRESS"


def _physical_id(recorder: Recorder, logical_id: str) -> str:
    cloudformation = recorder.aws.client("cloudformation")
    detail = cloudformation.describe_stack_resource(StackName=recorder.stack_name, LogicalResourceId=logical_id)
    physical_id: str = detail["StackResourceDetail"]["PhysicalResourceId"]
    return physical_id
