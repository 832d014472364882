"""The local AWS that is up for this project, found through a file in `.local-aws/`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.aws import LocalAws, RunningAws, Settings
from local.aws.process import LOG_DIRECTORY
from local.aws.working_directory import WorkingDirectory

_FILE = LOG_DIRECTORY / "running.json"


def announce(aws: RunningAws) -> None:
    """Let the other commands find it."""
    directory, settings = str(aws.directory.root), aws.settings.to_json()
    content = {"endpoint": aws.endpoint, "directory": directory, "settings": settings, "log_file": str(aws.log_file)}
    _FILE.write_text(json.dumps(content))


def forget(aws: RunningAws) -> None:
    if _FILE.exists() and json.loads(_FILE.read_text())["endpoint"] == aws.endpoint:
        _FILE.unlink()


def find() -> RunningAws | None:
    """The one that is up, if it still answers."""
    if not _FILE.exists():
        return None
    content = json.loads(_FILE.read_text())
    directory, settings = WorkingDirectory(Path(content["directory"])), Settings.from_json(content["settings"])
    aws = RunningAws(content["endpoint"], settings, directory, Path(content["log_file"]))
    if not aws.answers():
        _FILE.unlink()
        return None
    return aws


@contextmanager
def running_or_fresh() -> Iterator[RunningAws]:
    if running := find():
        yield running
    else:
        with LocalAws() as fresh:
            yield fresh
