"""When no training run is started although the inputs ask for one."""

from collections.abc import Iterable, Sequence
from typing import Final

from provider.aws import errors
from provider.cloudformation.request import Request
from provider.cloudformation.result import Refused
from provider.job.run import Run

# A change of these alone would train the same weights again.
_LABELS: Final = {"customModelName", "customModelKmsKeyId"}


def refuse_more_attempts(request: Request, runs: Sequence[Run]) -> None:
    """`max_attempts` runs of the same inputs are enough."""
    limit = request.properties.settings.max_attempts
    if len(runs) >= limit:
        last = runs[-1]
        remedy = "Change the inputs, or set another revision to train them again."
        if errors.is_service_fault(last.message):
            remedy = "This is an internal error of Amazon Bedrock: raise max_attempts to train the same inputs again."
        raise Refused(
            f"These inputs were trained {len(runs)} times without a usable model, and max_attempts is {limit}. The "
            f"last run, {last.name!r}, is {last.status}: {last.message or 'its model is gone'} {remedy}"
        )


def refuse_relabelling(request: Request) -> None:
    """Another name or key alone is no reason to pay again."""
    changed = _changed(request)
    if changed and changed <= _LABELS:
        raise Refused(
            f"Only {' and '.join(sorted(changed))} changed: that would train the same weights again, and be paid for "
            "again. Take the change back, or set another revision if it is meant."
        )


def refuse_protected(request: Request) -> None:
    """Under protection no update starts a run."""
    if not request.properties.settings.is_protected:
        return
    changed = sorted(_changed(request))
    raise Refused(
        f"retrain_protection: a change of {', '.join(changed)} would start a paid training run. Take it back, or "
        "deploy once with retrain_protection=False."
    )


def refuse_repetition(usable: Iterable[Run]) -> None:
    """To CloudFormation a renamed construct is a new one; under protection its former run is looked for first."""
    for run in usable:
        raise Refused(
            f"retrain_protection: the run {run.name!r} ({run.arn}) was trained on the same inputs by another "
            "construct. To adopt it, first deploy that construct with a lock_id, then this one with the same; "
            "to train anew, deploy once with retrain_protection=False."
        )


def _changed(request: Request) -> set[str]:
    new, old = request.properties.run_inputs, request.old_properties.run_inputs
    return {name for name in new.keys() | old.keys() if new.get(name) != old.get(name)}
