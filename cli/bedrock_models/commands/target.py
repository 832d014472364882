"""What a command was pointed at: a stack with its jobs, or one training run or import by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bedrock_models.bedrock import import_job, run
from bedrock_models.bedrock.run import Run
from bedrock_models.cloudformation import stack
from bedrock_models.cloudformation.stack import Stack
from bedrock_models.context import Context
from bedrock_models.failures import Failure


@dataclass(frozen=True, kw_only=True)
class Target:
    """A stack's id, whose jobs are looked up again with each look, or one job: a training run or an import."""

    stack_id: str = ""
    job: str = ""
    import_job: str = ""


def resolve(context: Context, text: str) -> Target:
    """Jobs by name or ARN go first: their names end in a hash, and no stack is named like that."""
    bedrock = context.aws.client("bedrock")
    if ":model-customization-job/" in text:
        if run.find(bedrock, text) is None:
            raise Failure(f"there is no training run {text!r} in this account and Region; check --region")
        return Target(job=text)
    if import_job.ARN_PART in text:
        if import_job.find(bedrock, text) is None:
            raise Failure(f"there is no import job {text!r} in this account and Region; check --region")
        return Target(import_job=text)
    if "/" not in text and run.find(bedrock, text):
        return Target(job=text)
    if "/" not in text and import_job.find(bedrock, text):
        return Target(import_job=text)
    found = stack.find(context.aws.client("cloudformation"), text)
    if found is None:
        raise Failure(
            f"no stack, training run or import job is named {text!r} in this account and Region "
            f"({context.aws.region}); see: bedrock-models list jobs"
        )
    return Target(stack_id=found.id)


def one_run(context: Context, text: str, *, of_import: str, among: Callable[[Run], bool] = lambda _: True) -> Run:
    """The run, or the only one of the stack, of those that fit if any do.

    Raises `Failure` for none or several; for an import with the sentence `of_import`, which says what can be done.
    """
    target, bedrock = resolve(context, text), context.aws.client("bedrock")
    if target.import_job:
        raise Failure(f"{text!r} is a model import job: {of_import}")
    if target.job:
        return _existing(bedrock, target.job)
    found = stack.read(context.aws.client("cloudformation"), target.stack_id)
    runs = [seen for job in _named(found) if (seen := run.find(bedrock, job))]
    runs = [each for each in runs if among(each)] or runs
    if len(runs) == 1:
        return runs[0]
    if not runs:
        why = f", only imports: {of_import}" if found.imports else ""
        raise Failure(f"the stack {found.name!r} has no training run{why}")
    names = "".join(f"\n  {each.name}" for each in runs)
    raise Failure(f"the stack {found.name!r} has {len(runs)} training runs; name one of them:{names}")


def _named(found: Stack) -> Sequence[str]:
    return [job.physical_id for job in found.jobs if job.physical_id]


def _existing(bedrock: Any, job: str) -> Run:
    found = run.find(bedrock, job)
    if found is None:
        raise Failure(f"there is no training run {job!r}")
    return found
