"""Lists of Amazon Bedrock come in pages."""

from collections.abc import Callable
from typing import Any


def listed(call: Callable[..., dict[str, Any]], *, summaries: str, name: str, **filters: Any) -> list[str]:
    """The names on all pages of a List call."""
    names: list[str] = []
    page: dict[str, Any] = {}
    while True:
        answer = call(**filters, **page)
        names += [summary[name] for summary in answer.get(summaries, [])]
        if not answer.get("nextToken"):
            return names
        page = {"nextToken": answer["nextToken"]}
