"""The pictures are what their script draws, and fit into a page."""

import importlib.util
from types import ModuleType
from xml.etree import ElementTree

import pytest

from tests.docs.pages import DOCS

NAMES = ["plan.svg", "rollback.svg", "wait-chain.svg"]


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures", DOCS / "_site" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_picture_is_the_drawn_one(pictures: ModuleType, name: str) -> None:
    assert (DOCS / "assets" / name).read_text() == pictures.PICTURES[name]().svg()


def test_every_picture_is_committed(pictures: ModuleType) -> None:
    assert sorted(pictures.PICTURES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_says_what_it_shows_and_takes_its_color_from_the_page(pictures: ModuleType, name: str) -> None:
    text = pictures.PICTURES[name]().svg()
    root = ElementTree.fromstring(text)  # noqa: S314  drawn a line above
    assert root.find("{*}title") is not None
    assert root.find("{*}desc") is not None
    assert "currentColor" in root.attrib["style"]
    # It would end the picture in Markdown.
    assert "\n\n" not in text


def test_the_guide_shows_the_plan_that_was_recorded(pictures: ModuleType) -> None:
    guide = (DOCS / "guides" / "plan.md").read_text()
    assert f"$ bedrock-models plan\n{pictures.RECORDED_PLAN.read_text()}```" in guide
