"""The simulated CloudFormation of the fault tests, with the recording provider of these tests behind it."""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tests.faults.stacks import CloudFormation
from tests.faults.templates import Resource, Template
from tests.faults.timeline import Timeline
from tests.functional.conftest import RESPONSE_URL

_STACK = "Recorded"


class Simulated:
    """Takes the same scripts as `Recorder`, and answers as it does."""

    def __init__(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        self._answers = answers
        self.timeline = Timeline()
        self.rules = SimpleNamespace(answered=lambda *_, **__: None, silent=lambda _: None, excused=set())
        self.functions = SimpleNamespace(deleted=lambda *_: None)
        self.cloudformation = CloudFormation(self)  # type: ignore[arg-type]
        self.events: list[dict[str, Any]] = []

    def deploy(self, resources: Mapping[str, Mapping[str, Any]]) -> str:
        template: Template = {
            name: Resource(
                type="Custom::Recorded",
                properties={"Version": str(definition["Version"])},
                after=tuple(definition.get("DependsOn", ())),
                retained=definition.get("DeletionPolicy") == "Retain",
            )
            for name, definition in resources.items()
        }
        stack = self.cloudformation.deploy(_STACK, template)
        self.timeline.run(stop=lambda: stack.is_settled)
        return stack.status

    def delete(self) -> str:
        stack = self.cloudformation.find(_STACK)
        assert stack
        self.cloudformation.delete(_STACK)
        self.timeline.run(stop=lambda: stack.is_settled)
        return stack.status

    def note(self, line: str) -> None:
        """Nobody reads the story here."""

    def deliver(self, event: Mapping[str, Any]) -> None:
        status = self.cloudformation.stacks[event["StackId"]].status
        self.events.append({**event, "StatusMeanwhile": status, "Stack": _STACK})
        answer = self._answer(event)
        if not answer.pop("silent", False):
            body = json.dumps(answer).encode()
            self.timeline.after(
                float(answer.get("sleep", 0)) + 0.1, lambda: self.cloudformation.put(RESPONSE_URL, body)
            )

    def _answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        logical_id, kind = event["LogicalResourceId"], event["RequestType"]
        version = event["ResourceProperties"]["Version"]
        told = self._answers.get(f"{logical_id}-{kind}-{version}") or self._answers.get(f"{logical_id}-{kind}") or {}
        own = {
            "Status": "SUCCESS",
            "Reason": "",
            "RequestId": event["RequestId"],
            "PhysicalResourceId": event.get("PhysicalResourceId", f"{logical_id}-1"),
        }
        return {**own, **told}
