"""What stands under a name already: whether it may be taken over, and what to say if not."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from provider import stacks
from provider.clients import Clients
from provider.outcome import NotYet, Refused
from provider.ownership import Ownership
from provider.request import Request
from provider.stacks import StackState

_T = TypeVar("_T")


def first(find: Callable[[str], _T | None], names: Iterable[str]) -> _T | None:
    """The first of these names that there is something of."""
    return next((found for name in dict.fromkeys(names) if name and (found := find(name))), None)


def is_ours(current: Ownership | None, wanted: Ownership, digests: Iterable[str]) -> bool:
    """Made for the same scope from the same inputs, by whichever released version of the digest."""
    return current is not None and current.scope == wanted.scope and current.digest in digests


def require_wanted(request: Request, clients: Clients, *, current: Ownership | None, wanted: Ownership) -> None:
    """Before something changes its owner: an event of a stack that has gone since takes it from nobody."""
    if current is None or current.owner == wanted.owner:
        return
    state = stacks.read(clients.cloudformation, request)
    if state is StackState.UNREADABLE:
        text = "whether the stack still wants to take over what exists could not be read"
        raise NotYet(text, give_up=f"For half an hour, {text}; nothing was changed.", patience=30 * 60, seconds=30)
    goes_back = state is StackState.ROLLING_BACK and request.type == "Update"
    if state is not StackState.GROWING and not goes_back:
        raise Refused(f"Nothing was taken over: the stack, or a parent of it, is {state.value}.")


def collision(current: Ownership | None, *, subject: str, arn: str, importer: str, argument: str) -> Refused:
    """Says whose it is, and both ways out."""
    whose = "by something else" if current is None else f"from other inputs or by another stack ({current.stack_id})"
    return Refused(
        f"{subject} exists already ({arn}), made {whose}. Either use it with {importer}, or give {argument} another "
        "value (leave it out for a generated one)."
    )
