"""What `import constructs_lib` costs, and that annotations of what is loaded later can still be read."""

import inspect
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import constructs_lib

ROOT = Path(__file__).parents[2]
CLASSES = [found for name in constructs_lib.__all__ if inspect.isclass(found := getattr(constructs_lib, name))]


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    """The modules that a process has after it."""
    asked = "import sys, constructs_lib; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=True, capture_output=True, text=True)
    return ran.stdout.split()


@pytest.mark.parametrize("module", ["aws_cloudwatch", "aws_cloudwatch_actions", "aws_sns", "custom_resources"])
def test_what_few_apps_need_is_loaded_when_it_is_needed(loaded: list[str], module: str) -> None:
    assert "constructs_lib" in loaded
    assert f"aws_cdk.{module}" not in loaded


def test_importing_the_library_calls_nothing_in_the_cdks_process() -> None:
    counted = (
        "import aws_cdk; from benchmarks.round_trips import RoundTrips; trips = RoundTrips().install(); "
        "import constructs_lib; print(trips.count)"
    )
    ran = subprocess.run([sys.executable, "-c", counted], cwd=ROOT, check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["0"], "a call when a module is loaded starts Node.js's answer, and costs 40 ms"


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_annotations_of_public_members_can_be_resolved(kind: type) -> None:
    for name, member in _members(kind):
        hints = typing.get_type_hints(member)
        assert not [hint for hint in hints.values() if isinstance(hint, str)], name


def _members(kind: type) -> Iterator[tuple[str, Any]]:
    """The functions behind methods and properties, those of the library's own bases included."""
    owners = [owner for owner in kind.__mro__ if owner.__module__.startswith("constructs_lib")]
    for name, member in (each for owner in owners for each in vars(owner).items()):
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if inspect.isfunction(function) and not name.startswith("_"):
            yield name, function
