"""What a deployment made, for a person to read."""

import shlex
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from local.aws import RunningAws

_ROLES = ("roleArn",)
_KEYS = ("modelKmsKeyArn", "outputModelKmsKeyArn")
_STARTS = ("creationTime", "createdAt")
_ENDS = ("endTime", "lastModifiedTime", "lastUpdatedAt")


def made(aws: RunningAws, console: Console) -> None:
    """Every Bedrock resource: what it is, whose, under which role and key, and how long it took Bedrock."""
    console.rule("what was made")
    resources = aws.bedrock("state")["resources"]
    roles = _roles_given(aws)
    for resource in resources:
        console.print(_described(resource, roles))
        console.print()
    if not resources:
        console.print("No custom model, job, deployment or throughput: the app has none.")


def _roles_given(aws: RunningAws) -> dict[str, str]:
    """Bedrock does not tell which role read an imported model's source; the call that made the model does."""
    given = [call["params"] for call in aws.bedrock("calls")["calls"] if call["operation"] == "CreateCustomModel"]
    return {params["modelName"]: params["roleArn"] for params in given if "roleArn" in params}


def _described(resource: Mapping[str, Any], roles: Mapping[str, str]) -> Table:
    description = resource["description"]
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    # An ARN is there to be copied: better over two lines than cut.
    table.add_column(overflow="fold")
    table.add_row(f"[bold]{resource['kind']}", f"[bold]{resource['name']}")
    rows = {
        "status": resource["status"],
        "ARN": resource["arn"],
        "role": _first(description, _ROLES) or roles.get(resource["name"], ""),
        "key": _first(description, _KEYS),
        "tags": "\n".join(f"{key}={value}" for key, value in resource["tags"].items()),
        "Bedrock took": _duration(description),
    }
    for name, value in rows.items():
        if value:
            table.add_row(f"  {name}", str(value), style="" if name == "status" else "dim")
    return table


def _first(description: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((description[name] for name in names if description.get(name)), "")


def _duration(description: Mapping[str, Any]) -> str:
    start, end = _first(description, _STARTS), _first(description, _ENDS)
    if not start or not end:
        return ""
    return f"{_rounded(datetime.fromisoformat(end) - datetime.fromisoformat(start))} (its own time)"


def _rounded(duration: timedelta) -> timedelta:
    return timedelta(seconds=round(duration.total_seconds()))


def times(steps: Mapping[str, float], aws: RunningAws, console: Console) -> None:
    """Wall time of each step, and how much time passed for Bedrock meanwhile."""
    table = Table("Step", "Wall time", "For Bedrock", box=None)
    for name, seconds in steps.items():
        table.add_row(name, f"{seconds:.1f} s", str(timedelta(seconds=round(seconds * aws.settings.time_scale))))
    console.rule("how long it took")
    console.print(table)


def how_to_use(aws: RunningAws, console: Console) -> None:
    """How another terminal reaches it, and how it ends."""
    console.rule("the local AWS is up")
    console.print(f"Endpoint  {aws.endpoint}")
    console.print(f"Account   {aws.settings.account}, Region {aws.settings.region}, credentials test / test")
    console.print(f"Log       {aws.log_file}\n")
    console.print("Use it from another terminal (any AWS SDK or CLI reads these variables):\n")
    program = f"{_interpreter()} -m local"
    console.print(f'  eval "$({program} env)"', highlight=False)
    console.print(f"  {program} deploy MyStack       # or synth, diff, destroy, ...\n", highlight=False)
    console.print(f"Stop it:  {program} down", highlight=False)


def _interpreter() -> str:
    """As one would type it here: the environment need not be active."""
    path = Path(sys.executable)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def exports(aws: RunningAws) -> str:
    """Shell commands that point a terminal at the local AWS."""
    wanted = ("AWS_", "NODE_EXTRA", "JSII_", "CDK_")
    return "\n".join(
        f"export {name}={shlex.quote(value)}" for name, value in aws.env.items() if name.startswith(wanted)
    )
