"""The command line of `python -m acceptance`, which `make acceptance` fills in."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from acceptance.step import STEPS

BASE_MODEL: Final = "amazon.nova-micro-v1:0:128k"
_FOLDER: Final = Path("build/acceptance")
_BY_DEFAULT: Final = ",".join(str(step.number) for step in STEPS if not step.by_name)


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses; a wrong argument ends the program with status 2."""
    parser = argparse.ArgumentParser("python -m acceptance", description=__doc__)
    parser.add_argument("--profile", default="", help="a profile of the AWS configuration (default: the environment's)")
    parser.add_argument("--region", help="where to deploy (default: AWS_REGION, or the profile's)")
    parser.add_argument("--endpoint-url", default="", help="another AWS, such as the local one")
    parser.add_argument("--budget", type=_usd, help="USD that all steps together stay below; needed from step 1 on")
    parser.add_argument(
        "--steps", type=_steps, default=_steps(_BY_DEFAULT), help="numbers with commas (default: %(default)s)"
    )
    parser.add_argument("--source", default="", help="s3://... of the artifacts that step 2 imports")
    parser.add_argument("--swap-source", default="", help="of the model that is swapped in (default: SOURCE again)")
    parser.add_argument("--weights", default="", help="s3://... of the open weights that step 5 imports")
    parser.add_argument("--base-model", default=BASE_MODEL, help="what step 3 and 4 train (default: %(default)s)")
    parser.add_argument("--yes", action="store_true", help="do not ask before each step")
    parser.add_argument("--allow-existing", action="store_true", help="run beside custom models of these constructs")
    parser.add_argument("--clean", action="store_true", help="remove what earlier runs left, and nothing else")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="where reports go (default: %(default)s)")
    parser.add_argument("--pause", type=_usd, default=15, help="seconds between two looks (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.budget is None and not options.clean and any(STEPS[number].most for number in options.steps):
        parser.error("--budget is needed, got none; make acceptance BUDGET=10 lets it spend up to 10 USD")
    for name, what in (("source", "artifacts"), ("swap_source", "artifacts"), ("weights", "a folder")):
        given = getattr(options, name)
        if given and not given.startswith("s3://"):
            parser.error(f"--{name.replace('_', '-')} must be the URI of {what} in Amazon S3, got {given!r}")
    return options


def _usd(text: str) -> float:
    value = float(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"must be a number of 0 or more, got {text!r}")
    return value


def _steps(text: str) -> tuple[int, ...]:
    known = [str(step.number) for step in STEPS]
    given = [part.strip() for part in text.split(",")]
    if unknown := [part for part in given if part not in known]:
        raise argparse.ArgumentTypeError(f"must name steps of {', '.join(known)}, got {', '.join(unknown)!r}")
    return tuple(sorted({int(part) for part in given}))
