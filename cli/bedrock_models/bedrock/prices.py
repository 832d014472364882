"""What keeping something costs, as far as there is a source for the number; for all else the pricing page.

Collected on 2026-11-21, in USD for us-east-1. The names are the usage types of the AWS Price List (offer
AmazonBedrock), as users of its API report them; AWS may change a price at any time, and other Regions may differ.
"""

from dataclasses import dataclass
from typing import Final

from bedrock_models.bedrock.custom_model_units import Units, family

PAGE: Final = "https://aws.amazon.com/bedrock/pricing/"
AS_OF: Final = "2026-11-21"
REGION: Final = "us-east-1"
UNKNOWN: Final = "see pricing page"
HOURS_OF_MONTH: Final = 730


@dataclass(frozen=True, kw_only=True)
class Price:
    """One row of the price list."""

    model: str
    usage_type: str
    usd: float


# A custom model, for a month.
STORAGE: Final = (Price(model="amazon.nova-2-lite", usage_type="USE1-Nova2.0Lite-Customization-Storage", usd=1.95),)
# A model unit without commitment, for an hour.
MODEL_UNIT: Final = (
    Price(
        model="amazon.nova-2-lite", usage_type="USE1-Nova2.0Lite-ProvisionedThroughput-NoCommit-ModelUnits", usd=60.50
    ),
)

# A custom model unit of a model that was imported from open weights, by family: for a minute in which a copy runs, and
# for a month of storage. Seen by a user of the Price List API on that day.
UNITS_AS_OF: Final = "2026-09-12"
UNIT_VERSION: Final = "v1.0"
UNIT_MINUTE: Final = (Price(model="llama", usage_type="USE1-Llama-CustomModelImport-Inference-v1:0", usd=0.05718),)
UNIT_STORAGE: Final = (Price(model="llama", usage_type="USE1-Llama-CustomModelImport-Storage-v1:0", usd=1.95),)


def storage(base_model: str, region: str) -> str:
    """What it costs to keep a custom model, for a month."""
    price = find(STORAGE, base_model, region)
    return f"{price.usd:.2f} USD a month" if price else f"storage a month: {UNKNOWN}"


def throughput(base_model: str, region: str, units: int, *, committed: bool) -> str:
    """What Provisioned Throughput costs by the hour. Terms have prices of their own."""
    price = None if committed else find(MODEL_UNIT, base_model, region)
    if price is None:
        return f"{units} model unit{'s' if units != 1 else ''} by the hour: {UNKNOWN}"
    return f"{price.usd * units:.2f} USD an hour, {price.usd * units * HOURS_OF_MONTH:,.0f} USD a month"


def imported_model(units: Units, region: str) -> str:
    """What an imported model costs: storage by the month, and each copy by the minute while it is called."""
    count = units.per_copy
    if count is None:
        return f"storage a month, and each copy a minute while it is called: {UNKNOWN}"
    takes = f"{count} custom model unit{'s' if count != 1 else ''}"
    stored, running = unit(UNIT_STORAGE, units, region), unit(UNIT_MINUTE, units, region)
    if stored is None or running is None:
        return f"{takes} of storage a month, and of each copy a minute while it is called: {UNKNOWN}"
    return (
        f"{takes}: {stored.usd * count:.2f} USD a month of storage, and {running.usd * count:.2f} USD a minute for "
        f"each copy while it is called, by prices of {UNITS_AS_OF}"
    )


def unit(prices: tuple[Price, ...], units: Units, region: str) -> Price | None:
    """The price of a custom model unit of such a model, as far as there is a source for the number."""
    if region != REGION or units.version not in ("", UNIT_VERSION):
        return None
    return next((price for price in prices if price.model == family(units.architecture)), None)


def find(prices: tuple[Price, ...], base_model: str, region: str) -> Price | None:
    """The price of what is made from this model; None if there is no source for the number."""
    if region != REGION:
        return None
    return next((price for price in prices if base_model.startswith(price.model)), None)
