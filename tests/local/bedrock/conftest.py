from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest

from local.bedrock import Bedrock, ManualClock, MemoryObjects, memory_client
from local.bedrock.routes import SERVICES, service_model
from local.bedrock.service import CONNECTION_LOST, OK

ROLE = "arn:aws:iam::123456789012:role/trainer"
DAY = timedelta(days=1)


class World:
    """A Bedrock, the clock it lives by, what it sends out, and short ways to make one of each resource."""

    def __init__(self, **settings: Any) -> None:
        self.clock = ManualClock()
        self.events: list[dict[str, Any]] = []
        self.bedrock = Bedrock(self.clock, events=self.events.append, **settings)
        self.client = memory_client(self.bedrock)

    @cached_property
    def runtime(self) -> Any:
        return memory_client(self.bedrock, "bedrock-runtime")

    def wait(self, **duration: float) -> None:
        self.clock.advance(timedelta(**duration))

    def start_import(self, name: str = "imported", **params: Any) -> str:
        source = {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}
        given = {"modelName": name, "modelSourceConfig": source, "roleArn": ROLE, **params}
        return self.client.create_custom_model(**given)["modelArn"]

    def start_job(self, name: str = "run", **params: Any) -> str:
        return self.client.create_model_customization_job(**job_params(name, **params))["jobArn"]

    def start_deployment(self, model_arn: str, name: str = "deployed", **params: Any) -> str:
        given = {"modelDeploymentName": name, "modelArn": model_arn, **params}
        return self.client.create_custom_model_deployment(**given)["customModelDeploymentArn"]

    def start_throughput(self, model: str, name: str = "bought", **params: Any) -> str:
        given = {"provisionedModelName": name, "modelId": model, "modelUnits": 1, **params}
        return self.client.create_provisioned_model_throughput(**given)["provisionedModelArn"]

    def model(self, name: str = "imported", **params: Any) -> str:
        arn = self.start_import(name, **params)
        self.wait(minutes=10)
        return arn

    def trained_model(self, name: str = "run", **params: Any) -> str:
        self.start_job(name, **params)
        self.wait(days=1)
        return self.client.get_model_customization_job(jobIdentifier=name)["outputModelArn"]


def job_params(name: str = "run", **params: Any) -> dict[str, Any]:
    return {
        "jobName": name,
        "customModelName": f"{name}-model",
        "roleArn": ROLE,
        "baseModelIdentifier": "amazon.nova-lite-v1:0",
        "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
        "outputDataConfig": {"s3Uri": "s3://data/out/"},
        **params,
    }


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    worlds: list[World] = []

    def make(**settings: Any) -> World:
        worlds.append(World(**settings))
        return worlds[-1]

    yield make
    for world in worlds:
        assert_only_modelled_errors(world.bedrock)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def objects() -> MemoryObjects:
    stored = MemoryObjects("data", "escrow")
    stored.put("data", "train.jsonl", b"{}")
    return stored


@pytest.fixture
def job() -> Callable[..., dict[str, Any]]:
    return job_params


def assert_only_modelled_errors(bedrock: Bedrock) -> None:
    models = [service_model(service) for service in SERVICES]
    operations = {name: model.operation_model(name) for model in models for name in model.operation_names}
    for call in bedrock.calls:
        known = {shape.name for shape in operations[call.operation].error_shapes}
        assert call.outcome in {OK, CONNECTION_LOST} | known, call
