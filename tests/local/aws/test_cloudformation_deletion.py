"""DeleteStack, and what can be seen of resources while something happens to them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.recorder import Recorder
from tests.support.cloudformation import delete_stack, wait


def test_independent_resources_go_side_by_side_and_dependents_first(recorder: Recorder) -> None:
    recorder.deploy(A=recorder.resource(), B=recorder.resource(), User={**recorder.resource(), "DependsOn": ["A", "B"]})
    for name in ("A", "B"):
        recorder.answers(name, "Delete", sleep=0.5)

    deployment = recorder.delete()

    order = [(event["LogicalResourceId"], event["ResourceStatus"]) for event in deployment.events]
    begun = [order.index((name, "DELETE_IN_PROGRESS")) for name in ("A", "B")]
    assert order.index(("User", "DELETE_COMPLETE")) < min(begun)
    assert max(begun) < min(order.index((name, "DELETE_COMPLETE")) for name in ("A", "B"))


def test_what_cannot_be_deleted_keeps_what_it_depends_on(recorder: Recorder) -> None:
    recorder.deploy(A=recorder.resource(), Free=recorder.resource(), User={**recorder.resource(), "DependsOn": "A"})
    recorder.answers("User", "Delete", Status="FAILED", Reason="still in use")

    failed = recorder.delete()
    assert failed.status == "DELETE_FAILED"
    assert failed.reason == "The following resource(s) failed to delete: [User]."
    assert (failed.statuses("A"), failed.statuses("Free")[-1]) == ([], "DELETE_COMPLETE")

    recorder.answers("User", "Delete", Status="SUCCESS")
    assert recorder.delete().status == "DELETE_COMPLETE"


def test_a_delete_cancels_a_create_in_progress(recorder: Recorder) -> None:
    recorder.answers("Slow", "Create", sleep=3)
    recorder.begin(
        Made=recorder.resource(),
        Slow={**recorder.resource(Describe="yes"), "DependsOn": "Made"},
        Never={**recorder.resource(), "DependsOn": "Slow"},
    )
    recorder.until_sent("Slow")

    deployment = delete_stack(recorder.aws, recorder.stack_name)

    assert deployment.status == "DELETE_COMPLETE"
    assert deployment.reasons("Slow") == ["Resource creation cancelled"]
    assert deployment.statuses(recorder.stack_name)[-2:] == ["DELETE_IN_PROGRESS", "DELETE_COMPLETE"]
    assert deployment.statuses("Never") == []
    deletes = [event for event in recorder.events if event["RequestType"] == "Delete"]
    assert [event["LogicalResourceId"] for event in deletes] == ["Slow", "Made"]
    assert deletes[0]["PhysicalResourceId"].startswith(f"{recorder.stack_name}-Slow-")
    assert deletes[0]["StatusMeanwhile"] == "DELETE_IN_PROGRESS"


def test_a_stack_in_the_middle_of_an_update_is_not_deleted(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update", sleep=1)
    cloudformation = recorder.aws.client("cloudformation")
    body = json.dumps({"Resources": {"R": recorder.resource(2)}})
    cloudformation.update_stack(StackName=recorder.stack_name, TemplateBody=body)

    with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        cloudformation.delete_stack(StackName=recorder.stack_name)
    assert wait(recorder.aws, recorder.stack_name).status == "UPDATE_COMPLETE"


def test_a_resource_shows_what_happens_to_it(recorder: Recorder) -> None:
    recorder.answers("R", "Create", sleep=0.7)
    recorder.begin(R=recorder.resource())
    recorder.until_sent("R")
    creating = recorder.described("R")
    assert wait(recorder.aws, recorder.stack_name).status == "CREATE_COMPLETE"

    assert (creating["ResourceStatus"], creating["PhysicalResourceId"]) == ("CREATE_IN_PROGRESS", "")
    made = recorder.described("R")
    assert (made["ResourceStatus"], made["PhysicalResourceId"]) == ("CREATE_COMPLETE", "R-1")


def test_a_cleanup_tries_three_times_and_goes_on(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")
    recorder.answers("R", "Delete", Status="FAILED", Reason="still in use")

    deployment = recorder.deploy(R=recorder.resource(2))

    assert deployment.status == "UPDATE_COMPLETE"
    assert recorder.sent[2:] == [("Delete", "R-1", "1")] * 3
    assert recorder.described("R")["PhysicalResourceId"] == "R-2"
