"""What every Delete has in common: what it finds, what it may touch, and how something goes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.cloudformation import identity, log
from provider.cloudformation.contract import DESTROY, RETAIN
from provider.cloudformation.request import Request
from provider.cloudformation.result import Cause, NotYet
from provider.cloudformation.settings import Settings
from provider.lifecycle import adoption, naming, stack_status
from provider.lifecycle.adoption import Found
from provider.lifecycle.ownership_tags import Ownership
from provider.lifecycle.stack_status import StackState
from provider.waiter import start_queue

_OUTAGE_PATIENCE: Final = 30 * 60
_STALE_PATIENCE: Final = 60
# CloudFormation sends no Delete then, so one that comes had its answer before.
_NOTHING_DELETED_IN: Final = (StackState.DEPLOYING, StackState.SETTLED, StackState.MOVED_ON, StackState.GONE)
# A Create that CloudFormation cancelled may still be on its way to Bedrock for as long as its function may run.
_IN_FLIGHT_SECONDS: Final = 4 * 60
_LAG_SECONDS: Final = 60


_F = TypeVar("_F", bound=Found)


def state(request: Request, clients: Clients) -> StackState:
    """What the stack deletes for: its end, its clean-up, its rollback. A Delete that comes again later is left alone.

    By then, what a rollback kept may belong to the next deployment.
    """
    current = stack_status.read(clients.cloudformation, request)
    made_again = current is StackState.DEPLOYING and (is_invented(request) or not request.names_something)
    if current in _NOTHING_DELETED_IN and not made_again:
        text = f"Nothing was deleted for {request.physical_id!r}: the stack, or a parent of it, is {current.value}."
        raise NotYet(
            text,
            cause=Cause.STACK_AT_REST,
            give_up=f"{text} If it is to go, delete it again.",
            patience=_STALE_PATIENCE,
            seconds=20,
        )
    # Without rollback, the next operation deletes what failed to be created, and makes it again: nothing is to go.
    if made_again:
        return StackState.ROLLING_BACK
    if current is not StackState.DELETING:
        return current
    try:
        is_rollback = stack_status.ends_failed_creation(clients.cloudformation, request)
    except (ClientError, BotoCoreError) as error:
        log.info("what the deletion follows on could not be read", error=errors.message(error))
        return StackState.UNREADABLE
    return StackState.ROLLING_BACK if is_rollback else current


def find(
    request: Request,
    clients: Clients,
    state: StackState,
    describe: Callable[[str], _F | None],
    by_inputs: Callable[[], Sequence[_F]],
) -> list[_F]:
    """By the physical id and by the inputs: the Delete of a cancelled Create comes with an id that names nothing.

    When an update's rollback was continued without the resource, its id is of one run and its properties are of
    another. Then both are to go, unless the other one is what the resource has become.
    """
    found = list(by_inputs())
    names_it = request.names_something and not is_invented(request)
    named = describe(request.physical_id or "") if names_it else None
    if not named and not found:
        require_nothing_to_come(request)
    if named is None:
        return found
    others = [each for each in found if each.name != named.name]
    return [named, *(each for each in others if _is_to_go(request, clients, state, each))]


def require_nothing_to_come(request: Request) -> None:
    """Before it is believed that there is nothing to delete: a start may be in flight, or a read may lag."""
    if is_invented(request) and request.waited < _IN_FLIGHT_SECONDS:
        # Patience never ends before the look that answers.
        raise NotYet(
            "a start may still be in flight",
            cause=Cause.IN_FLIGHT,
            give_up="",
            patience=2 * _IN_FLIGHT_SECONDS,
            seconds=60,
        )
    if request.names_something and not is_invented(request) and request.waited < _LAG_SECONDS:
        # Absence is believed when it is seen twice: a read may lag behind the Create that made this.
        raise NotYet(
            "it does not show, or is gone",
            cause=Cause.NOT_VISIBLE,
            give_up="",
            patience=2 * _LAG_SECONDS,
            seconds=_LAG_SECONDS,
        )


def _is_to_go(request: Request, clients: Clients, state: StackState, other: Found) -> bool:
    """Whether the resource has become something else than this, or goes with its stack."""
    if state is StackState.DELETING:
        return True
    held = stack_status.held_id(clients.cloudformation, request)
    return held not in ("", request.physical_id, other.name)


def is_invented(request: Request) -> bool:
    """Whether CloudFormation made the physical id up, because it never got an answer to the Create."""
    stack_name = identity.stack_name(request.stack_id)
    return (request.physical_id or "").startswith(f"{stack_name}-{request.logical_id}-")


def leave_queue(request: Request, clients: Clients, names: list[str]) -> None:
    """Takes what was never started out of the queue, and looks again after it: it may have started meanwhile."""
    waiter_arn = Settings.of_environment().waiter_arn
    if not has_successor(request, clients) and start_queue.leave(
        clients.states, waiter_arn, request.resource_type, names
    ):
        text = "the executions that queue for it are being stopped"
        give_up = f"{text}; delete the stack again."
        raise NotYet(text, cause=Cause.LEAVING_QUEUE, give_up=give_up, patience=_OUTAGE_PATIENCE, seconds=5)


def claim(request: Request, clients: Clients, found: Found, *, cost: str) -> Ownership | None:
    """What the tags say of something that is this resource's: Delete touches nothing else. `cost` is what it costs."""
    current = existing_owner(clients, found)
    if current is None or has_successor(request, clients):
        log.info("left alone: another owner", arn=found.arn)
        return None
    is_owner = current.owner == identity.owner(request.stack_id, request.logical_id)
    if is_owner:
        current.require_current(request)
    if is_owner and found.name == request.physical_id:
        return current
    try:
        if is_owner:
            is_left = not stack_status.is_held_elsewhere(clients.cloudformation, request, found.name)
        else:
            is_left = adoption.is_left_to(request, clients, current, found.name)
    except (ClientError, BotoCoreError) as error:
        text = f"which stack holds it now could not be read: {errors.message(error)}"
        raise NotYet(
            text, cause=Cause.OUTAGE, give_up=f"{cost}: {text}", patience=_OUTAGE_PATIENCE, seconds=30
        ) from error
    if not is_left:
        log.info("left alone: another owner", arn=found.arn)
        return None
    if not is_owner:
        log.info("moved here without an event", arn=found.arn, former_stack=current.stack_id)
    return current


