"""Nested stacks: made, changed, rolled back and deleted with their parent, and what a reader of events sees of them."""

import itertools
import time
from typing import Any

from tests.local.aws.recorder import Recorder


def test_a_failed_child_is_deleted_with_what_it_made(recorder: Recorder) -> None:
    recorder.answers("Inner", "Create", Status="FAILED", Reason="no", PhysicalResourceId="half-made")

    deployment = recorder.deploy(Nested=recorder.nested(Inner=recorder.resource(Describe="yes")))

    assert deployment.status == "ROLLBACK_COMPLETE"
    assert "was not successfully created" in deployment.reasons("Nested")[0]
    assert [sent[:2] for sent in recorder.sent] == [("Create", None), ("Delete", "half-made")]
    assert [event["StatusMeanwhile"] for event in recorder.events] == ["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"]


def test_a_child_has_the_quotas_of_any_template(recorder: Recorder) -> None:
    many = {f"Inner{number}": recorder.resource() for number in range(501)}

    deployment = recorder.deploy(Nested=recorder.nested(**many))

    assert deployment.status == "ROLLBACK_COMPLETE"
    assert deployment.reasons("Nested") == [
        "Template format error: Number of resources, 501, is greater than maximum allowed, 500"
    ]
    assert recorder.sent == []


def test_a_child_is_rolled_back_with_its_parent(recorder: Recorder) -> None:
    recorder.deploy(Nested=recorder.nested(Inner=recorder.resource(1, Describe="yes")))
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")

    deployment = recorder.deploy(
        Nested=recorder.nested(Inner=recorder.resource(2, Describe="yes")),
        Broken={**recorder.resource(), "DependsOn": "Nested"},
    )

    assert deployment.status == "UPDATE_ROLLBACK_COMPLETE"
    of_inner = [event for event in recorder.events if event["LogicalResourceId"] == "Inner"]
    assert [(event["RequestType"], event["ResourceProperties"]["Version"]) for event in of_inner] == [
        ("Create", "1"),
        ("Update", "2"),
        ("Update", "1"),
    ]
    assert of_inner[-1]["StatusMeanwhile"] == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert recorder.children[0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_child_knows_its_parent_and_its_root(recorder: Recorder) -> None:
    recorder.deploy(Nested=recorder.nested(Inner=recorder.resource()))

    [child] = recorder.children
    assert child["ParentId"] == child["RootId"]
    assert child["ParentId"].split("/")[1] == recorder.stack_name


def test_deleting_the_parent_deletes_the_child_by_its_policies(recorder: Recorder) -> None:
    kept = {**recorder.resource(), "DeletionPolicy": "Retain"}
    recorder.deploy(Nested=recorder.nested(Inner=recorder.resource(), Kept=kept))

    assert recorder.delete().status == "DELETE_COMPLETE"
    deleted = [event["LogicalResourceId"] for event in recorder.events if event["RequestType"] == "Delete"]
    assert deleted == ["Inner"]


def test_a_child_takes_parameters_and_hands_out_outputs(recorder: Recorder) -> None:
    deployment = recorder.deploy(
        Nested=_of_version(recorder, 1), After=recorder.resource(Inner={"Fn::GetAtt": ["Nested", "Outputs.Version"]})
    )

    assert deployment.status == "CREATE_COMPLETE"
    assert recorder.events[-1]["ResourceProperties"]["Inner"] == "1"


def test_another_parameter_updates_the_child_and_the_same_one_sends_nothing(recorder: Recorder) -> None:
    recorder.deploy(Nested=_of_version(recorder, 1), Other=recorder.resource(1))
    recorder.deploy(Nested=_of_version(recorder, 1), Other=recorder.resource(2))
    assert _of_inner(recorder) == [("Create", "1")]

    deployment = recorder.deploy(Nested=_of_version(recorder, 2), Other=recorder.resource(2))

    assert deployment.status == "UPDATE_COMPLETE"
    assert _of_inner(recorder) == [("Create", "1"), ("Update", "2")]
    assert [child["StackStatus"] for child in recorder.children] == ["UPDATE_COMPLETE"]


def test_parameters_go_back_in_a_rollback_and_a_child_without_changes_is_left_alone(recorder: Recorder) -> None:
    recorder.deploy(Nested=_of_version(recorder, 1))
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no")
    broken = {**recorder.resource(), "DependsOn": "Nested"}

    assert recorder.deploy(Nested=_of_version(recorder, 1), Broken=broken).status == "UPDATE_ROLLBACK_COMPLETE"
    assert _of_inner(recorder) == [("Create", "1")]
    assert recorder.deploy(Nested=_of_version(recorder, 2), Broken=broken).status == "UPDATE_ROLLBACK_COMPLETE"
    assert _of_inner(recorder) == [("Create", "1"), ("Update", "2"), ("Update", "1")]


def test_a_child_that_fails_in_an_update_goes_back_itself(recorder: Recorder) -> None:
    recorder.deploy(Nested=_of_version(recorder, 1))
    recorder.answers("Inner", "Update-2", Status="FAILED", Reason="no")

    deployment = recorder.deploy(Nested=_of_version(recorder, 2))

    [child] = recorder.children
    [reason] = deployment.reasons("Nested")
    assert reason == (
        f"Embedded stack {child['StackId']} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS "
        "with reason: The following resource(s) failed to update: [Inner]."
    )
    assert _statuses(recorder, child["StackName"]) == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]


