"""Prices of training and imports: the AWS Price List where these credentials may ask it, else the few in `prices`."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.bedrock import prices
from bedrock_models.bedrock.custom_model_units import Units, family
from bedrock_models.context import Context

_SERVICE: Final = "AmazonBedrock"
_LIST: Final = "AWS Price List"
_TABLE: Final = f"prices of {prices.AS_OF}"
_USAGE: Final = re.compile(
    r"[A-Z0-9]+-(.+?)-(Customization-(?:Training|Storage)|ProvisionedThroughput-.+|CustomModelImport-.+)"
)
_TRAINING: Final = "Customization-Training"
_STORAGE: Final = "Customization-Storage"
_UNITS: Final = {
    "": "ProvisionedThroughput-NoCommit-ModelUnits",
    "OneMonth": "ProvisionedThroughput-1MonthCommit-ModelUnits",
    "SixMonths": "ProvisionedThroughput-6MonthCommit-ModelUnits",
}
# Of an imported model: a minute of a custom model unit while a copy runs, and a month of it.
# docs/assumptions.md: import-price-names
RUNNING: Final = "CustomModelImport-Inference"
STORED: Final = "CustomModelImport-Storage"
_PARTS: Final = ("Customization", "ProvisionedThroughput", "CustomModelImport")
_TOKENS: Final = {"1K tokens": 1_000, "1000 tokens": 1_000, "1M tokens": 1_000_000, "tokens": 1, "token": 1}
_SUFFIX: Final = re.compile(r"-v\d+(:[0-9a-z]+)*$")


@dataclass(frozen=True, kw_only=True)
class Price:
    """US dollars for one of a unit, and where that is written."""

    usd: float
    unit: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Span:
    """The prices that one of a unit may have, as far as it is known of what."""

    least: float
    most: float
    source: str

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.least:g} USD" if self.least == self.most else f"{self.least:g} to {self.most:g} USD"


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

    def custom_model_unit(self, usage: str, units: Units) -> Span | None:
        """Of a custom model unit, `RUNNING` for a minute or `STORED` for a month.

        Families and versions have prices of their own: what is not known of the model leaves several.
        """
        listed = [(*key, price) for key, price in self._listed().items() if key[1].startswith(usage)]
        listed = [each for each in listed if each[0] == family(units.architecture)] or listed
        listed = [each for each in listed if each[1].replace(":", ".") == f"{usage}-{units.version}"] or listed
        usd = [price.usd for _, _, price in listed]
        return Span(least=min(usd), most=max(usd), source=_LIST) if usd else self._unit_of_table(usage, units)

    def _unit_of_table(self, usage: str, units: Units) -> Span | None:
        table = {RUNNING: prices.UNIT_MINUTE, STORED: prices.UNIT_STORAGE}[usage]
        found = prices.unit(table, units, self._region)
        source = f"prices of {prices.UNITS_AS_OF}"
        return Span(least=found.usd, most=found.usd, source=source) if found else None

    def _of_table(self, table: tuple[prices.Price, ...], base_model: str, unit: str) -> Price | None:
        found = prices.find(table, base_model, self._region)
        return Price(usd=found.usd, unit=unit, source=_TABLE) if found else None

    def _find(self, base_model: str, usage: str) -> Price | None:
        return self._listed().get((_model(base_model), usage))

    def _listed(self) -> dict[tuple[str, str], Price]:
        if self._known is None:
            self._known = self._read()
        return self._known

    def _read(self) -> dict[tuple[str, str], Price]:
        try:
            products = [product for part in _PARTS for product in self._products(part)]
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
