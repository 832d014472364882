"""A CDK app on this machine: how its own project runs it, and which stacks it has."""

import json
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local.aws.process import PROJECT


@dataclass(frozen=True)
class App:
    """A file such as `app.py`, or a folder with a `cdk.json`."""

    path: Path

    @property
    def exists(self) -> bool:
        return self.path.is_file() or (self.path / "cdk.json").is_file()

    @property
    def project(self) -> Path:
        """Where its cdk.json lies, whose context it gets; an app without one is its own project."""
        folders = [self.path, *self.path.parents]
        return next((folder for folder in folders if (folder / "cdk.json").is_file()), self.path.parent)

    @property
    def options(self) -> list[str]:
        """What the CDK CLI must be told: nothing if the project's cdk.json runs this app already."""
        return [] if self._is_named_by_project else ["--app", shlex.join([str(self._python), str(self.path)])]

    @property
    def environment(self) -> dict[str, str]:
        """A project of its own runs with its own virtual environment and library; any other borrows the checkout's."""
        own = self.project / ".venv" / "bin"
        if self.project.is_relative_to(PROJECT) or not (own.is_dir() or self._is_named_by_project):
            return {"PYTHONPATH": library_path()}
        path = os.environ.get("PATH", os.defpath)
        if not own.is_dir():
            return {"PATH": path}
        return {"VIRTUAL_ENV": str(own.parent), "PATH": os.pathsep.join([str(own), path])}

    @property
    def _is_named_by_project(self) -> bool:
        config = self.project / "cdk.json"
        command = json.loads(config.read_text()).get("app") if config.is_file() else None
        words = shlex.split(command) if isinstance(command, str) else []
        return self.path == self.project or any(self.project / word == self.path for word in words)

    @property
    def _python(self) -> Path:
        own = self.project / ".venv" / "bin" / "python"
        return own if own.is_file() else Path(sys.executable)


def library_path() -> str:
    """For an app that runs in this Python: it finds the library, installed or not."""
    return os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])


def stack_names(assembly: Path) -> frozenset[str]:
    """The names of the stacks that the last synthesis has written, those of stages included."""
    return frozenset(_stack_names(assembly))


def _stack_names(assembly: Path) -> Iterator[str]:
    for manifest in assembly.rglob("manifest.json"):
        for artifact in json.loads(manifest.read_text()).get("artifacts", {}).values():
            if artifact["type"] == "aws:cloudformation:stack":
                name: str = artifact.get("properties", {}).get("stackName") or artifact.get("displayName", "")
                yield name
