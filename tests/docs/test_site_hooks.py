"""The site's own rules: what a folder in the navigation stands for, and that a page asks no other host."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

from tests.docs.pages import DOCS


@pytest.fixture(scope="module")
def hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hooks", DOCS / "_site" / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def config(tmp_path: Path) -> MkDocsConfig:
    config = MkDocsConfig()
    config.load_dict({"site_name": "A site", "docs_dir": str(tmp_path), "site_dir": str(tmp_path)})
    return config


def test_a_folder_stands_for_its_pages_that_no_entry_names(hooks: ModuleType, config: MkDocsConfig) -> None:
    for page in ("index.md", "more.md", "guides/a.md", "guides/b.md", "guides/c.md"):
        path = Path(config.docs_dir, page)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    config.nav = ["index.md", {"Guides": ["guides/b.md", "guides/"]}, "./"]
    assert hooks.on_config(config).nav == [
        "index.md",
        {"Guides": ["guides/b.md", "guides/a.md", "guides/c.md"]},
        "more.md",
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", '<script src="https://example.com/x.js"></script>'),
        ("page.html", '<img alt="a" src=//example.com/x.png>'),
        ("page.html", '<link rel="stylesheet" href="https://example.com/x.css">'),
        ("style.css", "a { background: url('https://example.com/x.png') }"),
    ],
)
def test_a_page_that_asks_another_host_fails_the_build(
    hooks: ModuleType, config: MkDocsConfig, name: str, content: str
) -> None:
    Path(config.site_dir, name).write_text(content)
    with pytest.raises(PluginError, match=r"example\.com"):
        hooks.on_post_build(config)


def test_a_link_to_click_is_no_request(hooks: ModuleType, config: MkDocsConfig) -> None:
    Path(config.site_dir, "page.html").write_text('<a href="https://example.com/">there</a>')
    hooks.on_post_build(config)


def test_a_page_of_the_root_links_to_pages_as_they_lie_in_the_site(hooks: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "CONTRIBUTING.md").write_text(
        "See [the decision](docs/decisions/0001.md) and [us](https://example.com)."
    )
    config = MkDocsConfig()
    config.load_dict({"site_name": "A site", "docs_dir": str(tmp_path / "docs")})

    shown = hooks.on_page_markdown('--8<-- "CONTRIBUTING.md"', config)

    assert shown == "See [the decision](decisions/0001.md) and [us](https://example.com)."
    assert hooks.on_page_markdown("Some text", config) == "Some text"
