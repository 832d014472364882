"""The whole plan: its steps with what they cost and how long they take, and what it could not look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bedrock_models.bedrock.job import Typical
from bedrock_models.plan import step
from bedrock_models.plan.cost import HOUR, MINUTE, MONTH, ONCE, Cost, Training
from bedrock_models.plan.stack_plan import AssumedCheck
from bedrock_models.plan.step import Action, Step
from bedrock_models.times import duration

# Seen of real jobs, which waited in the service's own queue before their training began.
_QUEUES: Final = "have been seen to wait for 25 to 74 hours for capacity before their training began"
_SHORT_WAIT: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A step, what it costs, and what is usual."""

    step: Step
    training: Training | None = None
    costs: tuple[Cost, ...] = ()
    usual: Typical | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is told, whatever form it takes."""

    at: datetime
    account: str
    region: str
    stacks: tuple[str, ...]
    planned: tuple[Planned, ...]
    notes: tuple[str, ...] = ()
    checks: tuple[AssumedCheck, ...] = ()

    @property
    def counted(self) -> Mapping[Action, int]:
        """How many there are of each action."""
        return step.counted([each.step for each in self.planned])

    @property
    def costs(self) -> list[Cost]:
        """Of all steps."""
        return [cost for each in self.planned for cost in each.costs]

    def total(self, per: str) -> float:
        """The sum of what is known and paid once, a month or an hour."""
        return sum(cost.usd for cost in self.costs if cost.per == per and cost.usd is not None)

    @property
    def first_month(self) -> float:
        """What is known to be paid in the first month, commitments in full."""
        return sum(cost.first_month or 0 for cost in self.costs)

    @property
    def unpriced(self) -> int:
        """How many items nobody knows the price of; what is unknown may cost anything."""
        unclear = sum(1 for each in self.planned if each.step.action is Action.UNKNOWN)
        return unclear + sum(1 for cost in self.costs if cost.usd is None and cost.per != MINUTE)

    @property
    def summary(self) -> str:
        """In one line."""
        found = [f"{count} {_phrase(action, count)}" for action, count in self.counted.items()]
        return (
            f"{', '.join(found) or 'no model, job, deployment or throughput of this library is in it'}. {self._money()}"
        )

    def _money(self) -> str:
        told = [
            f"{self.total(per):,.2f} USD {words}"
            for per, words in ((ONCE, "once"), (MONTH, "a month"), (HOUR, "an hour"))
            if self.total(per)
        ]
        if self.unpriced:
            told.append(f"{self.unpriced} price{'s' if self.unpriced > 1 else ''} unknown")
        estimate = "Estimated: " if any(cost.usd is not None for cost in self.costs) else "Billed: "
        return f"{estimate}{', '.join(told)}." if told else "Nothing new is billed."


_PHRASES: Final = {
    Action.TRAIN: ("training starts", "trainings start"),
    Action.IMPORT: ("import", "imports"),
    Action.DEPLOY: ("deployment is made", "deployments are made"),
    Action.BUY: ("throughput is bought", "throughputs are bought"),
    Action.CONFIGURE: ("configuration is put", "configurations are put"),
    Action.ADOPT: ("is adopted", "are adopted"),
    Action.UPDATE: ("changes in place", "change in place"),
    Action.SWAP: ("is swapped", "are swapped"),
    Action.NOTHING: ("unchanged", "unchanged"),
    Action.STOP: ("is stopped", "are stopped"),
    Action.DELETE: ("is deleted", "are deleted"),
    Action.KEEP: ("stays though it leaves its stack", "stay though they leave their stack"),
    Action.REFUSE: ("is refused", "are refused"),
    Action.UNKNOWN: ("is unknown", "are unknown"),
}


def _phrase(action: Action, count: int) -> str:
    return _PHRASES[action][0 if count == 1 else 1]


def warnings(of: Step, usual: Typical | None) -> list[str]:
    """Where the deployment waits for a shorter time than the run may take."""
    waits = str(of.event.new.get("Settings", {}).get("Wait", "true")).lower() != "false"
    if of.action is not Action.TRAIN or not waits or not of.timeout_seconds:
        return []
    timeout = timedelta(seconds=of.timeout_seconds)
    kept = "the deployment would fail and the run go on; deploy again to adopt it, or set a longer timeout"
    if usual and usual.longest > timeout:
        return [f"waits for {duration(timeout)}, and such runs took up to {duration(usual.longest)} here: {kept}"]
    if timeout <= _SHORT_WAIT:
        return [f"waits for {duration(timeout)}, and runs {_QUEUES}: then {kept}"]
    return []


def usual_text(usual: Typical | None, timeout_seconds: float) -> str:
    """How long such runs take here, and how long the deployment waits."""
    waits = f"waits for up to {duration(timedelta(seconds=timeout_seconds))}" if timeout_seconds else ""
    if usual is None:
        told = "no finished run of this base model and type in this account to compare with"
    else:
        runs = f"{usual.runs} finished run{'s' if usual.runs > 1 else ''}"
        spread = f", from {duration(usual.shortest)} to {duration(usual.longest)}" if usual.runs > 1 else ""
        told = f"usually takes {duration(usual.whole)} ({runs} here{spread})"
    return "; ".join(filter(None, (told, waits)))


def of_stacks(planned: Sequence[Planned]) -> Mapping[str, list[Planned]]:
    """The steps by the stack that is deployed, in the plan's order."""
    found: dict[str, list[Planned]] = {}
    for each in planned:
        found.setdefault(each.step.stack, []).append(each)
    return found
