"""`bedrock-models plot`: the losses of a run, in the terminal and as a picture."""

import json
from dataclasses import asdict
from pathlib import Path

from bedrock_models.arguments import Options
from bedrock_models.bedrock import losses
from bedrock_models.bedrock.job import COMPLETED
from bedrock_models.bedrock.losses import Curve
from bedrock_models.bedrock.run import Run
from bedrock_models.commands import target
from bedrock_models.context import Context
from bedrock_models.failures import Failure


def run(options: Options, context: Context) -> int:
    """Draws what is asked for; the picture first, since it is the one that may be refused."""
    if options.output and not options.output.lower().endswith((".png", ".svg", ".pdf")):
        raise Failure(f"--output must end in .png, .svg or .pdf, got {options.output!r}")
    found = target.one_run(context, options.target, of_import="an import trains nothing, so it has no losses")
    curves = losses.curves(context.aws.client("s3"), found)
    if not curves:
        raise Failure(_nothing(found))
    if options.output:
        _write(curves, found, Path(options.output))
    if options.json:
        context.say(json.dumps([asdict(curve) for curve in curves], indent=2))
    elif not options.quiet:
        _show(curves, found, context)
    if options.output and not options.json:
        context.say(f"written: {options.output}")
    return 0


def _show(curves: list[Curve], found: Run, context: Context) -> None:
    from bedrock_models.commands.plot.terminal import draw, mark  # noqa: PLC0415  needs an extra of its own

    context.say(draw(curves, found, width=context.screen.width, colors=context.screen.is_terminal))
    for curve in curves:
        low = min(curve.values)
        at = curve.steps[curve.values.index(low)]
        context.say(
            f"{mark(curve)} {curve.kind} loss  first {curve.values[0]:.4g}, last {curve.last:.4g}, "
            f"lowest {low:.4g} at step {at:g}"
        )
        context.say(f"  {curve.uri}", style="dim")


def _write(curves: list[Curve], found: Run, path: Path) -> None:
    from bedrock_models.commands.plot.picture import write  # noqa: PLC0415  needs an extra of its own

    try:
        write(curves, found, path)
    except OSError as error:
        raise Failure(f"--output could not be written: {error}") from error


def _nothing(found: Run) -> str:
    if found.status == COMPLETED:
        return (
            f"no CSV file with a training_loss or validation_loss of {found.name!r} is below {found.output_uri}; "
            "it may have been moved or expired, and some models write no losses"
        )
    return (
        f"the run {found.name!r} is {found.status}; Bedrock writes the losses into {found.output_uri} when it is done"
    )
