"""What stands under a name already: whether it may be taken over, and what to say if not."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from provider.outcome import Refused
from provider.ownership import Ownership

_T = TypeVar("_T")


def first(find: Callable[[str], _T | None], names: Iterable[str]) -> _T | None:
    """The first of these names that there is something of."""
    return next((found for name in dict.fromkeys(names) if name and (found := find(name))), None)


def is_ours(current: Ownership | None, wanted: Ownership, digests: Iterable[str]) -> bool:
    """Made for the same scope from the same inputs, by whichever released version of the digest."""
    return current is not None and current.scope == wanted.scope and current.digest in digests


def collision(current: Ownership | None, *, subject: str, arn: str, importer: str, argument: str) -> Refused:
    """Says whose it is, and both ways out."""
    whose = "by something else" if current is None else f"from other inputs or by another stack ({current.stack_id})"
    return Refused(
        f"{subject} exists already ({arn}), made {whose}. Either use it with {importer}, or give {argument} another "
        "value (leave it out for a generated one)."
    )
