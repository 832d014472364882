"""Where the Lambda's code lies: beside the library in a checkout, inside it in the wheel."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_

_HERE = Path(__file__).parent
# What tools leave behind is no code; in the asset it would make the hash differ from one machine to the next.
_LEFTOVERS = ["**/__pycache__", "**/*.pyc", ".mypy_cache", ".ruff_cache", ".pytest_cache"]


def handler_code() -> lambda_.AssetCode:
    """The provider's functions as an asset whose hash depends on their sources alone."""
    return lambda_.Code.from_asset(str(handler_folder()), exclude=_LEFTOVERS)


def handler_folder() -> Path:
    """The folder with the functions' entry points."""
    inside_wheel = _HERE / "_lambda"
    return inside_wheel if inside_wheel.is_dir() else _HERE.parent / "lambda"
