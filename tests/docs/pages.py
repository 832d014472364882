"""The pages of the documentation and the code blocks in them.

A Python block that calls `app.synth()` is a whole program. Any other is a fragment: it goes on from the file in
`docs/_setups/` that the page's front matter names as `setup`, and that the page shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
SETUPS: Final = DOCS / "_setups"

_BLOCK: Final = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_SETUP: Final = re.compile(r"\A---\n(?:.*\n)*?setup: (\w+)\n(?:.*\n)*?---\n")
_INCLUDE: Final = re.compile(r'^ *--8<-- "([^"]+)"$', re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block of a page. `name` says where it stands, and is a module's name too."""

    name: str
    language: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page in Markdown."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).with_suffix("").as_posix()

    @property
    def setup(self) -> str | None:
        """The name of what its fragments go on from."""
        found = _SETUP.match(self.text)
        return found.group(1) if found else None

    @property
    def includes(self) -> list[str]:
        """The files that it shows parts or all of."""
        return _INCLUDE.findall(self.text)

    def blocks(self, *languages: str) -> Iterator[Block]:
        """The blocks written in these languages on the page itself, not included from elsewhere."""
        for found in _BLOCK.finditer(self.text):
            text = re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
            if found["language"] in languages and not _INCLUDE.match(text):
                line = self.text.count("\n", 0, found.start()) + 1
                name = re.sub(r"\W+", "_", f"{self.name}_line{line}")
                yield Block(name=name, language=found["language"], text=text)

    def programs(self) -> dict[str, str]:
        """Its Python blocks as programs that run, by name."""
        return {block.name: self._whole(block) for block in self.blocks("python")}

    def _whole(self, block: Block) -> str:
        if "app.synth()" in block.text:
            return block.text
        if self.setup is None:
            raise ValueError(f"{block.name} is a fragment: its page must name a setup in its front matter")
        return f"{(SETUPS / self.setup).with_suffix('.py').read_text()}\n{block.text}\napp.synth()\n"


def all_pages() -> list[Page]:
    """Those of the site, and README.md."""
    return [Page(ROOT / "README.md"), *map(Page, sorted(DOCS.rglob("*.md")))]
