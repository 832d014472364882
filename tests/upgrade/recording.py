"""What a release leaves behind in an account, recorded: its events, what it wrote to Bedrock, and how it answered.

One life cycle of the fault harness is played by the handlers of that release. A later release is then tried at each
moment of it: the first so many events are played back as they were recorded, and its own handlers take the rest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from botocore import xform_name

from tests.faults.life_cycles import LIFE_CYCLES
from tests.faults.records import Question
from tests.faults.short_way import ShortWay
from tests.faults.world import World, play_in

RELEASES: Final = Path(__file__).parent / "releases"
# Of each kind of resource and of operation one; nothing in them hangs on which of two things comes first.
RECORDED: Final = (
    "training",
    "training, replaced",
    "training, changed in place",
    "training, update rolled back",
    "training, first create rolled back",
    "training moved under a lock",
    "training through many waits, update rolled back after its end",
    "import",
    "import, update rolled back",
    "deployment",
    "deployment, update rolled back",
    "throughput",
    "throughput, update rolled back",
)
_SERVICES: Final = ("bedrock", "iam", "ec2")
_WRITES: Final = ("Create", "Update", "Delete", "Stop", "Tag", "Untag", "Detach")


@dataclass
class Recorder(World):
    """A world that keeps what is written for each event."""

    writes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    states: list[dict[str, Any]] = field(default_factory=list)

    def __init__(self) -> None:
        super().__init__()
        self.writes, self.states = {}, []
        watching, start = self.rules.watching, self.waiter.start_execution

        def recorded(operation: str, params: Mapping[str, Any]) -> Any:
            service, _, name = operation.partition(":")
            if service in _SERVICES and name.startswith(_WRITES):
                event = self.functions.current.event
                made = {"at": self.timeline.now, "operation": operation, "params": dict(params)}
                self.writes.setdefault(event["RequestId"], []).append(made)
            return watching(operation, params)

        def started(**request: Any) -> Any:
            self.states.append(json.loads(request["input"]))
            return start(**request)

        self.rules.watching = recorded  # type: ignore[method-assign]
        self.waiter.start_execution = started  # type: ignore[method-assign]


def record(life_cycle: str) -> dict[str, Any]:
    """Plays it by the handlers of today."""
    world = Recorder()
    play_in(world, LIFE_CYCLES[life_cycle].script)
    assert not world.rules.broken, world.story
    return {
        "events": [_event(world, question) for question in world.cloudformation.questions.values()],
        "states": _one_of_each_form(world.states),
    }


def _event(world: Recorder, question: Question) -> dict[str, Any]:
    event = dict(question.event)
    assert question.answered is not None
    return {
        # The signed URL is the harness's own at each playing.
        "event": {name: value for name, value in event.items() if name != "ResponseURL"},
        "answered_after": question.answered - question.asked,
        "answer": question.answers[0],
        "writes": [{**write, "at": write["at"] - question.asked} for write in world.writes.get(event["RequestId"], [])],
    }


def _one_of_each_form(states: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for state in states:
        event = state["Event"]
        found.setdefault((*sorted(state), event["RequestType"], event["ResourceType"]), state)
    return list(found.values())


class PlaysBack(World):
    """The first so many events are the recorded release's, all others are taken by the handlers of today."""

    def __init__(self, recorded: list[dict[str, Any]], count: int) -> None:
        super().__init__()
        self._recorded = recorded[:count]
        self.services = {"bedrock": ShortWay(self.bedrock), "iam": self.iam, "ec2": self.ec2}

    def deliver(self, event: Mapping[str, Any]) -> None:
        if not self._recorded:
            super().deliver(event)
            return
        past = self._recorded.pop(0)
        assert _who(past["event"]) == _who(event), "the recorded life cycle is played another way"
        question = self.cloudformation.questions[event["RequestId"]]
        for write in past["writes"]:
            self.timeline.after(write["at"], lambda write=write: self._write(write))  # type: ignore[misc]
        answer = {**past["answer"], "RequestId": event["RequestId"], "StackId": event["StackId"]}
        body = json.dumps(answer).encode()
        self.timeline.after(
            past["answered_after"], lambda: self.cloudformation.put(question.event["ResponseURL"], body)
        )

    def _write(self, write: Mapping[str, Any]) -> None:
        service, _, name = write["operation"].partition(":")
        getattr(self.services[service], xform_name(name))(**write["params"])


def _who(event: Mapping[str, Any]) -> tuple[str, ...]:
    return (event["RequestType"], event["LogicalResourceId"], event["RequestId"])
