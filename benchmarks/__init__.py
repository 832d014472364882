"""Measurements beside a peer and a floor: `python -m benchmarks --help`. Nothing here fails on a clock."""
