"""Invented scripts: what users, Bedrock and bad luck may do with several models of several stacks, in any order."""

from typing import Final

from hypothesis import strategies as st

from tests.faults.faults import Fault
from tests.faults.steps import Delete, Deploy, NextFails, Pass, Quota, RolePropagates, Strike
from tests.faults.templates import Check, Deployment, Import, Model, Throughput, Training
from tests.faults.trial import Tidy
from tests.faults.world import Step, World, play

_STACKS: Final = st.sampled_from(["One", "Two"])
_INPUTS: Final = st.sampled_from(["1", "2"])
_TAGS: Final = st.sampled_from(["ml", "other"])
_POLICIES: Final = st.sampled_from(["destroy", "retain"])
_SECONDS: Final = st.one_of(st.none(), st.sampled_from([1.0, 2.0, 20.0, 100.0, 300.0, 700.0]))

_TRAININGS: Final = st.builds(
    Training,
    inputs=_INPUTS,
    tags=_TAGS,
    policy=_POLICIES,
    waits=st.sampled_from([2, 4]),
    rollback=st.sampled_from(["keep", "stop-running", "delete"]),
)
_IMPORTS: Final = st.builds(Import, id=st.just("Imported"), inputs=_INPUTS, tags=_TAGS, policy=_POLICIES)
_DEPLOYMENTS: Final = st.builds(Deployment, of=st.just("Imported"), tags=_TAGS)
_CHECKS: Final = st.builds(Check, of=st.just("Imported"), inputs=_INPUTS, passes=st.booleans())
_CHECKED: Final = st.builds(Deployment, id=st.just("Checked"), of=st.just("Check"), tags=_TAGS)
_THROUGHPUTS: Final = st.builds(Throughput, units=st.sampled_from([1, 2]), tags=_TAGS)


@st.composite
def _models(draw: st.DrawFn) -> tuple[Model, ...]:
    chosen: list[Model] = []
    if draw(st.booleans()):
        chosen.append(draw(_TRAININGS))
    if draw(st.booleans()):
        chosen.append(draw(_IMPORTS))
        if draw(st.booleans()):
            chosen.append(draw(_DEPLOYMENTS))
        if draw(st.integers(0, 3)) == 3:
            chosen += [draw(_CHECKS), draw(_CHECKED)]
    if draw(st.integers(0, 3)) == 3:
        chosen.append(draw(_THROUGHPUTS))
    return tuple(chosen)


_DEPLOYS: Final = st.builds(
    Deploy,
    stack=_STACKS,
    models=_models(),
    fails_after=_SECONDS,
    deleted_after=_SECONDS,
    nested=st.booleans(),
    version=st.sampled_from(["", "2"]),
)
_STEPS: Final = st.one_of(
    _DEPLOYS,
    _DEPLOYS,
    st.builds(Delete, stack=_STACKS),
    st.builds(Strike, fault=st.sampled_from(list(Fault)), after=st.integers(0, 40)),
    st.builds(Pass, minutes=st.sampled_from([1, 5, 30])),
    st.builds(NextFails, times=st.sampled_from([1, 2])),
    st.builds(Quota, jobs=st.sampled_from([1, 2])),
    st.builds(RolePropagates, tries=st.sampled_from([2, 30])),
)

SCRIPTS: Final = st.lists(_STEPS, min_size=1, max_size=9)


def played(script: list[Step]) -> World:
    """The script, and in the end everything is deleted."""
    return play([*script, Tidy(script)])


def told(script: list[Step], world: World) -> str:
    """The script as sentences, and what it broke."""
    return "\n".join(["", *(f"* {step}" for step in script), "broke:", *(f"- {each}" for each in world.rules.broken)])
