"""Filters, order and pages of the List calls."""

import base64
from collections.abc import Callable, Iterable

from local.bedrock.errors import invalid
from local.bedrock.resource import Params, R
from local.bedrock.store import Request

DESCENDING = "Descending"


def page(
    request: Request,
    resources: Iterable[R],
    *,
    answer: str,
    summary: Callable[[R], Params],
    matches: Callable[[R], bool] = lambda _: True,
) -> Params:
    found = [r for r in resources if _is_common_match(request.params, r) and matches(r)]
    remaining = _after_token(request.params, _in_order(request.params, found))
    size = request.params.get("maxResults", request.store.config.quotas.page_size)
    shown = remaining[:size]
    more = {"nextToken": _token(shown[-1])} if len(remaining) > size else {}
    return {answer: [summary(r) for r in shown], **more}


def equals(params: Params, name: str, value: str) -> bool:
    """Whether the filter is absent or fits."""
    return name not in params or params[name] == value


def _is_common_match(params: Params, resource: R) -> bool:
    after = params.get("creationTimeAfter") or params.get("createdAfter")
    before = params.get("creationTimeBefore") or params.get("createdBefore")
    return (
        (after is None or after < resource.created)
        and (before is None or resource.created < before)
        and params.get("nameContains", "") in resource.name
        and equals(params, "statusEquals", resource.status)
    )


def _in_order(params: Params, resources: list[R]) -> list[R]:
    # Resources made in the same instant still need one order, or a page would lose some of them.
    return sorted(resources, key=lambda r: r.sequence, reverse=_is_descending(params))


def _is_descending(params: Params) -> bool:
    return bool(params.get("sortOrder", DESCENDING) == DESCENDING)


def _after_token(params: Params, resources: list[R]) -> list[R]:
    if "nextToken" not in params:
        return resources
    last = _sequence(params["nextToken"])
    return [r for r in resources if (r.sequence < last if _is_descending(params) else r.sequence > last)]


def _token(resource: R) -> str:
    return base64.urlsafe_b64encode(f"after:{resource.sequence}".encode()).decode()


def _sequence(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("after:"))
    except ValueError as error:
        raise invalid("The provided pagination token is not valid.") from error
