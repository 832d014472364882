import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.bedrock import Quotas, memory_client


@pytest.fixture
def limited(make_world):
    return make_world(quotas=Quotas(requests_per_second=2, request_burst=3, custom_models_in_creation=9))


@pytest.fixture
def client(limited):
    return memory_client(limited.bedrock, config=Config(retries={"total_max_attempts": 1}))


def outcomes(call, times):
    found = []
    for _ in range(times):
        try:
            call()
            found.append("ok")
        except ClientError as error:
            found.append((error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]))
    return found


THROTTLED = ("ThrottlingException", 429)


def test_calls_beyond_the_burst_are_throttled(client):
    assert outcomes(client.list_custom_models, 5) == ["ok", "ok", "ok", THROTTLED, THROTTLED]


def test_the_bucket_fills_with_the_rate_up_to_the_burst(limited, client):
    outcomes(client.list_custom_models, 3)
    limited.wait(seconds=1)
    assert outcomes(client.list_custom_models, 3) == ["ok", "ok", THROTTLED]
    limited.wait(hours=1)
    assert outcomes(client.list_custom_models, 4) == ["ok", "ok", "ok", THROTTLED]


def test_each_operation_has_a_bucket_of_its_own(client):
    outcomes(client.list_custom_models, 4)
    assert outcomes(client.list_model_customization_jobs, 1) == ["ok"]


def test_a_throttled_start_starts_nothing(limited):
    client = memory_client(limited.bedrock, config=Config(retries={"total_max_attempts": 1}))
    for number in range(3):
        limited.start_import(f"model-{number}")
    assert outcomes(lambda: limited.start_import("model-3"), 1) == [THROTTLED]
    assert len(client.list_custom_models()["modelSummaries"]) == 3


def test_without_a_rate_nothing_is_throttled(world):
    assert set(outcomes(world.client.list_custom_models, 200)) == {"ok"}
