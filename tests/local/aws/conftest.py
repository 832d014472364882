from collections.abc import Iterator

import pytest

from local.aws import LocalAws, RunningAws, Settings
from tests.local.aws.recorder import Recorder


@pytest.fixture(scope="session")
def aws() -> Iterator[RunningAws]:
    """Without IAM and TLS: what is tested with it is neither."""
    with LocalAws(Settings(auth=False, tls=False, longest_answer=20)) as running:
        yield running


@pytest.fixture(scope="session")
def recorder_function(aws: RunningAws) -> str:
    return Recorder.make_function(aws)


@pytest.fixture
def recorder(aws: RunningAws, recorder_function: str, request: pytest.FixtureRequest) -> Recorder:
    """A custom resource provider that is told how to answer, and remembers the events it got."""
    return Recorder(aws, recorder_function, f"stack-{request.node.name.replace('_', '-').split('[')[0]}")
