"""What always holds for the account's one configuration of invocation logging: it has no tags, so this keeps the book.

Whoever did not put the configuration overwrites it only with `adopt`. What a template says is configured as soon as its
stack rests, and once no stack has the resource any more, what somebody configured by hand is back.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from provider.cloudformation import identity
from provider.cloudformation.contract import INVOCATION_LOGGING_TYPE, LOGGING_RECORD
from tests.faults.records import Question, Record, Stack

if TYPE_CHECKING:
    from tests.faults.world import World

_BY_HAND: Final = ""
_COMPLETE: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
Configuration = dict[str, Any]


class LoggingRules:
    """Who put what, and what has to be back in the end."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._history: list[tuple[str, Configuration | None]] = [(_BY_HAND, None)]
        self._left: Configuration | None = None
        self._is_abandoned = False
        self._drifted: set[str] = set()
        self._told: set[str] = set()

    @property
    def is_clear(self) -> bool:
        """Whether no Delete has failed that was not made good since: a clean-up goes on without."""
        return not self._told

    @property
    def live(self) -> Configuration | None:
        return self._world.bedrock.store().invocation_logging

    def configured(self, config: Configuration | None) -> None:
        """Somebody did that by hand."""
        self._history.append((_BY_HAND, config))
        self._left = config

    def overwrites(self, params: Mapping[str, Any]) -> None:
        """A handler puts or deletes the configuration."""
        config, event = params.get("loggingConfig"), self._world.functions.current.event
        own, author = identity.owner(event["StackId"], event["LogicalResourceId"]), self._author(self.live)
        adopts = event["ResourceProperties"]["Settings"]["Adopt"] == "true" and event["RequestType"] != "Delete"
        if self.live not in (None, config) and author != own and not adopts:
            self._world.rules.break_(f"overwrote the configuration of {author or 'somebody'} for {own}: {self.live}")
        self._history.append((own if config == _asked(event) else self._author(config), config))

    def moved(self, stack_id: str, logical_id: str, to: str) -> None:
        """A resource is in another stack now."""
        before, after = identity.owner(stack_id, logical_id), identity.owner(to, logical_id)
        self._history = [(after if author == before else author, config) for author, config in self._history]

    def abandoned(self, stack_id: str, logical_id: str) -> None:
        """The stack was deleted without the resource: its configuration stays, and nobody tells the library."""
        if self._author(self.live) == identity.owner(stack_id, logical_id):
            self._left, self._is_abandoned = self.live, True

    def not_deleted(self, question: Question) -> None:
        """A Delete was answered with FAILED."""
        if question.event["ResourceType"] == INVOCATION_LOGGING_TYPE:
            self._told.add(identity.owner(question.stack.id, question.event["LogicalResourceId"]))

    def deleted(self, question: Question, *, rolls_back: bool) -> None:
        """A Delete was answered with success."""
        event = question.event
        self._told.discard(identity.owner(event["StackId"], event["LogicalResourceId"]))
        is_kept = event["ResourceProperties"].get("RemovalPolicy") == "retain" and not rolls_back
        put_it = identity.owner(event["StackId"], event["LogicalResourceId"]) in {author for author, _ in self._history}
        if event["ResourceType"] == INVOCATION_LOGGING_TYPE and is_kept and put_it and self._author(self.live):
            self._left = _asked(event)

    def operated(self, stack: Stack, before: Configuration | None, *, is_clear: bool) -> None:
        """An operation of that stack is over. A rollback leaves what was configured before it."""
        if not is_clear or not self.is_clear or _was_skipped(stack) or stack.id in self._drifted:
            return
        if before is None and self._author(self.live):
            # Turned off by hand: then a rollback leaves what the stack says.
            return
        if stack.status.endswith("ROLLBACK_COMPLETE") and self.live != before:
            self._world.rules.break_(f"logs to {self.live} after a rollback, and before to {before}")

    def at_rest(self) -> None:
        """What stacks at rest say is configured. A stack that failed to roll back or to be deleted says nothing."""
        self._drifted = {stack.id for stack, _ in self._held() if _was_skipped(stack)} | self._drifted
        held = list(self._held())
        if not self.is_clear or any(stack.status not in _COMPLETE or _was_skipped(stack) for stack, _ in held):
            return
        by_hand = [self.live] if self._author(self.live) == _BY_HAND else []
        wanted = [*(_asked({"ResourceProperties": record.properties}) for _, record in held), *by_hand]
        if held and self.live not in wanted:
            self._world.rules.break_(f"logs to {self.live}, and the stacks say {wanted}")
        if not held and self.live != self._left:
            self._world.rules.break_(f"logs to {self.live} when all stacks are gone, and before to {self._left}")
        if not held and not self._is_abandoned and LOGGING_RECORD in self._world.ssm.parameters:
            self._world.rules.break_(f"left behind: {self._world.ssm.parameters[LOGGING_RECORD]}")

    def _held(self) -> Iterator[tuple[Stack, Record]]:
        for stack in self._world.cloudformation.stacks.values():
            for record in stack.records.values():
                if record.type == INVOCATION_LOGGING_TYPE and stack.status != "DELETE_COMPLETE":
                    yield stack, record

    def _author(self, config: Configuration | None) -> str:
        """Who put this last."""
        return next((author for author, each in reversed(self._history) if each == config), _BY_HAND)


def _was_skipped(stack: Stack) -> bool:
    """Its rollback went on without resources, which are then not what the stack says."""
    return stack.status == "UPDATE_ROLLBACK_COMPLETE" and bool(stack.skips)


def _asked(event: Mapping[str, Any]) -> Configuration:
    asked = event["ResourceProperties"]["Settings"]["Request"]["loggingConfig"]
    return {**asked, "textDataDeliveryEnabled": asked["textDataDeliveryEnabled"] == "true"}
