"""Every call that leaves a handler, numbered in the order in which they are made, so that a fault can strike one."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.faults import ANSWER, DELIVERY, Fault, Outage, fits, strike

if TYPE_CHECKING:
    from tests.faults.world import World


@dataclass(frozen=True, kw_only=True)
class Call:
    """`asked_by` names event and function; `nth` counts the same calls made for it so far."""

    number: int
    operation: str
    asked_by: str
    nth: int
    event: Mapping[str, Any] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"call {self.number}: {self.operation} #{self.nth} of {self.asked_by}"


Plan = Mapping[int, Fault]


class Calls:
    """The seam between the handlers and the world."""

    def __init__(self, world: "World", plan: Plan) -> None:
        self._world = world
        self._plan = plan
        self._seen: Counter[tuple[str, str]] = Counter()
        self.made: list[Call] = []
        self._struck = 0
        self._no_answers = False
        self.coming: list[tuple[int, Fault]] = []
        self.outages: list[Outage] = []

    def make(self, operation: str, act: Callable[[], Any], *, asked_by: str, event: Mapping[str, Any]) -> Any:
        """Carries the call out, unless something is planned for it."""
        self._seen[asked_by, operation] += 1
        call = Call(
            number=len(self.made),
            operation=operation,
            asked_by=asked_by,
            nth=self._seen[asked_by, operation],
            event=event,
        )
        self.made.append(call)
        if fault := self._plan.get(call.number) or self._next_for(call):
            self._count(call, fault)
            self._world.note(f"FAULT {fault}: {call}")
            return strike(fault, self._world, call, act)
        for outage in self.outages:
            if operation.startswith(outage.prefix) and self._world.timeline.now < outage.until:
                return self.fail(call, outage.error)
        return act()

    def strike_later(self, fault: Fault, *, after: int) -> None:
        """Lets so many calls pass, then strikes the first at which the fault fits."""
        self.coming.append((len(self.made) + after, fault))

    def _next_for(self, call: Call) -> Fault | None:
        due = next((each for each in self.coming if each[0] <= call.number and fits(each[1], call)), None)
        if due is None:
            return None
        self.coming.remove(due)
        return due[1]

    def _count(self, call: Call, fault: Fault) -> None:
        # A bucket that takes no answer for minutes, and one more fault: three deliveries may not be enough for both.
        self._struck += 1
        self._no_answers = self._no_answers or (call.operation == ANSWER and fault is Fault.THROTTLED_LONG)
        self._world.rules.bears_silence = self._no_answers and self._struck > 1

    def fail(self, call: Call, error: Callable[[str], Exception]) -> Any:
        """An answer that is not delivered is told by the return value; all other calls raise."""
        if call.operation == ANSWER:
            return False
        raise error(call.operation)


class Seam:
    """One service, as the handlers' narrow interface has it."""

    def __init__(self, world: "World", service: str, target: Any) -> None:
        self._world = world
        self._service = service
        self._target = target

    @property
    def meta(self) -> Any:
        return self._target.meta

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = f"{self._service}:{_pascal(name)}"
        method = getattr(self._target, name)

        def call(**params: Any) -> Any:
            current = self._world.functions.current
            act = self._effect(operation, method, params)
            return self._world.calls.make(operation, act, asked_by=current.label, event=current.event)

        return call

    def _effect(self, operation: str, method: Callable[..., Any], params: dict[str, Any]) -> Callable[[], Any]:
        def act() -> Any:
            with self._world.rules.watching(operation, params):
                return method(**params)

        return act


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


__all__ = ["ANSWER", "DELIVERY", "Call", "Calls", "Plan", "Seam"]
