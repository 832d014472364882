"""Records what this release leaves behind: `python -m tests.upgrade.record`, for each release before it is made."""

import json
import re
from pathlib import Path
from typing import Final

from tests.upgrade.names import golden_names
from tests.upgrade.recording import RECORDED, RELEASES, record

ROOT: Final = Path(__file__).parents[2]


def main() -> None:
    """Writes the folder of the release."""
    folder = RELEASES / _version()
    folder.mkdir(parents=True, exist_ok=True)
    for life_cycle in RECORDED:
        _write(folder / f"{life_cycle.replace(', ', '-').replace(' ', '_')}.json", record(life_cycle))
    _write(folder / "names.json", golden_names())


def _version() -> str:
    """Read, and not imported: the library starts the CDK's process."""
    found = re.search(r'__version__ = "(.+)"', (ROOT / "constructs_lib" / "_version.py").read_text())
    assert found
    return found[1]


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
