from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.aws import LocalAws, RunningAws, Settings
from tests.e2e.stage import DATA_BUCKET, NO_QUOTA, SharedAws, Stage

_SCALE = 3600.0
# Most runs are over when they are first looked at; tests of the waiting hold theirs.
_SHORT = ("model_import", "job_queue", "job_validation", "job_data_processing", "job_training", "job_stop")
_QUOTAS = (
    "concurrent_customization_jobs",
    "custom_models",
    "custom_models_in_creation",
    "custom_model_deployments_in_progress",
)


@pytest.fixture(scope="session")
def aws() -> Iterator[RunningAws]:
    """One for all tests, IAM and TLS as in an account. An hour of Bedrock's time takes a second."""
    # Once is enough for a cleanup: a model in use makes each attempt take all of the provider's patience.
    with LocalAws(Settings(time_scale=_SCALE, longest_answer=40, cleanup_attempts=1)) as running:
        shared = SharedAws(running.endpoint, running.settings, running.directory, running.log_file)
        shared.bedrock("quotas", dict.fromkeys(_QUOTAS, NO_QUOTA))
        shared.bedrock("timings", dict.fromkeys(_SHORT, 10))
        shared.client("s3").create_bucket(Bucket=DATA_BUCKET)
        shared.client("s3").put_object(Bucket=DATA_BUCKET, Key="train.jsonl", Body=b"{}")
        yield shared


@pytest.fixture
def stage(aws: RunningAws, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage for one test."""
    with Stage(aws, request.node.nodeid, tmp_path) as stage:
        yield stage


@pytest.fixture(scope="module")
def new_stage(
    aws: RunningAws, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Stage]]:
    """Stages for what several tests look at: a stack costs a second, so one deployment shows many things."""
    with ExitStack() as open_stages:
        yield lambda name: open_stages.enter_context(
            Stage(aws, f"{request.node.nodeid}::{name}", tmp_path_factory.mktemp(name))
        )
