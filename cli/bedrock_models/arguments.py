"""The commands and their options. Imports nothing that could be missing, so that `--help` always answers."""

import argparse
from typing import Any, Final
from urllib.parse import urlsplit

Options = argparse.Namespace

_ABOUT: Final = """\
What the constructs of cdk-bedrock-custom-models made in your account: look at it, watch a
training run, plot its losses, find what was left behind, and check before money is spent.
"""
_EXAMPLES: Final = """\
examples:
  bedrock-models plan                                              before cdk deploy
  bedrock-models doctor --template cdk.out/Models.template.json    the same
  bedrock-models watch Models                                      while cdk deploy waits
  bedrock-models invoke Models "How do I reset it?"                when it is deployed
  bedrock-models plot Models --output losses.png                   when it is done
  bedrock-models list models --status Active --created-after 30d
  bedrock-models orphans                                           once a month

Credentials and Region are found as the AWS CLI finds them.
"""
_WATCH_CODES: Final = """\
exit codes:
  0    every run is Completed, and the stack has what it waited for
  1    a run, an import, a deployment, a throughput, a model check or the stack has failed
  2    wrong arguments, or AWS could not be asked
  3    a run was stopped
  4    no run was started: the stack failed or was deleted first
  124  --timeout ended; the run goes on
  130  Ctrl-C; the run goes on
"""
_DOCTOR_CODES: Final = """\
exit codes:
  0    no problem (there may be warnings)
  1    problems: the training would fail, or already cannot start
  2    wrong arguments, or AWS could not be asked

What a role may do is asked of IAM's policy simulator, which counts its permissions boundary, and
for a role that exists the policies of the organization. Policies of buckets and keys do not count.
"""
_ORPHANS_EPILOG: Final = """\
Only what carries the constructs' own tags is ever shown or deleted. What was meant to stay
(removal policy RETAIN) goes only when it is named:

  bedrock-models orphans --delete                     those with removal policy DESTROY
  bedrock-models orphans --delete NAME-OR-ARN ...     exactly these
"""
_INVOKE_EPILOG: Final = """\
The answer goes to standard output, and nothing else. Invoking is billed by tokens.

  bedrock-models invoke Models "How do I reset it?"
  bedrock-models invoke Models - < prompt.txt
"""
_STOP_EPILOG: Final = """\
What was trained so far is lost, and billed. A deployment that waits for the run fails and rolls back.
An import of open weights cannot be stopped.
"""
_PLAN_EPILOG: Final = """\
Nothing is changed: the handlers that the deployment would run are run here, on clients that
only read. Prices and durations are estimates.

  bedrock-models plan                                        of cdk.out, against the account
  bedrock-models plan --app "python app.py" --stack Models   synthesizes first
  bedrock-models plan --fail-on train,delete --markdown      in a pipeline

exit codes:
  0    planned, and nothing that --fail-on or --max-cost objects to
  1    something would be refused: the deployment would fail
  2    wrong arguments, or AWS could not be asked
  3    the plan has what --fail-on names; what is unknown counts as all of it
  4    it costs more than --max-cost in its first month, or nobody knows what it costs
"""
_MODULES: Final = {
    "adopt": "commands.adopt.command",
    "doctor": "doctor.command",
    "invoke": "commands.invoke",
    "list": "commands.list",
    "models": "commands.models",
    "orphans": "commands.orphans.command",
    "plan": "plan.command",
    "plot": "commands.plot.command",
    "stop": "commands.stop",
    "watch": "commands.watch.command",
}
OBJECTIONS: Final = (
    "paid", "train", "import", "deploy", "buy", "configure", "swap", "replace", "stop", "delete", "refuse", "unknown",
)  # fmt: skip
CUSTOMIZATIONS: Final = ("FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION", "REINFORCEMENT_FINE_TUNING")
KINDS: Final = ("models", "jobs", "deployments", "throughput", "imported-models")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    raw = argparse.RawDescriptionHelpFormatter
    whole = argparse.ArgumentParser("bedrock-models", description=_ABOUT, epilog=_EXAMPLES, formatter_class=raw)
    whole.add_argument("--version", action="version", version=_version())
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _list(_command(commands, "list", "show models, jobs, deployments, Provisioned Throughput, imported models"))
    _watch(_command(commands, "watch", "follow what a deployment waits for, or a run", epilog=_WATCH_CODES))
    _invoke(_command(commands, "invoke", "ask a deployed model", epilog=_INVOKE_EPILOG))
    _stop(_command(commands, "stop", "stop a training run", epilog=_STOP_EPILOG))
    _plot(_command(commands, "plot", "draw the training and validation losses of a run"))
    _orphans(_command(commands, "orphans", "find what rollbacks and RETAIN left", epilog=_ORPHANS_EPILOG))
    _adopt(_command(commands, "adopt", "print the code that imports what is there already"))
    _models(_command(commands, "models", "show which base models can be customized here, and how"))
    _plan(_command(commands, "plan", "say what a deployment would do and cost, without doing it", epilog=_PLAN_EPILOG))
    _doctor(_command(commands, "doctor", "check a stack before its training costs money", epilog=_DOCTOR_CODES))
    return whole


