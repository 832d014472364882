"""Commands that the documentation shows exist."""

import re
import shlex

import pytest

from local import commands
from tests.docs.pages import ROOT, all_pages

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# What `python -m local` does not know by itself it hands to the CDK CLI.
CDK = {"bootstrap", "deploy", "destroy", "diff", "import", "list", "rollback", "synth", "watch"}


def shown() -> list[tuple[str, str]]:
    """Page and command, out of console blocks and out of words in code."""
    found = []
    for page in all_pages():
        lines = [line[2:] for block in page.blocks("console") for line in block.text.splitlines() if line[:2] == "$ "]
        words = re.findall(r"`((?:make|\.venv/bin/python -m|python -m local|npx|cdk) [^`]+)`", page.text)
        found += [(page.name, command) for command in [*lines, *words]]
    return found


def arguments_after(marker: str) -> list[tuple[str, list[str]]]:
    commands = [(page, shlex.split(command, comments=True)) for page, command in shown() if marker in command]
    return [(page, words[words.index(marker) + 1 :]) for page, words in commands if marker in words]


def test_there_are_commands_to_check() -> None:
    assert len(shown()) > 20


@pytest.mark.parametrize(("page", "arguments"), arguments_after("make"))
def test_a_target_of_make_exists(page: str, arguments: list[str]) -> None:
    assert {word for word in arguments if "=" not in word} <= TARGETS


def test_every_folder_of_tests_is_explained() -> None:
    listed = set(re.findall(r"^\| `tests/(\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE))
    tests = ROOT / "tests"
    assert listed == {path.relative_to(tests).parts[0] for path in tests.glob("*/**/test_*.py")}


@pytest.mark.parametrize(("page", "arguments"), arguments_after("local"))
def test_a_command_of_the_local_aws_exists(page: str, arguments: list[str]) -> None:
    command = next(iter(arguments), "--help").rstrip(")")
    assert command in {*commands._OWN, *CDK, "--help"}


@pytest.mark.parametrize(("page", "arguments"), [*arguments_after("cdk"), *arguments_after("aws-cdk@2")])
def test_a_command_of_the_cdk_exists(page: str, arguments: list[str]) -> None:
    assert arguments[0] in CDK
