"""A start or a swap that Bedrock refuses for now: the quota is full, or the model became Active a moment ago."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from provider.cloudformation.contract import CUSTOM_MODEL_DEPLOYMENT_TYPE, PROVISIONED_MODEL_THROUGHPUT_TYPE
from tests.functional.conftest import Cloud
from tests.functional.serving_cloud import Serving

ALWAYS = 10**6


class Refusing:
    """Bedrock, which answers some calls of one operation with an error first."""

    def __init__(self, bedrock: Any, operation: str, error: tuple[str, str], times: int) -> None:
        self._bedrock, self._operation = bedrock, operation
        self._error = ClientError({"Error": {"Code": error[0], "Message": error[1]}}, operation)
        self.left = times

    def __getattr__(self, name: str) -> Any:
        if name != self._operation or self.left == 0:
            return getattr(self._bedrock, name)

        def refuse(**_: Any) -> Any:
            self.left -= 1
            raise self._error

        return refuse


class Deployments(Serving):
    type = CUSTOM_MODEL_DEPLOYMENT_TYPE
    create_call, update_call = "create_custom_model_deployment", "update_custom_model_deployment"

    def properties(self, arn: str) -> dict[str, Any]:
        settings = {"NamePrefix": "Live", "Path": "Live", "Request": {"modelArn": arn}}
        return {"Settings": settings, "RemovalPolicy": "destroy"}


class Throughputs(Serving):
    type = PROVISIONED_MODEL_THROUGHPUT_TYPE
    create_call, update_call = "create_provisioned_model_throughput", "update_provisioned_model_throughput"

    def properties(self, arn: str) -> dict[str, Any]:
        settings = {"NamePrefix": "Live", "Path": "Live", "Request": {"modelId": arn}}
        return {"RunInputs": {"modelUnits": "1"}, "Settings": settings, "RemovalPolicy": "destroy"}


@pytest.fixture(params=[Deployments, Throughputs])
def world(request: pytest.FixtureRequest, cloud: Cloud) -> Any:
    assert cloud
    return request.param()


def refuse(world: Any, call: str, code: str, message: str, times: int = ALWAYS) -> None:
    world.outside.bedrock = Refusing(world.outside.bedrock, call, (code, message), times)


UNREADY = [
    ("ResourceNotFoundException", "The model could not be found."),
    ("ValidationException", "The custom model is not active yet."),
    ("ConflictException", "Model is not ready."),
]


@pytest.mark.parametrize(("code", "message"), UNREADY)
def test_a_model_that_became_active_a_moment_ago_is_waited_for(world: Any, code: str, message: str) -> None:
    arn = world.trained("first")
    refuse(world, world.create_call, code, message, times=4)
    assert world.ready(world.create(world.properties(arn)))["Status"] == "SUCCESS"


@pytest.mark.parametrize(("code", "message"), UNREADY)
def test_so_it_is_in_a_swap(world: Any, code: str, message: str) -> None:
    first, second = world.trained("first"), world.trained("second")
    made = world.create(world.properties(first))
    world.ready(made)
    refuse(world, world.update_call, code, message, times=4)
    old, new = world.properties(first), world.properties(second)
    swapped = world.update(made["PhysicalResourceId"], new, old)
    assert swapped["Status"] == "SUCCESS"
    assert swapped["PhysicalResourceId"] == made["PhysicalResourceId"]
    assert swapped["Data"]["ServedModelArn"] == second


def test_one_that_bedrock_never_serves_fails_with_its_words(world: Any) -> None:
    arn = world.trained("first")
    refuse(world, world.create_call, "ValidationException", "The custom model is not active yet.")
    began = world.clock.now()
    assert "is not active yet" in world.create(world.properties(arn))["Reason"]
    assert 120 <= (world.clock.now() - began).total_seconds() < 900


def test_a_rollback_does_not_fail_for_it(world: Any) -> None:
    first, second = world.trained("first"), world.trained("second")
    made = world.create(world.properties(first))
    world.ready(made)
    refuse(world, world.update_call, "ValidationException", "The custom model is not active yet.")
    world.stack("UPDATE_ROLLBACK_IN_PROGRESS")
    old, new = world.properties(first), world.properties(second)
    assert world.update(made["PhysicalResourceId"], new, old)["Status"] == "SUCCESS"


def test_a_swap_without_a_free_place_takes_its_turn(cloud: Cloud) -> None:
    assert cloud
    world = Deployments()
    first, second = world.trained("first"), world.trained("second")
    made = world.create(world.properties(first))
    world.ready(made)
    refuse(world, world.update_call, "ServiceQuotaExceededException", "Too many deployments in progress.", times=9)
    swapped = world.update(made["PhysicalResourceId"], world.properties(second), world.properties(first))
    assert swapped["Data"]["ServedModelArn"] == second
    refuse(world, world.update_call, "ServiceQuotaExceededException", "Too many deployments in progress.")
    world.ready(swapped)
    refused = world.update(made["PhysicalResourceId"], world.properties(first), world.properties(second))
    assert refused["Status"] == "FAILED"
    assert "the earlier one still serves: Too many deployments in progress." in refused["Reason"]


@pytest.mark.parametrize("code", ["ServiceQuotaExceededException", "ThrottlingException"])
def test_a_quota_of_model_units_fails_at_once(cloud: Cloud, code: str) -> None:
    assert cloud
    world = Throughputs()
    arn = world.trained("first")
    refuse(world, world.create_call, code, "You have reached the quota of model units.")
    began = world.clock.now()
    answer = world.create(world.properties(arn))
    assert "Nothing was bought: You have reached the quota of model units." in answer["Reason"]
    assert (world.clock.now() - began).total_seconds() < 60