def _command(commands: Any, name: str, text: str, *, epilog: str = "") -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=epilog, formatter_class=raw
    )
    command.set_defaults(module=_MODULES[name])
    account = command.add_argument_group("account")
    account.add_argument("--profile", metavar="NAME", help="a profile of the AWS configuration")
    account.add_argument("--region", metavar="REGION", help="the Region, such as us-east-1")
    account.add_argument("--endpoint-url", type=_url, metavar="URL", help="send all requests there, for a local AWS")
    return command


def _list(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "kind", nargs="?", choices=(*KINDS, "invocation-logging"), help="only this kind (default: all of them)"
    )
    command.add_argument("--name-contains", metavar="TEXT", help="only names that have this in them")
    command.add_argument("--status", help="only this status, in the API's words: Active, InProgress, InService, ...")
    command.add_argument("--created-after", metavar="WHEN", help="2026-11-01, or how long ago: 12h, 7d")
    command.add_argument("--created-before", metavar="WHEN", help="the same")
    command.add_argument(
        "--base-model", metavar="ID", help="only what comes from this model: its id, part of it, or ARN"
    )
    owned = command.add_mutually_exclusive_group()
    owned.add_argument("--owned", action="store_true", help="only models of this account")
    owned.add_argument("--shared", action="store_true", help="only models that other accounts share with it")
    command.add_argument("--stack", metavar="NAME", help="only what this stack made")
    _ends_within(command)
    command.add_argument("--sort", choices=("newest", "oldest"), default="newest", help="order (default: newest first)")
    command.add_argument("--json", action="store_true", help="JSON for programs, with ARNs and tags")


def _models(command: argparse.ArgumentParser) -> None:
    command.add_argument("--customization", choices=CUSTOMIZATIONS, help="only models that take this type")
    command.add_argument("--all", action="store_true", help="also those that are Legacy or have ended")
    command.add_argument("--json", action="store_true", help="JSON for programs")


def _watch(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target", metavar="STACK|JOB", help="a stack's name, or the name or ARN of a training or import job"
    )
    command.add_argument(
        "--interval", type=_seconds, default=30.0, metavar="S", help="seconds between polls (default: 30)"
    )
    command.add_argument("--timeout", type=_seconds, metavar="S", help="give up watching after so many seconds")
    command.add_argument("--plain", action="store_true", help="one line for each change, as without a terminal")
    command.add_argument("--json", action="store_true", help="the same as one JSON object a line, for programs")


def _invoke(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target", metavar="TARGET", help="a stack, or a deployment, throughput or imported model by name or ARN"
    )
    command.add_argument("prompt", metavar="PROMPT", help="what to ask; - reads it from standard input")
    command.add_argument("--system", metavar="TEXT", help="a system prompt")
    command.add_argument("--max-tokens", type=int, metavar="N", help="the longest answer (default: the model's)")
    command.add_argument("--temperature", type=float, metavar="T", help="from 0 to 1 (default: the model's)")
    command.add_argument("--json", action="store_true", help="the whole answer as JSON, with tokens and latency")


