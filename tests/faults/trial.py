"""One life cycle with faults at chosen calls, judged by the rules and by how it goes without any."""

import functools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from local.bedrock.custom_model_deployments import CustomModelDeployment
from local.bedrock.provisioned_model_throughputs import ProvisionedModelThroughput
from tests.faults.calls import Call
from tests.faults.faults import Fault, fits, may_fail
from tests.faults.life_cycles import LIFE_CYCLES
from tests.faults.steps import Delete, Deploy
from tests.faults.world import Step, World, play

Strikes = tuple[tuple[Call, Fault], ...]


class Trial(NamedTuple):
    """Printed, it is the arguments of `python -m tests.faults.repeat`."""

    life_cycle: str
    strikes: Strikes

    def __str__(self) -> str:
        faults = " ".join(f'{call.number} "{fault}"' for call, fault in self.strikes)
        return f'"{self.life_cycle}" {faults}   # {"; ".join(str(call) for call, _ in self.strikes)}'

    @property
    def call(self) -> Call:
        return self.strikes[0][0]


@functools.cache
def clean(life_cycle: str) -> World:
    """The life cycle as it goes without a fault."""
    return play(LIFE_CYCLES[life_cycle].script)


def forget() -> None:
    """Finds out anew how life cycles go without a fault, as after a change of what Bedrock answers."""
    clean.cache_clear()
    _moments_of.cache_clear()


def trials(life_cycle: str, fault: Fault) -> list[Trial]:
    """The fault at every call at which it fits. Of looks that repeat, the first two and the last stand for all."""
    return [Trial(life_cycle, ((call, fault),)) for call in _moments_of(life_cycle) if fits(fault, call)]


def pairs(*, seed: int, count: int) -> Iterator[Trial]:
    """Two faults: the second at a call that is made only after the first, or because of it."""
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    for _ in range(count):
        life_cycle = chance.choice(list(LIFE_CYCLES))
        first = chance.choice([trial for fault in Fault for trial in trials(life_cycle, fault)])
        following = followers(first)
        if following:
            yield chance.choice(following)


def followers(first: Trial) -> list[Trial]:
    """All trials with one more fault behind the first."""
    made = run(first.life_cycle, {call.number: fault for call, fault in first.strikes}).calls.made
    later = [call for call in _moments(made) if call.number > first.call.number]
    return [
        Trial(first.life_cycle, (*first.strikes, (call, fault)))
        for call in later
        for fault in Fault
        if fits(fault, call)
    ]


@functools.cache
def _moments_of(life_cycle: str) -> list[Call]:
    return _moments(clean(life_cycle).calls.made)


def _moments(calls: Sequence[Call]) -> list[Call]:
    last = {(call.asked_by, call.operation): call.nth for call in calls}
    return [call for call in calls if call.nth <= 2 or call.nth == last[call.asked_by, call.operation]]


def problems(trial: Trial) -> list[str]:
    """What is wrong after it, in sentences; nothing if all is well."""
    world = run(trial.life_cycle, {call.number: fault for call, fault in trial.strikes})
    may_differ = len(trial.strikes) > 1 or any(may_fail(fault, call) for call, fault in trial.strikes)
    if not may_differ and LIFE_CYCLES[trial.life_cycle].is_steady:
        found = difference(world, clean(trial.life_cycle))
        if found:
            world.rules.break_(f"another outcome than without the fault: {found}")
    return world.rules.broken


def run(life_cycle: str, plan: dict[int, Fault]) -> World:
    """The life cycle; after faults, a user deletes what is left until it is gone."""
    script = LIFE_CYCLES[life_cycle].script
    return play([*script, Tidy(script)] if plan else script, plan=plan)


class Tidy(NamedTuple):
    """When the trouble is over, an hour later, every stack can be deleted."""

    script: Sequence[Step]

    def take(self, world: World) -> None:
        world.timeline.run()
        for name in dict.fromkeys(step.stack for step in self.script if isinstance(step, Deploy)):
            Delete(name).take(world)
            world.calls.coming.clear()
            for _ in range(2):
                world.timeline.pass_by(3600)
                _follow_advice(world)
                Delete(name).take(world)
            if stack := world.cloudformation.find(name):
                world.rules.break_(f"{name} cannot be deleted any more: {stack.status}")

    def __str__(self) -> str:
        return "and in the end, everything is deleted"


def _follow_advice(world: World) -> None:
    """What a failed Delete names as in its way, a user deletes by hand."""
    reasons = [answer["Reason"] for _, answers in world.exchange for answer in answers[:1]]
    for kind in (CustomModelDeployment, ProvisionedModelThroughput):
        serving = world.bedrock.store().of(kind)
        for found in [each for each in serving if any(each.arn in reason for reason in reasons)]:
            world.note(f"by hand: delete {found.noun} {found.name}")
            serving.remove(found)


def difference(one: World, other: World) -> str:
    """In what the outcomes differ; empty if in nothing."""
    here, there = _outcome(one), _outcome(other)
    return "; ".join(f"{name}: {here[name]} instead of {there[name]}" for name in here if here[name] != there[name])


def _outcome(world: World) -> dict[str, Any]:
    stacks = [
        (stack.name, *(status for status in stack.history if not status.endswith("_IN_PROGRESS")))
        for stack in world.cloudformation.stacks.values()
    ]
    return {
        "stacks": stacks,
        "starts": world.rules.starts,
        "left": Counter((found.noun, found.name, found.status, _tags(found.tags)) for found in world.rules.resources()),
        "logging": (world.logging.live, sorted(world.ssm.parameters)),
        "roles": sorted(world.iam.roles),
        "groups": sorted(world.ec2.groups),
    }


def _tags(tags: dict[str, str]) -> str:
    return " ".join(tags.get(name, "-") for name in ("team", "bedrock-models:removal-policy"))


__all__ = ["Strikes", "Trial", "clean", "difference", "followers", "pairs", "problems", "run", "trials"]
