"""Lists of Amazon Bedrock come in pages."""

from collections.abc import Callable, Iterator
from typing import Any


def contains(
    call: Callable[..., dict[str, Any]], *, summaries: str, name: str, arn: str, identifier: str, **filters: Any
) -> bool:
    """Whether a List call has this very name or ARN."""
    is_arn = identifier.startswith("arn:")
    narrowed = filters if is_arn else {**filters, "nameContains": identifier}
    return identifier in listed(call, summaries=summaries, name=arn if is_arn else name, **narrowed)


def listed(call: Callable[..., dict[str, Any]], *, summaries: str, name: str, **filters: Any) -> list[str]:
    """The names on all pages of a List call."""
    return [each[name] for each in all_of(call, summaries, **filters)]


def all_of(call: Callable[..., dict[str, Any]], summaries: str, **filters: Any) -> Iterator[dict[str, Any]]:
    """The summaries on all pages of a List call."""
    page: dict[str, Any] = {}
    while True:
        answer = call(**filters, **page)
        yield from answer.get(summaries, [])
        # A page may be empty and not the last.
        if not answer.get("nextToken"):
            return
        page = {"nextToken": answer["nextToken"]}
