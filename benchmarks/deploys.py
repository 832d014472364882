"""Deployments on the local AWS: what the machinery costs when Bedrock itself takes no time."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from botocore.exceptions import ClientError

from benchmarks import stage, workload
from benchmarks.options import Options
from benchmarks.rounds import interleaved, median
from benchmarks.stage import BenchmarkAws
from benchmarks.table import Cell, Table
from benchmarks.workload import FLOOR, OURS, PEER, Models
from local import cdk as cdk_cli
from local import toolchain
from local.aws import Settings
from local.aws.environment import scrubbed

_SYSTEMS: Final = (OURS, PEER, FLOOR)
_SHORT: Final = ("model_import", "job_queue", "job_validation", "job_data_processing", "job_training", "deployment")
# An hour of Bedrock takes a second, and its work ten seconds of its own: a hundredth. Waits of the waiters vanish too.
_SETTINGS: Final = Settings(time_scale=3600, sfn_wait_scale=0.001)
_CREATE, _NO_CHANGE, _TAGS, _REPLACE, _DELETE = "create", "no change", "tags", "replacement", "delete"
_OPERATIONS: Final = (_CREATE, _NO_CHANGE, _TAGS, _REPLACE, _DELETE)
_NOTES: Final = (
    "Medians of interleaved rounds. Bedrock's own work takes a hundredth of a second and waits of the waiters",
    "are scaled away: what remains is CloudFormation, Lambda and the handlers. The floor is our template,",
    "answered at once.",
)
Seconds = dict[str, float]


def run(options: Options) -> list[Table]:
    """Through the API in interleaved rounds, then once with the CDK CLI."""
    with stage.running(_SETTINGS, **dict.fromkeys(_SHORT, 10.0)) as aws:
        models = Models(jobs=1, imports=1, serve=True, escrow=aws.bedrock("escrow")["uri"])
        found = interleaved(_SYSTEMS, options.turns, lambda system, turn: _life(aws, system, turn, models))
        tables = [_api_table(found)]
        return tables if options.smoke else [*tables, _cli_table(aws, models)]


def _life(aws: BenchmarkAws, system: str, turn: int, models: Models) -> Seconds:
    """One stack from creation to deletion, and the seconds of each step."""
    name = f"{system.title()}{turn}"
    changes = {
        _CREATE: models,
        _TAGS: replace(models, tags={"team": "platform"}),
        _REPLACE: replace(models, tags={"team": "platform"}, epochs=3),
    }
    templates = {step: stage.template(aws, system, name, changed) for step, changed in changes.items()}
    seconds = {_CREATE: stage.deploy(aws, name, templates[_CREATE]).require("CREATE_COMPLETE").seconds}
    seconds[_NO_CHANGE] = _timed(lambda: _refused(aws, name, templates[_CREATE]))
    for step in (_TAGS, _REPLACE):
        seconds[step] = stage.deploy(aws, name, templates[step]).require("UPDATE_COMPLETE").seconds
    seconds[_DELETE] = stage.delete(aws, name).require("DELETE_COMPLETE").seconds
    return seconds


def _refused(aws: BenchmarkAws, name: str, template: Mapping[str, Any]) -> None:
    """CloudFormation itself sees that nothing changed."""
    with contextlib.suppress(ClientError):
        stage.deploy(aws, name, template)


def _api_table(found: dict[str, list[Seconds]]) -> Table:
    return Table(
        title="Whole deployments through the API: a job of 24 hours, its deployment, an import",
        header=["", *(f"{system} s" for system in _SYSTEMS), "ours over floor", "peer over floor", "ratio"],
        rows=[_row(step, found) for step in _OPERATIONS],
        notes=_NOTES,
    )


def _row(step: str, found: dict[str, list[Seconds]]) -> list[Cell]:
    seconds = [median(each[step] for each in found[system]) for system in _SYSTEMS]
    over = [
        median(a[step] - b[step] for a, b in zip(found[system], found[FLOOR], strict=True)) for system in (OURS, PEER)
    ]
    return [step, *seconds, *over, over[0] / over[1] if over[1] > 0 else None]


def _cli_table(aws: BenchmarkAws, models: Models) -> Table:
    """The real command line, which synthesizes nothing here: it gets a finished assembly."""
    cdk_cli.bootstrap(aws)
    rows: dict[str, dict[str, float]] = defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        for system in (OURS, PEER):
            app = _assembly(aws, Path(folder) / system, system, models)
            for step, command in _commands(app):
                rows[step][system] = _command(aws, command)
    return Table(
        title="The same through the CDK CLI, once",
        header=["", "ours s", "peer s"],
        rows=[[step, seconds[OURS], seconds[PEER]] for step, seconds in rows.items()],
    )


def _commands(app: str) -> Iterator[tuple[str, list[str]]]:
    for step, verb in ((_CREATE, "deploy"), (_NO_CHANGE, "deploy"), (_DELETE, "destroy")):
        unattended = ["--force"] if verb == "destroy" else ["--require-approval", "never"]
        yield f"cdk {verb}: {step}", [verb, "--all", "--app", app, "--no-notices", *unattended]


def _command(aws: BenchmarkAws, arguments: list[str]) -> float:
    """The seconds of one command line, whose output is shown only if it fails."""
    started = time.perf_counter()
    ran = subprocess.run(
        toolchain.cdk_command(arguments),
        cwd=aws.directory.root,
        env=scrubbed(os.environ) | aws.env,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"cdk {' '.join(arguments)} ended with {ran.returncode}:\n{ran.stderr[-3000:]}")
    return time.perf_counter() - started


def _assembly(aws: BenchmarkAws, folder: Path, system: str, models: Models) -> str:
    app = cdk.App(outdir=str(folder))
    env = cdk.Environment(account=aws.settings.account, region=aws.settings.region)
    workload.build(system, cdk.Stack(app, f"Cli{system.title()}", env=env), models)
    return app.synth().directory


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
