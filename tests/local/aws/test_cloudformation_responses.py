"""What counts as an answer of a custom resource, and how its events reach the provider."""

from tests.local.aws.recorder import Recorder
from tests.support.cloudformation import deploy_template


def test_an_answer_over_4096_bytes_fails_the_resource(recorder: Recorder) -> None:
    recorder.answers("R", "Create", Data={"Long": "x" * 4096})

    deployment = recorder.deploy(R=recorder.resource())

    assert deployment.status == "ROLLBACK_COMPLETE"
    assert deployment.reasons("R") == ["Response object is too long."]


def test_an_answer_to_another_request_is_ignored(recorder: Recorder) -> None:
    recorder.answers("R", "Create", first_for_another=True)

    assert recorder.deploy(R=recorder.resource()).status == "CREATE_COMPLETE"


def test_a_success_without_a_physical_id_fails_the_resource(recorder: Recorder) -> None:
    recorder.answers("R", "Create", PhysicalResourceId=None)

    assert recorder.deploy(R=recorder.resource()).reasons("R") == ["Invalid PhysicalResourceId"]


def test_a_raise_brings_the_same_event_again_up_to_twice(recorder: Recorder) -> None:
    recorder.answers("R", "Create", **{"raise": 2})

    deployment = recorder.deploy(R=recorder.resource())

    assert deployment.status == "CREATE_COMPLETE"
    assert [event["RequestType"] for event in recorder.events] == ["Create"] * 3
    assert len({event["RequestId"] for event in recorder.events}) == 1


def test_after_three_raises_no_event_comes_any_more(recorder: Recorder) -> None:
    recorder.answers("R", "Create", **{"raise": 9})

    recorder.deploy(R=recorder.resource(ServiceTimeout=8))

    assert [event["RequestType"] for event in recorder.events].count("Create") == 3


def test_an_update_without_changes_sends_nothing(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(), Other=recorder.resource(1))
    recorder.deploy(R=recorder.resource(), Other=recorder.resource(2))

    assert [event["RequestType"] for event in recorder.events if event["LogicalResourceId"] == "R"] == ["Create"]


def test_attributes_come_from_the_answers_data(recorder: Recorder) -> None:
    template = {
        "Resources": {"R": recorder.resource(7)},
        "Outputs": {"Version": {"Value": {"Fn::GetAtt": ["R", "Version"]}}, "Id": {"Value": {"Ref": "R"}}},
    }

    deployment = deploy_template(recorder.aws, recorder.stack_name, template)

    assert deployment.outputs == {"Version": "7", "Id": "R-1"}


def test_properties_arrive_as_strings_and_old_ones_beside_them(recorder: Recorder) -> None:
    recorder.deploy(R=recorder.resource(1, Flag=True, List=[1, {"Deep": False}]))
    recorder.deploy(R=recorder.resource(2, Flag=True))

    created, updated = recorder.events
    assert created["ResourceProperties"]["Flag"] == "true"
    assert created["ResourceProperties"]["List"] == ["1", {"Deep": "false"}]
    assert updated["OldResourceProperties"] == created["ResourceProperties"]


def test_independent_resources_are_made_side_by_side(recorder: Recorder) -> None:
    recorder.answers("A", "Create", sleep=0.5)
    recorder.answers("B", "Create", sleep=0.5)

    deployment = recorder.deploy(A=recorder.resource(), B=recorder.resource())

    order = [(event["LogicalResourceId"], event["ResourceStatus"]) for event in deployment.events]
    assert order.index(("B", "CREATE_IN_PROGRESS")) < order.index(("A", "CREATE_COMPLETE"))
