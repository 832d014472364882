"""The process itself: it starts apart from the developer's own AWS, and leaves nothing behind."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

from local.aws import LocalAws, RunningAws, Settings
from local.aws.environment import scrubbed


def test_it_listens_on_the_loopback_address_only(aws: RunningAws) -> None:
    assert aws.endpoint.startswith("http://127.0.0.1:")


def test_its_directory_goes_with_it() -> None:
    with LocalAws(Settings(tls=False)) as aws:
        assert aws.directory.root.is_dir()
    assert not aws.directory.root.exists()
    assert not aws.answers()


def test_it_ends_with_the_process_that_started_it() -> None:
    program = textwrap.dedent(
        """
        import os
        from local.aws import LocalAws, Settings
        aws = LocalAws(Settings(tls=False)).__enter__()
        print(aws.endpoint, aws.directory.root, flush=True)
        os._exit(1)
        """
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    _, directory = ran.stdout.split()

    _until(lambda: not os.path.exists(directory))  # noqa: PTH110 - a path of another process


def test_it_ends_with_its_lifetime() -> None:
    with LocalAws(Settings(tls=False, lifetime_seconds=1)) as aws:
        _until(lambda: not aws.answers())


def test_a_detached_one_stops_when_it_is_told_to() -> None:
    aws = LocalAws.start_detached(Settings(tls=False))

    aws.stop()

    assert not aws.answers()
    assert not aws.directory.root.exists()


def test_the_developers_own_aws_does_not_reach_it() -> None:
    own = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL": "https://elsewhere", "SFN_WAIT_SCALE": "9", "HOME": "/home/me"}
    assert scrubbed(own) == {"HOME": "/home/me"}


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
