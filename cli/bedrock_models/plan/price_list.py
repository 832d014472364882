"""Prices of customization: the AWS Price List where these credentials may ask it, else the few in `prices`."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.bedrock import prices
from bedrock_models.context import Context

_SERVICE: Final = "AmazonBedrock"
_LIST: Final = "AWS Price List"
_TABLE: Final = f"prices of {prices.AS_OF}"
_USAGE: Final = re.compile(r"[A-Z0-9]+-(.+?)-(Customization-(?:Training|Storage)|ProvisionedThroughput-.+)")
_TRAINING: Final = "Customization-Training"
_STORAGE: Final = "Customization-Storage"
_UNITS: Final = {
    "": "ProvisionedThroughput-NoCommit-ModelUnits",
    "OneMonth": "ProvisionedThroughput-1MonthCommit-ModelUnits",
    "SixMonths": "ProvisionedThroughput-6MonthCommit-ModelUnits",
}
_TOKENS: Final = {"1K tokens": 1_000, "1000 tokens": 1_000, "1M tokens": 1_000_000, "tokens": 1, "token": 1}
_SUFFIX: Final = re.compile(r"-v\d+(:[0-9a-z]+)*$")


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for one of a unit, and where that is written."""

    usd: float
    unit: str
    source: str


class PriceList:
    """The prices of one Region. The list is read once, when it is first needed."""

    def __init__(self, context: Context, region: str) -> None:
        self._context = context
        self._region = region
        self._known: dict[tuple[str, str], Price] | None = None
        self.trouble = ""

    def training(self, base_model: str, tokens: int) -> tuple[float, Price] | None:
        """What it costs to train so many tokens on a base model; None if the price is not known."""
        found = self._find(base_model, _TRAINING)
        each = _TOKENS.get(found.unit) if found else None
        return (found.usd * tokens / each, found) if found and each else None

    def storage(self, base_model: str) -> Price | None:
        """Of a custom model, for a month."""
        return self._find(base_model, _STORAGE) or self._of_table(prices.STORAGE, base_model, "month")

    def model_unit(self, base_model: str, commitment: str) -> Price | None:
        """Of a model unit, for an hour."""
        listed = self._find(base_model, _UNITS.get(commitment, "-"))
        return listed or (None if commitment else self._of_table(prices.MODEL_UNIT, base_model, "hour"))

    def _of_table(self, table: tuple[prices.Price, ...], base_model: str, unit: str) -> Price | None:
        found = prices.find(table, base_model, self._region)
        return Price(usd=found.usd, unit=unit, source=_TABLE) if found else None

    def _find(self, base_model: str, usage: str) -> Price | None:
        if self._known is None:
            self._known = self._read()
        return self._known.get((_model(base_model), usage))

    def _read(self) -> dict[tuple[str, str], Price]:
        try:
            products = [*self._products("Customization"), *self._products("ProvisionedThroughput")]
        except (ClientError, BotoCoreError) as error:
            self.trouble = f"the AWS Price List could not be asked ({type(error).__name__}); allow pricing:GetProducts"
            return {}
        return {key: price for product in products for key, price in _priced(product)}

    def _products(self, usage: str) -> Iterator[Mapping[str, Any]]:
        filters = [
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": self._region},
            {"Type": "CONTAINS", "Field": "usagetype", "Value": usage},
        ]
        pages = self._context.aws.client("pricing").get_paginator("get_products")
        for page in pages.paginate(ServiceCode=_SERVICE, Filters=filters):
            yield from map(json.loads, page["PriceList"])


def _priced(product: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Price]]:
    usage = _USAGE.fullmatch(product.get("product", {}).get("attributes", {}).get("usagetype", ""))
    for term in product.get("terms", {}).get("OnDemand", {}).values() if usage else ():
        for dimension in term.get("priceDimensions", {}).values():
            usd = float(dimension.get("pricePerUnit", {}).get("USD", 0))
            if usage and usd > 0:
                price = Price(usd=usd, unit=str(dimension.get("unit", "")), source=_LIST)
                yield (_plain(usage[1]), usage[2]), price


def _model(base_model: str) -> str:
    """A model's id in the form of the list: `amazon.nova-2-lite-v1:0` and `Nova2.0Lite` are both `nova2lite`."""
    name = _SUFFIX.sub("", base_model.partition(".")[2] or base_model)
    return _plain(name.removesuffix("-instruct"))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().replace(".0", ""))
