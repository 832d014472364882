"""Changes of resources by one operation: enough to clean up after them, and to undo them."""

import dataclasses
import enum
from typing import Any

from local.aws.cloudformation.resources import Properties, Record


class Kind(enum.Enum):
    CREATED = enum.auto()
    UPDATED = enum.auto()
    REPLACED = enum.auto()
    CREATE_FAILED = enum.auto()
    UPDATE_FAILED = enum.auto()


@dataclasses.dataclass(frozen=True)
class Leftover:
    """A physical resource that no record names any more."""

    logical_id: str
    resource_type: str
    physical_id: str
    properties: Properties
    calls: tuple[Any, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """`physical_id` is empty when a resource was never made. `before` and `after` are properties as they were sent."""

    kind: Kind
    logical_id: str
    resource_type: str
    physical_id: str
    after: Properties
    before: Properties = dataclasses.field(default_factory=dict)
    previous: Record | None = None
    attributes: dict[str, Any] = dataclasses.field(default_factory=dict)
    old_deletes: tuple[Any, ...] = ()

    @property
    def leftover(self) -> Leftover:
        """What it made, once it is not wanted any more."""
        return Leftover(self.logical_id, self.resource_type, self.physical_id, self.after)
