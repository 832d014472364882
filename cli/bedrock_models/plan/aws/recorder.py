"""What a dry run would have changed, and what it was not allowed to read."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Write:
    """One call that would change something: the operation as the API names it, and what it is about."""

    operation: str
    target: str
    params: Mapping[str, Any] = field(repr=False)


class Recorder:
    """The writes of all services, in their order, and the permissions that reads lacked."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        self.denied: dict[str, None] = {}
        self.reads = 0
        self.lock = threading.Lock()
