"""The summary of a deployment for a person: what was made, what is paid, how long it took."""

import shlex
import sys
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from local.aws import RunningAws

_ROLES = ("roleArn",)
_KEYS = ("modelKmsKeyArn", "outputModelKmsKeyArn")
# As the constructs write them; their other tags are bookkeeping, and say nothing to a person.
_PREFIX = "bedrock-models:"
_STACK_TAG = f"{_PREFIX}stack"
_WIDTH_OF_PIPE = 100
_NAMES = {
    "CreateModelCustomizationJob": "jobName",
    "CreateCustomModel": "modelName",
    "CreateProvisionedModelThroughput": "provisionedModelName",
}
_PAID = {
    "CreateModelCustomizationJob": "a paid training run was started",
    "CreateCustomModel": "an import was started: billed by the month for storage",
    "CreateProvisionedModelThroughput": "model units were bought: billed by the hour",
}


def console() -> Console:
    """A terminal as it is; in a pipe lines of any length, and rules of a width that suits a log."""
    return Console() if sys.stdout.isatty() else Console(width=_WIDTH_OF_PIPE)


def say(console: Console, text: str = "", style: str = "") -> None:
    """A line as it is: ARNs are there to be copied, so nothing cuts or folds them."""
    console.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)


def rule(console: Console, title: str, style: str = "") -> None:
    console.print()
    console.rule(f"[{style}]{title}" if style else title, align="left")


def made(aws: RunningAws, stacks: Collection[str], console: Console) -> None:
    """Every Bedrock resource of these stacks: what it is, whose, under which role and key."""
    rule(console, "what was made")
    known = stack_ids(aws, stacks)
    resources = [each for each in aws.bedrock("state")["resources"] if each["tags"].get(_STACK_TAG) in known]
    roles, paid = _roles_given(aws), _paid(aws)
    for resource in resources:
        _show(resource, known[resource["tags"][_STACK_TAG]], roles, console, paid=paid.get(resource["name"], ""))
    if not resources:
        say(console, "No custom model, job, deployment or throughput: the app has none.")


def stack_ids(aws: RunningAws, names: Collection[str]) -> dict[str, str]:
    """The ids of these stacks and of those nested in them, also when they are deleted, with the names of the roots."""
    cloudformation = aws.client("cloudformation")
    pages = cloudformation.get_paginator("list_stacks").paginate()
    ids = [stack["StackId"] for page in pages for stack in page["StackSummaries"]]
    listed = [cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0] for stack_id in ids]
    named = {stack["StackId"]: stack["StackName"] for stack in listed}
    roots = {stack["StackId"]: named.get(stack.get("RootId", ""), stack["StackName"]) for stack in listed}
    return {stack_id: root for stack_id, root in roots.items() if root in names}


def _roles_given(aws: RunningAws) -> dict[str, str]:
    """Bedrock does not tell which role read an imported model's source; the call that made the model does."""
    given = [call["params"] for call in aws.bedrock("calls")["calls"] if call["operation"] == "CreateCustomModel"]
    return {params["modelName"]: params["roleArn"] for params in given if "roleArn" in params}


def _paid(aws: RunningAws) -> dict[str, str]:
    """What was started and would be billed in an account. What was adopted has no such call."""
    calls = [call for call in aws.bedrock("calls")["calls"] if call["outcome"] == "ok"]
    found = {(call["operation"], call["params"].get(_NAMES.get(call["operation"], ""), "")) for call in calls}
    return {name: _PAID[operation] for operation, name in found if operation in _PAID}


def _show(resource: Mapping[str, Any], stack: str, roles: Mapping[str, str], console: Console, *, paid: str) -> None:
    description = resource["description"]
    say(console, f"{resource['kind']}  {resource['name']}", style="bold")
    rows = {
        "status": resource["status"],
        "stack": stack,
        "ARN": resource["arn"],
        "role": _first(description, _ROLES) or roles.get(resource["name"], ""),
        "key": _first(description, _KEYS),
        "tags": ", ".join(f"{k}={v}" for k, v in resource["tags"].items() if not k.startswith(_PREFIX)),
        "trained": _training_time(description),
        "paid": paid,
    }
    for name, value in rows.items():
        if value:
            say(console, f"  {name:<8}{value}", style="" if name == "status" else "dim")
    say(console)


def _first(description: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((description[name] for name in names if description.get(name)), "")


def _training_time(description: Mapping[str, Any]) -> str:
    """Only a run has a beginning and an end; of all others the times tell when they were last changed."""
    start, end = description.get("creationTime"), description.get("endTime")
    if not start or not end:
        return ""
    duration = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return f"{timedelta(seconds=round(duration.total_seconds()))} by Bedrock's clock"


def times(steps: Mapping[str, float], deploying: float, aws: RunningAws, console: Console) -> None:
    """Wall time of each step, and how much time passed for Bedrock during the deployment."""
    rule(console, "how long it took")
    width = max(map(len, steps)) + 2
    for name, seconds in steps.items():
        say(console, f"{name:<{width}}{seconds:.1f} s")
    scale = aws.settings.time_scale
    passed = timedelta(seconds=round(deploying * scale))
    say(console, f"Bedrock's clock runs {scale:g} times faster here: the deployment took {passed} by it.\n")


def instructions(aws: RunningAws, console: Console) -> None:
    """How another terminal reaches it, and how it ends."""
    program = f"{_interpreter()} -m local"
    rule(console, "the local AWS is up, and stays up")
    say(console, f"Endpoint  {aws.endpoint}")
    say(console, f"Account   {aws.settings.account}, Region {aws.settings.region}, credentials test / test")
    say(console, f"Log       {aws.log_file}\n")
    say(console, "Use it from another terminal (any AWS SDK or CLI reads these variables):\n")
    say(console, f'  eval "$({program} env)"')
    say(console, f"  {program} deploy MyStack       # or synth, diff, destroy, ...\n")
    say(console, f"Stop it:  {program} down")


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
