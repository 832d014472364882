"""How long something is worth waiting for: each cause by itself, all of them within CloudFormation's hour."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from provider.cloudformation.contract import CUSTOM_MODEL_TYPE, WAIT_TYPE
from tests.functional.conftest import Cloud
from tests.functional.job.test_model_customization_job import Training, with_settings
from tests.functional.job.test_model_customization_job import properties as training_properties

job = training_properties
GROUP = {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}


@pytest.fixture
def training(cloud: Cloud) -> Training:
    assert cloud
    return Training()


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class Around:
    """Bedrock, with what comes before a call."""

    def __init__(self, real: Any, before: Any) -> None:
        self._real, self._before, self.meta = real, before, real.meta

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            self._before(name)
            return getattr(self._real, name)(**request)

        return call


def test_a_slow_stop_leaves_the_network_its_own_patience(training: Training, job: dict[str, Any]) -> None:
    """The stop takes 21 minutes, and then Bedrock's network interfaces stand for two more."""
    request = {**job["Settings"]["Request"], "vpcConfig": GROUP}
    kept = {"For": "Assistant", "SecurityGroupIds": ["sg-1"]}
    asked = with_settings(job, Request=request, Kept=kept)
    training.bedrock.script("*", durations={"job_stop": 21 * 60})
    tries = []

    class Ec2:
        def delete_security_group(self, *, GroupId: str) -> dict[str, Any]:  # noqa: N803
            tries.append(training.clock.now())
            if training.clock.now() < tries[0] + timedelta(minutes=2):
                raise refusal("DependencyViolation", f"resource {GroupId} has a dependent object")
            return {}

    training.outside.ec2 = Ec2()
    name = training.create(asked)["PhysicalResourceId"]
    training.stack("DELETE_IN_PROGRESS")
    assert training.delete(name, asked)["Status"] == "SUCCESS"
    assert len(tries) > 1


def test_a_role_that_propagates_leaves_a_lost_answer_its_own(training: Training, job: dict[str, Any]) -> None:
    """IAM does not know the role for 90 seconds; then the answer of the start is lost, and the name is in use."""
    began, lost = training.clock.now(), []

    def before(name: str) -> None:
        if name != "create_model_customization_job":
            return
        if training.clock.now() - began < timedelta(seconds=90):
            raise refusal("ValidationException", "Could not assume provided IAM role")
        if not lost:
            lost.append(name)
            raise refusal("ValidationException", "The provided job name is currently in use.")

    training.outside.bedrock = Around(training.outside.bedrock, before)
    assert training.create(job)["Status"] == "SUCCESS"
    assert lost


@pytest.mark.parametrize("late", [0, 12])
@pytest.mark.parametrize("last", [True, False])
def test_a_wait_that_was_delivered_late_is_answered_within_the_hour(
    cloud: Cloud, properties: dict[str, Any], late: int, last: bool
) -> None:
    """Its hour runs from when CloudFormation sent it, and not from when a function had room for it."""
    cloud.bedrock.script("*", durations={"model_import": 5 * 3600})
    name = cloud.create(properties)["PhysicalResourceId"]
    given = {"For": CUSTOM_MODEL_TYPE, "Name": name, "After": "-", **({"Last": "true"} if last else {})}
    event = cloud.event("Create", given, ResourceType=WAIT_TYPE, LogicalResourceId="Wait01")
    sent = cloud.clock.now()
    cloud.clock.advance(timedelta(minutes=late))
    assert cloud.send(event)["Status"] == ("FAILED" if last else "SUCCESS")
    assert timedelta(minutes=49) < cloud.clock.now() - sent < timedelta(minutes=56)


def test_many_that_begin_at_once_do_not_look_at_once(cloud: Cloud, properties: dict[str, Any]) -> None:
    cloud.bedrock.script("*", durations={"model_import": 5 * 3600})
    name = cloud.create(properties)["PhysicalResourceId"]
    for number in range(40):
        given = {"For": CUSTOM_MODEL_TYPE, "Name": name, "Last": "true"}
        event = cloud.event("Create", given, ResourceType=WAIT_TYPE, LogicalResourceId=f"Wait{number}")
        cloud.invoke({**event, "RequestId": f"{number}-{event['RequestId']}"})
    pauses = {state["WaitSeconds"] for state in cloud.waiter.executions.values()}
    assert len(pauses) > 15
