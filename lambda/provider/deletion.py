"""What every Delete has in common: what it finds, what it may touch, and how something goes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol, TypeVar

from botocore.exceptions import ClientError

from provider import adoption, errors, identity, log, naming, stacks
from provider.clients import Clients
from provider.look import existing
from provider.outcome import NotYet
from provider.ownership import Ownership, read_tags
from provider.request import Request
from provider.stacks import StackState

_OUTAGE_PATIENCE: Final = 30 * 60
_STALE_PATIENCE: Final = 60
# CloudFormation sends no Delete then, so one that comes had its answer before.
_NOTHING_DELETED_IN: Final = (StackState.GROWING, StackState.SETTLED, StackState.MOVED_ON, StackState.GONE)
# A Create that CloudFormation cancelled may still be on its way to Bedrock for as long as its function may run.
_IN_FLIGHT_SECONDS: Final = 4 * 60


class Found(Protocol):
    """What a Delete has to know of anything."""

    @property
    def arn(self) -> str: ...


_F = TypeVar("_F", bound=Found)


def state(request: Request, clients: Clients) -> StackState:
    """What the stack deletes for: its end, its clean-up, its rollback. A Delete that comes again later is left alone.

    By then, what a rollback kept may belong to the next deployment.
    """
    current = stacks.read(clients.cloudformation, request)
    made_again = current is StackState.GROWING and (is_invented(request) or not request.names_something)
    if current in _NOTHING_DELETED_IN and not made_again:
        text = f"Nothing was deleted for {request.physical_id!r}: the stack, or a parent of it, is {current.value}."
        raise NotYet(text, give_up=f"{text} If it is to go, delete it again.", patience=_STALE_PATIENCE, seconds=20)
    # Without rollback, the next operation deletes what failed to be created, and makes it again: nothing is to go.
    return StackState.ROLLING_BACK if made_again else current


def find(request: Request, look: Callable[[str], _F | None], names: list[str]) -> _F | None:
    """By the physical id, or by the inputs: the Delete of a cancelled Create comes with an id that names nothing."""
    named = [request.physical_id or ""] if request.names_something and not is_invented(request) else []
    found = adoption.first(look, [*named, *names])
    if found is None and is_invented(request) and request.waited < _IN_FLIGHT_SECONDS:
        # Patience never ends before the look that answers.
        raise NotYet("a start may still be in flight", give_up="", patience=2 * _IN_FLIGHT_SECONDS, seconds=60)
    return found


def is_invented(request: Request) -> bool:
    """Whether CloudFormation made the physical id up, because it never got an answer to the Create."""
    stack_name = stacks.name_of(request.stack_id)
    return (request.physical_id or "").startswith(f"{stack_name}-{request.logical_id}-")


def is_owner(request: Request, clients: Clients, found: Found) -> bool:
    """Whether the tags name this very resource: Delete touches nothing else."""
    current = _ownership(clients, found)
    owns = current is not None and current.owner == identity.owner(request.stack_id, request.logical_id)
    if not owns or has_successor(request, clients):
        log.info("left alone: another owner", arn=found.arn)
        return False
    return True


def has_successor(request: Request, clients: Clients) -> bool:
    """Whether the resource was made again since: without rollback, a Create that failed is deleted later than that."""
    return not request.names_something and stacks.is_replaced(clients.cloudformation, request)


def _ownership(clients: Clients, found: Found) -> Ownership | None:
    """What its tags say; nothing if it has gone since it was found, as by a second delivery of the event."""
    tags = existing(lambda: read_tags(clients.bedrock, found.arn))
    return Ownership.read(tags) if tags else None


def require_swept(request: Request, state: StackState) -> None:
    """Whether anything is left of earlier deployments has to be looked for, once it is known what the stack does."""
    require_readable(state, cost=f"What earlier deployments left of {request.logical_id!r} may still be billed")


def require_readable(state: StackState, *, cost: str) -> None:
    """Tries again while it is not known whether the stack rolls back. `cost` names what still costs money."""
    if state is StackState.UNREADABLE:
        give_up = f"{cost}: whether the stack rolls back could not be read."
        raise NotYet("the stack cannot be read", give_up=give_up, patience=_OUTAGE_PATIENCE, seconds=30)


def remove(delete: Callable[[], object], *, subject: str, remedy: str, patience: int) -> None:
    """Gone already is a success; busy or in use is tried again for so long."""
    try:
        delete()
    except ClientError as error:
        if errors.is_missing(error):
            return
        if not errors.is_busy(error):
            raise
        text = f"{subject} cannot be deleted: {errors.message(error)}"
        raise NotYet(text, give_up=f"{text} {remedy}", patience=patience, seconds=30) from error
    log.info("deleted", subject=subject)


def leftovers(
    request: Request, clients: Clients, look: Callable[[str], _F | None], names: Iterable[str]
) -> Iterator[tuple[_F, Ownership]]:
    """Of these names, what rollbacks and failed clean-ups left of this construct: its own, or a dead stack's."""
    for name in names:
        found = look(name)
        current = _ownership(clients, found) if found else None
        if found and current and current.scope == naming.scope(request) and may_sweep(request, clients, current):
            log.info("left by an earlier deployment", arn=found.arn, removal_policy=current.removal_policy)
            yield found, current


def may_sweep(request: Request, clients: Clients, current: Ownership) -> bool:
    """Whether what carries these tags belongs to no other stack that lives."""
    # Of this stack everything goes, also what a construct of it had taken over under a lock id before a rollback.
    return current.stack_id == request.stack_id or not stacks.exists(clients.cloudformation, current.stack_id)
