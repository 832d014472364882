"""The provider's own handlers, on clients that change nothing: one event in, what it would do out."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models import failures
from bedrock_models.plan.aws.bedrock import ReadOnlyBedrock
from bedrock_models.plan.aws.cloudformation import PlannedStacks
from bedrock_models.plan.aws.parameters import ReadOnlyParameters
from bedrock_models.plan.aws.recorder import Recorder, Write
from bedrock_models.plan.aws.s3 import ReadOnlyS3
from bedrock_models.plan.aws.service import ReadOnly
from bedrock_models.plan.aws.step_functions import Waiters
from provider.cloudformation.request import Malformed, Request
from provider.cloudformation.result import Answer, Enqueue, NotYet, Refused
from provider.handlers import HANDLERS

# More than any handler takes turns of: a stop, a deletion and another attempt each take one.
_TURNS: Final = 12
# As if the provider had looked again for longer than anything takes to show.
_PATIENCE_OVER: Final = 12 * 3600


@dataclass(frozen=True, kw_only=True)
class DryRunResult:
    """How the handling of one event would end, and what would be changed on the way."""

    answer: Answer | None = None
    writes: tuple[Write, ...] = ()
    refusal: str = ""
    unclear: str = ""
    queued: str = ""
    waits_for: tuple[str, ...] = ()


@dataclass(kw_only=True)
class DryRunClients:
    """What the handlers meet in place of AWS."""

    bedrock: ReadOnlyBedrock
    cloudformation: PlannedStacks
    states: Waiters
    iam: ReadOnly
    ec2: ReadOnly
    ssm: ReadOnlyParameters
    sagemaker: ReadOnly
    s3: ReadOnlyS3
    at: datetime

    def now(self) -> float:
        """When the plan was begun: all of it is of one moment."""
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        """Nothing has to be waited for."""

    def put(self, url: str, content: bytes) -> bool:  # noqa: ARG002  the signature of the real one
        """There is nobody to answer."""
        return True


@dataclass(kw_only=True)
class DryRun:
    """Hands events to the handlers."""

    clients: DryRunClients
    recorder: Recorder
    _quiet: io.StringIO = field(default_factory=io.StringIO)

    def event(self, kind: str, **members: Any) -> dict[str, Any]:
        """The event that CloudFormation would send next.

        It has no time: the deployment comes after everything that was handled, whatever this machine's clock says. With
        one that is behind CloudFormation's, an event of now would be taken for one that came late.
        """
        return {
            "RequestType": kind,
            "RequestId": "00000000-0000-0000-0000-000000000000",
            "ResponseURL": "https://cloudformation.s3.amazonaws.com/plan",
            **members,
        }

    def play(self, event: Mapping[str, Any]) -> DryRunResult:
        """What the handler would do with it, until its answer or until nothing moves any more."""
        first = len(self.recorder.writes)
        with self._environment():
            result = self._play(event, first)
        self._quiet.seek(0)
        self._quiet.truncate()
        return result

    def _play(self, event: Mapping[str, Any], first: int) -> DryRunResult:
        waits_for: dict[str, None] = {}
        try:
            how = self._turns(event, waits_for)
        except (Refused, Malformed) as refusal:
            how = {"refusal": str(refusal)}
        except ClientError as error:
            how = {"unclear": _unclear(error)}
        except BotoCoreError as error:
            how = {"unclear": failures.explain(error)}
        return DryRunResult(writes=tuple(self.recorder.writes[first:]), waits_for=tuple(waits_for), **how)

    def _turns(self, event: Mapping[str, Any], waits_for: dict[str, None]) -> dict[str, Any]:
        """Hands the event to the handler again as the waiter does, each time with what has come to its end since."""
        waited = _PATIENCE_OVER if event["RequestType"] == "Delete" else 0
        request = Request.of(dict(event), waited=waited)
        handler = HANDLERS[request.resource_type][request.type]
        for _ in range(_TURNS):
            before = len(self.recorder.writes)
            try:
                outcome = handler(request, self.clients)  # type: ignore[arg-type]
            except NotYet as pending:
                if pending.enqueue:
                    return {"answer": pending.enqueue.answer, "queued": pending.enqueue.refusal}
                waits_for[str(pending)] = None
                if not self._goes_on(before):
                    return {"unclear": f"it would wait: {pending}"}
                request.stacks_read.clear()
                continue
            queued = outcome.refusal if isinstance(outcome, Enqueue) else ""
            return {"answer": outcome.answer if isinstance(outcome, Enqueue) else outcome, "queued": queued}
        return {"unclear": "it takes more turns than this command follows"}

    def _goes_on(self, before: int) -> bool:
        return self.clients.bedrock.settle() or len(self.recorder.writes) > before

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        """What the function has around it in Lambda. Its log is not for this screen."""
        name = "WAITER_ARN"
        before, out = os.environ.get(name), sys.stdout
        os.environ[name] = Waiters.ARN
        sys.stdout = self._quiet
        try:
            yield
        finally:
            sys.stdout = out
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


def _unclear(error: ClientError) -> str:
    if failures.is_denied(error):
        return f"these credentials may not do {failures.action(error)}"
    return failures.explain(error)
