"""What a failed wait says: of each kind of thing what becomes of it, of a run why it is no further, and whose fault."""

from typing import Any

import pytest

from provider.cloudformation.contract import CUSTOM_MODEL_TYPE, MODEL_CUSTOMIZATION_JOB_TYPE, WAIT_TYPE
from tests.functional.conftest import Cloud
from tests.functional.kinds import Kind, imported, training

STARTED_LATE = {"job_queue": 60, "job_validation": 60, "job_data_processing": 30 * 60, "job_training": 3600}


@pytest.fixture(autouse=True)
def environment(cloud: Cloud) -> None:
    assert cloud


def wait(kind: Kind, type: str, name: str, **properties: Any) -> dict[str, Any]:
    given = {"For": type, "Name": name, "Last": "true", **properties}
    return kind.world.create(given, ResourceType=WAIT_TYPE, LogicalResourceId="Ready")


def test_an_import_goes_on_when_its_timeout_ends() -> None:
    kind = imported()
    kind.world.bedrock.script("*", durations={"model_import": 7200})
    name = kind.world.create(kind.first)["PhysicalResourceId"]
    reason = wait(kind, CUSTOM_MODEL_TYPE, name, Seconds="600")["Reason"]
    assert "was still Creating when the timeout ended. It was left running" in reason


def test_a_run_that_trains_goes_on_unless_the_rollback_stops_it() -> None:
    kind = training()
    name = kind.world.create(kind.first)["PhysicalResourceId"]
    reason = wait(kind, MODEL_CUSTOMIZATION_JOB_TYPE, name)["Reason"]
    assert "was still InProgress when the timeout ended" in reason
    assert "unless rollback_behavior stops it" in reason
    assert "has not started" not in reason


def test_a_run_whose_training_has_not_started_says_so_and_so_does_the_log(logged: list[dict[str, Any]]) -> None:
    kind = training()
    kind.world.bedrock.script("*", durations=STARTED_LATE)
    name = kind.world.create(kind.first)["PhysicalResourceId"]
    reason = wait(kind, MODEL_CUSTOMIZATION_JOB_TYPE, name, Seconds="900")["Reason"]
    assert "Its training has not started" in reason
    assert any("has not started" in line["message"] for line in logged if line["event"] == "status")


@pytest.mark.parametrize(
    ("failure", "is_bedrocks"),
    [("Encountered an internal error. Please try again.", True), ("Unable to parse Amazon S3 file", False)],
)
def test_a_fault_of_bedrocks_own_is_named_with_its_remedy(failure: str, is_bedrocks: bool) -> None:
    kind = training()
    kind.world.bedrock.script("*", fail=failure, durations={"job_training": 600})
    reasons = []
    for _ in range(2):
        name = kind.world.create(kind.first)["PhysicalResourceId"]
        reasons.append(wait(kind, MODEL_CUSTOMIZATION_JOB_TYPE, name)["Reason"])
    assert [failure in reason for reason in reasons] == [True, True]
    assert ["internal error of Amazon Bedrock" in reason for reason in reasons] == [is_bedrocks] * 2
    refused = kind.world.create(kind.first)["Reason"]
    assert ("raise max_attempts" in refused) is is_bedrocks
    assert ("Change the inputs" in refused) is not is_bedrocks
