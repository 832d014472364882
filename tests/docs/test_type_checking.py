"""What mypy follows of the CDK: a module that it skips is `Any`, and nothing that is written here may become that."""

import re
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT, all_pages

CDK = Path(sysconfig.get_path("purelib")) / "aws_cdk"
MODULES = {path.parent.name for path in CDK.glob("*/__init__.py")} - {"interfaces"}
CHECKED = ("constructs_lib", "examples", "local", "benchmarks", "cli", "acceptance", "tests", "docs/_setups")


def test_mypy_follows_whatever_the_code_names_and_what_that_names() -> None:
    needed, waiting = set[str](), _named()
    while waiting:
        module = waiting.pop()
        needed.add(module)
        waiting |= _imported_by(module) - needed
    assert needed - _followed() == set(), "list these in pyproject.toml"


def _named() -> set[str]:
    """Every word that is a module of the CDK."""
    return {word for text in _texts() for word in re.findall(r"\b[a-z]\w+\b", text)} & MODULES


def _texts() -> Iterator[str]:
    yield (ROOT / "app.py").read_text()
    yield from (path.read_text() for folder in CHECKED for path in (ROOT / folder).rglob("*.py"))
    yield from (program for page in all_pages() for program in page.programs().values())


def _imported_by(module: str) -> set[str]:
    text = (CDK / module / "__init__.py").read_text()
    return set(re.findall(r"^    import aws_cdk\.(\w+) as \w+$", text, re.MULTILINE)) & MODULES


def _followed() -> set[str]:
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    return {
        name.removeprefix("aws_cdk.")
        for override in overrides
        if override.get("follow_imports") == "normal"
        for name in override["module"]
    }
