"""The probes of each step; importing this registers them all."""

from acceptance.probes import (
    import_prices,
    importing,
    invocation_logging,
    open_weights,
    reading,
    refusals,
    training,
    unknown_names,
)

__all__ = [
    "import_prices",
    "importing",
    "invocation_logging",
    "open_weights",
    "reading",
    "refusals",
    "training",
    "unknown_names",
]
