"""Deployments and Provisioned Throughput, and inference through them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Quotas

MUTATING = "Custom model deployment is in a mutating state"


def deployment(world: Any, identifier: str = "deployed") -> dict[str, Any]:
    return world.client.get_custom_model_deployment(customModelDeploymentIdentifier=identifier)


def throughput(world: Any, identifier: str = "bought") -> dict[str, Any]:
    return world.client.get_provisioned_model_throughput(provisionedModelId=identifier)


def test_a_deployment_is_creating_and_then_active(world):
    arn = world.start_deployment(world.model(), description="for the tests")
    assert deployment(world)["status"] == "Creating"
    world.wait(minutes=15)
    assert deployment(world, arn)["status"] == "Active"
    assert deployment(world)["description"] == "for the tests"


def test_a_deployment_swaps_its_model_in_place(world):
    old, new = world.model("old"), world.model("new")
    world.start_deployment(old)
    world.wait(minutes=15)
    world.client.update_custom_model_deployment(customModelDeploymentIdentifier="deployed", modelArn=new)
    assert deployment(world)["modelArn"] == old
    assert deployment(world)["updateDetails"] == {"modelArn": new, "updateStatus": "Updating"}
    world.wait(minutes=15)
    assert deployment(world)["modelArn"] == new
    assert deployment(world)["updateDetails"]["updateStatus"] == "UpdateCompleted"


def test_a_failed_update_leaves_the_old_model_serving(world):
    old, new = world.model("old"), world.model("new")
    world.start_deployment(old)
    world.wait(minutes=15)
    world.bedrock.script("deployed", fail="No capacity.")
    world.client.update_custom_model_deployment(customModelDeploymentIdentifier="deployed", modelArn=new)
    world.wait(minutes=15)
    answer = deployment(world)
    assert (answer["status"], answer["modelArn"], answer["failureMessage"]) == ("Active", old, "No capacity.")
    assert answer["updateDetails"]["updateStatus"] == "UpdateFailed"


def test_a_deployment_that_changes_can_be_neither_deleted_nor_updated(world):
    old, new = world.model("old"), world.model("new")
    arn = world.start_deployment(old)
    for _ in range(2):
        with pytest.raises(world.client.exceptions.ConflictException, match=MUTATING):
            world.client.delete_custom_model_deployment(customModelDeploymentIdentifier=arn)
        with pytest.raises(world.client.exceptions.ValidationException, match=MUTATING):
            world.client.update_custom_model_deployment(customModelDeploymentIdentifier=arn, modelArn=new)
        world.wait(minutes=15)
        if "updateDetails" not in deployment(world):
            world.client.update_custom_model_deployment(customModelDeploymentIdentifier=arn, modelArn=new)
    world.client.delete_custom_model_deployment(customModelDeploymentIdentifier=arn)


def test_while_a_deployment_updates_both_models_are_in_use(world):
    old, new = world.model("old"), world.model("new")
    world.start_deployment(old)
    world.wait(minutes=15)
    world.client.update_custom_model_deployment(customModelDeploymentIdentifier="deployed", modelArn=new)
    for arn in (old, new):
        with pytest.raises(world.client.exceptions.ConflictException):
            world.client.delete_custom_model(modelIdentifier=arn)
    world.wait(minutes=15)
    world.client.delete_custom_model(modelIdentifier=old)


def test_a_failed_deployment_tells_why_and_can_only_be_deleted(world):
    world.bedrock.script("deployed", fail="No capacity.")
    model = world.model()
    world.start_deployment(model)
    world.wait(minutes=15)
    assert (deployment(world)["status"], deployment(world)["failureMessage"]) == ("Failed", "No capacity.")
    with pytest.raises(world.client.exceptions.ValidationException):
        world.client.update_custom_model_deployment(customModelDeploymentIdentifier="deployed", modelArn=model)
    world.client.delete_custom_model_deployment(customModelDeploymentIdentifier="deployed")


@pytest.mark.parametrize("start", ["start_deployment", "start_throughput"])
def test_only_an_active_model_can_serve(world, start):
    with pytest.raises(world.client.exceptions.ValidationException, match="Creating"):
        getattr(world, start)(world.start_import())


@pytest.mark.parametrize("start", ["start_deployment", "start_throughput"])
def test_names_are_unique(world, start):
    model = world.model()
    getattr(world, start)(model)
    with pytest.raises(world.client.exceptions.ValidationException, match="currently in use"):
        getattr(world, start)(model)


@pytest.mark.parametrize("start", ["start_deployment", "start_throughput"])
def test_quotas_end_in_their_own_error(make_world, start):
    world = make_world(quotas=Quotas(custom_model_deployments=1, provisioned_model_units=1))
    model = world.model()
    getattr(world, start)(model, "one")
    with pytest.raises(world.client.exceptions.ServiceQuotaExceededException):
        getattr(world, start)(model, "two")


def test_throughput_is_creating_and_then_in_service(world):
    arn = world.start_throughput(world.model(), modelUnits=2)
    assert throughput(world)["status"] == "Creating"
    world.wait(minutes=20)
    answer = throughput(world, arn)
    assert (answer["status"], answer["modelUnits"], answer["desiredModelUnits"]) == ("InService", 2, 2)


@pytest.mark.parametrize("model", ["imported", "amazon.nova-pro-v1:0"])
def test_throughput_takes_names_and_foundation_models(world, model):
    world.model()
    world.start_throughput(model)
    assert throughput(world)["foundationModelArn"].split("/")[1].startswith("amazon.nova")


def test_throughput_changes_its_name_and_its_model(world):
    old, new = world.model("old"), world.model("new")
    world.start_throughput(old)
    world.wait(minutes=20)
    world.client.update_provisioned_model_throughput(
        provisionedModelId="bought", desiredProvisionedModelName="renamed", desiredModelId=new
    )
    answer = throughput(world, "renamed")
    assert (answer["status"], answer["modelArn"], answer["desiredModelArn"]) == ("Updating", old, new)
    world.wait(minutes=20)
    assert (throughput(world, "renamed")["status"], throughput(world, "renamed")["modelArn"]) == ("InService", new)


def test_a_failed_update_of_throughput_goes_back_to_the_old_model(world):
    old, new = world.model("old"), world.model("new")
    world.start_throughput(old)
    world.wait(minutes=20)
    world.bedrock.script("bought", fail="no")
    world.client.update_provisioned_model_throughput(provisionedModelId="bought", desiredModelId=new)
    world.wait(minutes=20)
    answer = throughput(world)
    assert (answer["status"], answer["modelArn"], answer["desiredModelArn"]) == ("InService", old, old)


def test_an_update_of_throughput_that_is_refused_changes_nothing(world):
    new = world.model("new")
    world.start_throughput(world.model("old"))
    world.start_throughput(new, "other")
    world.wait(minutes=20)
    with pytest.raises(world.client.exceptions.ValidationException, match="currently in use"):
        world.client.update_provisioned_model_throughput(
            provisionedModelId="bought", desiredProvisionedModelName="other", desiredModelId=new
        )
    assert throughput(world)["status"] == "InService"


def test_throughput_stays_with_its_base_model(world):
    micro = world.trained_model(baseModelIdentifier="amazon.nova-micro-v1:0")
    world.start_throughput(world.model())
    world.wait(minutes=20)
    with pytest.raises(world.client.exceptions.ValidationException, match="same base model"):
        world.client.update_provisioned_model_throughput(provisionedModelId="bought", desiredModelId=micro)


def test_only_throughput_of_a_custom_model_can_change_its_model(world):
    nova = "amazon.nova-lite-v1:0"
    world.start_throughput(nova)
    world.start_throughput(world.model(), "custom")
    world.wait(minutes=20)
    with pytest.raises(world.client.exceptions.ValidationException, match="only for a provisioned model of a custom"):
        world.client.update_provisioned_model_throughput(provisionedModelId="bought", desiredModelId="imported")
    world.client.update_provisioned_model_throughput(provisionedModelId="custom", desiredModelId=nova)
    world.client.update_provisioned_model_throughput(provisionedModelId="bought", desiredProvisionedModelName="renamed")


def test_throughput_that_changes_can_be_neither_updated_nor_deleted(world):
    world.start_throughput(world.model())
    with pytest.raises(world.client.exceptions.ValidationException, match="Creating"):
        world.client.update_provisioned_model_throughput(provisionedModelId="bought", desiredModelId="imported")
    with pytest.raises(world.client.exceptions.ConflictException, match="Creating"):
        world.client.delete_provisioned_model_throughput(provisionedModelId="bought")


@pytest.mark.parametrize(("term", "days"), [("OneMonth", 30), ("SixMonths", 180)])
def test_throughput_with_a_term_can_not_be_deleted_before_its_end(world, term, days):
    world.start_throughput(world.model(), commitmentDuration=term)
    world.wait(days=days - 1)
    with pytest.raises(world.client.exceptions.ConflictException, match="commitment"):
        world.client.delete_provisioned_model_throughput(provisionedModelId="bought")
    world.wait(days=1)
    world.client.delete_provisioned_model_throughput(provisionedModelId="bought")


def test_failed_throughput_tells_why(world):
    world.bedrock.script("bought", fail="No capacity.")
    world.start_throughput(world.model(), commitmentDuration="OneMonth")
    world.wait(minutes=20)
    assert (throughput(world)["status"], throughput(world)["failureMessage"]) == ("Failed", "No capacity.")
    world.client.delete_provisioned_model_throughput(provisionedModelId="bought")


@pytest.mark.parametrize("start", ["start_deployment", "start_throughput"])
def test_inference_names_the_model_that_serves_now(world, start):
    model = world.model()
    arn = getattr(world, start)(model)
    world.wait(minutes=20)
    answer = json.loads(world.runtime.invoke_model(modelId=arn, body=b"{}")["body"].read())
    assert answer == {"modelArn": model, "invoked": arn}
    talk = world.runtime.converse(modelId=arn, messages=[{"role": "user", "content": [{"text": "Hello"}]}])
    assert model in talk["output"]["message"]["content"][0]["text"]
    assert world.bedrock.admin("calls", {})["calls"][-2]["params"]["body"] == "{}"


def test_a_custom_model_itself_can_not_be_invoked(world):
    for identifier in (world.model(), "imported"):
        with pytest.raises(ClientError, match="ValidationException"):
            world.runtime.invoke_model(modelId=identifier, body=b"{}")


def test_a_deployment_that_is_not_ready_says_so(world):
    arn = world.start_deployment(world.model())
    with pytest.raises(world.runtime.exceptions.ModelNotReadyException):
        world.runtime.invoke_model(modelId=arn, body=b"{}")


def test_foundation_models_answer_too(world):
    answer = world.runtime.invoke_model(modelId="amazon.nova-lite-v1:0", body=b"{}")
    assert b"foundation-model/amazon.nova-lite-v1:0" in answer["body"].read()


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 15),
        ({"byProvider": "meta"}, 6),
        ({"byCustomizationType": "CONTINUED_PRE_TRAINING"}, 0),
        ({"byCustomizationType": "DISTILLATION"}, 6),
        ({"byOutputModality": "IMAGE"}, 0),
        ({"byOutputModality": "EMBEDDING"}, 1),
        ({"byInferenceType": "PROVISIONED"}, 15),
    ],
)
def test_the_catalog_can_be_filtered(world, filters, count):
    assert len(world.client.list_foundation_models(**filters)["modelSummaries"]) == count


def test_a_foundation_model_is_found_by_id_and_by_arn(world):
    details = world.client.get_foundation_model(modelIdentifier="amazon.nova-2-lite-v1:0")["modelDetails"]
    assert world.client.get_foundation_model(modelIdentifier=details["modelArn"])["modelDetails"] == details
    with pytest.raises(world.client.exceptions.ResourceNotFoundException):
        world.client.get_foundation_model(modelIdentifier="acme.unknown-v1")


def test_the_times_of_a_deployment_tell_its_last_change(world):
    world.start_deployment(world.model())
    world.wait(hours=2)
    answer = deployment(world)
    assert answer["lastUpdatedAt"] - answer["createdAt"] == timedelta(minutes=15)
