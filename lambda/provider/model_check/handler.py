"""Custom::BedrockModelCheck: judges a model's losses, then has it checked, once for each pair of model and check.

What checks is an execution of a state machine that the construct makes, named like the pair. The wait reads its output.
An execution that came to a verdict is never repeated. One that failed before it had one is no verdict: the next
deployment starts another.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients, StepFunctions
from provider.aws.status import Snapshot, State, missing, state_of
from provider.cloudformation import execution_error, log
from provider.cloudformation.contract import CHECK_EXECUTION, CHECK_METRICS, MODEL_ARN
from provider.cloudformation.request import Request
from provider.cloudformation.resource_settings import Unknown, number
from provider.cloudformation.result import Answer, Cause, NotYet, Refused
from provider.lifecycle import naming, stack_status, starting
from provider.lifecycle.stack_status import StackState
from provider.model_check.verdict import NoVerdict, Verdict

# In place of an execution: the losses were all there was to check, or this pair passed in an earlier deployment.
NOTHING_LEFT: Final = "-"

_RUNNING: Final = "RUNNING"
_SUCCEEDED: Final = "SUCCEEDED"
_STATES: Final = {
    _RUNNING: State.RUNNING,
    "PENDING_REDRIVE": State.RUNNING,
    _SUCCEEDED: State.SUCCEEDED,
    "FAILED": State.FAILED,
    "TIMED_OUT": State.FAILED,
    "ABORTED": State.FAILED,
}
_GONE: Final = ("ExecutionDoesNotExist", "StateMachineDoesNotExist")
_VISIBLE_PATIENCE: Final = 5 * 60
_KEPT: Final = "The model is kept, and what served before still serves."


def create(request: Request, clients: Clients) -> Answer:
    """Judges the losses, and starts the check unless it runs or has come to a verdict."""
    _require_losses(request, clients)
    return _answer(request, _execution(request, clients))


def update(request: Request, clients: Clients) -> Answer:
    """The same for another model or another check. A rollback judges nothing and starts nothing."""
    if stack_status.is_rolling_back(clients.cloudformation, request):
        return _answer(request, NOTHING_LEFT)
    return create(request, clients)


def delete(request: Request, clients: Clients) -> Answer:
    """Stops the check if it still runs."""
    machine = request.properties.settings.request.get("stateMachineArn")
    for each in _attempts(clients.states, machine, _name(request)) if machine else ():
        if each["status"] == _RUNNING:
            _stop(clients.states, each["executionArn"], "its resource is deleted")
    return Answer(physical_id=request.failure_id)


def describe(states: StepFunctions, *, execution: str, model_arn: str) -> Snapshot:
    """How the check stands, for those who wait for it."""
    subject = f"The check of {model_arn}"
    attributes = {MODEL_ARN: model_arn, CHECK_METRICS: "{}"}
    if execution == NOTHING_LEFT:
        return Snapshot(state=State.SUCCEEDED, subject=subject, attributes=attributes)
    try:
        found = states.describe_execution(executionArn=execution)
    except ClientError as error:
        if errors.code(error) in _GONE:
            return missing(subject, attributes)
        raise
    status = found["status"]
    state = state_of(_STATES, status, subject)
    if state is State.RUNNING:
        return Snapshot(state=state, subject=subject, attributes=attributes, status=status)
    if state is State.FAILED:
        failure = {"Error": found.get("error") or status, "Cause": found.get("cause")}
        return _undecided(subject, attributes, status, execution_error.text(failure))
    try:
        verdict = Verdict.parse(found.get("output") or "null")
    except NoVerdict as finding:
        return _undecided(subject, attributes, status, str(finding))
    return _decided(subject, attributes, status, verdict)


def _decided(subject: str, attributes: dict[str, Any], status: str, verdict: Verdict) -> Snapshot:
    why = verdict.reason or "no reason was given"
    return Snapshot(
        state=State.SUCCEEDED if verdict.passed else State.FAILED,
        subject=subject,
        attributes={**attributes, CHECK_METRICS: json.dumps(verdict.metrics, sort_keys=True)},
        status=status,
        message=f"{attributes[MODEL_ARN]} did not pass the check: {why}. {_KEPT}",
        metrics=verdict.metrics,
    )


def _undecided(subject: str, attributes: dict[str, Any], status: str, why: str) -> Snapshot:
    message = f"{subject} came to no verdict: {why}. {_KEPT} Deploy again to check it again."
    return Snapshot(state=State.FAILED, subject=subject, attributes=attributes, status=status, message=message)


def _require_losses(request: Request, clients: Clients) -> None:
    limits = {
        argument: _limit(request, member)
        for argument, member in (("max_training_loss", "maxTrainingLoss"), ("max_validation_loss", "maxValidationLoss"))
        if request.properties.run_inputs.get(member) not in (None, "")
    }
    if not limits:
        return
    arn = _model_arn(request)
    try:
        model = clients.bedrock.get_custom_model(modelIdentifier=arn)
    except ClientError as error:
        if errors.is_missing(error) or errors.may_be_missing(error):
            # It was made a moment ago, and reads lag.
            text = f"{arn} cannot be read: {errors.message(error)}"
            raise NotYet(text, cause=Cause.NOT_VISIBLE, give_up=text, patience=_VISIBLE_PATIENCE) from error
        raise
    found = {
        "max_training_loss": [model.get("trainingMetrics", {}).get("trainingLoss")],
        "max_validation_loss": [each.get("validationLoss") for each in model.get("validationMetrics", [])],
    }
    for argument, limit in limits.items():
        _require_below(arn, argument, [loss for loss in found[argument] if loss is not None], limit)


def _require_below(arn: str, argument: str, losses: list[float], limit: float) -> None:
    kind = argument.removeprefix("max_").replace("_", " ")
    if not losses:
        raise Refused(f"Amazon Bedrock reports no {kind} for {arn}, so {argument} cannot be checked; leave it out.")
    if max(losses) > limit:
        raise Refused(f"{arn} did not pass the check: its {kind} is {max(losses):g}, above {limit:g}. {_KEPT}")


def _limit(request: Request, member: str) -> float:
    try:
        return number(request.properties.run_inputs, member, 0)
    except Unknown as finding:
        raise Refused(f"Nothing was checked: {finding}") from None


def _execution(request: Request, clients: Clients) -> str:
    """The execution that decides about this pair: the last one, unless it failed before it came to a verdict."""
    machine = request.properties.settings.request.get("stateMachineArn")
    if not machine:
        return NOTHING_LEFT
    name = _name(request)
    attempts = list(_attempts(clients.states, machine, name))
    if attempts and (_decides(attempts[-1]) or _is_of_this_event(attempts[-1], request)):
        return str(attempts[-1]["executionArn"])
    if not attempts and request.type == "Update" and name == _name(request.before):
        # AWS Step Functions forgets an execution after 90 days. The stack would not have this pair if it had failed.
        return NOTHING_LEFT
    starting.require_deploying(request, clients)
    return _start(request, clients, machine, f"{name}-{len(attempts) + 1}")


def _start(request: Request, clients: Clients, machine: str, name: str) -> str:
    given = {"requestId": request.id, "execution": name, "modelArn": _model_arn(request), **_input(request)}
    try:
        clients.states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(given))
    except ClientError as error:
        # A second delivery of this event, after the first one's execution has ended.
        if errors.code(error) != "ExecutionAlreadyExists":
            raise
    arn = _execution_arn(machine, name)
    log.info("check started", execution=arn)
    state = stack_status.read(clients.cloudformation, request, again=True)
    if state not in (StackState.DEPLOYING, StackState.UNREADABLE):
        _stop(clients.states, arn, "the stack no longer wants it")
        raise Refused(f"The check was stopped at once: the stack, or a parent of it, is {state.value}.")
    return arn


def _attempts(states: StepFunctions, machine: str, name: str) -> Iterator[dict[str, Any]]:
    """The executions of this pair, in their order."""
    attempt = 1
    while True:
        try:
            yield states.describe_execution(executionArn=_execution_arn(machine, f"{name}-{attempt}"))
        except ClientError as error:
            if errors.code(error) in _GONE:
                return
            raise
        attempt += 1


def _decides(execution: dict[str, Any]) -> bool:
    if execution["status"] != _SUCCEEDED:
        return _STATES.get(execution["status"]) is State.RUNNING
    try:
        Verdict.parse(execution.get("output") or "null")
    except NoVerdict:
        return False
    return True


def _is_of_this_event(execution: dict[str, Any], request: Request) -> bool:
    # A second delivery of the event that started what failed since: that is the answer, not another one.
    return bool(json.loads(execution.get("input") or "{}").get("requestId") == request.id)


def _stop(states: StepFunctions, execution: str, why: str) -> None:
    try:
        states.stop_execution(executionArn=execution, cause=json.dumps({"reason": why}))
    except ClientError as error:
        if errors.code(error) not in _GONE:
            raise
    log.info("check stopped", execution=execution)


def _execution_arn(machine: str, name: str) -> str:
    return f"{machine.replace(':stateMachine:', ':execution:', 1)}:{name}"


def _input(request: Request) -> dict[str, Any]:
    # As JSON in a text: CloudFormation turns numbers and booleans of properties into text.
    given = request.properties.settings.request.get("input") or "{}"
    try:
        read = json.loads(given)
    except (TypeError, ValueError):
        read = None
    if not isinstance(read, dict):
        raise Refused(f"Nothing was checked: the input of the check must be a JSON object, got {str(given)[:80]!r}.")
    return read


def _model_arn(request: Request) -> str:
    arn = request.properties.run_inputs.get("modelArn")
    if not isinstance(arn, str) or not arn:
        raise Refused("Nothing was checked: RunInputs has no modelArn.")
    return arn


def _name(request: Request) -> str:
    return naming.of_content(request, "check", dict(request.properties.run_inputs))


def _answer(request: Request, execution: str) -> Answer:
    return Answer(physical_id=_name(request), data={CHECK_EXECUTION: execution, MODEL_ARN: _model_arn(request)})
