"""The losses that Bedrock writes into the output bucket. Where and how differs with the model, so they are searched.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization-analyze.html
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bedrock_models.bedrock.run import Run
from bedrock_models.failures import is_denied, is_missing

_LARGEST: Final = 50_000_000
# What Bedrock writes beside metrics: what it found in the data, and the data itself.
_NO_METRICS: Final = {"input_status", "validated_data"}
_LOSS: Final = {"training_loss": "training", "validation_loss": "validation"}
_STEPS: Final = ("step_number", "step", "global_step")
_EPOCHS: Final = ("epoch_number", "epoch")


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One loss over the steps. `epochs` is the epoch of each point, as far as the file tells."""

    kind: str
    uri: str
    steps: tuple[float, ...]
    values: tuple[float, ...]
    epochs: tuple[float, ...] = ()

    @property
    def last(self) -> float:
        return self.values[-1]


def curves(s3: Any, run: Run) -> list[Curve]:
    """What there is of losses, training first. Empty while nothing is written."""
    bucket, _, prefix = run.output_uri.removeprefix("s3://").partition("/")
    found = [curve for key in _keys(s3, bucket, prefix, run.id) for curve in _read(s3, bucket, key)]
    return sorted(found, key=lambda curve: (curve.kind != "training", curve.uri))


def try_curves(s3: Any, run: Run) -> list[Curve]:
    """The same for one who only looks on: no permission, or no bucket, is no reason to stop."""
    try:
        return curves(s3, run)
    except s3.exceptions.ClientError as error:
        if is_denied(error) or is_missing(error):
            return []
        raise


def parse(text: str, uri: str) -> Iterator[Curve]:
    """Each column of a CSV file that is a loss."""
    rows = list(csv.DictReader(io.StringIO(text), skipinitialspace=True))
    for column in rows[0] if rows else ():
        kind = _LOSS.get((column or "").strip().lower())
        points = [(row, number) for row in rows if (number := _number(row[column])) is not None] if kind else []
        if kind and points:
            yield Curve(
                kind=kind,
                uri=uri,
                steps=tuple(_first(row, _STEPS, index) for index, (row, _) in enumerate(points)),
                values=tuple(number for _, number in points),
                epochs=tuple(_first(row, _EPOCHS, 0) for row, _ in points),
            )


def _keys(s3: Any, bucket: str, prefix: str, run_id: str) -> Iterator[str]:
    folder = f"{prefix.rstrip('/')}/model-customization-job-{run_id}/".lstrip("/")
    known = list(_csv(s3, bucket, folder))
    # Another layout still has the run's id in it, or it would mix with that of other runs.
    yield from known or (key for key in _csv(s3, bucket, prefix) if run_id in key)


def _csv(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", ()):
            key = entry["Key"]
            if key.lower().endswith(".csv") and entry["Size"] <= _LARGEST and _NO_METRICS.isdisjoint(key.split("/")):
                yield key


def _read(s3: Any, bucket: str, key: str) -> Iterator[Curve]:
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    yield from parse(body.decode("utf-8-sig", errors="replace"), f"s3://{bucket}/{key}")


def _first(row: dict[str, Any], columns: Iterable[str], otherwise: float) -> float:
    lowered = {(name or "").strip().lower(): value for name, value in row.items()}
    numbers = (_number(lowered[column]) for column in columns if column in lowered)
    return next((number for number in numbers if number is not None), otherwise)


def _number(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None
