"""Scale: many models at once in stacks deployed in parallel, a quota of two jobs, and a service that throttles."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from benchmarks import stage
from benchmarks.options import Options
from benchmarks.stage import BenchmarkAws, Operation
from benchmarks.table import Table
from benchmarks.workload import OURS, Models
from local.aws import Settings

_QUOTA: Final = 2
_REQUESTS_PER_SECOND: Final = 10.0
_STAGES: Final = ("job_queue", "job_validation", "job_data_processing", "job_training")
# Time goes so fast that everything ends soon, and so slowly that the local AWS keeps up with 40 polls.
_SCALE: Final = 20.0
_RUN_SECONDS: Final = 100.0


@dataclass(frozen=True, kw_only=True)
class _Size:
    stacks: int
    models: int

    @property
    def ideal(self) -> float:
        """Seconds of Bedrock's time in which a quota of two could do it all."""
        return self.stacks * self.models / _QUOTA * _RUN_SECONDS


def run(options: Options) -> list[Table]:
    """40 models in 8 stacks; what arrived, what it took, what was throttled."""
    size = _Size(stacks=2, models=2) if options.smoke else _Size(stacks=8, models=5)
    settings = Settings(time_scale=_SCALE, sfn_wait_scale=1 / _SCALE, job_quota=_QUOTA)
    timings = dict.fromkeys(_STAGES, _RUN_SECONDS / len(_STAGES))
    with stage.running(settings, **timings) as aws, ThreadPoolExecutor(size.stacks) as threads:
        models = Models(jobs=size.models)
        templates = {name: stage.template(aws, OURS, name, models) for name in _names(size)}
        # By the callers' clock, on which Bedrock's own time goes faster: a harder limit than an account has.
        rate = {"requests_per_second": _REQUESTS_PER_SECOND / _SCALE, "request_burst": int(_REQUESTS_PER_SECOND)}
        aws.bedrock("quotas", rate)
        started = time.perf_counter()
        done = list(threads.map(lambda name: stage.deploy(aws, name, templates[name]), templates))
        seconds = time.perf_counter() - started
        aws.bedrock("quotas", {"requests_per_second": 0})
        return [_table(size, seconds, done, aws)]


def _names(size: _Size) -> list[str]:
    return [f"Team{number}" for number in range(size.stacks)]


def _table(size: _Size, seconds: float, done: list[Operation], aws: BenchmarkAws) -> Table:
    calls = aws.bedrock("calls")["calls"]
    jobs = [each for each in aws.bedrock("resources")["resources"] if each["kind"] == "model customization job"]
    outcomes = Counter(call["outcome"] for call in calls)
    statuses = Counter(each.deployment.status for each in done)
    return Table(
        title=f"Scale: {size.stacks * size.models} jobs in {size.stacks} stacks, a quota of {_QUOTA}",
        header=["", "value"],
        rows=[
            ["stacks", _listed(statuses)],
            ["jobs", _listed(Counter(job["status"] for job in jobs))],
            ["started twice", len(jobs) - len({_lock(job) for job in jobs})],
            ["seconds of Bedrock's time", seconds * _SCALE],
            ["ideal for the quota", size.ideal],
            ["of that first start, last end", _span(jobs)],
            ["over the ideal", _span(jobs) / size.ideal],
            ["calls to Bedrock", len(calls)],
            ["throttled", outcomes["ThrottlingException"]],
            ["refused for the quota", outcomes["ServiceQuotaExceededException"]],
            ["most calls of one operation in a second", _peak(calls)],
            ["reasons of failures", "; ".join(_reasons(done)) or "none"],
        ],
        notes=[f"{_REQUESTS_PER_SECOND:.0f} requests a second for each operation, in the callers' seconds."],
    )


def _lock(job: dict[str, Any]) -> str:
    """What the job's name is made of, but for the number of the attempt."""
    return "-".join(job["name"].split("-")[:3])


def _span(jobs: list[dict[str, Any]]) -> float:
    """Seconds from the first job's start to the last one's end."""
    starts, ends = (
        [datetime.fromisoformat(job["description"][name]) for job in jobs] for name in ("creationTime", "endTime")
    )
    return (max(ends) - min(starts)).total_seconds()


def _peak(calls: list[dict[str, Any]]) -> int:
    seconds = Counter(
        (call["operation"], int(datetime.fromisoformat(call["at"]).timestamp() / _SCALE)) for call in calls
    )
    return max(seconds.values())


def _reasons(done: list[Operation]) -> list[str]:
    events = [event for each in done for event in each.deployment.events]
    failed = [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return sorted({reason for reason in failed if reason})[:3]


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counted.most_common())
