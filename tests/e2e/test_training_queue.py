"""A full quota of concurrent jobs is a queue."""

from collections.abc import Iterator

import aws_cdk as cdk
import pytest

from local.aws import RunningAws
from tests.e2e.stage import NO_QUOTA, Stage, failure

HOURS = cdk.Duration.hours


@pytest.fixture
def quota_of_one(aws: RunningAws) -> Iterator[None]:
    aws.bedrock("quotas", {"concurrent_customization_jobs": 1})
    yield
    aws.bedrock("quotas", {"concurrent_customization_jobs": NO_QUOTA})


@pytest.mark.usefixtures("quota_of_one")
def test_three_jobs_share_a_quota_of_one(stage: Stage) -> None:
    """One runs, one waits for it, one is deleted while it waits."""

    def two(stack: cdk.Stack) -> None:
        first, second = (stage.job(stack, which, timeout=HOURS(8)) for which in ("First", "Second"))
        second.node.find_child("Resource").node.add_dependency(first.node.find_child("Resource"))

    stage.hold("First")
    deploying = stage.start(two, segment=None)
    stage.until_segment(1, "CREATE_IN_PROGRESS", "Second")
    third = stage.deploy(
        lambda stack: stage.job(stack, "Third", timeout=HOURS(0.8)),
        name=f"{stage.id}Third",
        segment=None,
        disable_rollback=True,
    )
    queued = stage.runs
    deleted = stage.delete(f"{stage.id}Third")
    stage.finish("First")

    assert deploying.result().status == "CREATE_COMPLETE"
    assert (third.status, deleted.status) == ("CREATE_FAILED", "DELETE_COMPLETE")
    assert "was still Queued when the timeout ended" in failure(third)
    assert len(queued) == 1
    before, after = (run.description for run in stage.runs)
    assert ("First" in before["jobName"], "Second" in after["jobName"]) == (True, True)
    assert after["creationTime"] >= before["endTime"]
