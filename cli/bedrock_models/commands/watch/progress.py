"""The progress of what is watched: the stack, its jobs, how far they are, and what is usual."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models import times
from bedrock_models.bedrock import import_job, losses, model_check, queue, run, served
from bedrock_models.bedrock.import_job import ImportJob
from bedrock_models.bedrock.job import FAILED, STOPPED, Typical
from bedrock_models.bedrock.losses import Curve
from bedrock_models.bedrock.model_check import ModelCheck
from bedrock_models.bedrock.run import NOT_STARTED, Run
from bedrock_models.bedrock.served import Served
from bedrock_models.cloudformation import stack
from bedrock_models.cloudformation.stack import Stack, StackResource
from bedrock_models.commands.target import Target
from bedrock_models.context import Context

_SLACK: Final = timedelta(minutes=1)
_GROWING: Final = ("REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
_ONE_AT_A_TIME: Final = "Amazon Bedrock runs one import at a time in an account and Region"


@dataclass(frozen=True, kw_only=True)
class SeenJob:
    """A training run or an import, or the name of one that has still to start."""

    name: str
    job: Run | ImportJob | None
    is_import: bool = False
    segment: str = ""
    queued_because: str = ""
    typical: Typical | None = None
    curves: tuple[Curve, ...] = ()

    @property
    def status(self) -> str:
        return self.job.status if self.job else "Queued"

    @property
    def usual(self) -> str:
        """What such jobs took here before; empty if there were none, or if it is over."""
        if self.job is None or self.job.is_over or self.typical is None:
            return ""
        noun = "import" if self.is_import else "run"
        finished = f"{self.typical.runs} finished {noun}{'s' if self.typical.runs > 1 else ''}"
        return f"typically {times.duration(self.typical.whole)} (median of {finished})"

    def paid(self, around: Stack | None) -> str:
        """Whether the operation under way has started this job or has found it; a training run costs money."""
        if self.job is None or around is None or around.began is None or around.status not in _GROWING:
            return ""
        # The two times come from two services.
        is_started = self.job.created >= around.began - _SLACK
        if self.is_import:
            if is_started:
                return "an import was started by this deployment: its model is billed for its storage"
            return "the deployment adopted an import that was there before: nothing is imported again"
        if is_started:
            return "a paid training run was started by this deployment"
        return "the deployment adopted a run that was there before: nothing is paid again"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What was seen, at a time of the service's."""

    at: datetime
    stack: Stack | None
    jobs: tuple[SeenJob, ...]
    followed: frozenset[str] = frozenset()
    served: tuple[Served, ...] = ()
    checks: tuple[ModelCheck, ...] = ()
    has_moved: bool = False

    @property
    def has_failed(self) -> bool:
        """Whether the stack came to a bad end."""
        status = self.stack.status if self.stack else ""
        return "FAILED" in status or "ROLLBACK" in status or status.startswith("DELETE_")

    @property
    def counted(self) -> tuple[SeenJob, ...]:
        """The jobs that were seen going on; before an update has come to them, a stack still names its old ones."""
        return tuple(seen for seen in self.jobs if seen.name in self.followed) or self.jobs

    @property
    def is_waiting(self) -> bool:
        """Whether something goes on, or may still start."""
        if any(seen.job and not seen.job.is_over for seen in self.counted):
            return True
        if any(seen.status in (FAILED, STOPPED) for seen in self.jobs if seen.name in self.followed):
            return False
        return self.is_growing or any(not each.is_over for each in self.served)

    @property
    def shows_nothing(self) -> bool:
        """Whether there is no job, deployment, throughput or check yet."""
        return not (self.jobs or self.served or self.checks)

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
        # Whether each is an import, by name.
        self._followed: dict[str, bool] = {}
        self._served: dict[str, Served] = {}
        self._checks: dict[str, ModelCheck] = {}
        self._has_moved = False

    def read(self) -> Progress:
        """A fresh progress."""
        around = self._stack()
        jobs = [self._alone()] if around is None else self._of_stack(around)
        self._followed |= {seen.name: seen.is_import for seen in jobs if seen.job is None or not seen.job.is_over}
        # The service's clock counts: this machine's may be behind it.
        at = max([self._context.now(), *(seen.job.latest for seen in jobs if seen.job)])
        progress = Progress(at=at, stack=around, jobs=tuple(jobs), followed=frozenset(self._followed))
        self._has_moved = self._has_moved or progress.is_growing
        return replace(
            progress,
            served=self._read_served(around),
            checks=self._read_checks(around),
            has_moved=self._has_moved,
        )

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

    def _read_checks(self, around: Stack | None) -> tuple[ModelCheck, ...]:
        """What was seen once stays in sight here, too. Who may not ask Step Functions sees the stack wait."""
        if around is None:
            return ()
        try:
            found = model_check.of_stack(self._context, around, seen=tuple(self._checks))
        except (ClientError, BotoCoreError):
            found = []
        self._checks |= {each.name: each for each in found}
        return tuple(sorted(self._checks.values(), key=lambda each: each.started))

    def _stack(self) -> Stack | None:
        if not self.target.stack_id:
            return None
        return stack.read(self._context.aws.client("cloudformation"), self.target.stack_id)

    def _alone(self) -> SeenJob:
        name = self.target.import_job or self.target.job
        return self._seen(name, is_import=bool(self.target.import_job))

    def _of_stack(self, around: Stack) -> list[SeenJob]:
        """The jobs that the stack names now, and those that it named while they went on."""
        owners = [*((each, False) for each in around.jobs), *((each, True) for each in around.imports)]
        seen = [self._of_resource(around, each, is_import) for each, is_import in owners if each.physical_id]
        gone = self._followed.keys() - {each.name for each in seen}
        return [*seen, *(self._seen(name, is_import=self._followed[name]) for name in sorted(gone))]

    def _of_resource(self, around: Stack, owner: StackResource, is_import: bool) -> SeenJob:
        seen = self._seen(owner.physical_id, is_import=is_import)
        wait = around.segment(owner)
        because = "" if seen.job else queue.reason(self._context, around, seen.name)
        # Where the stack has failed, it is not in the queue any more, or never was.
        if is_import and seen.job is None and around.status in _GROWING:
            because = because or _ONE_AT_A_TIME
        return replace(seen, segment=stack.segment_name(wait) if wait else "", queued_because=because)

    def _seen(self, name: str, *, is_import: bool) -> SeenJob:
        found = import_job.find(self._bedrock, name) if is_import else run.find(self._bedrock, name)
        if found is None:
            return SeenJob(name=name, job=None, is_import=is_import)
        if found.name not in self._typical:
            self._typical[found.name] = (
                import_job.typical(self._bedrock, found)
                if isinstance(found, ImportJob)
                else run.typical(self._bedrock, found)
            )
        curves = self._losses(found) if isinstance(found, Run) else ()
        return SeenJob(
            name=found.name, job=found, is_import=is_import, typical=self._typical[found.name], curves=curves
        )

    def _losses(self, found: Run) -> tuple[Curve, ...]:
        training = found.phases[-1].status != NOT_STARTED or found.is_over
        if training:
            self._curves[found.name] = tuple(losses.try_curves(self._context.aws.client("s3"), found))
        return self._curves.get(found.name, ())
