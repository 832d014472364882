"""Where the Lambda's code lies: beside the library in a checkout, inside it in the wheel."""

import atexit
import functools
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

_HERE = Path(__file__).parents[1]
# Code and nothing else: what tools and people leave behind would make the hash differ from one machine to the next.
_ALL_BUT_CODE: Final = ["*", "!*/", ".*/", "__pycache__/", "!*.py", "!*.json"]
# What the CLI prints while it builds and publishes; else it is the path of one of the two functions.
_DISPLAY_NAME: Final = "code of the Bedrock model provider"


def handler_code() -> lambda_.AssetCode:
    """The provider's functions as an asset whose hash depends on their sources alone."""
    return asset_of(handler_folder())


def handler_folder() -> Path:
    """The folder with the functions' entry points."""
    inside_wheel = _HERE / "_lambda"
    return inside_wheel if inside_wheel.is_dir() else _HERE.parent / "lambda"


def asset_of(folder: Path) -> lambda_.AssetCode:
    """The code in a folder, readable for Lambda whatever the umask of those who installed it."""
    return lambda_.Code.from_asset(
        str(_readable(folder)), exclude=_ALL_BUT_CODE, ignore_mode=cdk.IgnoreMode.GIT, display_name=_DISPLAY_NAME
    )


@functools.cache
def _readable(folder: Path) -> Path:
    """The folder, or a copy of it. Asked once for all stacks: looking at a hundred files takes milliseconds."""
    if all(file.stat().st_mode & stat.S_IROTH for file in folder.rglob("*") if file.is_file()):
        return folder
    # The CDK puts each file's mode into the archive, and Lambda runs the code as somebody else: a function that can't
    # read itself never answers CloudFormation.
    copy = tempfile.TemporaryDirectory()
    atexit.register(copy.cleanup)
    shutil.copytree(folder, copy.name, copy_function=_copy_readable, dirs_exist_ok=True)
    return Path(copy.name)


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    Path(target).chmod(0o644)
