"""What a kind of resource that serves a model has to say of itself: its calls, names and states.

One kind is one subclass. What happens on an event is the same for all of them and stands in the handler.
"""

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, TypeVar

from botocore.exceptions import ClientError

from provider.aws.clients import Bedrock, Clients
from provider.aws.coercion import typed
from provider.aws.status import Snapshot, State, is_being_deleted, missing, reason
from provider.cloudformation.contract import MODEL_ARN, SERVED_MODEL_ARN
from provider.cloudformation.request import Properties, Request
from provider.cloudformation.result import Answer, Refused
from provider.lifecycle import adoption
from provider.lifecycle.ownership_tags import Ownership, all_tags, api_tags

FAILED: Final = "Failed"
MISSING: Final = "Missing"


@dataclass(frozen=True, kw_only=True)
class Served(abc.ABC):
    """One of them as Bedrock keeps it: `model_arn` is what it serves, under an ARN of its own that callers hold."""

    name: str
    arn: str
    status: str
    model_arn: str
    message: str = ""
    created: datetime | None = None
    changed: datetime | None = None

    noun: ClassVar[str]
    # What the attributes with its name and its ARN are called.
    name_attribute: ClassVar[str]
    arn_attribute: ClassVar[str]

    @property
    def subject(self) -> str:
        """How a sentence begins."""
        return f"The {self.noun} {self.name!r}"

    @property
    def is_being_deleted(self) -> bool:
        return is_being_deleted(self.status)

    @property
    @abc.abstractmethod
    def is_changing(self) -> bool:
        """Whether it is being made or changed, when it can be neither changed nor deleted."""

    @property
    @abc.abstractmethod
    def target(self) -> str:
        """The model that it serves, or will when it has changed."""

    @property
    def shown_status(self) -> str:
        """The status for people."""
        return self.status

    @property
    def attributes(self) -> dict[str, str]:
        """`ModelArn` is what callers invoke, and that is the resource; `ServedModelArn` is the model behind."""
        return {
            self.name_attribute: self.name,
            self.arn_attribute: self.arn,
            MODEL_ARN: self.arn,
            SERVED_MODEL_ARN: self.target,
            "Status": self.status,
        }


S = TypeVar("S", bound=Served)


class OtherBaseModel(Exception):  # noqa: N818  a finding, not a defect
    """This one cannot take the model: another one has to."""


