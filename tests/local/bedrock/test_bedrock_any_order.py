"""Calls in any order, at any time: the service answers with what its model allows, and money is never spent twice."""

import random
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

STEPS = 60


def actions(world, pick):
    client, name = world.client, pick(["a", "b", "c"])

    def model():
        return client.get_custom_model(modelIdentifier=name)["modelArn"]

    return [
        lambda: world.start_import(name),
        lambda: world.start_job(f"{name}{pick(range(3))}", customModelName=name),
        lambda: world.start_deployment(model(), name),
        lambda: world.start_throughput(model(), name),
        lambda: client.update_custom_model_deployment(customModelDeploymentIdentifier=name, modelArn=model()),
        lambda: client.update_provisioned_model_throughput(provisionedModelId=name, desiredModelId=model()),
        lambda: client.stop_model_customization_job(jobIdentifier=f"{name}{pick(range(3))}"),
        lambda: client.delete_custom_model(modelIdentifier=name),
        lambda: client.delete_custom_model_deployment(customModelDeploymentIdentifier=name),
        lambda: client.delete_provisioned_model_throughput(provisionedModelId=name),
        lambda: world.bedrock.script(f"{pick('abc')}*", fail="bad luck", times=1),
        lambda: world.wait(minutes=pick([1, 10, 30, 300])),
    ]


@pytest.mark.parametrize("seed", range(25))
def test_any_order_of_calls_keeps_the_state_sound(world, seed):
    pick = random.Random(seed).choice  # noqa: S311
    for _ in range(STEPS):
        with suppress(ClientError):
            pick(actions(world, pick))()
        assert_sound(world)


def assert_sound(world):
    state = world.bedrock.admin("state")["resources"]
    models = {r["arn"]: r["status"] for r in state if r["kind"] == "custom model"}
    names = [r["name"] for r in state if r["kind"] == "custom model"]
    assert len(names) == len(set(names))
    for resource in state:
        if resource["kind"] in ("custom model deployment", "provisioned model throughput"):
            used = resource["description"]["modelArn"]
            assert resource["status"] == "Failed" or models[used] == "Active"
    assert len(world.bedrock.training_runs()) == len(set(world.bedrock.training_runs()))
    ended = [event["detail"]["jobName"] for event in world.events if "endTime" in event["detail"]]
    assert len(ended) == len(set(ended))
