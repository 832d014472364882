"""Scripts decide in advance what becomes of a model, job, deployment or throughput of a certain name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from local.bedrock.settings import Timings, changed

VALIDATION = "validation"
DATA_PROCESSING = "data_processing"
TRAINING = "training"
STAGES = (VALIDATION, DATA_PROCESSING, TRAINING)


@dataclass(frozen=True, kw_only=True)
class Script:
    """How one resource ends.

    `fail` is its failure message (None: it succeeds), `stage` the stage in which a job fails, and `durations` are
    seconds that replace those of `Timings`, by name.
    """

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
class _Entry:
    pattern: str
    script: Script
    times: int | None


class Scripts:
    def __init__(self) -> None:
        self._scripts: list[_Entry] = []

    def add(self, name_pattern: str, script: Script, times: int | None = None) -> None:
        self._scripts.append(_Entry(name_pattern, script, times))

    def take(self, name: str) -> Script:
        """The newest script for this name that is not used up, or success."""
        for script in reversed(self._scripts):
            if fnmatchcase(name, script.pattern) and script.times != 0:
                script.times = script.times and script.times - 1
                return script.script
        return Script()

    def clear(self) -> None:
        self._scripts.clear()

    def patterns(self) -> Sequence[str]:
        return [script.pattern for script in self._scripts]
