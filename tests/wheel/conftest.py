"""The wheel as its users get it, and a machine that is like the developer's in nothing but the dependencies."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.apps import ROOT

UV = Path(sys.executable).parent / "uv"
# Unpacking the CDK for another HOME would take longer than everything else here.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "aws" / "jsii" / "package-cache"
_SHARED = {"JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(_CACHE), "JSII_NODE": os.environ["JSII_NODE"]}
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "docs", "tests", "cdk.out")


@dataclass(frozen=True)
class Machine:
    """An environment with the wheel in it, and what a program run there finds around it."""

    python: Path
    library: Path
    home: Path

    def run(self, *arguments: str, cwd: Path, umask: int, env: Mapping[str, str]) -> None:
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=cwd,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **_SHARED, **env},
            umask=umask,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, tmp_path_factory.mktemp("dist"), "wheel")


@pytest.fixture(scope="session")
def machine(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Whoever installed it there lets nobody else read anything."""
    folder = tmp_path_factory.mktemp("machine")
    environment, home = folder / "venv", folder / "home"
    home.mkdir()
    _quietly([UV, "venv", "--offline", "--python", sys.executable, str(environment)])
    python = environment / "bin" / "python"
    _quietly([UV, "pip", "install", "--offline", "--no-deps", "--link-mode=copy", "--python", str(python), str(wheel)])
    [packages] = environment.glob("lib/python*/site-packages")
    # The dependencies are the developer's own: no test waits for a registry.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    library = packages / "constructs_lib"
    for file in library.rglob("*"):
        file.chmod(0o700 if file.is_dir() else 0o600)
    return Machine(python=python, library=library, home=home)


def built(source: Path, folder: Path, kind: str, *, umask: int = 0o022) -> Path:
    """The wheel or the sdist, as `python -m build` makes it of the source in a folder."""
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(folder), str(source)]
    _quietly(command, umask=umask)
    [artifact] = folder.iterdir()
    return artifact


def checkout(folder: Path) -> Path:
    """A copy of the sources with other times, which nobody else may read."""
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT, copy_function=shutil.copyfile)
    shutil.copy(ROOT / ".gitignore", folder)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


def sources(folder: Path) -> set[Path]:
    """Every file but what tools leave behind."""
    paths = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path for path in paths if not any(part.startswith((".", "__pycache__")) for part in path.parts)}


def _quietly(command: Sequence[str | Path], *, umask: int = 0o022) -> None:
    done = subprocess.run(command, umask=umask, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
