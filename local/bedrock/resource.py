"""Resources: what all kinds have in common, and collections of them. Each knows when its status changes next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from local.bedrock.errors import not_found
from local.bedrock.scripts import Script

if TYPE_CHECKING:
    from local.bedrock.store import Store

Params = dict[str, Any]
R = TypeVar("R", bound="Resource")


@dataclass(kw_only=True)
class Resource:
    noun: ClassVar[str] = "resource"

    arn: str
    name: str
    status: str
    created: datetime
    modified: datetime
    sequence: int
    due: datetime | None = None
    failure: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    script: Script = field(default_factory=Script)

    def step(self, store: "Store", at: datetime) -> None:
        """Go through the change of state that is due."""
        raise NotImplementedError

    def describe(self) -> Params:
        """The answer of the resource's Get call."""
        raise NotImplementedError

    def models_in_use(self) -> Iterable[str]:
        """ARNs of the models that can't be deleted while this resource is there."""
        return ()

    def model_names(self) -> Iterable[str]:
        """Names of custom models that this resource holds or will give to its model."""
        return ()

    def wait(self, start: datetime, seconds: float) -> None:
        self.due = start + timedelta(seconds=seconds)

    def enter(self, status: str, at: datetime, failure: str | None = None) -> None:
        self.status, self.modified, self.failure, self.due = status, at, failure, None


class Collection(Generic[R]):
    """The resources of one kind, found by ARN or by name."""

    def __init__(self, kind: type[R]) -> None:
        self._kind = kind
        self._by_arn: dict[str, R] = {}

    def __iter__(self) -> Iterator[R]:
        return iter(self._by_arn.values())

    def __len__(self) -> int:
        return len(self._by_arn)

    def add(self, resource: R) -> R:
        self._by_arn[resource.arn] = resource
        return resource

    def remove(self, resource: R) -> None:
        del self._by_arn[resource.arn]

    def find(self, identifier: str) -> R | None:
        return self._by_arn.get(identifier) or next((r for r in self if r.name == identifier), None)

    def get(self, identifier: str) -> R:
        if found := self.find(identifier):
            return found
        raise not_found(f"The {self._kind.noun} {identifier} could not be found.")


def without_none(members: Params) -> Params:
    return {key: value for key, value in members.items() if value is not None}
