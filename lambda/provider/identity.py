"""Names and digests made of content: the same inputs give the same name, and the name is the lock."""

import hashlib
import json
from typing import Any, Final

from provider import stacks

# A digest is compared with those of every released version, so that a new canonical form repeats no paid work.
# The forms of released versions never change.
VERSIONS: Final = (1,)
SCOPE_LENGTH: Final = 10
DIGEST_LENGTH: Final = 20


def digest(kind: str, content: dict[str, Any], *, version: int = VERSIONS[-1]) -> str:
    """A digest of the canonical form: keys in order, no spaces, absent and empty alike."""
    canonical = json.dumps(_pruned(content), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return _hash(f"{version}:{kind}:{canonical}", DIGEST_LENGTH)


def digests(kind: str, content: dict[str, Any]) -> list[str]:
    """The digests of every released version, the newest first."""
    return [digest(kind, content, version=version) for version in reversed(VERSIONS)]


def scope(settings: dict[str, Any], root_stack_id: str) -> str:
    """Whose names these are: the root stack's name and the construct's path in it, or the lock id in place of both."""
    if settings.get("LockId"):
        return _hash(f"lock:{settings['LockId']}", SCOPE_LENGTH)
    return _hash(f"path:{stacks.name_of(root_stack_id)}/{settings.get('Path', '')}", SCOPE_LENGTH)


def owner(stack_id: str, logical_id: str) -> str:
    """Which resource may delete: changes with every new stack, unlike the scope."""
    return _hash(f"{stack_id}|{logical_id}", DIGEST_LENGTH)


def execution_name(stack_id: str, logical_id: str, request_id: str) -> str:
    """The waiter's execution for one event: a second delivery finds it running."""
    return _hash(f"{stack_id}|{logical_id}|{request_id}", 64)


def short(text: str) -> str:
    """A few characters for telling two apart."""
    return _hash(text, SCOPE_LENGTH)


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {key: _pruned(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [_pruned(part) for part in value]
    return value
