"""What holds for a deployment and for Provisioned Throughput alike.

Both serve a model that changes under them, so that callers keep their ARN; both cost money as long as they stand; and
neither holds anything that could not be made again.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from botocore.exceptions import ClientError

from provider import adoption, deletion, errors, log, stacks, starting
from provider.adoption import Found
from provider.clients import Clients
from provider.contract import DESTROY
from provider.look import is_dying
from provider.outcome import Answer, Cause, NotYet
from provider.request import Request
from provider.stacks import StackState

FAILED: Final = "Failed"

# Neither can be changed or deleted while it is being made or changed, which takes them 10 to 45 minutes.
CHANGING_PATIENCE: Final = 45 * 60


_S = TypeVar("_S", bound=Found)


def is_rolling_back(request: Request, clients: Clients) -> bool:
    """Whether a change is a rollback's, which swaps back. Refuses it for a stack that wants no change any more."""
    if stacks.is_rolling_back(clients.cloudformation, request):
        return True
    starting.require_growing(request, clients)
    return False


def busy(subject: str) -> NotYet:
    """For an event that has to wait until an earlier change is over."""
    text = f"{subject} is still being created or changed"
    return NotYet(
        text, cause=Cause.CHANGING, give_up=f"{text}; deploy again later.", patience=CHANGING_PATIENCE, seconds=30
    )


def full(subject: str, error: ClientError) -> NotYet:
    """For a swap that the quota of what may be in progress has no room for: it takes its turn within the hour."""
    text = errors.message(error)
    give_up = f"The model of {subject} was not changed, and the earlier one goes on serving: {text} Deploy again later."
    return NotYet(text, cause=Cause.QUOTA, give_up=give_up, patience=starting.QUOTA_PATIENCE, seconds=30)


def delete(
    request: Request,
    clients: Clients,
    *,
    find: Callable[[str], _S | None],
    names: list[str],
    listed: Callable[[], list[str]],
    remove: Callable[[_S], None],
) -> Answer:
    """Deletes by policy what this resource owns, in a rollback too.

    A rollback keeps a finished model, because somebody paid for its training. It deletes these: CloudFormation asks for
    what the failed operation made, which holds no training, costs money from now on, and is not what goes on serving.
    """
    state = deletion.state(request, clients)
    by_inputs = partial(adoption.existing, find, names)
    look = partial(deletion.find, request, clients, state, find, by_inputs)
    deletion.require_readable(request, state, lambda: map(_cost, look()))
    deletion.leave_queue(request, clients, names)
    for found in look():
        if current := deletion.claim(request, clients, found, cost=_cost(found)):
            _treat(found, deletion.policy(request, current), remove)
    if state is StackState.DELETING:
        for left, current in deletion.leftovers(request, clients, find, listed()):
            _treat(left, current.removal_policy, remove)
    return Answer(physical_id=request.failure_id)


def _cost(found: Found) -> str:
    return f"{found.name!r} ({found.arn}) is still there and may be billed by the hour"


def _treat(found: _S, removal_policy: str, remove: Callable[[_S], None]) -> None:
    if is_dying(found.status):
        log.info("is being deleted already", arn=found.arn)
    elif removal_policy == DESTROY or found.status == FAILED:
        remove(found)
    else:
        log.info("kept", arn=found.arn, removal_policy=removal_policy)
