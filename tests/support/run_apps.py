"""Runs CDK apps in one process, each into a folder of its own: `python -m tests.support.run_apps FOLDER MODULE ...`.

Most of what a synthesis with strict validation takes is loading its rules, once for each process.
"""

import functools
import runpy
import sys
from pathlib import Path

import aws_cdk as cdk

App = cdk.App


def run(module: str, folder: Path) -> None:
    # Node.js has read CDK_OUTDIR when it started, so each app has to be told.
    cdk.App = functools.partial(App, outdir=str(folder))  # type: ignore[misc, assignment]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    for each in sys.argv[2:]:
        run(each, Path(sys.argv[1]) / each)
