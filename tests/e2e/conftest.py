from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws import LocalAws, RunningAws, Settings
from tests.e2e.stage import DATA_BUCKET, SharedAws, Stage

_SCALE = 3600.0
_MINUTE = 60
_NO_QUOTA = 1000


@pytest.fixture(scope="session")
def aws() -> Iterator[RunningAws]:
    """One for all tests, IAM and TLS as in an account. An hour of Bedrock's time takes a second."""
    with LocalAws(Settings(time_scale=_SCALE, longest_answer=40)) as running:
        shared = SharedAws(running.endpoint, running.settings, running.place, running.log_file)
        shared.bedrock("quotas", {"concurrent_customization_jobs": _NO_QUOTA, "custom_models": _NO_QUOTA})
        stages = ("job_queue", "job_validation", "job_data_processing", "job_training")
        shared.bedrock("timings", dict.fromkeys(stages, 2 * _MINUTE))
        shared.client("s3").create_bucket(Bucket=DATA_BUCKET)
        shared.client("s3").put_object(Bucket=DATA_BUCKET, Key="train.jsonl", Body=b"{}")
        shared.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="99", Type="String")
        yield shared


@pytest.fixture
def stage(aws: RunningAws, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with Stage(aws, request.node.nodeid, tmp_path) as stage:
        yield stage