def policy(request: Request, current: Ownership) -> str:
    """The stricter one of the event's and the tag's: an event can be forged or late."""
    return DESTROY if request.properties.removal_policy == current.removal_policy == DESTROY else RETAIN


def has_successor(request: Request, clients: Clients) -> bool:
    """Whether the resource was made again since: without rollback, a Create that failed is deleted later than that."""
    return not request.names_something and stack_status.is_replaced(clients.cloudformation, request)


def existing_owner(clients: Clients, found: Found) -> Ownership | None:
    """What its tags say; nothing if it has gone since it was found, as by a second delivery of the event."""
    try:
        return adoption.visible_owner(clients, found)
    except ClientError as error:
        if errors.may_be_missing(error):
            return None
        raise


def require_readable(request: Request, state: StackState, costs: Callable[[], Iterable[str]]) -> None:
    """Before anything is touched: tries again while it is not known what the stack does. `costs` says what is there."""
    if state is StackState.UNREADABLE:
        cost = "; ".join(costs()) or f"What earlier deployments left of {request.logical_id!r} may still be billed"
        give_up = f"{cost}: whether the stack rolls back could not be read."
        raise NotYet(
            "the stack cannot be read",
            cause=Cause.STACK_UNREADABLE,
            give_up=give_up,
            patience=_OUTAGE_PATIENCE,
            seconds=30,
        )


def remove(
    delete: Callable[[], object], *, describe: Callable[[], object], subject: str, remedy: str, patience: int
) -> None:
    """Gone already is a success; busy or in use is tried again for so long. `look` is what there is of it now.

    Which code tells that is not documented for every call, so what is seen decides.
    """
    try:
        delete()
    except ClientError as error:
        if errors.is_missing(error):
            return
        if not errors.is_final(error):
            raise
        if not describe():
            return
        text = f"{subject} cannot be deleted: {errors.message(error)}"
        raise NotYet(text, cause=Cause.DELETING, give_up=f"{text} {remedy}", patience=patience, seconds=30) from error
    log.info("deleted", subject=subject)


def leftovers(
    request: Request, clients: Clients, describe: Callable[[str], _F | None], names: Iterable[str]
) -> Iterator[tuple[_F, Ownership]]:
    """Of these names, what rollbacks and failed clean-ups left of this construct: its own, or a dead stack's."""
    for name in names:
        found = describe(name)
        current = existing_owner(clients, found) if found else None
        is_of_scope = current is not None and current.scope == naming.scope(request)
        if found and current and is_of_scope and is_leftover(request, clients, found, current):
            log.info("left by an earlier deployment", arn=found.arn, removal_policy=current.removal_policy)
            yield found, current


def is_leftover(request: Request, clients: Clients, found: Found, current: Ownership) -> bool:
    """Whether what carries these tags belongs to no other stack that lives."""
    # Of this stack everything goes, also what a construct of it had adopted under a lock id before a rollback.
    is_own = current.stack_id == request.stack_id
    own_or_dead = is_own or not stack_status.exists(clients.cloudformation, current.stack_id)
    return own_or_dead and not stack_status.is_held_elsewhere(clients.cloudformation, request, found.name)
