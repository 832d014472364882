"""What a kind of job has to say of itself, so that one handler serves all of them."""

import abc
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final, Generic, TypeVar

from provider.aws import errors, pagination
from provider.aws.clients import Bedrock, Clients
from provider.aws.coercion import typed
from provider.aws.status import Snapshot, State, existing, is_being_deleted, missing, reason, state_of
from provider.cloudformation import identity
from provider.cloudformation.contract import SCOPE_TAG
from provider.cloudformation.request import Properties, Request
from provider.cloudformation.result import Cause, NotYet, Refused
from provider.job.run import COMPLETED, IN_PROGRESS, MISSING, Run
from provider.lifecycle import adoption, naming
from provider.lifecycle.adoption import Found
from provider.lifecycle.ownership_tags import Ownership, all_tags, api_tags, read_tags
from provider.lifecycle.source_tag import with_source

_LAG_SECONDS: Final = 60
_SERVICE_FAULT_TEXT: Final = (
    "This is an internal error of Amazon Bedrock: the inputs need no change. Deploy again to train them once more."
)

R = TypeVar("R", bound=Run)


class JobResource(abc.ABC, Generic[R]):
    """One kind of job: its calls, its statuses, and where it differs from the others.

    The name of the first attempt is made of scope and inputs alone, so two starts of them meet there. Names are unique
    in an account and Region, and never freed.
    """

    # The word in every digest, which no release may change.
    kind: ClassVar[str]
    noun: ClassVar[str]
    run: type[R]
    states: ClassVar[Mapping[str, State]]
    # What lists the jobs, with the member that holds them.
    summaries: ClassVar[str]
    # The Create call, and its members for the model's name and the model's tags.
    creates: ClassVar[str]
    model_name: ClassVar[str]
    model_tags: ClassVar[str]
    # The model in words, how users name one that exists, and the argument that names a new one.
    model_noun: ClassVar[str]
    importer: ClassVar[str]
    name_argument: ClassVar[str]
    role_remedy: ClassVar[str]
    # What the log says of a start.
    started_event: ClassVar[str]
    # Whether a run can be stopped. One that cannot is waited for where it has to go.
    stops: ClassVar[bool]

    # The calls.

    @abc.abstractmethod
    def get(self, bedrock: Bedrock, name: str) -> dict[str, Any]:
        """The Get call of the job."""

    @abc.abstractmethod
    def lister(self, bedrock: Bedrock) -> Callable[..., dict[str, Any]]:
        """The List call of the jobs."""

    @abc.abstractmethod
    def start(self, bedrock: Bedrock, arguments: Mapping[str, Any]) -> str:
        """The Create call; the job's ARN."""

    @abc.abstractmethod
    def read(self, seen: Mapping[str, Any]) -> R:
        """What Get told."""

    @abc.abstractmethod
    def find_model(self, bedrock: Bedrock, identifier: str) -> Found | None:
        """The model of that name or ARN."""

    @abc.abstractmethod
    def remove_model(self, request: Request, clients: Clients, model: Any, current: Ownership | None) -> None:
        """Deletes the model; one in use is tried again, then named."""

    def stop(self, bedrock: Bedrock, arn: str) -> None:
        """The Stop call, where there is one."""

    # What users read.

    @abc.abstractmethod
    def started(self, name: str) -> str:
        """That this was started, and what that costs."""

    @abc.abstractmethod
    def adopted(self, run: R) -> str:
        """That this was adopted, and nothing started."""

    @abc.abstractmethod
    def cost(self, run: R) -> str:
        """What the run costs now."""

    @abc.abstractmethod
    def unfinished(self, run: R) -> tuple[str, str]:
        """That the run has to end before its model can go, and what to do if it takes too long."""

    # When nothing is started although the inputs ask for it. Each raises `Refused`.

    @abc.abstractmethod
    def refuse_attempt(self, request: Request, runs: list[R]) -> None:
        """If these inputs were tried often enough."""

    def refuse_update(self, request: Request) -> None:
        """If only labels changed, of which a change would be paid for."""

    def refuse_protected(self, request: Request) -> None:
        """If no update may start a run."""

    def refuse_start(self, request: Request, clients: Clients) -> None:
        """If what would be made could not be used."""

    def refuse_repetition(self, request: Request, clients: Clients) -> None:
        """If a first attempt has the inputs of another construct's run."""

    def is_started_by(self, request: Request, clients: Clients, run: R) -> bool:
        """Whether an earlier delivery of this event started the run."""
        current = adoption.visible_owner(clients, run)
        return current is not None and current.request_id == request.id

    # What follows from these.

    def find(self, bedrock: Bedrock, name: str) -> R | None:
        """The run of that name."""
        seen = self.seen(bedrock, name)
        return None if seen is None else self.read(seen)

    def seen(self, bedrock: Bedrock, name: str) -> dict[str, Any] | None:
        """What Get tells of the run of that name or ARN; None if there is none."""
        return existing(
            lambda: self.get(bedrock, name),
            listed=lambda: pagination.contains(
                self.lister(bedrock), summaries=self.summaries, name="jobName", arn="jobArn", identifier=name
            ),
        )

    def placeholder(self, name: str, *, arn: str = "", status: str = MISSING) -> R:
        """One of which no more is known than this."""
        return self.run(name=name, arn=arn, status=status)

    def describe(self, bedrock: Bedrock, name: str) -> Snapshot:
        """How the run stands, for those who wait for it."""
        subject = f"{self.noun[0].upper()}{self.noun[1:]} {name!r}"
        run = self.find(bedrock, name)
        if run is None:
            message = f"{subject} was never started and is not queued; deploy again."
            return missing(subject, self.placeholder(name).attributes, message=message)
        return Snapshot(
            state=state_of(self.states, run.status, subject),
            subject=subject,
            attributes=run.attributes,
            status=run.status,
            message=_failure(subject, run),
            progress=run.progress,
            created=run.created,
        )

    def attempts(self, bedrock: Bedrock, request: Request) -> list[R]:
        """The runs of these inputs in this scope, the first attempt first."""
        found = self._numbered(bedrock, self.name_of_attempt(request, 1))
        lock = f"{naming.scope(request)}-{self.digest(request.properties)}"
        return found or self._all(bedrock, self.names_with(bedrock, lock)) or self._locked_later(bedrock, request)

    def elsewhere(self, bedrock: Bedrock, request: Request) -> list[R]:
        """Runs of the same inputs in any scope: a construct that was renamed or moved finds its former self here."""
        return self._all(bedrock, self.names_with(bedrock, self.digest(request.properties)))

    def names_in_scope(self, bedrock: Bedrock, request: Request) -> list[str]:
        """The names of all runs of this scope, whatever they were made of."""
        return self.names_with(bedrock, naming.scope(request))

    def any_in_progress(self, bedrock: Bedrock) -> bool:
        """Whether any job of the account and Region takes up a place: only then will one be free some time."""
        running = (status for status, state in self.states.items() if state is State.RUNNING)
        return any(self.lister(bedrock)(statusEquals=each, maxResults=1).get(self.summaries) for each in running)

    def model_of(self, clients: Clients, run: R) -> Found | None:
        """The model that the run ended in, or None if it is gone.

        Raises `NotYet` for a minute after the run's end: what was just made may not show
        (docs/assumptions.md: model-is-readable-at-once), and taken for gone it would be made again, or left behind.
        """
        model = self.find_model(clients.bedrock, run.model_arn)
        # Bedrock's clock may be ahead of the function's, but not by much: the wait ends before its patience does.
        if model is None and run.ended and abs(clients.now() - run.ended.timestamp()) < _LAG_SECONDS:
            text = f"the model of the run {run.name!r}, which has just ended, does not show"
            raise NotYet(
                text, cause=Cause.MODEL_NOT_VISIBLE, give_up=text, patience=5 * _LAG_SECONDS, seconds=_LAG_SECONDS
            )
        return model

    def usable(self, clients: Clients, run: R) -> bool:
        """Whether the run is in progress, or ended with a model that still exists."""
        if run.status == IN_PROGRESS:
            return True
        if run.status != COMPLETED:
            return False
        model = self.model_of(clients, run)
        return model is not None and not is_being_deleted(model.status)

    def name_of_attempt(self, request: Request, number: int) -> str:
        """The name of that attempt."""
        base = naming.of_content(request, self.kind, request.properties.run_inputs)
        return base if number == 1 else f"{base}-{number}"

    def digest(self, properties: Properties) -> str:
        """What another value of is another run."""
        return identity.digest(self.kind, properties.run_inputs)

    def ownership(self, request: Request) -> Ownership:
        """What the resource of this event puts on its run and its model."""
        return Ownership.of(request, digest=self.digest(request.properties))

    def arguments(self, request: Request, bedrock: Bedrock, name: str) -> dict[str, Any]:
        """The request of the Create call."""
        shape = bedrock.meta.service_model.operation_model(self.creates).input_shape
        ownership = self.ownership(request)
        source = self.source(request)
        model_tags = {**request.properties.model_tags, **ownership.tags()}
        return {
            self.model_name: re.sub(r"[^0-9a-zA-Z]+", "-", name),
            **typed({**request.properties.run_inputs, **request.properties.settings.request}, shape),
            "jobName": name,
            "jobTags": api_tags(with_source(all_tags(request, ownership), source)),
            self.model_tags: api_tags(with_source(model_tags, source)),
            "clientRequestToken": token(request, name),
        }

    def source(self, request: Request) -> str:  # noqa: ARG002  of a kind that has one
        """What the model is imported from; empty for one that is trained."""
        return ""

    def refuse_taken_model_name(self, request: Request, clients: Clients) -> None:
        """Looked up first: the service would find out when the job has ended."""
        name = request.properties.run_inputs.get(self.model_name)
        found = self.find_model(clients.bedrock, name) if name else None
        if found:
            adoption.require_not_being_deleted(found, subject=f"The {self.model_noun} {found.name!r}")
            raise Refused(
                f"Nothing was started: {self.model_noun} named {name!r} exists already ({found.arn}). Either use it "
                f"with {self.importer}, or give {self.name_argument} another value (leave it out for a generated one)."
            )

    def names_with(self, bedrock: Bedrock, part: str) -> list[str]:
        """The names of all jobs with that part, the oldest first."""
        return pagination.listed(
            self.lister(bedrock),
            summaries=self.summaries,
            name="jobName",
            nameContains=part,
            sortBy="CreationTime",
            sortOrder="Ascending",
        )

    def _numbered(self, bedrock: Bedrock, base: str) -> list[R]:
        found: list[R] = []
        while run := self.find(bedrock, base if not found else f"{base}-{len(found) + 1}"):
            found.append(run)
        return found

    def _all(self, bedrock: Bedrock, names: Iterable[str]) -> list[R]:
        return [run for name in names if (run := self.find(bedrock, name))]

    def _locked_later(self, bedrock: Bedrock, request: Request) -> list[R]:
        """A name holds the scope of the start. A `lock_id` that was given to the run later stands in its tags alone."""
        if not request.properties.settings.lock_id:
            return []
        scope = naming.scope(request)
        return [run for run in self.elsewhere(bedrock, request) if read_tags(bedrock, run.arn).get(SCOPE_TAG) == scope]


def token(request: Request, name: str) -> str:
    """The idempotency token of a start: a second delivery of the event has the same."""
    return f"{re.sub(r'[^0-9a-zA-Z]+', '-', name)}-{request.id[-12:]}"


def _failure(subject: str, run: Run) -> str:
    lasted = f" after {_duration(run.ended - run.created)}" if run.ended and run.created else ""
    told = f"{subject} is {run.status}{lasted} ({run.arn}): {reason(run.message)}"
    return f"{told} {_SERVICE_FAULT_TEXT}" if errors.is_service_fault(run.message) else told


def _duration(time: timedelta) -> str:
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
