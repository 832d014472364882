"""Stacks as a whole: exports, and which operation a stack takes in which status."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.recorder import Recorder
from tests.support.cloudformation import delete_stack, deploy_template


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


def test_a_stack_whose_create_was_rolled_back_is_neither_updated_nor_made_again(recorder: Recorder) -> None:
    recorder.answers("R", "Create", Status="FAILED", Reason="no")
    assert recorder.deploy(R=recorder.resource()).status == "ROLLBACK_COMPLETE"

    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        recorder.deploy(R=recorder.resource(2))
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        recorder.begin(R=recorder.resource())


def _exporting(name: str, value: str) -> dict[str, Any]:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}
    return {"Resources": {"Topic": topic}, "Outputs": {"O": {"Value": value, "Export": {"Name": name}}}}
