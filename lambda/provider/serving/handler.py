"""Custom model deployments and Provisioned Throughput: what happens on their events.

Both serve a model that changes under them, so that callers keep their ARN; both cost money as long as they stand; and
neither holds anything that could not be made again. Where they differ is said by their `ServingResource`.
"""

from dataclasses import replace
from functools import partial
from typing import Final, Generic

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.aws.status import is_being_deleted, reason
from provider.cloudformation import log
from provider.cloudformation.contract import DESTROY
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Cause, NotYet, Refused
from provider.lifecycle import adoption, deletion, naming, stack_status, starting
from provider.lifecycle.ownership_tags import Ownership, retag, take
from provider.lifecycle.stack_status import StackState
from provider.serving.resource import FAILED, OtherBaseModel, S, Served, ServingResource
from provider.waiter import start_queue

# Neither can be changed or deleted while it is being made or changed, which takes them 10 to 45 minutes.
_CHANGING_PATIENCE: Final = 45 * 60
_CREATING: Final = "Creating"


class ServingHandler(Generic[S]):
    """Create, update and delete of one kind."""

    def __init__(self, kind: ServingResource[S]) -> None:
        self._kind = kind

    def create(self, request: Request, clients: Clients) -> Answer:
        """Adopts what this construct has left, or makes one."""
        names = self._kind.names(request)
        held = adoption.existing(partial(self._kind.find, clients.bedrock), names)
        return self._use(request, clients, held) if held else self._start(request, clients, names[0])

    def update(self, request: Request, clients: Clients) -> Answer:
        """Takes the model, tags and policy up in place. What cannot change in place is another one."""
        find = partial(self._kind.find, clients.bedrock)
        adoption.current_of_id(request, clients, find)
        same = self._kind.is_same(request)
        held = adoption.existing(find, self._kind.candidates(request, same=same))
        if held:
            return self._use(request, clients, held)
        if stack_status.is_rolling_back(clients.cloudformation, request):
            return self._gone(request)
        if same:
            raise Refused(
                f"The {self._kind.noun} {request.physical_id!r} no longer exists, so it cannot be changed; "
                f"to make it again, {self._kind.remedy}."
            )
        return self._start(request, clients, self._kind.names(request)[0])

    def delete(self, request: Request, clients: Clients) -> Answer:
        """Deletes by policy what this resource owns, in a rollback too.

        A rollback keeps a finished model, because somebody paid for its training. It deletes these: CloudFormation asks
        for what the failed operation made, which holds no training, costs money from now on, and serves nobody yet.
        """
        state = deletion.state(request, clients)
        find, names = partial(self._kind.find, clients.bedrock), self._kind.names(request)
        what_there_is = partial(deletion.find, request, clients, state, find, partial(adoption.existing, find, names))
        deletion.require_readable(request, state, lambda: map(_cost, what_there_is()))
        deletion.leave_queue(request, clients, names)
        for found in what_there_is():
            if current := deletion.claim(request, clients, found, cost=_cost(found)):
                policy = deletion.policy(request, current)
                self._delete_by_policy(request, clients, found, current, policy=policy)
        if state is StackState.DELETING:
            listed = self._kind.listed(clients.bedrock, naming.scope(request))
            for left, current in deletion.leftovers(request, clients, find, listed):
                self._delete_by_policy(request, clients, left, current, policy=current.removal_policy)
        return Answer(physical_id=request.failure_id)

    def _use(self, request: Request, clients: Clients, held: list[S]) -> Answer:
        found = self._kind.best(request, held)
        current, wanted = self._claims(request, clients, found)
        is_rollback = adoption.require_wanted(request, clients, current)
        if found.status == FAILED and current.request_id != request.id:
            self._give_up_failed(request, clients, found, current)
        retag(request, clients.bedrock, found.arn, wanted.after(current, is_rollback=is_rollback))
        if found.status == FAILED:
            return self._kind.answer(found)
        try:
            return self._kind.answer(self._change(request, clients, found))
        except OtherBaseModel as refusal:
            return self._replace(request, clients, found, because=str(refusal))

    def _claims(self, request: Request, clients: Clients, found: S) -> tuple[Ownership, Ownership]:
        adoption.require_not_being_deleted(found, subject=found.subject)
        current, wanted = adoption.visible_owner(clients, found), self._kind.ownership(request)
        if current is None or not adoption.is_ours(request, clients, current, wanted, found.name):
            raise self._kind.refusal(found, current, wanted)
        return current, wanted

    def _give_up_failed(self, request: Request, clients: Clients, found: S, current: Ownership) -> None:
        """One that failed takes no model: what an earlier attempt left makes room, what callers hold does not."""
        if found.name != request.physical_id:
            take(request, clients.bedrock, found.arn, current)
            delete = partial(self._kind.delete, clients.bedrock, found.arn)
            starting.remove_failed(delete, subject=found.subject, failure=found.message)
        if not stack_status.is_rolling_back(clients.cloudformation, request):
            raise Refused(
                f"{found.subject} ({found.arn}) has failed and cannot be changed: {reason(found.message)}. "
                f"To make another one, {self._kind.remedy}."
            )

    def _change(self, request: Request, clients: Clients, found: S) -> S:
        changes = self._kind.changes(request, found)
        if not changes:
            return found
        self._kind.require_same_base(clients.bedrock, found, changes)
        if found.is_changing:
            raise _busy(found.subject)
        rolling_back = _is_rolling_back(request, clients)
        try:
            changed = self._kind.change(clients.bedrock, found, changes)
        except ClientError as error:
            if rolling_back and errors.is_refusal(error) and not errors.is_busy(error):
                # The old model is gone; a rollback does not fail for that.
                log.error("not changed back", error=errors.message(error), **changes)
                return found
            raise self._change_failure(clients, found, error, changes) from error
        log.info("changed", arn=found.arn, **changes)
        return changed

    def _change_failure(self, clients: Clients, found: S, error: ClientError, changes: dict[str, str]) -> Exception:
        if errors.is_quota(error):
            return _full(found.subject, error)
        if errors.is_busy(error) and not errors.is_name_taken(error):
            return _busy(found.subject)
        if errors.is_not_ready(error):
            return starting.not_ready(error)
        failure = self._kind.change_failure(clients.bedrock, found, error, changes)
        return failure or _busy(found.subject)

    def _replace(self, request: Request, clients: Clients, found: S, *, because: str) -> Answer:
        """Makes another one beside it, which CloudFormation's clean-up deletes: its physical id is another name."""
        if stack_status.is_rolling_back(clients.cloudformation, request):
            return self._gone(request)
        others = (name for name in self._kind.names(request) if name != found.name)
        free = next((name for name in others if not self._kind.find(clients.bedrock, name)), None)
        if free is None:
            raise Refused(
                f"{found.subject} ({found.arn}) cannot take the model {self._kind.model(request)}: {because}. It takes "
                f"another {self._kind.noun}, and that another name: change {self._kind.name_argument}, or leave it out."
            )
        log.info("another one is needed", arn=found.arn, because=because)
        return self._start(request, clients, free)

    def _start(self, request: Request, clients: Clients, name: str) -> Answer:
        kind = self._kind
        kind.require_startable(request, clients)
        starting.require_deploying(request, clients)
        model = kind.model(request)
        try:
            arn = kind.create(clients.bedrock, kind.arguments(request, clients.bedrock, name))
        except ClientError as error:
            if errors.is_quota(error):
                queued = kind.answer(kind.placeholder(name, status=start_queue.QUEUED, model=model))
                in_progress = partial(kind.is_any_creating, clients.bedrock)
                failure = kind.quota_failure(error)
                raise failure or starting.full(error, name=name, queued=queued, in_progress=in_progress) from error
            if errors.is_not_ready(error):
                raise starting.not_ready(error) from error
            raise starting.failure(name, error) from error
        log.info("started", arn=arn)
        made = kind.placeholder(name, arn=arn, status=_CREATING, model=model)
        return replace(kind.answer(made), reason=f"{made.subject} is being made: {kind.billed}.")

    def _gone(self, request: Request) -> Answer:
        """It was deleted behind our back; a rollback goes back to it all the same, and makes nothing."""
        return self._kind.answer(self._kind.placeholder(self._kind.names(request)[0]))

    def _delete_by_policy(
        self, request: Request, clients: Clients, found: S, current: Ownership, *, policy: str
    ) -> None:
        if is_being_deleted(found.status):
            log.info("is being deleted already", arn=found.arn)
        elif policy == DESTROY or found.status == FAILED:
            self._kind.require_deletable(clients, found)
            take(request, clients.bedrock, found.arn, current)
            deletion.remove(
                partial(self._kind.delete, clients.bedrock, found.arn),
                describe=partial(self._kind.find, clients.bedrock, found.arn),
                subject=f"{found.subject} ({found.arn})",
                remedy=self._kind.delete_remedy,
                patience=_CHANGING_PATIENCE,
            )
        else:
            log.info("retained", arn=found.arn, removal_policy=policy)


def _is_rolling_back(request: Request, clients: Clients) -> bool:
    """Whether a change is a rollback's, which swaps back. Refuses it for a stack that wants no change any more."""
    if stack_status.is_rolling_back(clients.cloudformation, request):
        return True
    starting.require_deploying(request, clients)
    return False


def _busy(subject: str) -> NotYet:
    """For an event that has to wait until an earlier change is over."""
    text = f"{subject} is still being created or changed"
    return NotYet(
        text, cause=Cause.CHANGING, give_up=f"{text}; deploy again later.", patience=_CHANGING_PATIENCE, seconds=30
    )


def _full(subject: str, error: ClientError) -> NotYet:
    """For a swap that the quota of what may be in progress has no room for: it takes its turn within the hour."""
    text = errors.message(error)
    give_up = f"The model of {subject} was not changed, and the earlier one still serves: {text} Deploy again later."
    return NotYet(text, cause=Cause.QUOTA, give_up=give_up, patience=starting.QUOTA_PATIENCE, seconds=30)


def _cost(found: Served) -> str:
    return f"{found.name!r} ({found.arn}) is still there and may be billed by the hour"
