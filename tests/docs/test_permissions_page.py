"""The page about permissions and the templates say the same: actions, resources and condition keys, both ways."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import DOCS
from tests.support import complete
from tests.support.policies import UNKNOWN, Template
from tests.support.synth import template_of

PAGE = DOCS / "guides" / "permissions.md"
ACTION = re.compile(r"[a-z0-9]+:[A-Z]\w+")
CODE = re.compile(r"`([^`]+)`")

# The roles of the templates below, and the sections of the page that are about them.
CONFIGURED = "With `ModelProvider.configure`"
SECTIONS = {
    "EventsRole": ("Events function", CONFIGURED),
    "PollRole": ("Poll function", CONFIGURED),
    "WaiterRole": ("Waiter", CONFIGURED),
    "ServiceRole": ("Of a job", "Of an import from S3", "Of an import of open weights"),
    "Caller": ("Who invokes",),
}


@dataclass(frozen=True, order=True)
class Allowed:
    """One action on one kind of resource, and the condition keys that it is bound by."""

    action: str
    resource: str
    keys: tuple[str, ...]


def in_templates(*templates: Mapping[str, Any]) -> dict[str, set[Allowed]]:
    """What each kind of role is allowed."""
    found: dict[str, set[Allowed]] = {kind: set() for kind in SECTIONS}
    for content in templates:
        template = Template(content)
        roles = [name for name, each in content["Resources"].items() if each["Type"] == "AWS::IAM::Role"]
        for role in roles:
            kind = next((each for each in SECTIONS if each in role), None)
            # A grader has a role of its own.
            for document in template.of_role(role) if kind else ():
                found[kind or ""] |= {each for statement in document["Statement"] for each in _of_statement(statement)}
    return found


def _of_statement(statement: Mapping[str, Any]) -> Iterator[Allowed]:
    keys = tuple(sorted(key for operator in statement.get("Condition", {}).values() for key in operator))
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Allowed(action, _kind(resource), keys)


def _kind(resource: str) -> str:
    """An ARN, or a pattern, as the page writes it: `role/<name>`, `custom-model/*`, `<bucket>/<key>`."""
    if resource in ("*", UNKNOWN):
        return resource
    service, name = resource.split(":")[2], resource.split(":", 5)[5]
    if service == "s3":
        return "<bucket>/<key>" if "/" in name else "<bucket>"
    if service == "execute-api":
        return name
    head, separator, rest = re.split(r"([:/])", name, maxsplit=1)
    if rest == "*":
        return name
    return f"{head}{separator}<name>{rest[-2:] if rest.endswith('*') else ''}"


def on_the_page() -> dict[str, set[Allowed]]:
    """The rows of the tables, by the kind of role. A row holds for each of its actions on each of its resources."""
    sections = _sections()
    return {kind: {each for name in names for each in _rows(sections[name])} for kind, names in SECTIONS.items()}


def _sections() -> dict[str, str]:
    parts = re.split(r"^#{2,4} (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(section: str) -> Iterator[Allowed]:
    for line in section.splitlines():
        cells = line.strip("|").split("|") if line.startswith("|") else []
        actions = [each for each in CODE.findall(cells[0]) if ACTION.fullmatch(each)] if cells else []
        if not actions:
            continue
        resources = [each for each in CODE.findall(cells[1]) if each == "*" or re.search(r"[/:<]", each)]
        condition = CODE.findall(cells[2]) if len(cells) > 2 else []
        keys = tuple(sorted(each for each in condition if ":" in each))
        yield from (Allowed(action, resource, keys) for action in actions for resource in resources)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def allowed() -> dict[str, set[Allowed]]:
    return in_templates(template_of(complete.serving()), template_of(complete.everything()))


@pytest.mark.parametrize("role", SECTIONS)
def test_what_a_role_is_allowed_stands_on_the_page(role: str, allowed: dict[str, set[Allowed]]) -> None:
    assert sorted(allowed[role] - on_the_page()[role]) == []


@pytest.mark.parametrize("role", SECTIONS)
def test_what_stands_on_the_page_is_allowed(role: str, allowed: dict[str, set[Allowed]]) -> None:
    """Of a row that holds for several actions and resources, each action and each resource is somewhere."""
    known = on_the_page()
    # What `configure` adds is for some of the three roles.
    others = {each for kind in ("EventsRole", "PollRole", "WaiterRole") for each in allowed[kind]}
    there = allowed[role] | (others if CONFIGURED in SECTIONS[role] else set())
    pairs = {(each.action, each.keys) for each in there}, {(each.resource, each.keys) for each in there}
    stale = [each for each in sorted(known[role]) if (each.action, each.keys) not in pairs[0]]
    stale += [each for each in sorted(known[role]) if (each.resource, each.keys) not in pairs[1]]
    assert stale == []


def test_the_page_is_read() -> None:
    assert Path(PAGE).is_file()
    assert all(on_the_page().values())
