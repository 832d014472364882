from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Quotas, memory_client

PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/nova/1"
PACKAGE_SOURCE = {"modelPackageArnDataSource": {"modelPackageArn": PACKAGE}}
S3_SOURCE = {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}
ROLE = "arn:aws:iam::123456789012:role/trainer"


def status(world: Any, identifier: str = "imported") -> str:
    return world.client.get_custom_model(modelIdentifier=identifier)["modelStatus"]


def refusal(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return f"{caught.value.response['Error']['Code']}: {caught.value.response['Error']['Message']}"


def test_an_imported_model_is_creating_and_then_active(world):
    arn = world.start_import()
    assert status(world) == "Creating"
    world.wait(minutes=10)
    assert status(world, arn) == "Active"


def test_get_tells_neither_the_source_nor_a_job(world):
    world.model()
    answer = world.client.get_custom_model(modelIdentifier="imported")
    del answer["ResponseMetadata"]
    assert sorted(answer) == ["creationTime", "customizationType", "modelArn", "modelName", "modelStatus"]


def test_a_scripted_import_fails_with_its_message(world):
    world.bedrock.script("imp*", fail="The artifacts are not complete.")
    world.model()
    answer = world.client.get_custom_model(modelIdentifier="imported")
    assert (answer["modelStatus"], answer["failureMessage"]) == ("Failed", "The artifacts are not complete.")


def test_a_script_that_is_used_up_lets_the_next_model_succeed(world):
    world.bedrock.script("imported", fail="once", times=1)
    world.model()
    world.client.delete_custom_model(modelIdentifier="imported")
    world.model()
    assert status(world) == "Active"


def test_a_failed_model_keeps_its_name_until_it_is_deleted(world):
    world.bedrock.script("imported", fail="no")
    world.model()
    with pytest.raises(world.client.exceptions.ConflictException):
        world.start_import()
    world.client.delete_custom_model(modelIdentifier="imported")
    world.start_import()


def test_a_model_package_needs_no_role(world):
    world.client.create_custom_model(modelName="packaged", customModelDataSource=PACKAGE_SOURCE)
    assert status(world, "packaged") == "Creating"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "Exactly one of"),
        ({"modelSourceConfig": S3_SOURCE, "customModelDataSource": PACKAGE_SOURCE}, "Exactly one of"),
        ({"modelSourceConfig": S3_SOURCE}, "roleArn is required"),
    ],
)
def test_a_source_that_is_missing_double_or_without_role_is_refused(world, params, text):
    message = refusal(world.client.create_custom_model, modelName="m", **params)
    assert message.startswith("ValidationException")
    assert text in message


def test_a_name_taken_by_a_running_job_is_refused(world):
    world.start_job("run", customModelName="taken")
    assert "ConflictException" in refusal(
        world.client.create_custom_model, modelName="taken", customModelDataSource=PACKAGE_SOURCE
    )


def test_a_model_can_not_be_deleted_while_creating(world):
    world.start_import()
    assert "ConflictException" in refusal(world.client.delete_custom_model, modelIdentifier="imported")


@pytest.mark.parametrize("start", ["start_deployment", "start_throughput"])
def test_a_model_in_use_can_not_be_deleted_and_the_user_is_named(world, start):
    arn = world.model()
    user = getattr(world, start)(arn)
    message = refusal(world.client.delete_custom_model, modelIdentifier=arn)
    assert message.startswith("ConflictException")
    assert user in message


def test_a_model_that_is_gone_is_not_found(world):
    arn = world.model()
    world.client.delete_custom_model(modelIdentifier=arn)
    for call in (world.client.get_custom_model, world.client.delete_custom_model):
        assert "ResourceNotFoundException" in refusal(call, modelIdentifier=arn)


def test_the_quota_of_custom_models_is_an_error_of_its_own(make_world):
    world = make_world(quotas=Quotas(custom_models=1))
    world.start_import("one")
    with pytest.raises(world.client.exceptions.ServiceQuotaExceededException):
        world.start_import("two")


def test_a_key_is_told_by_get(world):
    key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    world.model(modelKmsKeyArn=key)
    assert world.client.get_custom_model(modelIdentifier="imported")["modelKmsKeyArn"] == key


def test_regions_and_accounts_do_not_see_each_other(world):
    world.model()
    for place in ({"region": "us-west-2"}, {"account": "210987654321"}):
        other = memory_client(world.bedrock, **place)
        assert other.list_custom_models()["modelSummaries"] == []
