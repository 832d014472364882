"""One world for each kind of resource, with two versions of what a user may ask for, so that one test holds for all."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from provider.cloudformation.contract import CUSTOM_MODEL_DEPLOYMENT_TYPE, PROVISIONED_MODEL_THROUGHPUT_TYPE
from tests.functional.conftest import ACCOUNT, STACK_ID, Cloud
from tests.functional.job import test_imported_model as open_weights_job
from tests.functional.job import test_model_customization_job as job
from tests.functional.job.test_imported_model import Importing
from tests.functional.job.test_model_customization_job import Training
from tests.functional.serving_cloud import Serving

ELSEWHERE = STACK_ID.replace("/Models/", "/Elsewhere/")


@dataclass
class Kind:
    """`first` and `second` differ in what a change of means another model, or another model behind the same ARN."""

    name: str
    world: Cloud
    first: dict[str, Any]
    second: dict[str, Any]
    arn: Callable[[str], str | None]
    is_left: Callable[[str], bool]
    serves: Callable[[str], str]

    @property
    def swaps(self) -> bool:
        """Whether a change keeps the physical id."""
        return self.name in ("deployment", "throughput")

    def made(self, properties: dict[str, Any], **fields: Any) -> str:
        """Created and finished; its physical id. The stack is being updated then."""
        name = str(self.world.create(properties, **fields)["PhysicalResourceId"])
        self.world.clock.advance(timedelta(days=1))
        self.world.stack("UPDATE_IN_PROGRESS")
        return name

    def tags(self, name: str) -> dict[str, str]:
        arn = self.arn(name)
        assert arn
        return self.world.tags(arn)


def tagged(properties: dict[str, Any], value: str) -> dict[str, Any]:
    """The same with another tag and nothing else."""
    return {**copy.deepcopy(properties), "Tags": [{"Key": "team", "Value": value}]}


def _missing(world: Cloud, get: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return get()
    except world.client.exceptions.ResourceNotFoundException:
        return None


def training() -> Kind:
    world = Training()
    first = job.properties.__wrapped__()  # type: ignore[attr-defined]

    def is_left(name: str) -> bool:
        run = world.job(name)
        return run["status"] == "InProgress" or world.model(run.get("outputModelArn", "none")) is not None

    return Kind(
        name="training",
        world=world,
        first=first,
        second=job.with_inputs(first, revision="2"),
        arn=lambda name: world.job(name)["jobArn"],
        is_left=is_left,
        serves=lambda name: name,
    )


def imported() -> Kind:
    world = Cloud()

    def properties(prefix: str) -> dict[str, Any]:
        source = {"s3DataSource": {"s3Uri": f"s3://customer-escrow-1-smtj-a/{prefix}/"}}
        settings = {"NamePrefix": "Assistant", "Path": "Assistant"}
        return {
            "RunInputs": {"modelSourceConfig": source},
            "Settings": {**settings, "Request": {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/service"}},
            "Tags": [{"Key": "team", "Value": "ml"}],
            "RemovalPolicy": "destroy",
        }

    return Kind(
        name="import",
        world=world,
        first=properties("one"),
        second=properties("two"),
        arn=lambda name: (world.model(name) or {}).get("modelArn"),
        is_left=lambda name: world.model(name) is not None,
        serves=lambda name: name,
    )


def open_weights() -> Kind:
    world = Importing()
    first = open_weights_job.properties_of("one")

    def is_left(name: str) -> bool:
        job = world.job(name)
        return job["status"] == "InProgress" or job.get("importedModelName") in world.models

    return Kind(
        name="open weights",
        world=world,
        first=first,
        second=open_weights_job.properties_of("two"),
        arn=lambda name: world.job(name)["jobArn"],
        is_left=is_left,
        serves=lambda name: name,
    )


class _Deployments(Serving):
    type = CUSTOM_MODEL_DEPLOYMENT_TYPE


class _Throughputs(Serving):
    type = PROVISIONED_MODEL_THROUGHPUT_TYPE


def deployment() -> Kind:
    world = _Deployments()

    def properties(model: str) -> dict[str, Any]:
        settings = {"NamePrefix": "Assistant", "Path": "Assistant", "Request": {"modelArn": world.imported(model)}}
        return {"Settings": settings, "Tags": [{"Key": "team", "Value": "ml"}], "RemovalPolicy": "destroy"}

    def get(name: str) -> dict[str, Any] | None:
        return _missing(world, lambda: world.client.get_custom_model_deployment(customModelDeploymentIdentifier=name))

    return Kind(
        name="deployment",
        world=world,
        first=properties("first"),
        second=properties("second"),
        arn=lambda name: (get(name) or {}).get("customModelDeploymentArn"),
        is_left=lambda name: get(name) is not None,
        serves=lambda name: (get(name) or {})["modelArn"],
    )


def throughput() -> Kind:
    world = _Throughputs()

    def properties(model: str) -> dict[str, Any]:
        settings = {"NamePrefix": "Assistant", "Path": "Assistant", "Request": {"modelId": world.trained(model)}}
        return {
            "RunInputs": {"modelUnits": "1"},
            "Settings": settings,
            "Tags": [{"Key": "team", "Value": "ml"}],
            "RemovalPolicy": "destroy",
        }

    def get(name: str) -> dict[str, Any] | None:
        return _missing(world, lambda: world.client.get_provisioned_model_throughput(provisionedModelId=name))

    return Kind(
        name="throughput",
        world=world,
        first=properties("first"),
        second=properties("second"),
        arn=lambda name: (get(name) or {}).get("provisionedModelArn"),
        is_left=lambda name: get(name) is not None,
        serves=lambda name: (get(name) or {})["modelArn"],
    )


KINDS: dict[str, Callable[[], Kind]] = {
    "training": training,
    "import": imported,
    "open weights": open_weights,
    "deployment": deployment,
    "throughput": throughput,
}
