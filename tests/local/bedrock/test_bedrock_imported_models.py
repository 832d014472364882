"""Import jobs and imported models: quotas, names that are never freed, and copies that are cold."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from local.bedrock import Bedrock, ManualClock, Quotas, memory_client
from local.bedrock.authorization import authorization

ROLE = "arn:aws:iam::123456789012:role/importer"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def bedrock(clock):
    return Bedrock(clock)


@pytest.fixture
def client(bedrock):
    return memory_client(bedrock)


def start(client, name="job", model="llama"):
    source = {"s3DataSource": {"s3Uri": "s3://weights/llama/"}}
    return client.create_model_import_job(jobName=name, importedModelName=model, roleArn=ROLE, modelDataSource=source)


def finished(client, clock, name="job", model="llama"):
    start(client, name, model)
    clock.advance(timedelta(hours=1))
    return client.get_imported_model(modelIdentifier=model)["modelArn"]


def refusal(call):
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]


def test_a_job_ends_in_a_model_that_names_it(client, clock):
    arn = finished(client, clock)
    job, model = client.get_model_import_job(jobIdentifier="job"), client.get_imported_model(modelIdentifier=arn)
    assert (job["status"], job["importedModelArn"]) == ("Completed", arn)
    assert (model["jobArn"], model["modelName"]) == (job["jobArn"], "llama")
    assert model["customModelUnits"]["customModelUnitsPerModelCopy"] > 0


def test_one_job_runs_at_a_time(client, clock):
    start(client)
    assert refusal(lambda: start(client, "second", "second"))["Code"] == "ServiceQuotaExceededException"
    clock.advance(timedelta(hours=1))
    assert start(client, "second", "second")["jobArn"]


def test_an_account_has_three_models(client, clock, bedrock):
    for number in range(Quotas().imported_models):
        finished(client, clock, f"job-{number}", f"model-{number}")
    assert refusal(lambda: start(client))["Code"] == "ServiceQuotaExceededException"
    client.delete_imported_model(modelIdentifier="model-0")
    assert start(client)["jobArn"]


def test_the_name_of_a_job_is_never_free_again_and_that_of_a_model_is(client, clock):
    finished(client, clock)
    client.delete_imported_model(modelIdentifier="llama")
    assert refusal(lambda: start(client))["Message"] == "The provided job name is currently in use."
    assert start(client, "second", "llama")["jobArn"]


def test_a_cold_model_is_not_ready_until_a_copy_is_there(bedrock, client, clock):
    arn = finished(client, clock)
    runtime = memory_client(bedrock, "bedrock-runtime")
    ask = lambda: runtime.invoke_model(modelId=arn, body=b"{}")  # noqa: E731
    assert refusal(ask)["Code"] == "ModelNotReadyException"
    clock.advance(timedelta(minutes=1))
    assert ask()["contentType"] == "application/json"
    clock.advance(timedelta(minutes=6))
    assert refusal(ask)["Code"] == "ModelNotReadyException"


def test_the_calls_are_authorized_on_their_own_resources(bedrock, client, clock):
    arn = finished(client, clock)
    (deletes,) = authorization("DeleteImportedModel", {"modelIdentifier": "llama"}, bedrock.store())
    assert (deletes.action, deletes.resource) == ("bedrock:DeleteImportedModel", arn)
    (reads,) = authorization("GetModelImportJob", {"jobIdentifier": "job"}, bedrock.store())
    assert reads.resource == client.get_model_import_job(jobIdentifier="job")["jobArn"]
