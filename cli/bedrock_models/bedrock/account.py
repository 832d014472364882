"""Reads what one account has in one Region, page by page, with tags."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.arguments import KINDS
from bedrock_models.bedrock import resource
from bedrock_models.bedrock.resource import Resource
from bedrock_models.failures import Failure, is_missing

# More at once would only be throttled.
_THREADS: Final = 8


@dataclass(frozen=True, kw_only=True)
class _Listing:
    operation: str
    summaries: str
    read: Callable[[Mapping[str, Any]], Resource]
    status: str = "statusEquals"
    after: str = "creationTimeAfter"
    before: str = "creationTimeBefore"
    # The codes by which a Region says that it has none of this kind at all.
    not_offered: tuple[str, ...] = ()


_LISTINGS: Final = {
    "models": _Listing(
        operation="list_custom_models", summaries="modelSummaries", read=resource.of_model, status="modelStatus"
    ),
    "jobs": _Listing(
        operation="list_model_customization_jobs", summaries="modelCustomizationJobSummaries", read=resource.of_job
    ),
    "deployments": _Listing(
        operation="list_custom_model_deployments",
        summaries="modelDeploymentSummaries",
        read=resource.of_deployment,
        after="createdAfter",
        before="createdBefore",
    ),
    "throughput": _Listing(
        operation="list_provisioned_model_throughputs",
        summaries="provisionedModelSummaries",
        read=resource.of_throughput,
    ),
    "imported-models": _Listing(
        operation="list_imported_models",
        summaries="modelSummaries",
        read=resource.of_imported_model,
        status="",
        not_offered=("UnknownOperationException", "ValidationException"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the List calls can filter by. `owned` is known for models only."""

    name_contains: str | None = None
    status: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    owned: bool | None = None
    oldest_first: bool = False


def resources(bedrock: Any, kind: str, filters: Filters | None = None) -> Iterator[Resource]:
    """All of a kind, without their tags. Raises `Failure` for a status that the kind does not have."""
    listing = _LISTINGS[kind]
    pages = bedrock.get_paginator(listing.operation).paginate(**_request(bedrock, kind, listing, filters or Filters()))
    try:
        for page in pages:
            yield from map(listing.read, page.get(listing.summaries, ()))
    except ClientError as error:
        if error.response["Error"]["Code"] not in listing.not_offered:
            raise


def with_tags(bedrock: Any, found: Iterable[Resource]) -> list[Resource]:
    """The same with their tags, which the service tells of one resource at a time."""
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(lambda each: replace(each, tags=tags(bedrock, each.arn)), found))


def tags(bedrock: Any, arn: str) -> dict[str, str]:
    """The tags of one; none of what went in the meantime, or belongs to another account."""
    try:
        listed = bedrock.list_tags_for_resource(resourceARN=arn)["tags"]
    except bedrock.exceptions.ClientError as error:
        if is_missing(error) or (":custom-model/" in arn and not _is_own(bedrock, arn)):
            return {}
        raise
    return {tag["key"]: tag["value"] for tag in listed}


def kinds(only: str | None) -> tuple[str, ...]:
    """The kinds that are asked for."""
    return (only,) if only else KINDS


def statuses(bedrock: Any, kind: str) -> list[str]:
    """The statuses of a kind, read from the service's own model."""
    listing = _LISTINGS[kind]
    if not listing.status:
        return []
    operation = bedrock.meta.method_to_api_mapping[listing.operation]
    shape = bedrock.meta.service_model.operation_model(operation).input_shape
    return list(shape.members[listing.status].enum)


def _is_own(bedrock: Any, arn: str) -> bool:
    shared = bedrock.get_paginator("list_custom_models").paginate(isOwned=False)
    return all(summary["modelArn"] != arn for page in shared for summary in page.get("modelSummaries", ()))


def _request(bedrock: Any, kind: str, listing: _Listing, filters: Filters) -> dict[str, Any]:
    if filters.status and not listing.status:
        raise Failure(f"--status is none of {kind}, which have no status, got {filters.status!r}; leave it out")
    if filters.status and filters.status not in statuses(bedrock, kind):
        raise Failure(f"--status of {kind} must be one of {', '.join(statuses(bedrock, kind))}, got {filters.status!r}")
    if filters.owned is not None and kind != "models":
        raise Failure(f"--owned and --shared tell models apart, got {kind}; use: bedrock-models list models --shared")
    given = {
        "nameContains": filters.name_contains,
        listing.status: filters.status,
        listing.after: filters.created_after,
        listing.before: filters.created_before,
        "isOwned": filters.owned,
        "sortBy": "CreationTime",
        "sortOrder": "Ascending" if filters.oldest_first else "Descending",
    }
    return {name: value for name, value in given.items() if name and value is not None}
