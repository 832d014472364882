"""Metrics files that a customization job writes to the output location of its request."""

import math

from local.bedrock.objects import Objects, split
from local.bedrock.resource import Params

STEPS_PER_EPOCH = 20
TRAINING_LOSS = 0.25
VALIDATION_LOSS = 0.375


def write(objects: Objects, job_id: str, params: Params) -> None:
    bucket, prefix = split(params["outputDataConfig"]["s3Uri"])
    folder = f"{prefix.rstrip('/')}/model-customization-job-{job_id}".lstrip("/")
    epochs = _epochs(params)
    objects.put(bucket, f"{folder}/training_artifacts/step_wise_training_metrics.csv", _training(epochs))
    if params.get("validationDataConfig", {}).get("validators"):
        path = "validation_artifacts/post_fine_tuning_validation/validation_metrics.csv"
        objects.put(bucket, f"{folder}/{path}", _validation(epochs))


def _epochs(params: Params) -> int:
    given = params.get("hyperParameters", {}).get("epochCount", "2")
    return int(given) if given.isdigit() and int(given) else 1


def _training(epochs: int) -> bytes:
    last = epochs * STEPS_PER_EPOCH - 1
    rows = [_row(step, step // STEPS_PER_EPOCH, _loss(TRAINING_LOSS, step, last)) for step in range(last + 1)]
    return _csv("training_loss", rows)


def _validation(epochs: int) -> bytes:
    steps = [(epoch + 1) * STEPS_PER_EPOCH - 1 for epoch in range(epochs)]
    rows = [_row(step, epoch, _loss(VALIDATION_LOSS, step, steps[-1])) for epoch, step in enumerate(steps)]
    return _csv("validation_loss", rows)


def _loss(final: float, step: int, last: int) -> float:
    """Falls fast, then slowly, unsteadily, and ends at what the API tells."""
    left = (last - step) / max(1, last)
    return final + 1.4 * left**3 + 0.06 * left * math.sin(2.4 * step)


def _row(step: int, epoch: int, loss: float) -> str:
    return f"{step},{epoch},{loss:.6f},{math.exp(loss):.6f}"


def _csv(loss: str, rows: list[str]) -> bytes:
    return "\n".join([f"step_number,epoch_number,{loss},perplexity", *rows, ""]).encode()
