"""Adoption: whether what exists under a name may be adopted, and the refusal if not."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Protocol, TypeVar

from provider.aws.clients import Clients
from provider.aws.status import is_being_deleted
from provider.cloudformation.request import Request
from provider.cloudformation.result import Cause, NotYet, Refused
from provider.lifecycle import stack_status
from provider.lifecycle.ownership_tags import Ownership, owned, read_tags
from provider.lifecycle.stack_status import StackState

_T = TypeVar("_T")


# A deletion takes minutes; what was made shows within one.
_DYING: Final = 45 * 60
_YOUNG: Final = 2 * 60


class Found(Protocol):
    """What has to be known of anything that is found."""

    @property
    def name(self) -> str: ...
    @property
    def arn(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def created(self) -> datetime | None: ...


def first(find: Callable[[str], _T | None], names: Iterable[str]) -> _T | None:
    """The first of these names that there is something of."""
    return next((found for name in dict.fromkeys(names) if name and (found := find(name))), None)


def existing(find: Callable[[str], _T | None], names: Iterable[str]) -> list[_T]:
    """All that there is of these names."""
    return [found for name in dict.fromkeys(names) if name and (found := find(name))]


def require_not_being_deleted(found: Found, *, subject: str) -> None:
    """A resource that is being deleted is not adopted: wait until it is gone, then create it again."""
    if is_being_deleted(found.status):
        text = f"{subject} is still being deleted"
        raise NotYet(text, cause=Cause.DELETING, give_up=f"{text}; deploy again later.", patience=_DYING, seconds=15)


def visible_owner(clients: Clients, found: Found) -> Ownership | None:
    """What its tags say. Those of something that was made a moment ago may not show yet.

    A Create call carries all of its tags: where some show that are not ours, ours are not to come.
    """
    tags = read_tags(clients.bedrock, found.arn)
    if not tags and found.created and clients.now() - found.created.timestamp() < _YOUNG:
        text = f"the tags of {found.arn} do not show yet"
        give_up = f"{found.arn} has no tags of this library."
        raise NotYet(text, cause=Cause.NOT_VISIBLE, give_up=give_up, patience=_YOUNG, seconds=10)
    return Ownership.read(tags)


def is_ours(request: Request, clients: Clients, current: Ownership | None, wanted: Ownership, name: str) -> bool:
    """Made for the same scope from the same inputs; or moved here since, which changes the scope."""
    if current is None or current.digest != wanted.digest:
        return False
    return current.scope == wanted.scope or is_left_to(request, clients, current, name)


def current_of_id(request: Request, clients: Clients, find: Callable[[str], Found | None]) -> Ownership | None:
    """The tags of what the physical id of an Update names. Refuses the event if they know a later one."""
    found = find(request.physical_id or "") if request.names_something else None
    current = owned(clients.bedrock, found.arn) if found else None
    if current:
        current.require_current(request)
    return current


def require_wanted(request: Request, clients: Clients, current: Ownership | None) -> bool:
    """Before anything that exists is changed: the event is the last one, and its stack is still going where it asks.

    Whoever may invoke the function may name any stack. One that cannot be read changes nothing. Tells whether the event
    is a rollback's Update.
    """
    if current:
        current.require_current(request)
    state = stack_status.known(clients.cloudformation, request, otherwise="nothing was changed")
    is_rollback = state is StackState.ROLLING_BACK and request.type == "Update"
    if state is not StackState.DEPLOYING and not is_rollback:
        raise Refused(f"Nothing was changed: the stack, or a parent of it, is {state.value}.")
    return is_rollback


def is_left_to(request: Request, clients: Clients, current: Ownership, name: str) -> bool:
    """Whether this resource alone holds what the tags call another's.

    A stack refactoring or an import moves resources between stacks and logical ids, and sends no event. Then the tags
    still name the former owner, which can be asked.
    """
    if name != request.physical_id:
        return False
    own = (request.stack_id, request.logical_id)
    holding = stack_status.holders(clients.cloudformation, current.stack_id, name)
    return [each for each in holding if (current.stack_id, each) != own] == []


def collision(current: Ownership | None, *, subject: str, arn: str, importer: str, argument: str) -> Refused:
    """Says whose it is, and both ways out."""
    whose = "by something else" if current is None else f"from other inputs or by another stack ({current.stack_id})"
    return Refused(
        f"{subject} exists already ({arn}), made {whose}. Either use it with {importer}, or give {argument} another "
        "value (leave it out for a generated one)."
    )