def _stop(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="JOB|STACK", help="a job's name or ARN, or the stack of one job")
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--json", action="store_true", help="JSON for programs")


def _plot(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="JOB|STACK", help="a job's name or ARN, or the stack of one job")
    command.add_argument("--output", metavar="FILE.png", help="write a picture (needs the extra `plot`)")
    command.add_argument("--quiet", action="store_true", help="draw nothing in the terminal")
    command.add_argument("--json", action="store_true", help="JSON for programs: every step and loss")


def _orphans(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", nargs="*", metavar="NAME-OR-ARN", help="only these (default: all)")
    command.add_argument(
        "--delete", nargs="*", metavar="NAME-OR-ARN", help="delete orphans; without names those with DESTROY"
    )
    command.add_argument("--stack", metavar="NAME", help="only what this stack left")
    _ends_within(command)
    command.add_argument("--yes", action="store_true", help="do not ask")
    command.add_argument("--json", action="store_true", help="JSON for programs")


def _adopt(command: argparse.ArgumentParser) -> None:
    command.add_argument("arn", metavar="ARN", help="of a model, job, deployment or Provisioned Throughput")
    command.add_argument("--lock-id", metavar="ID", help="for a job: the lock_id that it may have been trained under")
    command.add_argument("--json", action="store_true", help="JSON for programs")


def _doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument("stack", nargs="?", metavar="STACK", help="a deployed stack")
    _ends_within(command)
    command.add_argument("--template", metavar="FILE", help="a synthesized one: cdk.out/NAME.template.json")
    command.add_argument("--json", action="store_true", help="JSON for programs")


def _plan(command: argparse.ArgumentParser) -> None:
    app = "a cloud assembly, or a command for the CDK CLI to synthesize one with (default: cdk.out)"
    command.add_argument("--app", default="cdk.out", metavar="FOLDER|COMMAND", help=app)
    stack = "only this stack, also with * and ?; may be given again (default: all of the assembly)"
    command.add_argument("--stack", action="append", default=[], metavar="NAME", help=stack)
    parameter = "a parameter of the deployment, as the CDK CLI takes it; may be given again"
    command.add_argument("--parameters", action="append", default=[], metavar="[STACK:]NAME=VALUE", help=parameter)
    objection = f"exit with 3 if the plan has one of these: {', '.join(OBJECTIONS)}"
    command.add_argument("--fail-on", type=_objections, default=(), metavar="WORD,...", help=objection)
    limit = "exit with 4 if it costs more in its first month, or if a price is not known"
    command.add_argument("--max-cost", type=_dollars, metavar="USD", help=limit)
    command.add_argument("--verbose", action="store_true", help="inputs side by side, names, and every call")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="JSON for programs")
    form.add_argument("--markdown", action="store_true", help="Markdown, for a comment under a change")


def _objections(text: str) -> tuple[str, ...]:
    words = tuple(filter(None, (word.strip() for word in text.split(","))))
    unknown = [word for word in words if word not in OBJECTIONS]
    if unknown or not words:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(OBJECTIONS)}, got {text!r}")
    return words


def _dollars(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of US dollars from 0, got {text!r}")
    return value


def _ends_within(command: argparse.ArgumentParser) -> None:
    text = "tell of base models that end within so many days (default: 90)"
    command.add_argument("--ends-within", type=_days, default=90, metavar="DAYS", help=text)


def _days(text: str) -> int:
    if not text.isdigit() or len(text) > 4:  # noqa: PLR2004  no date lies further away
        raise argparse.ArgumentTypeError(f"must be a number of days, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, got {text!r}")
    return value


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        complete = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        complete = False
    if not complete:
        raise argparse.ArgumentTypeError(f"must begin with https:// or http:// and a host, got {text!r}")
    return text


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  slow, and rarely asked

    try:
        return f"bedrock-models {version('cdk-bedrock-custom-models')}"
    except PackageNotFoundError:
        return "bedrock-models, from a source tree"
