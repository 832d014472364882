"""Names and digests made of content: the same inputs give the same name, and the name is the lock."""

import hashlib
import json
from typing import Any, Final

from provider.cloudformation.resource_settings import ResourceSettings

# The canonical form is frozen. A second one would split the lock: while two releases share an account, the older one
# looks for a run under the only name that it can make, finds none, and trains again. What a later release adds to the
# inputs extends the form instead: absent members leave it as it was.
_FORM: Final = 1
SCOPE_LENGTH: Final = 10
DIGEST_LENGTH: Final = 20


def digest(kind: str, content: dict[str, Any]) -> str:
    """A digest of the canonical form: keys in order, no spaces, absent and empty alike."""
    canonical = json.dumps(_pruned(content), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return _hash(f"{_FORM}:{kind}:{canonical}", DIGEST_LENGTH)


def scope(settings: ResourceSettings, root_stack_id: str) -> str:
    """Whose names these are: the root stack's name and the construct's path in it, or the lock id in place of both."""
    if settings.lock_id:
        return _hash(f"lock:{settings.lock_id}", SCOPE_LENGTH)
    return _hash(f"path:{stack_name(root_stack_id)}/{settings.path}", SCOPE_LENGTH)


def stack_name(stack_id: str) -> str:
    """The name inside a stack's ARN."""
    return stack_id.split("/")[1]


def owner(stack_id: str, logical_id: str) -> str:
    """Which resource may delete: changes with every new stack, unlike the scope."""
    return _hash(f"{stack_id}|{logical_id}", DIGEST_LENGTH)


def execution_name(stack_id: str, logical_id: str, request_id: str) -> str:
    """The waiter's execution for one event: a second delivery finds it running."""
    return _hash(f"{stack_id}|{logical_id}|{request_id}", 64)


def short(text: str) -> str:
    """A few characters for telling two apart."""
    return _hash(text, SCOPE_LENGTH)


def spread(text: str, below: int) -> int:
    """A number from 0 to below that, always the same for the same text."""
    return int(_hash(text, DIGEST_LENGTH), 16) % max(below, 1)


def _hash(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        parts = {key: _pruned(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [_pruned(part) for part in value]
    return value