def test_a_child_that_is_cancelled_says_so(recorder: Recorder) -> None:
    recorder.answers("Inner", "Create", sleep=3)
    recorder.answers("Broken", "Create", Status="FAILED", Reason="no", sleep=1)

    deployment = recorder.deploy(Nested=recorder.nested(Inner=recorder.resource()), Broken=recorder.resource())

    assert deployment.reasons("Nested") == ["Resource creation cancelled"]


def test_the_childs_id_is_told_when_its_creation_begins(recorder: Recorder) -> None:
    """The CDK CLI prints the events of nested stacks; it finds them so."""
    deployment = recorder.deploy(Nested=recorder.nested(Inner=recorder.resource()))

    begun = [event for event in deployment.events if event["ResourceStatus"] == "CREATE_IN_PROGRESS"]
    told = [(event.get("ResourceStatusReason"), event.get("PhysicalResourceId")) for event in begun[1:]]
    assert told[:2] == [("", ""), ("Resource creation Initiated", recorder.children[0]["StackId"])]
    inner = recorder.aws.client("cloudformation").describe_stack_events(StackName=told[1][1])["StackEvents"]
    assert inner[0]["ResourceStatus"] == "CREATE_COMPLETE"


def test_a_chain_of_retained_resources_goes_with_its_child_at_once(recorder: Recorder) -> None:
    names = [f"Wait{number:02}" for number in range(28)]
    chain: dict[str, Any] = {name: {**recorder.resource(), "DeletionPolicy": "Retain"} for name in names}
    for earlier, later in itertools.pairwise(names):
        chain[later]["DependsOn"] = earlier
    recorder.deploy(Nested=recorder.nested(**chain))
    started = time.monotonic()

    assert recorder.delete().status == "DELETE_COMPLETE"
    assert time.monotonic() - started < 5
    assert [event["RequestType"] for event in recorder.events] == ["Create"] * 28


def _of_version(recorder: Recorder, version: int) -> dict[str, Any]:
    template = {
        "Parameters": {"Version": {"Type": "String"}},
        "Resources": {"Inner": recorder.resource(Version={"Ref": "Version"})},
        "Outputs": {"Version": {"Value": {"Fn::GetAtt": ["Inner", "Version"]}}},
    }
    return recorder.nested_template(template, Version=version)


def _of_inner(recorder: Recorder) -> list[tuple[str, str]]:
    return [
        (event["RequestType"], event["ResourceProperties"]["Version"])
        for event in recorder.events
        if event["LogicalResourceId"] == "Inner"
    ]


def _statuses(recorder: Recorder, child: str) -> list[str]:
    """Its own, from the last update on."""
    events = recorder.aws.client("cloudformation").describe_stack_events(StackName=child)["StackEvents"][::-1]
    own = [event["ResourceStatus"] for event in events if event["LogicalResourceId"] == child]
    return own[own.index("UPDATE_IN_PROGRESS") :]
