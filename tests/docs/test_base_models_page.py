"""The page on base models shows what the file has."""

import importlib.util

from tests.docs.pages import ROOT


def test_the_tables_are_what_the_file_has() -> None:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts/base_models_page.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert page.PAGE.read_text() == page.wanted()
