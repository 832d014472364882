"""`bedrock-models`: reads the command, lends it AWS and the screen, and turns errors into sentences."""

import importlib
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bedrock_models.arguments import Options, parser

if TYPE_CHECKING:
    from bedrock_models.context import Context

USAGE: Final = 2
INTERRUPTED: Final = 130
_EXTRAS: Final = {"boto3": "cli", "botocore": "cli", "rich": "cli", "plotext": "cli", "matplotlib": "plot"}


def main(arguments: Sequence[str] | None = None, context: "Context | None" = None) -> int:
    """Runs a command and returns its exit code."""
    options = parser().parse_args(arguments)
    try:
        return _run(options, context)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        return _complain(
            f"this needs {error.name}, which is not installed; install it with: "
            f"pip install 'cdk-bedrock-custom-models[{extra}]'"
        )
    except BrokenPipeError:
        # `| head` has seen enough; Python would complain once more when it flushes at exit.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        return 0


def _run(options: Options, context: "Context | None") -> int:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  an extra: `--help` works without

    from bedrock_models.failures import Failure, explain  # noqa: PLC0415

    try:
        command = importlib.import_module(f"bedrock_models.{options.module}")
        return int(command.run(options, context or _context(options)))
    except Failure as failure:
        return _complain(str(failure))
    except (ClientError, BotoCoreError) as error:
        return _complain(explain(error))


def _context(options: Options) -> "Context":
    from bedrock_models.context import Aws, Context, console  # noqa: PLC0415

    aws = Aws(profile=options.profile, region=options.region, endpoint_url=options.endpoint_url)
    return Context(aws=aws, screen=console())


def _complain(text: str) -> int:
    sys.stderr.write(f"bedrock-models: {text}\n")
    return USAGE
