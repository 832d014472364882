"""Lambda and Step Functions: who runs the handlers, and what happens when they fail."""

import json
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from provider import abort, events, poll
from provider.aws.clients import Clients
from tests.faults.faults import Killed
from tests.functional.conftest import EVENTS_ARN, POLL_ARN, WAITER_ARN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.world import World

# As the construct sets them: the functions' timeouts, and the events function's asynchronous invocation.
_LIMITS: Final = {"events": 180.0, "poll": 120.0, "abort": 180.0}
_OLDEST_EVENT: Final = 15 * 60
_PAUSES: Final = (60, 120)
# The workflow's Retry.
_INTERVAL, _BACKOFF, _ATTEMPTS = 5, 2, 5
_EXPECTED: Final = (Killed, TimeoutError, ClientError)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One run of a function. `wanted` tells whether its stack was still going forward with the event as it began."""

    function: str
    event: Mapping[str, Any]
    label: str
    limit: float
    wanted: bool


class Functions:
    """AWS Lambda with the provider's two functions."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._running: list[Invocation] = []
        self.again_after_delete: list[tuple[float, Mapping[str, Any]]] = []

    @property
    def current(self) -> Invocation:
        return self._running[-1]

    @property
    def stack_id(self) -> str:
        """The stack whose event is handled; empty while none is."""
        return str(self.current.event["StackId"]) if self._running else ""

    def deliver(self, event: Mapping[str, Any], *, delay: float = 0) -> None:
        """The asynchronous invocation: at least once, and again after an error."""
        sent = self._world.timeline.now
        self._world.timeline.after(delay + 1, lambda: self._attempt(event, sent, 0))

    def deliver_now(self, event: Mapping[str, Any]) -> None:
        """A second delivery while the first one is at work."""
        self._attempt(event, self._world.timeline.now, len(_PAUSES))

    def deleted(self, stack_id: str, logical_id: str) -> None:
        """A Delete was answered: what was to come again after it does."""
        for sent, event in self.again_after_delete:
            if (event["StackId"], event["LogicalResourceId"]) == (stack_id, logical_id) and event[
                "RequestType"
            ] != "Delete":
                self._world.timeline.after(1, lambda event=event, sent=sent: self._attempt(event, sent, 2))  # type: ignore[misc]

    def _attempt(self, event: Mapping[str, Any], sent: float, number: int) -> None:
        now = self._world.timeline.now
        if now - sent > _OLDEST_EVENT:
            self._world.note(f"dropped, too old: {_name(event)}")
            self._world.rules.excused.add(event["RequestId"])
            return
        try:
            self.invoke(EVENTS_ARN, json.loads(json.dumps(event)))
        except (Killed, Exception) as error:
            self.check(error)
            if number < len(_PAUSES):
                pause = _PAUSES[number] + getattr(error, "seconds", 0)
                self._world.timeline.after(pause, lambda: self._attempt(event, sent, number + 1))

    def check(self, error: BaseException) -> None:
        """A function may die or find nobody to talk to; an error of its own making is a defect."""
        self._world.note(f"function failed: {error!r}")
        if not isinstance(error, _EXPECTED) and type(error).__module__ != "botocore.exceptions":
            self._world.rules.break_(f"a handler raised {error!r}")

    def invoke(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        """One synchronous run; raises what the function raises."""
        event = payload.get("Event") or payload.get("Abort", {}).get("Event") or payload
        kind = "poll" if function == POLL_ARN else "abort" if "Abort" in payload else "events"
        with self._running_as(kind, event):
            if kind == "poll":
                return poll.handle(payload, None, clients=cast("Clients", self._world.outside))
            if kind == "abort":
                return abort.handle(payload["Abort"], put=self._world.outside.put)
            context = SimpleNamespace(invoked_function_arn=EVENTS_ARN)
            return events.handle(payload, context, clients=cast("Clients", self._world.outside))

    @contextmanager
    def _running_as(self, kind: str, event: Mapping[str, Any]) -> "Iterator[None]":
        label = f"{_name(event)} in the {kind} function"
        wanted = self._world.rules.is_wanted(event)
        self._running.append(Invocation(function=kind, event=event, label=label, limit=_LIMITS[kind], wanted=wanted))
        try:
            yield
        finally:
            self._running.pop()


def _name(event: Mapping[str, Any]) -> str:
    return f"{event['RequestType']} {event['LogicalResourceId']} ({event['RequestId'][-3:]})"


@dataclass
class Execution:
    """One run of the workflow."""

    name: str
    state: dict[str, Any]
    running: bool = True


@dataclass
class Waiter:
    """AWS Step Functions with the waiter's workflow."""

    world: "World"
    executions: dict[str, Execution] = field(default_factory=dict)

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]:  # noqa: N803
        assert stateMachineArn == WAITER_ARN
        assert len(name) <= 80
        if name in self.executions:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists", "Message": name}}, "StartExecution")
        execution = self.executions[name] = Execution(name, json.loads(input))
        self._wait(execution)
        return {"executionArn": f"{stateMachineArn}:{name}"}

    def list_executions(self, *, stateMachineArn: str, statusFilter: str) -> dict[str, Any]:  # noqa: N803
        assert (stateMachineArn, statusFilter) == (WAITER_ARN, "RUNNING")
        running = [each.name for each in self.executions.values() if each.running]
        return {"executions": [{"name": name, "executionArn": f"{WAITER_ARN}:{name}"} for name in running]}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803
        return {"input": json.dumps(self.executions[executionArn.removeprefix(f"{WAITER_ARN}:")].state)}

    def stop_execution(self, *, executionArn: str, cause: str) -> dict[str, Any]:  # noqa: N803
        assert json.loads(cause)
        self.executions[executionArn.removeprefix(f"{WAITER_ARN}:")].running = False
        return {}

    def _wait(self, execution: Execution) -> None:
        self.world.timeline.after(execution.state["WaitSeconds"], lambda: self._look(execution))

    def _look(self, execution: Execution) -> None:
        state = execution.state

        def succeeded(state: dict[str, Any]) -> None:
            execution.state = state
            if state["Done"]:
                execution.running = False
            else:
                self._wait(execution)

        self._run(_Task(execution, state["Function"], state, succeeded, lambda error: self._abort(execution, error)))

    def _abort(self, execution: Execution, error: BaseException) -> None:
        state = {**execution.state, "Error": {"Error": type(error).__name__, "Cause": "{}"}}

        def end(_: Any) -> None:
            execution.running = False

        self._run(_Task(execution, state["EventsFunction"], {"Abort": state}, end, end))

    def _run(self, task: "_Task", number: int = 0) -> None:
        """A Task state with its Retry."""
        if not task.execution.running:
            return
        try:
            answer = self.world.functions.invoke(task.function, task.payload)
        except (Killed, Exception) as error:
            self.world.functions.check(error)
            if number == _ATTEMPTS:
                task.failed(error)
                return
            pause = _INTERVAL * _BACKOFF**number + getattr(error, "seconds", 0)
            self.world.timeline.after(pause, lambda: self._run(task, number + 1))
            return
        task.succeeded(answer)


@dataclass(frozen=True)
class _Task:
    """One call of a function, and what follows from how it ends."""

    execution: Execution
    function: str
    payload: dict[str, Any]
    succeeded: Callable[[dict[str, Any]], None]
    failed: Callable[[BaseException], None]
