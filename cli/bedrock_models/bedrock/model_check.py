"""The checks of models, as AWS Step Functions remembers them: an execution for each attempt at a model and a check.

It forgets an execution 90 days after its end, and all of a check when the check's stack is deleted. A check of losses
alone has no execution.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.bedrock import function_log
from bedrock_models.bedrock.resource import model_id
from bedrock_models.cloudformation.stack import Stack
from bedrock_models.context import Context
from bedrock_models.contract import MODEL_CHECK_TYPE
from bedrock_models.failures import code

RUNNING: Final = "Running"
PASSED: Final = "Passed"
FAILED: Final = "Failed"
UNDECIDED: Final = "Undecided"

# What the names of the state machines begin with; a test holds it equal to the construct's.
MACHINES: Final = "BedrockModelCheck-"
_MACHINE_TYPE: Final = "AWS::StepFunctions::StateMachine"
_RUNNER_LOG: Final = "RunnerLog"
# What the function that asks a candidate logs after each batch; a test holds it equal.
ASKED: Final = "asked"
_IN_PROGRESS: Final = ("RUNNING", "PENDING_REDRIVE")
_GONE: Final = ("ExecutionDoesNotExist", "StateMachineDoesNotExist")
# The name of the check's resource, which holds a digest of model and check, and the number of the attempt.
_NAME: Final = re.compile(r"(.+-[0-9a-f]{20})-([1-9]\d*)")
# More at once would only be throttled.
_THREADS: Final = 8


@dataclass(frozen=True, kw_only=True)
class ModelCheck:
    """The last attempt at one pair of model and check. `answered` is known of records that are being asked."""

    name: str
    execution: str
    model_arn: str
    status: str
    started: datetime
    reason: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    answered: int | None = None
    records: int | None = None

    @property
    def measured(self) -> str:
        """The metrics of the verdict in one line."""
        return ", ".join(f"{name} {value:.4g}" for name, value in sorted(self.metrics.items()))

    @property
    def text(self) -> str:
        """How it stands, in one line."""
        model = model_id(self.model_arn)
        if self.status == RUNNING:
            told = f": {self.answered} of {self.records} records answered" if self.records else ""
            return f"checks {model}{told}"
        verdict = {PASSED: "passed the check", FAILED: "did not pass the check"}.get(self.status, "came to no verdict")
        measured = f" ({self.measured})" if self.measured else ""
        return f"{model} {verdict}{f': {self.reason}' if self.reason else ''}{measured}"


def machines(states: Any) -> list[str]:
    """The state machines of all checks in the account and Region."""
    pages = states.get_paginator("list_state_machines").paginate()
    listed = (each for page in pages for each in page["stateMachines"])
    return [each["stateMachineArn"] for each in listed if each["name"].startswith(MACHINES)]


def of_machines(states: Any, machine_arns: Sequence[str], *, names: Set[str] | None = None) -> list[ModelCheck]:
    """What these state machines remember, of all checks or of those with these names, the newest first."""
    with ThreadPoolExecutor(_THREADS) as threads:
        last = [each for listed in threads.map(lambda arn: _last(states, arn, names), machine_arns) for each in listed]
        found = [each for each in threads.map(lambda each: _read(states, each), last) if each]
    return sorted(found, key=lambda each: each.started, reverse=True)


def of_stack(context: Context, around: Stack, *, seen: Sequence[str] = ()) -> list[ModelCheck]:
    """Those that a stack's checks name now, and those of these names, which a rollback has taken out of it."""
    named = {each.physical_id for each in around.resources if each.type == MODEL_CHECK_TYPE}
    machine_arns = [
        each.physical_id
        for each in around.resources
        if each.type == _MACHINE_TYPE and f":{MACHINES}" in each.physical_id
    ]
    names = {*named, *seen}
    found = of_machines(context.aws.client("stepfunctions"), machine_arns, names=names) if names else []
    return [_with_progress(context, around, each) for each in found]


def _with_progress(context: Context, around: Stack, check: ModelCheck) -> ModelCheck:
    if check.status != RUNNING:
        return check
    execution = check.execution.rpartition(":")[2]
    told = function_log.said(context, around, _RUNNER_LOG, event=ASKED, check=execution)
    return replace(check, answered=int(told[-1]["records"]), records=int(told[-1]["of"])) if told else check


def _last(states: Any, machine_arn: str, names: Set[str] | None) -> Iterator[Mapping[str, Any]]:
    """The last attempt at each pair."""
    attempts: dict[str, tuple[int, Mapping[str, Any]]] = {}
    try:
        for page in states.get_paginator("list_executions").paginate(stateMachineArn=machine_arn):
            for each in page["executions"]:
                # Somebody may have started others by hand.
                if (named := _NAME.fullmatch(each["name"])) and attempts.get(named[1], (0,))[0] < int(named[2]):
                    attempts[named[1]] = (int(named[2]), each)
    except ClientError as error:
        if code(error) not in _GONE:
            raise
    return (each for name, (_, each) in attempts.items() if names is None or name in names)


def _read(states: Any, listed: Mapping[str, Any]) -> ModelCheck | None:
    try:
        seen = states.describe_execution(executionArn=listed["executionArn"])
    except ClientError as error:
        if code(error) in _GONE:
            return None
        raise
    given = _object(seen.get("input"))
    check = ModelCheck(
        name=listed["name"].rpartition("-")[0],
        execution=seen["executionArn"],
        model_arn=str(given.get("modelArn", "")),
        status=RUNNING,
        started=seen["startDate"],
    )
    return check if seen["status"] in _IN_PROGRESS else _ended(check, seen)


def _ended(check: ModelCheck, seen: Mapping[str, Any]) -> ModelCheck:
    """By the same rules as the provider's: an output that is no verdict is neither yes nor no."""
    if seen["status"] != "SUCCEEDED":
        cause = _object(seen.get("cause"))
        why = cause.get("errorMessage") or cause.get("reason") or seen.get("error") or seen["status"]
        return replace(check, status=UNDECIDED, reason=str(why))
    verdict = _object(seen.get("output"))
    metrics = verdict.get("metrics") or {}
    if not isinstance(verdict.get("passed"), bool) or not _are_numbers(metrics):
        return replace(check, status=UNDECIDED, reason=f"its output is no verdict: {str(seen.get('output'))[:200]}")
    status = PASSED if verdict["passed"] else FAILED
    return replace(check, status=status, reason=str(verdict.get("reason") or ""), metrics=metrics)


def _are_numbers(metrics: Any) -> bool:
    values = metrics.values() if isinstance(metrics, dict) else [None]
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _object(text: Any) -> Mapping[str, Any]:
    try:
        read = json.loads(text or "{}")
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {}
