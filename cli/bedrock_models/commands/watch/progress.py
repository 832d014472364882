"""The progress of what is watched: the stack, its runs, how far they are, and what is usual."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bedrock_models.bedrock import losses, queue, run, served
from bedrock_models.bedrock.losses import Curve
from bedrock_models.bedrock.run import FAILED, NOT_STARTED, STOPPED, Run, Typical
from bedrock_models.bedrock.served import Served
from bedrock_models.cloudformation import stack
from bedrock_models.cloudformation.stack import Stack, StackResource
from bedrock_models.commands.target import Target
from bedrock_models.context import Context

_SLACK: Final = timedelta(minutes=1)
_GROWING: Final = ("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")


@dataclass(frozen=True, kw_only=True)
class SeenRun:
    """A run, or the name of one that has still to start."""

    name: str
    run: Run | None
    segment: str = ""
    queued_because: str = ""
    typical: Typical | None = None
    curves: tuple[Curve, ...] = ()

    @property
    def status(self) -> str:
        return self.run.status if self.run else "Queued"

    def paid(self, around: Stack | None) -> str:
        """Whether the operation under way has started this run, which costs money, or has found it."""
        if self.run is None or around is None or around.began is None or around.status not in _GROWING:
            return ""
        # The two times come from two services.
        if self.run.created >= around.began - _SLACK:
            return "a paid training run was started by this deployment"
        return "the deployment adopted a run that was there before: nothing is paid again"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What was seen, at a time of the service's."""

    at: datetime
    stack: Stack | None
    runs: tuple[SeenRun, ...]
    followed: frozenset[str] = frozenset()
    served: tuple[Served, ...] = ()
    has_moved: bool = False

    @property
    def has_failed(self) -> bool:
        """Whether the stack came to a bad end."""
        status = self.stack.status if self.stack else ""
        return "FAILED" in status or "ROLLBACK" in status or status.startswith("DELETE_")

    @property
    def counted(self) -> tuple[SeenRun, ...]:
        """The runs that were seen going on; before an update has come to them, a stack still names its old ones."""
        return tuple(seen for seen in self.runs if seen.name in self.followed) or self.runs

    @property
    def is_waiting(self) -> bool:
        """Whether something goes on, or may still start."""
        if any(seen.run and not seen.run.is_over for seen in self.counted):
            return True
        if any(seen.status in (FAILED, STOPPED) for seen in self.runs if seen.name in self.followed):
            return False
        return self.is_growing or any(not each.is_over for each in self.served)

    @property
    def is_growing(self) -> bool:
        """Whether CloudFormation is at work on a create or an update, not on a rollback of it."""
        return self.stack is not None and self.stack.status in _GROWING


class Watcher:
    """Remembers what need not be asked again."""

    def __init__(self, context: Context, target: Target) -> None:
        self.target = target
        self._context = context
        self._bedrock = context.aws.client("bedrock")
        self._typical: dict[str, Typical | None] = {}
        self._curves: dict[str, tuple[Curve, ...]] = {}
        self._followed: set[str] = set()
        self._served: dict[str, Served] = {}
        self._has_moved = False

    def read(self) -> Progress:
        """A fresh progress."""
        around = self._stack()
        if around is None:
            runs = [self._seen(self.target.job)]
        else:
            runs = [self._of_stack(around, job) for job in around.jobs if job.physical_id]
            runs += [self._seen(name) for name in sorted(self._followed - {seen.name for seen in runs})]
        self._followed |= {seen.name for seen in runs if seen.run is None or not seen.run.is_over}
        # The service's clock counts: this machine's may be behind it.
        at = max([self._context.now(), *(seen.run.latest for seen in runs if seen.run)])
        progress = Progress(at=at, stack=around, runs=tuple(runs), followed=frozenset(self._followed))
        self._has_moved = self._has_moved or progress.is_growing
        return replace(progress, served=self._read_served(around), has_moved=self._has_moved)

    def _read_served(self, around: Stack | None) -> tuple[Served, ...]:
        """What was seen once stays in sight: a rollback takes it out of the stack."""
        if around is None:
            return ()
        found = {each.arn: each for each in served.of_stack(self._bedrock, around)}
        for arn, before in self._served.items():
            if arn not in found:
                found[arn] = served.again(self._bedrock, before) or before
        # One that is gone is not waited for.
        self._served = {arn: each for arn, each in found.items() if self._served.get(arn) is not each or each.is_over}
        return tuple(sorted(self._served.values(), key=lambda each: each.created))

    def _stack(self) -> Stack | None:
        if not self.target.stack_id:
            return None
        return stack.read(self._context.aws.client("cloudformation"), self.target.stack_id)

    def _of_stack(self, around: Stack, job: StackResource) -> SeenRun:
        seen = self._seen(job.physical_id)
        wait = around.segment(job)
        because = "" if seen.run else queue.reason(self._context, around, seen.name)
        return replace(seen, segment=stack.segment_name(wait) if wait else "", queued_because=because)

    def _seen(self, name: str) -> SeenRun:
        found = run.find(self._bedrock, name)
        if found is None:
            return SeenRun(name=name, run=None)
        if found.name not in self._typical:
            self._typical[found.name] = run.typical(self._bedrock, found)
        return SeenRun(name=found.name, run=found, typical=self._typical[found.name], curves=self._losses(found))

    def _losses(self, found: Run) -> tuple[Curve, ...]:
        training = found.phases[-1].status != NOT_STARTED or found.is_over
        if training:
            self._curves[found.name] = tuple(losses.try_curves(self._context.aws.client("s3"), found))
        return self._curves.get(found.name, ())
