"""Operations that are implemented, by their names in the service models."""

from collections.abc import Callable

from local.bedrock import (
    custom_model_deployments,
    custom_models,
    foundation_models,
    imported_models,
    invocation_logging,
    model_customization_jobs,
    model_import_jobs,
    provisioned_model_throughputs,
    runtime,
    tags,
)
from local.bedrock.resource import Params
from local.bedrock.store import Request

ALL: dict[str, Callable[[Request], Params]] = {
    **custom_models.OPERATIONS,
    **model_customization_jobs.OPERATIONS,
    **model_import_jobs.OPERATIONS,
    **imported_models.OPERATIONS,
    **custom_model_deployments.OPERATIONS,
    **provisioned_model_throughputs.OPERATIONS,
    **foundation_models.OPERATIONS,
    **invocation_logging.OPERATIONS,
    **tags.OPERATIONS,
    **runtime.OPERATIONS,
}
