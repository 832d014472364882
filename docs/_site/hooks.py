"""What MkDocs does not do by itself: folders in the navigation, and a site that asks nobody else for anything."""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

# What a browser fetches when a page is opened; a link that a person clicks is no request.
_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|link)\b[^>]*?(?:src|href)=["']?((?:https?:)?//[^"' >]+)"""
)
_FETCHED_BY_STYLE = re.compile(r"""(?:url\(|@import )["']?((?:https?:)?//[^"')]+)""")


# A file of the repository's root that a page consists of.
_INCLUDED = re.compile(r'^--8<-- "(\w+\.md)"$', re.MULTILINE)


def on_page_markdown(markdown: str, config: MkDocsConfig, **_: Any) -> str:
    """Includes files of the repository's root here, where links into docs/ have no folder in front of them."""
    root = Path(config.docs_dir).parent
    return _INCLUDED.sub(
        lambda found: (root / found[1]).read_text().replace("](docs/", "]("), markdown
    )


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Replaces every entry of the navigation that ends with "/" by the pages of that folder that stand nowhere else."""
    docs = Path(config.docs_dir)
    nav = config.nav or []
    config.nav = _expanded(nav, docs, named=set(_pages(nav)))
    return config


def on_post_build(config: MkDocsConfig) -> None:
    """Fails if opening a page would send a request to another host."""
    site = Path(config.site_dir)
    found = [
        f"{path.relative_to(site)}: {url}"
        for pattern, files in ((_FETCHED, "*.html"), (_FETCHED_BY_STYLE, "*.css"))
        for path in sorted(site.rglob(files))
        for url in pattern.findall(path.read_text())
    ]
    if found:
        raise PluginError(
            "A page must not fetch anything from another host, got:\n" + "\n".join(found)
        )


def _pages(nav: Any) -> list[str]:
    if isinstance(nav, str):
        return [nav]
    entries = nav.values() if isinstance(nav, dict) else nav
    return [page for entry in entries for page in _pages(entry)]


def _expanded(nav: list[Any], docs: Path, *, named: set[str]) -> list[Any]:
    found: list[Any] = []
    for entry in nav:
        if isinstance(entry, dict):
            found.append(
                {title: _section(part, docs, named) for title, part in entry.items()}
            )
        elif entry.endswith("/"):
            found += _others(docs, entry.removeprefix("./"), named)
        else:
            found.append(entry)
    return found


def _section(part: Any, docs: Path, named: set[str]) -> Any:
    return part if isinstance(part, str) else _expanded(part, docs, named=named)


def _others(docs: Path, folder: str, named: set[str]) -> list[str]:
    pages = (
        path.relative_to(docs).as_posix() for path in sorted((docs / folder).glob("*.md"))
    )
    return [page for page in pages if page not in named]
