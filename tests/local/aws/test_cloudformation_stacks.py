"""Stacks as a whole: nested ones, exports, and what DescribeStacks says meanwhile."""

from typing import Any

from tests.local.aws.recorder import Recorder
from tests.support.cloudformation import delete_stack, deploy_template, wait


def test_a_failed_child_is_deleted_with_what_it_made(recorder: Recorder) -> None:
    recorder.answers("Inner", "Create", Status="FAILED", Reason="no", PhysicalResourceId="half-made")

    deployment = recorder.deploy(Nested=recorder.nested(Inner=recorder.resource(Describe="yes")))

    assert deployment.status == "ROLLBACK_COMPLETE"
    assert "was not successfully created" in deployment.reasons("Nested")[0]
    assert [sent[:2] for sent in recorder.sent] == [("Create", None), ("Delete", "half-made")]
    assert [event["StatusMeanwhile"] for event in recorder.events] == ["CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS"]


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
    assert _children(recorder)[0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_child_knows_its_parent_and_its_root(recorder: Recorder) -> None:
    recorder.deploy(Nested=recorder.nested(Inner=recorder.resource()))

    [child] = _children(recorder)
    assert child["ParentId"] == child["RootId"]
    assert child["ParentId"].split("/")[1] == recorder.stack_name


def test_deleting_the_parent_deletes_the_child_by_its_policies(recorder: Recorder) -> None:
    kept = {**recorder.resource(), "DeletionPolicy": "Retain"}
    recorder.deploy(Nested=recorder.nested(Inner=recorder.resource(), Kept=kept))

    assert recorder.delete().status == "DELETE_COMPLETE"
    deleted = [event["LogicalResourceId"] for event in recorder.events if event["RequestType"] == "Delete"]
    assert deleted == ["Inner"]


def test_an_export_in_use_keeps_its_value(recorder: Recorder) -> None:
    producer, consumer = recorder.stack_name, f"{recorder.stack_name}-consumer"
    deploy_template(recorder.aws, producer, _exporting(producer, "one"))
    imported = {"Outputs": {"O": {"Value": {"Fn::ImportValue": producer}}}, "Resources": {"R": recorder.resource()}}
    deploy_template(recorder.aws, consumer, imported)

    deployment = deploy_template(recorder.aws, producer, _exporting(producer, "two"))

    assert deployment.status == "UPDATE_ROLLBACK_COMPLETE"
    [reason] = [event["ResourceStatusReason"] for event in deployment.events if
                event["ResourceStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS"]  # fmt: skip
    assert reason == f"Cannot update export {producer} as it is in use by {consumer}."
    delete_stack(recorder.aws, consumer)
    assert deploy_template(recorder.aws, producer, _exporting(producer, "two")).outputs == {"O": "two"}


def test_rollback_stack_takes_back_what_an_update_without_rollback_left(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1))
    recorder.answers("R", "Update-2", Status="FAILED", Reason="no")
    recorder.deploy({"disable_rollback": True}, R=recorder.resource(2))

    recorder.aws.client("cloudformation").rollback_stack(StackName=recorder.stack_name)

    assert wait(recorder.aws, recorder.stack_name).status == "UPDATE_ROLLBACK_COMPLETE"
    assert recorder.sent[-1] == ("Update", "R-1", "1")


def _exporting(name: str, value: str) -> dict[str, Any]:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}
    return {"Resources": {"Topic": topic}, "Outputs": {"O": {"Value": value, "Export": {"Name": name}}}}


def _children(recorder: Recorder) -> list[dict[str, Any]]:
    stacks = recorder.aws.client("cloudformation").describe_stacks()["Stacks"]
    return [stack for stack in stacks if stack["StackName"].startswith(f"{recorder.stack_name}-Nested")]
