"""What a look-up answered last, and before: kept in its physical id, since it has no resource that could tell.

A rollback has to go back to what the stack used before, and the same question may have another answer by then. An
Update tells neither the answer nor the id that came before the present one, so the id holds both.
"""

from dataclasses import dataclass
from typing import Final

_SEPARATOR: Final = "|"
_PHYSICAL_ID_LIMIT: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """The ARN that was found, and the digest of the question."""

    arn: str
    digest: str


def read(physical_id: str | None) -> list[Remembered]:
    """The present answer, then the one before it; none for an id that is of no answer."""
    parts = (physical_id or "").split(_SEPARATOR)
    if len(parts) % 2:
        return []
    return [Remembered(arn=arn, digest=digest) for arn, digest in zip(parts[::2], parts[1::2], strict=True)]


def physical_id(present: Remembered, before: Remembered | None) -> str:
    """The id that remembers both, or the present alone if there is no room."""
    own = f"{present.arn}{_SEPARATOR}{present.digest}"
    both = f"{own}{_SEPARATOR}{before.arn}{_SEPARATOR}{before.digest}" if before else own
    return both if len(both) <= _PHYSICAL_ID_LIMIT else own
