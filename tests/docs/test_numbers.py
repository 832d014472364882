"""Numbers that the pages repeat are those of the code."""

import re
import tomllib

from bedrock_models.bedrock import prices
from constructs_lib.core.contract import OUR_TAGS, SEGMENT_SECONDS, TAG_LIMIT, USER_TAG_LIMIT
from tests.docs.pages import DOCS, ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def page(name: str) -> str:
    """Its words: where a line ends is no part of what it says."""
    return " ".join((DOCS / f"{name}.md").read_text().split())


def test_the_oldest_python_and_cdk_are_those_of_the_package() -> None:
    lowest = re.search(r"aws-cdk-lib>=([\d.]+)", " ".join(PROJECT["dependencies"]))
    assert lowest is not None
    assert f"| Python | {PROJECT['requires-python'].removeprefix('>=')} and later |" in page("compatibility")
    assert f"| `aws-cdk-lib` | {lowest.group(1)} and later, below 3 |" in page("compatibility")


def test_the_tags_are_all_listed_and_counted() -> None:
    settings = page("reference/settings")
    assert f"of Bedrock's {TAG_LIMIT} tags {USER_TAG_LIMIT} are yours" in settings
    assert [tag for tag in OUR_TAGS if f"| `{tag}` |" not in settings] == []


def test_the_prices_of_custom_model_units_are_the_codes() -> None:
    minute, month = prices.UNIT_MINUTE[0], prices.UNIT_STORAGE[0]
    told = f"`{minute.usage_type}` and `{month.usage_type}`; on {prices.UNITS_AS_OF} they were {minute.usd} USD and"
    assert f"{told} {month.usd} USD in {prices.REGION}" in page("guides/cost")


def test_the_length_of_a_wait_is_the_codes() -> None:
    assert f"the default of {SEGMENT_SECONDS:,} seconds" in page("reference/settings")
    assert f"Waits of {SEGMENT_SECONDS // 60} minutes each" in page("how-it-works")
    assert f"{-(-24 * 3600 // SEGMENT_SECONDS) - 1} waits in the nested stack" in page("how-it-works")
