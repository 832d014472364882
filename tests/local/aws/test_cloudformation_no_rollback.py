"""Operations without rollback: what fails stays as it is, and the next operation takes it up."""

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.recorder import Recorder
from tests.support.cloudformation import wait

NO_ROLLBACK = {"disable_rollback": True}


def test_a_failure_ends_its_own_path_and_no_other(recorder: Recorder) -> None:
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")
    recorder.answers("Slow", "Create", sleep=1)

    deployment = recorder.deploy(
        NO_ROLLBACK,
        Broken=recorder.resource(),
        Never={**recorder.resource(), "DependsOn": "Broken"},
        Slow=recorder.resource(),
        Then={**recorder.resource(), "DependsOn": "Slow"},
    )

    assert deployment.status == "CREATE_FAILED"
    assert deployment.reason == "The following resource(s) failed to create: [Broken]."
    assert deployment.statuses("Then")[-1] == "CREATE_COMPLETE"
    assert deployment.statuses("Never") == []


def test_a_paused_stack_is_taken_up_without_rollback_only(recorder: Recorder) -> None:
    recorder.answers("R", "Create", Status="FAILED", Reason="no", PhysicalResourceId="half-made")
    recorder.deploy(NO_ROLLBACK, R=recorder.resource())

    with pytest.raises(ClientError, match=r"currently in a non-terminal \[CREATE_FAILED\] state"):
        recorder.deploy(R=recorder.resource())


def test_what_could_not_be_created_is_deleted_and_made_again(recorder: Recorder) -> None:
    recorder.answers("R", "Create-1", Status="FAILED", Reason="no", PhysicalResourceId="half-made")
    recorder.deploy(NO_ROLLBACK, R=recorder.resource(1), Made=recorder.resource(1))
    recorder.answers("R", "Create-1", Status="SUCCESS")

    deployment = recorder.deploy(NO_ROLLBACK, R=recorder.resource(1), Made=recorder.resource(1))

    assert deployment.status == "UPDATE_COMPLETE"
    assert [event["RequestType"] for event in recorder.events if event["LogicalResourceId"] == "Made"] == ["Create"]
    of_r = [event for event in recorder.events if event["LogicalResourceId"] == "R"]
    assert [(event["RequestType"], event.get("PhysicalResourceId")) for event in of_r] == [
        ("Create", None),
        ("Delete", "half-made"),
        ("Create", None),
    ]


def test_a_failed_update_goes_back_alone_and_is_tried_again(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1), Changed=recorder.resource(1))
    recorder.answers("R", "Update-2", Status="FAILED", Reason="no")

    failed = recorder.deploy(NO_ROLLBACK, R=recorder.resource(2), Changed=recorder.resource(2))
    recorder.answers("R", "Update-2", Status="SUCCESS")
    again = recorder.deploy(NO_ROLLBACK, R=recorder.resource(2), Changed=recorder.resource(2))

    assert (failed.status, again.status) == ("UPDATE_FAILED", "UPDATE_COMPLETE")
    assert _updates(recorder, "Changed") == ["2"]
    assert _updates(recorder, "R") == ["2", "1", "2"]


def test_a_replacement_is_refused_and_its_new_id_deleted_by_the_next_operation(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", PhysicalResourceId="R-2")
    recorder.answers("R", "Update-1", PhysicalResourceId="R-1")

    refused = recorder.deploy(NO_ROLLBACK, R=recorder.resource(2))
    assert refused.status == "UPDATE_FAILED"
    assert refused.reasons("R") == ["Replacement type updates not supported on stack with disable-rollback."]
    assert recorder.sent[1:] == [("Update", "R-1", "2"), ("Update", "R-2", "1")]

    assert recorder.deploy(NO_ROLLBACK, R=recorder.resource(1)).status == "UPDATE_COMPLETE"
    assert recorder.sent[3:] == [("Delete", "R-2", "2")]


def test_rollback_stack_takes_back_what_succeeded_too(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1), Changed=recorder.resource(1))
    recorder.answers("R", "Update-2", Status="FAILED", Reason="no")
    recorder.deploy(NO_ROLLBACK, R=recorder.resource(2), Changed=recorder.resource(2))

    recorder.aws.client("cloudformation").rollback_stack(StackName=recorder.stack_name)

    assert wait(recorder.aws, recorder.stack_name).status == "UPDATE_ROLLBACK_COMPLETE"
    assert (_updates(recorder, "R"), _updates(recorder, "Changed")) == (["2", "1"], ["2", "1"])


def test_a_child_goes_on_beside_a_failure_and_is_kept(recorder: Recorder) -> None:
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")
    recorder.answers("Inner", "Create", sleep=1)

    recorder.deploy(NO_ROLLBACK, Nested=recorder.nested(Inner=recorder.resource()), Broken=recorder.resource())

    assert [child["StackStatus"] for child in recorder.children] == ["CREATE_COMPLETE"]


def _updates(recorder: Recorder, logical_id: str) -> list[str]:
    own = [event for event in recorder.events if event["LogicalResourceId"] == logical_id]
    return [event["ResourceProperties"]["Version"] for event in own if event["RequestType"] == "Update"]
