"""Links that MkDocs does not check: those of the README, which is no page of the site."""

import re

from tests.docs.pages import ROOT

LINKS = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (ROOT / "README.md").read_text())


def test_every_link_of_the_readme_leads_somewhere() -> None:
    assert [link for link in LINKS if not (ROOT / link).exists()] == []


def test_the_readme_leads_to_every_guide() -> None:
    guides = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "guides").glob("*.md")}
    assert guides - set(LINKS) == set()
