"""Resources made by a job: Create and Update start a run, or adopt the one that these inputs had before."""

from functools import partial
from typing import Final, Generic

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.cloudformation import log
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Cause, Enqueue, NotYet, Refused
from provider.job.resource import JobResource, R
from provider.job.run import IN_PROGRESS, STOPPING
from provider.lifecycle import adoption, stack_status, starting
from provider.lifecycle.ownership_tags import Ownership, owned, retag, write_tags
from provider.lifecycle.stack_status import StackState
from provider.waiter import start_queue

_STOPPING_PATIENCE: Final = 45 * 60
# As long as the function that started it may run, and a retry of it.
_YOUNG_SECONDS: Final = 4 * 60


class JobHandler(Generic[R]):
    """Create and Update of one kind of job."""

    def __init__(self, job: JobResource[R]) -> None:
        self._job = job

    def create(self, request: Request, clients: Clients) -> Answer | Enqueue:
        """Adopts a usable run of these inputs, or starts one, up to `MaxAttempts` in all."""
        runs = self._attempts(request, clients)
        return self._adopt(request, clients, runs) or self._start(request, clients, number=len(runs) + 1)

    def update(self, request: Request, clients: Clients) -> Answer | Enqueue:
        """Takes tags, role, network, output and policy up in place; other inputs are another run."""
        current = adoption.current_of_id(request, clients, partial(self._job.find, clients.bedrock))
        if self._job.digest(request.properties) == self._job.digest(request.old_properties):
            return self._update_in_place(request, clients, current)
        if stack_status.is_rolling_back(clients.cloudformation, request):
            return self._roll_back(request, clients)
        self._job.refuse_update(request)
        runs = self._attempts(request, clients)
        found = self._adopt(request, clients, runs)
        if found:
            return found
        self._job.refuse_protected(request)
        return self._start(request, clients, number=len(runs) + 1)

    def _attempts(self, request: Request, clients: Clients) -> list[R]:
        runs = self._job.attempts(clients.bedrock, request)
        for run in runs:
            self._refuse_foreign(request, clients, run)
        return runs

    def _adopt(self, request: Request, clients: Clients, runs: list[R]) -> Answer | None:
        found = next((run for run in reversed(runs) if self._job.usable(clients, run)), None)
        # A second delivery of the event that started a run which failed since: that run is the answer, not another one.
        found = found or next((run for run in runs if self._job.is_started_by(request, clients, run)), None)
        if found:
            self._stop_if_unwanted(request, clients, found)
            self._write_tags(request, clients, found)
            return self._answer(found, reason=self._job.adopted(found))
        if any(run.status == STOPPING for run in runs):
            text = f"{runs[-1].name} is still being stopped"
            give_up = f"{text}; deploy again later."
            raise NotYet(text, cause=Cause.STOPPING, give_up=give_up, patience=_STOPPING_PATIENCE, seconds=30)
        self._job.refuse_attempt(request, runs)
        return None

    def _update_in_place(self, request: Request, clients: Clients, current: Ownership | None) -> Answer:
        if current and current.digest != self._job.digest(request.properties):
            return self._return_to_inputs(request, clients)
        run = self._job.find(clients.bedrock, request.physical_id or "")
        if run is None:
            # It waits in the queue, or nothing was ever started: then the wait tells.
            run = self._job.placeholder(request.failure_id, status="")
            return Answer(physical_id=run.name, data=run.attributes)
        self._write_tags(request, clients, run)
        return self._answer(run)

    def _return_to_inputs(self, request: Request, clients: Clients) -> Answer:
        """The id is of a run from other inputs: an update's rollback was continued without this resource.

        The run of the template's inputs is the answer. Then the other one is CloudFormation's to clean up.
        """
        if stack_status.is_rolling_back(clients.cloudformation, request):
            return self._roll_back(request, clients)
        found = self._adopt(request, clients, self._attempts(request, clients))
        if found is None:
            raise Refused(
                f"The run {request.physical_id!r} was made from other inputs than the template's, and of those no "
                "usable run is left. Deploy the inputs of that run, or set another revision to run the template's "
                "again."
            )
        return found

    def _roll_back(self, request: Request, clients: Clients) -> Answer:
        """A rollback starts nothing and fails for nothing: the earlier run, or what is known of it."""
        runs = self._job.attempts(clients.bedrock, request)
        best = next((run for run in reversed(runs) if self._job.usable(clients, run)), runs[-1] if runs else None)
        if best is None:
            return self._answer(self._job.placeholder(self._job.name_of_attempt(request, 1)))
        self._write_tags(request, clients, best)
        return self._answer(best)

    def _start(self, request: Request, clients: Clients, *, number: int) -> Answer | Enqueue:
        self._job.refuse_start(request, clients)
        starting.require_deploying(request, clients)
        self._job.refuse_taken_model_name(request, clients)
        if number == 1 and request.type == "Create":
            self._job.refuse_repetition(request, clients)
        name = self._job.name_of_attempt(request, number)
        try:
            arn = self._job.start(clients.bedrock, self._job.arguments(request, clients.bedrock, name))
        except ClientError as error:
            if errors.is_quota(error):
                return self._queue(request, clients, name, error)
            if errors.is_model_name_taken(error):
                taken = request.properties.run_inputs.get(self._job.model_name) or name
                raise Refused(f"Nothing was started: {errors.message(error)} It is {taken!r}.") from error
            raise starting.failure(name, error, role_remedy=self._job.role_remedy) from error
        log.info(self._job.started_event, job_arn=arn)
        state = stack_status.read(clients.cloudformation, request, again=True)
        if state not in (StackState.DEPLOYING, StackState.UNREADABLE):
            self._stop_unwanted(clients, name, arn, state)
        run = self._job.placeholder(name, arn=arn, status=IN_PROGRESS)
        return self._answer(run, reason=self._job.started(name))

    def _queue(self, request: Request, clients: Clients, name: str, error: ClientError) -> Enqueue:
        if not request.properties.settings.waits:
            raise Refused(
                f"Nothing was started: {errors.message(error)} With wait=False nobody queues for it; deploy again when "
                "another job has ended, or leave wait=False out."
            ) from error
        waits = f"{name} waits for a free place, and nothing is paid yet: {errors.message(error)}"
        queued = self._answer(self._job.placeholder(name, status=start_queue.QUEUED), reason=waits)
        in_progress = partial(self._job.any_in_progress, clients.bedrock)
        full = starting.full(error, name=name, queued=queued, in_progress=in_progress)
        # A run takes hours: it is queued at once, so that the stack's other resources are not held up.
        if isinstance(full, NotYet) and full.enqueue:
            return full.enqueue
        raise full from error

    def _stop_if_unwanted(self, request: Request, clients: Clients, run: R) -> None:
        """The same for an event that comes again, because the stop of what it started failed or was never asked for."""
        if not self._job.stops or run.status != IN_PROGRESS or run.created is None:
            return
        if clients.now() - run.created.timestamp() > _YOUNG_SECONDS:
            return
        if not self._job.is_started_by(request, clients, run):
            return
        state = stack_status.read(clients.cloudformation, request)
        if state in (StackState.ROLLING_BACK, StackState.DELETING, StackState.GONE):
            self._stop_unwanted(clients, run.name, run.arn, state)

    def _stop_unwanted(self, clients: Clients, name: str, arn: str, state: StackState) -> None:
        """The stack may have begun to roll back between the check and the start: a run of seconds costs nothing yet.

        What cannot be stopped is answered with its name, so that its Delete treats it.
        """
        if not self._job.stops:
            log.info("started while a rollback began, and cannot be stopped", job_arn=arn, stack=state.value)
            return
        self._job.stop(clients.bedrock, arn)
        raise Refused(f"The run {name!r} was stopped at once: the stack, or a parent of it, is {state.value}.")

    def _refuse_foreign(self, request: Request, clients: Clients, run: R) -> None:
        current = adoption.visible_owner(clients, run)
        if not adoption.is_ours(request, clients, current, self._job.ownership(request), run.name):
            raise Refused(
                f"The job name {run.name!r} is taken by a run that is not this construct's ({run.arn}). Give the "
                "construct another job_name_prefix, lock_id or revision."
            )

    def _write_tags(self, request: Request, clients: Clients, run: R) -> None:
        current = owned(clients.bedrock, run.arn)
        is_rollback = adoption.require_wanted(request, clients, current)
        ownership = self._job.ownership(request).after(current, is_rollback=is_rollback)
        retag(request, clients.bedrock, run.arn, ownership)
        if run.model_arn and self._job.usable(clients, run):
            new, old = request.properties.model_tags, request.old_properties.model_tags
            tags = {**new, **ownership.tags()}
            write_tags(clients.bedrock, run.model_arn, tags=tags, removed=set(old.keys() - new.keys()))

    def _answer(self, run: R, *, reason: str = "") -> Answer:
        return Answer(physical_id=run.name, data=run.attributes, reason=reason)
