"""Deletion of Custom::BedrockModelCustomizationJob: what runs is stopped, what is finished goes by policy."""

from functools import partial
from typing import Final

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.cloudformation import log
from provider.cloudformation.contract import DESTROY, ROLLBACK_DELETE, ROLLBACK_KEEP
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Cause, NotYet
from provider.custom_model.deletion import remove
from provider.lifecycle import deletion
from provider.lifecycle.ownership_tags import Ownership, take
from provider.lifecycle.stack_status import StackState
from provider.training_job import retained_role
from provider.training_job.run import (
    COMPLETED,
    IN_PROGRESS,
    STOPPING,
    Run,
    attempts,
    find,
    model_of,
    name_of_attempt,
    names_in_scope,
)

_STOPPING_PATIENCE: Final = 45 * 60
_COSTLY: Final = (IN_PROGRESS, STOPPING, COMPLETED)


def delete(request: Request, clients: Clients) -> Answer:
    """Stops and deletes what this resource owns. A rollback does by `RollbackBehavior`, which by default is nothing."""
    state = deletion.state(request, clients)
    by_inputs = partial(attempts, clients.bedrock, request)
    describe = partial(deletion.find, request, clients, state, partial(find, clients.bedrock), by_inputs)
    deletion.require_readable(request, state, lambda: (_cost(run) for run in describe() if run.status in _COSTLY))
    limit = request.properties.settings.max_attempts
    deletion.leave_queue(request, clients, [name_of_attempt(request, number) for number in range(1, limit + 1)])
    runs, treated = describe(), set[str]()
    for run in runs:
        if current := deletion.claim(request, clients, run, cost=_cost(run)):
            treated.add(run.name)
            _delete_by_policy(request, clients, run, state, current)
    if state is StackState.DELETING:
        runs += _delete_leftovers(request, clients, but=treated)
    retained_role.release(request, clients, runs)
    return Answer(physical_id=request.failure_id)


def _delete_by_policy(request: Request, clients: Clients, run: Run, state: StackState, current: Ownership) -> None:
    if run.status not in _COSTLY:
        return
    behavior = request.properties.settings.rollback_behavior
    if state is StackState.ROLLING_BACK and behavior == ROLLBACK_KEEP:
        retained_role.require_to_survive(request, clients, run)
        log.info("kept through the rollback", job_arn=run.arn, status=run.status)
    elif run.status == COMPLETED:
        is_unwanted = deletion.policy(request, current) == DESTROY
        goes = behavior == ROLLBACK_DELETE if state is StackState.ROLLING_BACK else is_unwanted
        _finish(request, clients, run, goes=goes)
    else:
        _stop(request, clients, run, current)


def _cost(run: Run) -> str:
    costs = "left a model that is billed per month" if run.status == COMPLETED else "is still running and is billed"
    return f"The model customization job {run.name!r} ({run.arn}) {costs}"


def _stop(request: Request, clients: Clients, run: Run, current: Ownership) -> None:
    """Asks for the stop once, then waits until it is seen: until then it costs money."""
    if run.status == IN_PROGRESS:
        take(request, clients.bedrock, run.arn, current)
        try:
            clients.bedrock.stop_model_customization_job(jobIdentifier=run.arn)
        except ClientError as error:
            # It may have ended meanwhile, with whatever code that is told: what is seen decides.
            now = find(clients.bedrock, run.name) if errors.is_final(error) else run
            if now and now.status == IN_PROGRESS:
                raise
    text = f"The model customization job {run.name!r} ({run.arn}) is still being stopped"
    raise NotYet(
        text, cause=Cause.STOPPING, give_up=f"{text}; delete the stack again.", patience=_STOPPING_PATIENCE, seconds=30
    )


def _finish(request: Request, clients: Clients, run: Run, *, goes: bool) -> None:
    model = model_of(clients, run) if goes else None
    if model:
        # If a run was adopted while it was in progress, the model has the tags of the stack that started it.
        remove(request, clients, model, deletion.existing_owner(clients, model))
    else:
        log.info("model kept or gone", model_arn=run.model_arn, kept=not goes)


def _delete_leftovers(request: Request, clients: Clients, *, but: set[str]) -> list[Run]:
    """What earlier rollbacks kept under this scope goes with the stack, each by the policy on its own tags."""
    names = [name for name in names_in_scope(clients.bedrock, request) if name not in but]
    swept = list(deletion.leftovers(request, clients, partial(find, clients.bedrock), names))
    for run, current in swept:
        if run.status == COMPLETED:
            _finish(request, clients, run, goes=current.removal_policy == DESTROY)
        elif run.status in _COSTLY:
            _stop(request, clients, run, current)
    return [run for run, _ in swept]
