"""Deletion of what a job makes: what runs is stopped or waited for, what is finished goes by policy."""

from functools import partial
from typing import Final, Generic

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.cloudformation import log
from provider.cloudformation.contract import DESTROY, ROLLBACK_DELETE, ROLLBACK_KEEP
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Cause, NotYet
from provider.job import retained_role
from provider.job.resource import JobResource, R
from provider.job.run import COMPLETED, IN_PROGRESS
from provider.lifecycle import deletion
from provider.lifecycle.ownership_tags import Ownership, take
from provider.lifecycle.stack_status import StackState

# Of a stop, and of the end of what cannot be stopped: within CloudFormation's hour.
_ENDING_PATIENCE: Final = 45 * 60


class JobDeletion(Generic[R]):
    """Delete of one kind of job."""

    def __init__(self, job: JobResource[R]) -> None:
        self._job = job

    def delete(self, request: Request, clients: Clients) -> Answer:
        """Stops and deletes what this resource owns. A rollback does by `RollbackBehavior`, by default nothing."""
        state = deletion.state(request, clients)
        find = partial(self._job.find, clients.bedrock)
        by_inputs = partial(self._job.attempts, clients.bedrock, request)
        describe = partial(deletion.find, request, clients, state, find, by_inputs)
        costs = lambda: (self._job.cost(run) for run in describe() if _costs(run))  # noqa: E731
        deletion.require_readable(request, state, costs)
        limit = request.properties.settings.max_attempts
        names = [self._job.name_of_attempt(request, number) for number in range(1, limit + 1)]
        deletion.leave_queue(request, clients, names)
        runs, treated = describe(), set[str]()
        for run in runs:
            if current := deletion.claim(request, clients, run, cost=self._job.cost(run)):
                treated.add(run.name)
                self._delete_by_policy(request, clients, run, state, current)
        if state is StackState.DELETING:
            runs += self._delete_leftovers(request, clients, but=treated)
        retained_role.release(request, clients, runs)
        return Answer(physical_id=request.failure_id)

    def _delete_by_policy(
        self, request: Request, clients: Clients, run: R, state: StackState, current: Ownership
    ) -> None:
        behavior, is_rollback = request.properties.settings.rollback_behavior, state is StackState.ROLLING_BACK
        if _costs(run) and is_rollback and behavior == ROLLBACK_KEEP:
            retained_role.require_to_survive(request, clients, run)
            log.info("retained in the rollback", job_arn=run.arn, status=run.status)
            return
        is_unwanted = deletion.policy(request, current) == DESTROY
        self._end(request, clients, run, current, goes=behavior == ROLLBACK_DELETE if is_rollback else is_unwanted)

    def _end(self, request: Request, clients: Clients, run: R, current: Ownership, *, goes: bool) -> None:
        """Of a finished run the model, if it goes. What runs is stopped; what cannot be is waited for, if it goes."""
        if run.status == COMPLETED:
            self._finish(request, clients, run, goes=goes)
        elif run.goes_on and self._job.stops:
            self._stop(request, clients, run, current)
        elif run.goes_on and goes:
            raise self._not_ended(run)
        elif run.goes_on:
            log.info("retained, and still running", job_arn=run.arn)

    def _stop(self, request: Request, clients: Clients, run: R, current: Ownership) -> None:
        """Asks for the stop once, then waits until it is seen: until then it costs money."""
        if run.status == IN_PROGRESS:
            take(request, clients.bedrock, run.arn, current)
            try:
                self._job.stop(clients.bedrock, run.arn)
            except ClientError as error:
                # It may have ended meanwhile, with whatever code that is told: what is seen decides.
                now = self._job.find(clients.bedrock, run.name) if errors.is_final(error) else run
                if now and now.status == IN_PROGRESS:
                    raise
        raise self._not_ended(run)

    def _not_ended(self, run: R) -> NotYet:
        text, remedy = self._job.unfinished(run)
        give_up = f"{text}; {remedy}"
        return NotYet(text, cause=Cause.STOPPING, give_up=give_up, patience=_ENDING_PATIENCE, seconds=30)

    def _finish(self, request: Request, clients: Clients, run: R, *, goes: bool) -> None:
        model = self._job.model_of(clients, run) if goes else None
        if model:
            # If a run was adopted while it was in progress, the model has the tags of the stack that started it.
            self._job.remove_model(request, clients, model, deletion.existing_owner(clients, model))
        else:
            log.info("model is gone already" if goes else "model retained", model_arn=run.model_arn)

    def _delete_leftovers(self, request: Request, clients: Clients, *, but: set[str]) -> list[R]:
        """What earlier rollbacks kept under this scope goes with the stack, each by the policy on its own tags."""
        names = [name for name in self._job.names_in_scope(clients.bedrock, request) if name not in but]
        find = partial(self._job.find, clients.bedrock)
        swept = list(deletion.leftovers(request, clients, find, names))
        for run, current in swept:
            self._end(request, clients, run, current, goes=current.removal_policy == DESTROY)
        return [run for run, _ in swept]


def _costs(run: R) -> bool:
    return run.goes_on or run.status == COMPLETED
