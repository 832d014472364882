"""What keeping something costs, as far as there is a source for the number; for all else the pricing page.

Collected on 2026-11-21, in USD for us-east-1. The names are the usage types of the AWS Price List (offer
AmazonBedrock), as users of its API report them; AWS may change a price at any time, and other Regions may differ.
"""

from dataclasses import dataclass
from typing import Final

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


def find(prices: tuple[Price, ...], base_model: str, region: str) -> Price | None:
    """The price of what is made from this model; None if there is no source for the number."""
    if region != REGION:
        return None
    return next((price for price in prices if base_model.startswith(price.model)), None)
