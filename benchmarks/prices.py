"""Prices in us-east-1, without free tiers, as published on 2026-11-21.

https://aws.amazon.com/step-functions/pricing/ and https://aws.amazon.com/lambda/pricing/
"""

from typing import Final

STATE_TRANSITION: Final = 0.025 / 1000
"""USD for each, retries included, of a standard workflow."""

LAMBDA_REQUEST: Final = 0.20 / 1_000_000
"""USD for each invocation."""

LAMBDA_GB_SECOND: Final = {"arm64": 0.0000133334, "x86_64": 0.0000166667}
"""USD for each second of a gigabyte."""

LOOK_SECONDS: Final = 0.1
"""Assumed, for every system alike: one warm invocation that makes one call to Amazon Bedrock."""


def lambda_usd(*, invocations: float, seconds: float, memory_mb: int, architecture: str) -> float:
    """USD for so many invocations that run for so many seconds together."""
    return invocations * LAMBDA_REQUEST + seconds * memory_mb / 1024 * LAMBDA_GB_SECOND[architecture]
