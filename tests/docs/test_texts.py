"""The pages about errors and warnings quote the code as it is, and leave nothing out."""

import re

import pytest

from tests.docs.pages import DOCS
from tests.docs.texts import PLACES, VARIES, literals, refusals, warning_ids

TROUBLESHOOTING = (DOCS / "troubleshooting.md").read_text()
WARNINGS = (DOCS / "reference" / "warnings.md").read_text()
# Quotes of ours; tables headed "Bedrock says" quote the service.
QUOTES = re.findall(r"^> `(.+)`$", TROUBLESHOOTING, re.MULTILINE) + [
    quote
    for table in re.findall(r"^\| text \|.*\n\|.*\n((?:\|.*\n)+)", TROUBLESHOOTING, re.MULTILINE)
    for quote in re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
]


@pytest.mark.parametrize("quote", QUOTES)
def test_a_quoted_text_stands_in_the_code(quote: str) -> None:
    # What varies at an end says nothing, and to look for it would begin anew at each character of the code.
    within_one = "[^\0]*".join(map(re.escape, quote.strip(VARIES).split(VARIES)))
    assert re.search(within_one, literals())


@pytest.mark.parametrize("place", PLACES)
def test_every_refusal_of_the_code_is_explained(place: str) -> None:
    assert refusals(place) - set(QUOTES) == set()


def test_every_warning_is_listed_and_no_other() -> None:
    assert set(re.findall(r"^## `(bedrock-models:\w+)`", WARNINGS, re.MULTILINE)) == warning_ids()
