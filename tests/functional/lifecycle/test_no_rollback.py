"""Without rollback the next operation deletes what failed to be created, and makes it again, in no fixed order."""

from typing import Any

import pytest

from tests.functional.conftest import Cloud
from tests.functional.job.test_model_customization_job import Training, with_settings
from tests.functional.job.test_model_customization_job import properties as training_properties

job = training_properties


@pytest.fixture
def training(cloud: Cloud) -> Training:
    assert cloud
    return Training()


def failed(training: Training, properties: dict[str, Any]) -> str:
    """A Create that was refused; its physical id."""
    training.stack("ROLLBACK_IN_PROGRESS")
    answer = training.create(properties)
    assert answer["Status"] == "FAILED"
    training.stack("UPDATE_IN_PROGRESS")
    return answer["PhysicalResourceId"]


def test_the_delete_of_what_failed_succeeds_while_the_stack_is_updated(training: Training, job) -> None:
    former = failed(training, job)
    training.stacks.resources["Assistant"] = former
    assert training.delete(former, job)["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"])
@pytest.mark.parametrize("ended", [True, False])
def test_it_takes_nothing_from_its_successor(training: Training, job, status: str, ended: bool) -> None:
    properties = with_settings(job | {"RemovalPolicy": "destroy"}, Wait="true")
    former = failed(training, properties)
    name = training.trained(properties) if ended else training.create(properties)["PhysicalResourceId"]
    training.stacks.resources["Assistant"] = name
    training.stack(status)
    assert training.delete(former, properties)["Status"] == "SUCCESS"
    assert training.job(name)["status"] == ("Completed" if ended else "InProgress")
    assert not ended or training.model(training.job(name)["outputModelArn"])
