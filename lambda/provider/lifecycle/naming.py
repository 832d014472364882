"""Generated names: readable at the front, then whose they are, then what they were made of. The name is the lock."""

import re
from typing import Any, Final

from provider.cloudformation import identity
from provider.cloudformation.request import Request

_GENERATED: Final = re.compile(rf"-[0-9a-f]{{{identity.SCOPE_LENGTH}}}-[0-9a-f]{{{identity.DIGEST_LENGTH}}}$")


def scope(request: Request) -> str:
    """Whose names these are."""
    return identity.scope(request.properties.settings, request.stack_ids[-1])


def stem(request: Request) -> str:
    """What all generated names of one construct begin with."""
    return f"{request.properties.settings.name_prefix}-{scope(request)}"


def is_generated(name: str) -> bool:
    """Whether this library made the name, for whichever scope and content."""
    return _GENERATED.search(name) is not None


def of_content(request: Request, kind: str, content: dict[str, Any]) -> str:
    """The name of this content."""
    return f"{stem(request)}-{identity.digest(kind, content)}"
