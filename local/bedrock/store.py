"""The resources of one account in one Region, and the configuration that all accounts and Regions share."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.bedrock.access import Access
from local.bedrock.clock import Clock
from local.bedrock.objects import Objects
from local.bedrock.resource import Collection, Params, R, Resource
from local.bedrock.scripts import Scripts
from local.bedrock.settings import Quotas, Timings

EventSink = Callable[[dict[str, Any]], None]


@dataclass(kw_only=True)
class Config:
    """What all stores run on; tests change it while the service runs."""

    clock: Clock
    timings: Timings
    quotas: Quotas
    scripts: Scripts
    access: Access | None
    objects: Objects
    events: EventSink
    imported_jobs: bool
    # By model id; what is not in it stays active.
    lifecycles: dict[str, Any] = field(default_factory=dict)
    # What models say, by patterns of their names, the latest first; all others name the model that answers.
    answers: dict[str, str] = field(default_factory=dict)
    profiles: frozenset[str] = frozenset()
    # By operation and documented error code: the code and the words that a real account was seen to answer instead.
    recorded: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


class Store:
    def __init__(self, config: Config, *, partition: str, region: str, account: str) -> None:
        self.config = config
        self.partition = partition
        self.region = region
        self.account = account
        self.answers_by_token: dict[tuple[str, str], tuple[Params, Params]] = {}
        self._collections: dict[type[Resource], Collection[Any]] = {}
        self._sequence = 0
        self.invocation_logging: Params | None = None

    def of(self, kind: type[R]) -> Collection[R]:
        return self._collections.setdefault(kind, Collection(kind))

    def resources(self) -> Iterator[Resource]:
        for collection in self._collections.values():
            yield from collection

    def find(self, arn: str) -> Resource | None:
        return next((resource for resource in self.resources() if resource.arn == arn), None)

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def next_id(self) -> str:
        """Twelve characters as in the service's ARNs, the same in every run."""
        seed = f"{self.account}/{self.region}/{self.next_sequence()}"
        return hashlib.sha256(seed.encode()).hexdigest()[:12]

    def arn(self, suffix: str) -> str:
        return f"arn:{self.partition}:bedrock:{self.region}:{self.account}:{suffix}"

    def settle(self, now: datetime) -> None:
        """Let all that fell due happen, in the order of time and each once."""
        while due := self._next_due(now):
            at, resource = due
            resource.step(self, at)

    def _next_due(self, now: datetime) -> tuple[datetime, Resource] | None:
        due = [(r.due, r.sequence, r) for r in self.resources() if r.due and r.due <= now]
        if not due:
            return None
        at, _, resource = min(due)
        return at, resource


@dataclass(frozen=True, kw_only=True)
class Request:
    operation: str
    params: Params
    caller: str
    store: Store
    now: datetime
