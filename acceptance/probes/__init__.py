"""The probes of each step; importing this registers them all."""

from acceptance.probes import importing, reading, refusals, training, unknown_names

__all__ = ["importing", "reading", "refusals", "training", "unknown_names"]
