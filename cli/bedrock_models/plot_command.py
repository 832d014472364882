"""`bedrock-models plot`: the losses of a run, in the terminal and as a picture."""

import json
from dataclasses import asdict
from pathlib import Path

from bedrock_models import losses, target
from bedrock_models.arguments import Options
from bedrock_models.failures import Failure
from bedrock_models.losses import Curve
from bedrock_models.run import COMPLETED, Run
from bedrock_models.world import World


def run(options: Options, world: World) -> int:
    """Draws what is asked for; the picture first, since it is the one that may be refused."""
    if options.output and not options.output.lower().endswith((".png", ".svg", ".pdf")):
        raise Failure(f"--output must end in .png, .svg or .pdf, got {options.output!r}")
    found = target.one_run(world, options.target)
    curves = losses.curves(world.aws.client("s3"), found)
    if not curves:
        raise Failure(_nothing(found))
    if options.output:
        _write(curves, found, Path(options.output))
    if options.json:
        world.say(json.dumps([asdict(curve) for curve in curves], indent=2))
    elif not options.quiet:
        _show(curves, found, world)
    if options.output and not options.json:
        world.say(f"written: {options.output}")
    return 0


def _show(curves: list[Curve], found: Run, world: World) -> None:
    from bedrock_models.plot_terminal import draw, mark  # noqa: PLC0415  needs an extra of its own

    world.say(draw(curves, found, width=world.screen.width, colours=world.screen.is_terminal))
    for curve in curves:
        low = min(curve.values)
        at = curve.steps[curve.values.index(low)]
        world.say(
            f"{mark(curve)} {curve.kind} loss  first {curve.values[0]:.4g}, last {curve.last:.4g}, "
            f"lowest {low:.4g} at step {at:g}"
        )
        world.say(f"  {curve.uri}", style="dim")


def _write(curves: list[Curve], found: Run, path: Path) -> None:
    from bedrock_models.plot_picture import write  # noqa: PLC0415  needs an extra of its own

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
