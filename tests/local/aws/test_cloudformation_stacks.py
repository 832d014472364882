"""Stacks as a whole: exports, and which operation a stack takes in which status."""

import json
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


_ALIKE_TO_PYTHON = {
    "A": (1, True),
    "B": (True, 1),
    "C": (0, False),
    "D": ({"Deep": [1]}, {"Deep": [True]}),
    "E": (1, "1"),
}


def test_values_that_only_python_takes_for_equal_are_a_change(recorder: Recorder) -> None:
    before, after = (
        {name: recorder.resource(Given=pair[at]) for name, pair in _ALIKE_TO_PYTHON.items()} for at in (0, 1)
    )
    recorder.deploy(**before)

    changes, status = _change_set(recorder, **after)

    assert status == "CREATE_COMPLETE"
    assert {change["LogicalResourceId"] for change in changes} == set(_ALIKE_TO_PYTHON)
    assert {detail["Target"]["Name"] for change in changes for detail in change["Details"]} == {"Given"}
    recorder.deploy(**after)
    updated = {event["LogicalResourceId"] for event in recorder.events if event["RequestType"] == "Update"}
    assert updated == set(_ALIKE_TO_PYTHON)


def test_the_same_template_is_no_change(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(Given=True))
    assert _change_set(recorder, R=recorder.resource(Given=True)) == ([], "FAILED")


def _change_set(recorder: Recorder, **resources: Any) -> tuple[list[dict[str, Any]], str]:
    cloudformation = recorder.aws.client("cloudformation")
    name = {"StackName": recorder.stack_name, "ChangeSetName": "next"}
    cloudformation.create_change_set(**name, TemplateBody=json.dumps({"Resources": resources}))
    found = cloudformation.describe_change_set(**name)
    return [change["ResourceChange"] for change in found["Changes"]], found["Status"]


def _exporting(name: str, value: str) -> dict[str, Any]:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": value}}
    return {"Resources": {"Topic": topic}, "Outputs": {"O": {"Value": value, "Export": {"Name": name}}}}


def test_a_change_of_tags_changes_nothing_that_refers_to_it(recorder: Recorder) -> None:
    def resources(tag: str) -> dict[str, Any]:
        tags = [{"Key": "team", "Value": tag}]
        trust = {"Version": "2012-10-17", "Statement": []}
        arn = {"Fn::GetAtt": ["Role", "Arn"]}
        return {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, "Tags": tags}},
            "Using": recorder.resource(Role=arn),
            "Own": recorder.resource(Role=arn, Tags=tags),
        }

    recorder.deploy(**resources("one"))

    changes, _ = _change_set(recorder, **resources("two"))

    told = {each["LogicalResourceId"]: [detail["Target"]["Name"] for detail in each["Details"]] for each in changes}
    assert told == {"Role": ["Tags"], "Own": ["Tags"]}
