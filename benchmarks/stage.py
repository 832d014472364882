"""One local AWS for a section of the benchmarks, and operations on stacks in it."""

import contextlib
import dataclasses
import functools
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk

from benchmarks import floor, workload
from benchmarks.peer.provider import QUERY_INTERVAL
from local.aws import LocalAws, RunningAws, Settings
from local.aws.process import LOG_DIRECTORY
from tests.support import cloudformation
from tests.support.cloudformation import Deployment

_PATIENCE: Final = 900.0


class BenchmarkAws(RunningAws):
    """The same, with one client for each service: making them is slow, and not safe in threads."""

    @functools.cache  # noqa: B019  lives as long as a section
    def client(self, service: str) -> Any:
        return super().client(service)


@contextlib.contextmanager
def running(settings: Settings, **timings: float) -> Iterator[BenchmarkAws]:
    """An AWS with IAM enforced, a bucket with training data, and no quotas that are in the way."""
    with LocalAws(settings, log_file=LOG_DIRECTORY / "benchmarks.log") as plain:
        aws = BenchmarkAws(plain.endpoint, plain.settings, plain.directory, plain.log_file)
        if timings:
            aws.bedrock("timings", timings)
        aws.bedrock("quotas", {"custom_models": 1000, "custom_model_deployments": 1000})
        aws.client("s3").create_bucket(Bucket=workload.BUCKET)
        aws.client("s3").put_object(Bucket=workload.BUCKET, Key="train.jsonl", Body=b"{}")
        yield aws


@dataclasses.dataclass(frozen=True, kw_only=True)
class Operation:
    """How an operation on a stack ended and what it took."""

    seconds: float
    deployment: Deployment

    def require(self, status: str) -> "Operation":
        """Raises unless it ended like this: what failed measures nothing."""
        if self.deployment.status != status:
            reasons = [event.get("ResourceStatusReason", "") for event in self.deployment.events]
            raise RuntimeError(f"{self.deployment.status}, not {status}: {[text for text in reasons if text][:5]}")
        return self


def deploy(aws: RunningAws, name: str, template: Mapping[str, Any], **options: Any) -> Operation:
    """Creates or updates the stack."""
    started = time.perf_counter()
    done = cloudformation.deploy_template(aws, name, template, timeout=_PATIENCE, **options)
    return Operation(seconds=time.perf_counter() - started, deployment=done)


def delete(aws: RunningAws, name: str) -> Operation:
    """Deletes it."""
    started = time.perf_counter()
    done = cloudformation.delete_stack(aws, name, timeout=_PATIENCE)
    return Operation(seconds=time.perf_counter() - started, deployment=done)


def template(
    aws: RunningAws, system: str, name: str, models: workload.Models, *, interval: int | None = None
) -> Mapping[str, Any]:
    """What the models synthesize to with a system, its assets published."""
    if system == workload.FLOOR:
        return floor.answering_at_once(template(aws, workload.OURS, name, models))
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, context={QUERY_INTERVAL: interval} if interval else {})
        stack = cdk.Stack(
            app,
            name,
            env=cdk.Environment(account=aws.settings.account, region=aws.settings.region),
            synthesizer=cdk.DefaultStackSynthesizer(qualifier="bench", generate_bootstrap_version_rule=False),
        )
        workload.build(system, stack, models)
        assembly = app.synth()
        cloudformation.publish_assets(aws, Path(assembly.directory))
        text = Path(assembly.get_stack_by_name(name).template_full_path).read_text()
    parsed: Mapping[str, Any] = json.loads(text)
    return parsed
