"""Scripts that decide in advance how a model, job, deployment or throughput of a certain name will fare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from local.bedrock.settings import Timings, changed

VALIDATION = "validation"
DATA_PROCESSING = "data_processing"
TRAINING = "training"
STAGES = (VALIDATION, DATA_PROCESSING, TRAINING)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What will become of one resource. `stage` is the stage in which a job fails."""

    fail: str | None = None
    stage: str = TRAINING
    durations: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stage not in STAGES:
            raise ValueError(f"stage must be one of {STAGES}, got {self.stage!r}")
        self.timings(Timings())

    def timings(self, default: Timings) -> Timings:
        return changed(default, dict(self.durations))


@dataclass
class _Script:
    pattern: str
    outcome: Outcome
    times: int | None


class Outcomes:
    def __init__(self) -> None:
        self._scripts: list[_Script] = []

    def add(self, name_pattern: str, outcome: Outcome, times: int | None = None) -> None:
        self._scripts.append(_Script(name_pattern, outcome, times))

    def take(self, name: str) -> Outcome:
        """The newest script for this name that is not used up, or success."""
        for script in reversed(self._scripts):
            if fnmatchcase(name, script.pattern) and script.times != 0:
                script.times = script.times and script.times - 1
                return script.outcome
        return Outcome()

    def clear(self) -> None:
        self._scripts.clear()

    def patterns(self) -> Sequence[str]:
        return [script.pattern for script in self._scripts]
