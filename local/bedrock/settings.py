"""Timings and quotas: how long things take, and how much of them an account may have."""

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

T = TypeVar("T", "Timings", "Quotas")

MINUTE = 60.0
HOUR = 60 * MINUTE


@dataclass(frozen=True, kw_only=True)
class Timings:
    """Seconds of Bedrock's time, that is, of the injected clock."""

    model_import: float = 10 * MINUTE
    model_import_job: float = 20 * MINUTE
    # From the first request for a cold imported model to its first copy.
    model_copy: float = MINUTE
    job_queue: float = 10 * MINUTE
    job_validation: float = 5 * MINUTE
    job_data_processing: float = 15 * MINUTE
    job_training: float = 3.5 * HOUR
    job_stop: float = 3 * MINUTE
    deployment: float = 15 * MINUTE
    throughput: float = 20 * MINUTE


@dataclass(frozen=True, kw_only=True)
class Quotas:
    concurrent_customization_jobs: int = 2
    custom_models: int = 100
    custom_models_in_creation: int = 2
    custom_model_deployments: int = 10
    custom_model_deployments_in_progress: int = 2
    # AWS Support grants units; an account has none before it asks.
    provisioned_model_units: int = 10
    # Not adjustable in AWS.
    concurrent_model_import_jobs: int = 1
    imported_models: int = 3
    tags_per_resource: int = 50
    page_size: int = 100
    # For each operation, by the injected clock; 0 is no limit.
    requests_per_second: float = 0
    request_burst: int = 10


def changed(settings: T, changes: dict[str, Any]) -> T:
    known = {field.name for field in fields(settings)}
    if unknown := sorted(set(changes) - known):
        raise ValueError(f"{type(settings).__name__} has {sorted(known)}, got {unknown}")
    return replace(settings, **changes)
