"""What a check says in the end: the output of its execution."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_FORM: Final = '{"passed": true or false, "reason": text, "metrics": {name: number}}'


class NoVerdict(ValueError):  # noqa: N818  a finding, not a defect
    """An output that does not say whether the model has passed: never taken for a yes or a no."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether the model has passed, and why."""

    passed: bool
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, output: str) -> "Verdict":
        """Reads the output of an execution. Raises `NoVerdict` for anything else."""
        try:
            given: Any = json.loads(output)
        except ValueError:
            given = output
        if not isinstance(given, dict) or not isinstance(given.get("passed"), bool):
            raise NoVerdict(f"it must return {_FORM}, got {json.dumps(given)[:200]}")
        metrics = given.get("metrics") or {}
        if not isinstance(metrics, dict) or not all(is_number(value) for value in metrics.values()):
            raise NoVerdict(f"its metrics must be numbers by name, got {json.dumps(metrics)[:200]}")
        return cls(passed=given["passed"], reason=str(given.get("reason") or ""), metrics=metrics)


def is_number(value: object) -> bool:
    """Whether JSON has a number there: to Python, true and false are some, too."""
    return isinstance(value, int | float) and not isinstance(value, bool)
