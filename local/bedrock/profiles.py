"""Profiles: answers of the real Bedrock that differ from its API reference, each to be switched on.

Known from other people's tests, fixtures and logs, or suspected; a test that passes under all of them does not depend
on which is true.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from local.bedrock import operations
from local.bedrock.custom_model_deployments import CustomModelDeployment
from local.bedrock.errors import ServiceError, not_found
from local.bedrock.imported_models import ImportedModel
from local.bedrock.resource import Params, Resource
from local.bedrock.store import Request, Store

DELETING: Final = "Deleting"
_READ_LAG: Final = timedelta(seconds=20)
_READ_LAG_OF_DEPLOYMENTS: Final = timedelta(seconds=60)
_DELETION: Final = timedelta(minutes=3)
_BY_NAME_OR_ARN: Final = ("Get", "Delete", "Stop")


class Profile(StrEnum):
    """`strict` is what the documents say, and the same as none."""

    STRICT = "strict"
    # An unknown identifier, an ended job, a model in use: ValidationException instead of the code that is documented.
    VALIDATION_ERRORS = "validation-errors"
    # What was made shows in Get after 20 seconds, a deployment after a minute; its tags are empty until then.
    SLOW_READS = "slow-reads"
    # What was deleted stays for three minutes, with the status Deleting and under its name. An imported model has no
    # status in the API, so it goes at once.
    SLOW_DELETES = "slow-deletes"


def perform(request: Request) -> Params:
    """The operation, as the active profiles have it."""
    active = request.store.config.profiles
    try:
        if Profile.SLOW_READS in active:
            _require_visible(request)
        answer = _delete_slowly(request) if Profile.SLOW_DELETES in active else None
        answer = operations.ALL[request.operation](request) if answer is None else answer
        return {"tags": []} if Profile.SLOW_READS in active and _tags_lag(request) else answer
    except ServiceError as error:
        if Profile.VALIDATION_ERRORS in active and request.operation.startswith(_BY_NAME_OR_ARN):
            raise _as_validation(error) from None
        if seen := request.store.config.recorded.get((request.operation, error.code)):
            raise ServiceError(*seen) from None
        raise


def _as_validation(error: ServiceError) -> ServiceError:
    known = error.code in ("ResourceNotFoundException", "ConflictException")
    return ServiceError("ValidationException", error.message) if known else error


def _identified(request: Request) -> Iterator[Resource]:
    given = {value for value in request.params.values() if isinstance(value, str)}
    return (each for each in request.store.resources() if each.arn in given or each.name in given)


def _is_young(resource: Resource, now: datetime) -> bool:
    lag = _READ_LAG_OF_DEPLOYMENTS if isinstance(resource, CustomModelDeployment) else _READ_LAG
    return now - resource.created < lag


def _require_visible(request: Request) -> None:
    if not request.operation.startswith("Get"):
        return
    for resource in _identified(request):
        is_asked_for = request.operation.endswith(type(resource).__name__)
        if is_asked_for and _is_young(resource, request.now):
            raise not_found(f"The {resource.noun} {resource.name} could not be found.")


def _tags_lag(request: Request) -> bool:
    listing = request.operation == "ListTagsForResource"
    return listing and any(_is_young(resource, request.now) for resource in _identified(request))


def _delete_slowly(request: Request) -> Params | None:
    """The deletion is accepted, and what is deleted can be seen for a while."""
    if not request.operation.startswith("Delete"):
        return None
    if request.operation == f"Delete{ImportedModel.__name__}":
        return None
    found = [each for each in _identified(request) if f"Delete{type(each).__name__}" == request.operation]
    if found and found[0].status == DELETING:
        return {}
    answer = operations.ALL[request.operation](request)
    for resource in found:
        collection = request.store.of(type(resource))
        collection.add(resource)
        resource.status, resource.due = DELETING, request.now + _DELETION

        def gone(store: Store, _at: datetime, resource: Resource = resource) -> None:
            store.of(type(resource)).remove(resource)

        resource.step = gone  # type: ignore[method-assign, assignment]
    return answer