class ServingResource(abc.ABC, Generic[S]):
    """One kind. The defaults hold where the kinds do not differ."""

    noun: ClassVar[str]
    # The operation that makes it, and the members of its input that hold the name and the model.
    create_operation: ClassVar[str]
    name_member: ClassVar[str]
    model_member: ClassVar[str]
    # What a user can do instead: import it, name another, wait.
    importer: ClassVar[str]
    name_argument: ClassVar[str]
    remedy: ClassVar[str]
    delete_remedy: ClassVar[str]
    billed: ClassVar[str]

    # Names and inputs.

    @abc.abstractmethod
    def names(self, request: Request) -> list[str]:
        """The names that it can have, the one that a new one gets first."""

    @abc.abstractmethod
    def candidates(self, request: Request, *, same: bool) -> list[str]:
        """The names under which an Update looks for what there is. `same`: nothing asks for another one."""

    @abc.abstractmethod
    def is_same(self, request: Request) -> bool:
        """Whether an Update asks for the one that there is."""

    @abc.abstractmethod
    def digest(self, properties: Properties) -> str:
        """Of what cannot change in place and is not in the name."""

    def best(self, request: Request, held: Sequence[S]) -> S:  # noqa: ARG002  for those that have a preference
        """The one to use, of those that there are."""
        return held[0]

    def model(self, request: Request) -> str:
        """The model that the event asks for."""
        return str(request.required(self.model_member))

    def ownership(self, request: Request) -> Ownership:
        """What the tags of this event's resource say."""
        return Ownership.of(request, digest=self.digest(request.properties))

    # Calls.

    @abc.abstractmethod
    def find(self, bedrock: Bedrock, name: str) -> S | None:
        """The one of that name or ARN: names are unique in an account and Region."""

    @abc.abstractmethod
    def listed(self, bedrock: Bedrock, scope: str) -> list[str]:
        """The names of those whose name holds this."""

    @abc.abstractmethod
    def create(self, bedrock: Bedrock, arguments: Mapping[str, Any]) -> str:
        """Makes one, and returns its ARN."""

    @abc.abstractmethod
    def changes(self, request: Request, found: S) -> dict[str, str]:
        """What differs from the event's wish and can be changed in place, as arguments of the Update call."""

    @abc.abstractmethod
    def change(self, bedrock: Bedrock, found: S, changes: Mapping[str, str]) -> S:
        """Asks for these changes, and returns what it is now."""

    @abc.abstractmethod
    def delete(self, bedrock: Bedrock, arn: str) -> None:
        """Asks for the end of it."""

    def is_any_creating(self, bedrock: Bedrock) -> bool:  # noqa: ARG002  for those whose quota frees itself
        """Whether the account is making one: then a full quota frees itself."""
        return False

    def arguments(self, request: Request, bedrock: Bedrock, name: str) -> dict[str, Any]:
        """Of the Create call."""
        shape = bedrock.meta.service_model.operation_model(self.create_operation).input_shape
        return {
            **typed({**request.properties.run_inputs, **request.properties.settings.request}, shape),
            self.name_member: name,
            "tags": api_tags(all_tags(request, self.ownership(request))),
            # The same event delivered again is the same request to Bedrock.
            "clientRequestToken": request.id,
        }

    # Answers and states.

    @abc.abstractmethod
    def placeholder(self, name: str, *, arn: str = "", status: str = MISSING, model: str = "") -> S:
        """One of which no more is known than this."""

    @abc.abstractmethod
    def state(self, found: S, served: str) -> State:
        """Where it stands, for those who wait until it serves this model."""

    def describe(self, bedrock: Bedrock, name: str, *, served: str = "") -> Snapshot:
        """How it stands, for those who wait until it serves this model."""
        subject = f"{self.noun[0].upper()}{self.noun[1:]} {name!r}"
        found = self.find(bedrock, name)
        if found is None or found.is_being_deleted:
            return missing(subject, self.placeholder(name, model=served).attributes)
        return Snapshot(
            state=self.state(found, served),
            subject=subject,
            attributes=found.attributes,
            status=found.shown_status,
            message=_failure(subject, found, served),
            created=found.changed,
        )

    # Where kinds differ.

    def require_startable(self, request: Request, clients: Clients) -> None:
        """Before a start. Raises `Refused` if nothing may be started."""

    def require_deletable(self, clients: Clients, found: S) -> None:
        """Before a deletion. Raises `Refused` if it cannot be deleted yet."""

    def require_same_base(self, bedrock: Bedrock, found: S, changes: Mapping[str, str]) -> None:
        """Before a change. Raises `OtherBaseModel` if only another one can serve the model."""

    def quota_failure(self, error: ClientError) -> Refused | None:
        """For a full quota that no end of anybody's work frees."""

    def change_failure(
        self,
        bedrock: Bedrock,  # noqa: ARG002  for those that look again
        found: S,  # noqa: ARG002
        error: Exception,
        changes: Mapping[str, str],  # noqa: ARG002
    ) -> Exception | None:
        """What to raise for a refusal of a change; None if it was made after all."""
        return error

    def refusal(self, found: S, current: Ownership | None, wanted: Ownership) -> Refused:  # noqa: ARG002
        """For one of that name which is not this construct's."""
        return adoption.collision(
            current,
            subject=f"{'' if self.noun[0].isupper() else 'A '}{self.noun} named {found.name!r}",
            arn=found.arn,
            importer=self.importer,
            argument=self.name_argument,
        )

    def answer(self, found: S) -> Answer:
        """The answer that names it."""
        return Answer(physical_id=found.name, data=found.attributes)


def _failure(subject: str, found: Served, served: str) -> str:
    why = reason(found.message)
    if found.status == FAILED:
        return f"{subject} ({found.arn}) failed: {why}"
    return f"{subject} ({found.arn}) could not take the model {served}: {why}; it still serves {found.model_arn}"
