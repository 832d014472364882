"""The whole world around the handlers, and the one way in: `play` a script, read what happened.

world = play([Deploy("Models", [Training()]), Delete("Models")], plan={7: Fault.KILLED})
print(world.story)      # every event, every answer, every status of a stack, with its time
print(world.exchange)   # the events that the handlers saw, each with the answers that they gave
assert not world.rules.broken
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final, Protocol

from local.bedrock import Bedrock, Profile, Quotas, Timings
from provider.cloudformation import response
from tests.faults.calls import ANSWER, DELIVERY, Calls, Plan, Seam
from tests.faults.checks import Checks
from tests.faults.functions import Functions, Waiter
from tests.faults.logging_rules import LoggingRules
from tests.faults.networks import Ec2, Iam
from tests.faults.rules import Rules
from tests.faults.short_way import ShortWay
from tests.faults.stacks import CloudFormation
from tests.faults.timeline import Timeline
from tests.functional.conftest import POLL_ARN, RESPONSE_URL, S3, WAITER_ARN, SageMaker
from tests.support.own_stack import OwnStackOnly
from tests.support.parameters import Ssm

# A quarter of an hour of training seen through shorter waits: the same kinds of moments as in a day, and fewer looks.
SEGMENT_SECONDS: Final = 500
TIMINGS: Final = Timings(
    model_import=240,
    model_import_job=600,
    job_queue=60,
    job_validation=30,
    job_data_processing=60,
    job_training=600,
    deployment=240,
    throughput=240,
)
# How Bedrock answers where documents and observations differ; `soak` changes it.
PROFILES_VARIABLE: Final = "BEDROCK_PROFILES"
PROFILES: set[Profile] = {*map(Profile, os.environ.get(PROFILES_VARIABLE, Profile.VALIDATION_ERRORS).split(","))}
QUOTAS: Final = Quotas()
_SECRET: Final = RESPONSE_URL.partition("?")[2]


class Step(Protocol):
    """One sentence of a script."""

    def take(self, world: "World") -> None: ...


class World:
    """Stacks, functions, waiter and Bedrock on one clock."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.timeline = Timeline()
        own_stack = OwnStackOnly(lambda: self.functions.stack_id)
        self.bedrock = Bedrock(self.timeline.clock, timings=TIMINGS, quotas=QUOTAS, profiles=PROFILES, access=own_stack)
        self.logging = LoggingRules(self)
        self.rules = Rules(self)
        self.calls = Calls(self, plan or {})
        self.functions = Functions(self)
        self.cloudformation = CloudFormation(self)
        self.waiter = Waiter(self)
        self.checks = Checks(self, self.waiter)
        self.iam = Iam()
        self.ec2 = Ec2()
        self.ssm = Ssm()
        self.sagemaker = SageMaker()
        self.s3 = S3()
        self._story: list[str] = []
        self.outside = SimpleNamespace(
            bedrock=Seam(self, "bedrock", ShortWay(self.bedrock)),
            cloudformation=Seam(self, "cloudformation", self.cloudformation),
            iam=Seam(self, "iam", self.iam),
            ec2=Seam(self, "ec2", self.ec2),
            ssm=Seam(self, "ssm", self.ssm),
            sagemaker=Seam(self, "sagemaker", self.sagemaker),
            s3=Seam(self, "s3", self.s3),
            states=Seam(self, "states", self.checks),
            put=self._put,
            now=lambda: self.timeline.epoch,
            sleep=self.timeline.pass_by,
        )

    @property
    def story(self) -> str:
        return "\n".join(self._story)

    @property
    def exchange(self) -> list[tuple[Mapping[str, Any], list[dict[str, Any]]]]:
        """The events that were sent, in their order, each with all answers to it; the first one counts."""
        return [(question.event, question.answers) for question in self.cloudformation.questions.values()]

    def note(self, line: str) -> None:
        self._story.append(f"{self.timeline.now:8.0f} s  {line}")

    def moment(self, seconds: float) -> datetime:
        """That time of the timeline as AWS tells it."""
        return datetime.fromtimestamp(self.timeline.epoch - self.timeline.now + seconds, UTC)

    def deliver(self, event: Mapping[str, Any]) -> None:
        """CloudFormation hands an event to Lambda; this, too, is a call that a fault can strike."""
        name = f"{event['RequestType']} {event['LogicalResourceId']} ({event['RequestId'][-3:]})"
        self.calls.make(DELIVERY, lambda: self.functions.deliver(event), asked_by=name, event=event)

    def settle(self, name: str) -> None:
        """Until the stack rests."""
        self.timeline.run(stop=lambda: (stack := self.cloudformation.find(name)) is None or stack.is_settled)

    def come_to_rest(self) -> None:
        """Until nothing moves any more. Runs that go on show in Bedrock, not in here."""
        self.timeline.run()
        self.bedrock.settle()
        self.rules.at_rest()

    def _put(self, url: str, body: bytes) -> bool:
        current = self.functions.current
        act = lambda: self.cloudformation.put(url, body)  # noqa: E731
        return bool(self.calls.make(ANSWER, act, asked_by=current.label, event=current.event))


def play(script: Sequence[Step], *, plan: Plan | None = None) -> World:
    """Takes the steps one after the other, lets everything come to rest, and looks whether the rules held."""
    return play_in(World(plan), script)


def play_in(world: World, script: Sequence[Step]) -> World:
    """The same in a world that is there."""
    with environment(world):
        for step in script:
            world.note(f"* {step}")
            step.take(world)
        world.come_to_rest()
    return world


@contextlib.contextmanager
def environment(world: World) -> Iterator[None]:
    """What the functions have around them in Lambda: variables, standard output, and time to sleep."""
    told = {"WAITER_ARN": WAITER_ARN, "POLL_FUNCTION_ARN": POLL_ARN, "SEGMENT_SECONDS": str(SEGMENT_SECONDS)}
    before = dict(os.environ)
    os.environ.update(told)
    defaults = response.send.__kwdefaults__ or {}
    sleep, defaults["sleep"] = defaults["sleep"], world.timeline.pass_by
    try:
        with contextlib.redirect_stdout(_Log(world)):
            yield
    finally:
        defaults["sleep"] = sleep
        os.environ.clear()
        os.environ.update(before)


class _Log:
    """Standard output of the functions. The signed URL is a secret."""

    def __init__(self, world: World) -> None:
        self._world = world

    def write(self, line: str) -> int:
        if _SECRET in line:
            self._world.rules.break_(f"logged the signed URL: {line}")
        return len(line)

    def flush(self) -> None:
        """Nothing is held back."""
