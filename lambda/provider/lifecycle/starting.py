"""What stands before every start, and what an error of one means."""

from collections.abc import Callable
from typing import Final, NoReturn

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.cloudformation import log
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Cause, Enqueue, NotYet, Refused
from provider.lifecycle import stack_status
from provider.lifecycle.stack_status import StackState

PROPAGATION_PATIENCE: Final = 5 * 60
# An event of what takes minutes takes its turn within CloudFormation's hour, which costs its wait nothing.
QUOTA_PATIENCE: Final = 40 * 60
# What was in the way may have ended between the refusal and the look at it.
_UNEXPLAINED_PATIENCE: Final = 2 * 60
# What was made shows within a minute, as far as is known (docs/assumptions.md: deployment-is-readable-at-once).
_VISIBLE_PATIENCE: Final = 5 * 60


def require_deploying(request: Request, clients: Clients) -> None:
    """Nothing starts for a stack that no longer wants it."""
    state = stack_status.known(clients.cloudformation, request, otherwise="nothing was started")
    if state is not StackState.DEPLOYING:
        raise Refused(f"Nothing was started: the stack, or a parent of it, is {state.value}.")


def failure(name: str, error: Exception, *, role_remedy: str = "") -> Exception:
    """What to raise for an error of the start of this name. `role_remedy` says what the service role must allow."""
    text = errors.message(error)
    if errors.is_name_taken(error):
        # A lost race, or our own start whose answer was lost: look again, adopt it or say whose it is.
        give_up = f"The name {name!r} is in use, but nothing of that name can be read: {text}"
        return NotYet(text, cause=Cause.NAME_IN_USE, give_up=give_up, patience=_VISIBLE_PATIENCE, seconds=10)
    if role_remedy and errors.is_propagation(error):
        give_up = (
            f"Amazon Bedrock still refuses the service role after {PROPAGATION_PATIENCE // 60} minutes: {text} "
            f"{role_remedy}"
        )
        return NotYet(text, cause=Cause.PROPAGATION, give_up=give_up, patience=PROPAGATION_PATIENCE)
    return error


def not_ready(error: ClientError) -> NotYet:
    """For a model that was finished a moment ago, and may not be ready for use everywhere."""
    text = errors.message(error)
    return NotYet(text, cause=Cause.NOT_VISIBLE, give_up=text, patience=_VISIBLE_PATIENCE, seconds=15)


def full(
    error: ClientError, *, name: str, queued: Answer, in_progress: Callable[[], bool], patience: int = QUOTA_PATIENCE
) -> Exception:
    """What to raise for a full quota: take turns within the hour, then wait in the queue.

    If nothing of the kind is in progress, it is a quota that does not free itself, and no waiting helps.
    """
    text = errors.message(error)
    if not in_progress():
        give_up = (
            f"Nothing was started: {text} Nothing of this kind is in progress in this account and Region, so waiting "
            "does not help. Delete what is not needed, or ask for a higher quota."
        )
        return NotYet(text, cause=Cause.OTHER_QUOTA, give_up=give_up, patience=_UNEXPLAINED_PATIENCE, seconds=30)
    log.info("the quota is full", name=name, reason=text)
    enqueue = Enqueue(name=name, answer=queued, refusal=text)
    return NotYet(text, cause=Cause.QUOTA, give_up=text, patience=patience, seconds=30, enqueue=enqueue)


def remove_failed(delete: Callable[[], object], *, subject: str, failure: str) -> NoReturn:
    """Makes room for another attempt under the same name."""
    log.info("removing what failed before another attempt", subject=subject, failure=failure)
    delete()
    raise NotYet(
        f"{subject} failed earlier and is being removed",
        cause=Cause.DELETING,
        give_up=f"{subject} failed earlier and could not be removed; delete it, then deploy again.",
        patience=PROPAGATION_PATIENCE,
        seconds=5,
    )
