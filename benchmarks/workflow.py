"""A waiter's definition, run on a simulated clock, and what AWS bills for it: transitions and invocations.

Only what the two waiters are made of: Task with Retry and Catch, Wait, Choice, Succeed.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from local.bedrock import ManualClock

Function = Callable[[dict[str, Any]], Any]


class NotNowError(Exception):
    """A function's refusal that the workflow's Retry is for."""


class Workflow:
    """One state machine. `functions` are its Lambda functions, by what the definition names them."""

    def __init__(self, definition: Mapping[str, Any], functions: Mapping[str, Function], clock: ManualClock) -> None:
        self._states = definition["States"]
        self._first = definition["StartAt"]
        self._functions = functions
        self._clock = clock
        self.transitions = 0
        self.invocations: Counter[str] = Counter()

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        """One execution from its start to its end."""
        name, data = self._first, payload
        while name:
            # AWS counts every state that is entered, and every retry.
            self.transitions += 1
            state = self._states[name]
            name, data = getattr(self, f"_{state['Type'].lower()}")(state, data)
        return data

    def _wait(self, state: Mapping[str, Any], data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        self._clock.advance(timedelta(seconds=data[state["SecondsPath"].removeprefix("$.")]))
        return state["Next"], data

    def _choice(self, state: Mapping[str, Any], data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        for choice in state["Choices"]:
            if data[choice["Variable"].removeprefix("$.")] == choice["BooleanEquals"]:
                return choice["Next"], data
        return state["Default"], data

    def _succeed(self, _state: Mapping[str, Any], data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return "", data

    def _task(self, state: Mapping[str, Any], data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        retry = state["Retry"][0]
        interval = retry["IntervalSeconds"]
        for _ in range(retry["MaxAttempts"]):
            try:
                return state.get("Next", ""), self._invoke(state, data)
            except NotNowError:
                self._clock.advance(timedelta(seconds=interval))
                interval *= retry.get("BackoffRate", 2)
                self.transitions += 1
        return state["Catch"][0]["Next"], data

    def _invoke(self, state: Mapping[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        named = data[_path(state["Parameters"]["FunctionName.$"])] if "Parameters" in state else state["Resource"]
        self.invocations[named] += 1
        answer: dict[str, Any] = json.loads(json.dumps(self._functions[named](data)))
        return answer


def _path(text: str) -> str:
    return text.removeprefix("$.")
