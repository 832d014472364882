"""The command line of `python -m local`."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from local import cdk, demo, session, summary
from local.app import App
from local.aws import LocalAws, RunningAws, Settings
from local.bedrock.profiles import Profile

_DESCRIPTION = """\
An AWS of your own, on this machine: CloudFormation, Lambda, Step Functions, IAM, KMS, S3, EventBridge and Amazon
Bedrock's custom models, in one process on a free loopback port. The real CDK CLI deploys to it; no account, no Docker
and no network are needed, and hours of training pass in seconds.
"""
_EPILOG = """\
Every other command goes to the CDK CLI as it stands (synth, diff, list, watch, ...), against the local AWS that is up,
or against a fresh one that lives as long as the command.

  python -m local demo --app app.py     deploy, show what was made, destroy, stop
  python -m local up                    keep one up in this terminal; then, in another:
  python -m local deploy MyStack
"""
# A function that dies without an answer should not keep a person waiting for CloudFormation's whole hour.
_LONGEST_ANSWER = 600
_OWN = ("up", "down", "env", "demo")
_CDK = {"deploy": "deploy stacks", "destroy": "destroy stacks", "synth": "print a template", "diff": "compare stacks"}


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    # SIGTERM should clean up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if given and given[0] not in _OWN and not given[0].startswith("-"):
            return _pass_on(given)
        return _run_own(_parser().parse_args(given), summary.console())
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m local", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="run a local AWS in this terminal until Ctrl-C")
    commands.add_parser("down", help="stop the local AWS that is up")
    commands.add_parser("env", help='print its environment variables, for eval "$(python -m local env)"')
    whole = commands.add_parser("demo", help="start, deploy an app, show what was made, destroy, stop")
    whole.add_argument(
        "--app", type=Path, default=Path("app.py"), help="a CDK app or a folder with a cdk.json (default: app.py)"
    )
    whole.add_argument("--stacks", default="", help="which of them, as the CDK CLI takes it (default: all but stages')")
    whole.add_argument("--keep", action="store_true", help="leave everything up, and say how to reach it")
    for command in (up, whole):
        _add_settings(command)
    for name, text in _CDK.items():
        commands.add_parser(name, help=f"{text} (the CDK CLI)", add_help=False)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    default = Settings()
    parser.add_argument(
        "--time-scale",
        type=float,
        default=default.time_scale,
        help="seconds that pass for Bedrock in one second (default: %(default)g)",
    )
    parser.add_argument(
        "--profiles",
        type=_profiles,
        default=(),
        help=f"what Amazon Bedrock answers otherwise than documented, with commas: {', '.join(Profile)}",
    )
    parser.add_argument("--no-auth", action="store_true", help="enforce no IAM, key and bucket policies")


def _run_own(arguments: argparse.Namespace, console: Console) -> int:
    match arguments.command:
        case "up":
            return _up(_settings(arguments), console)
        case "demo":
            return demo.run(
                App(arguments.app.resolve()),
                _settings(arguments),
                keep=arguments.keep,
                console=console,
                stacks=arguments.stacks,
            )
        case "env":
            return _with_running(lambda aws: print(summary.exports(aws)))
        case _:
            return _with_running(_down)


def _settings(arguments: argparse.Namespace) -> Settings:
    return Settings(
        time_scale=arguments.time_scale,
        auth=not arguments.no_auth,
        longest_answer=_LONGEST_ANSWER,
        profiles=arguments.profiles,
    )


def _profiles(text: str) -> tuple[str, ...]:
    given = tuple(filter(None, (part.strip() for part in text.replace("+", ",").split(","))))
    if unknown := [part for part in given if part not in {*Profile}]:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(Profile)}, got {', '.join(unknown)!r}")
    return given


def _up(settings: Settings, console: Console) -> int:
    if running := session.find():
        console.print(f"A local AWS is up already, at {running.endpoint}; stop it with: python -m local down")
        return 1
    with LocalAws(settings) as aws:
        session.announce(aws)
        try:
            summary.instructions(aws, console)
            console.print("or press Ctrl-C here.")
            aws.wait()
        finally:
            session.forget(aws)
    return 0


def _with_running(act: Callable[[RunningAws], object]) -> int:
    aws = session.find()
    if aws is None:
        print("No local AWS is up; start one with: python -m local up", file=sys.stderr)
        return 1
    act(aws)
    return 0


def _down(aws: RunningAws) -> None:
    session.forget(aws)
    aws.stop()


def _pass_on(arguments: Sequence[str]) -> int:
    with session.running_or_fresh() as aws:
        if arguments[0] in ("deploy", "diff", "import", "watch"):
            cdk.bootstrap(aws)
        return cdk.run(aws, arguments, _default_app(arguments))


def _default_app(arguments: Sequence[str]) -> App | None:
    named = any(argument in ("-a", "--app") or argument.startswith("--app=") for argument in arguments)
    app = App(Path.cwd() / "app.py")
    return None if named or Path("cdk.json").exists() or not app.exists else app
