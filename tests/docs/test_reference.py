"""The reference names every way to make what it documents."""

import inspect
import re

import pytest

import constructs_lib
from tests.docs.pages import DOCS

_CHOSEN = re.compile(r"^::: constructs_lib\.(\w+)\n    options:\n      members: \[(.+)\]$", re.MULTILINE)
CHOSEN = {
    name: members.split(", ")
    for page in sorted((DOCS / "reference").glob("*.md"))
    for name, members in _CHOSEN.findall(page.read_text())
}


@pytest.mark.parametrize("name", CHOSEN)
def test_every_maker_of_a_class_is_among_the_members_that_a_page_shows(name: str) -> None:
    shown = getattr(constructs_lib, name)
    made = {each for each in vars(shown) if not each.startswith("_") and inspect.ismethod(getattr(shown, each))}
    assert made - set(CHOSEN[name]) == set()
    assert all(hasattr(shown, each) for each in CHOSEN[name])


def test_the_pages_are_read() -> None:
    assert {"ModelSource", "TrainingData"} <= CHOSEN.keys()
