"""What is published: the same bytes from every checkout, the functions' code inside, the changelog's version."""

import hashlib
import re
import tarfile
import zipfile
from pathlib import Path

from constructs_lib import __version__
from tests.support.apps import ROOT
from tests.wheel.conftest import built, checkout, sources

RELEASES = re.findall(r"^## \[(\d\S*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_every_checkout_builds_the_same_wheel_and_so_does_the_sdist(wheel: Path, tmp_path: Path) -> None:
    sdist = built(ROOT, tmp_path / "sdist", "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    elsewhere = checkout(tmp_path / "another" / "checkout")

    again = built(elsewhere, tmp_path / "again", "wheel", umask=0o077)
    from_sdist = built(tmp_path / sdist.name.removesuffix(".tar.gz"), tmp_path / "from_sdist", "wheel")

    assert digest(again) == digest(from_sdist) == digest(wheel)
    assert digest(built(elsewhere, tmp_path / "sdist_again", "sdist", umask=0o077)) == digest(sdist)


def test_it_holds_code_its_types_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if name.startswith("constructs_lib/")}
    library = {f"constructs_lib/{path}" for path in sources(ROOT / "constructs_lib")}
    functions = {f"constructs_lib/_lambda/{path}" for path in sources(ROOT / "lambda")}
    assert inside == library | functions
    assert "constructs_lib/py.typed" in inside


def test_the_changelog_begins_with_this_version() -> None:
    assert RELEASES[0] == __version__


def test_every_release_has_a_golden_template() -> None:
    golden = {path.stem for path in (ROOT / "tests" / "unit" / "golden").glob("*.json")}
    assert golden == set(RELEASES)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
