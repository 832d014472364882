"""What CloudFormation asks for, read from its event."""

from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from provider.contract import MODEL_TAGS, PARENT_STACKS, REMOVAL_POLICY, RETAIN, RUN_INPUTS, SETTINGS, TAGS

RequestType = Literal["Create", "Update", "Delete"]

# The id of a Create that started nothing. It names no model, so the Delete that follows looks for one by its inputs.
NOT_STARTED: Final = "not-started-"


@dataclass(frozen=True, kw_only=True)
class Properties:
    """The groups of properties, as strings: CloudFormation turns booleans and numbers into text."""

    run_inputs: dict[str, Any]
    settings: dict[str, Any]
    tags: dict[str, str]
    model_tags: dict[str, str]
    removal_policy: str
    parent_stacks: tuple[str, ...]
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "Properties":
        """Reads ResourceProperties. ServiceToken and ServiceTimeout stay out of every comparison."""
        return cls(
            run_inputs=raw.get(RUN_INPUTS) or {},
            settings=raw.get(SETTINGS) or {},
            tags=_tags(raw.get(TAGS)),
            model_tags=_tags(raw.get(MODEL_TAGS)),
            removal_policy=raw.get(REMOVAL_POLICY) or RETAIN,
            parent_stacks=tuple(raw.get(PARENT_STACKS) or ()),
            raw=raw,
        )


@dataclass(frozen=True, kw_only=True)
class Request:
    """One event. `waited` counts the seconds that the waiter has let pass for it, by its own schedule."""

    type: RequestType
    id: str
    stack_id: str
    logical_id: str
    resource_type: str
    physical_id: str | None
    response_url: str = field(repr=False)
    properties: Properties
    old_properties: Properties
    waited: int = 0

    @classmethod
    def of(cls, event: dict[str, Any], *, waited: int = 0) -> "Request":
        """Reads an event of CloudFormation."""
        return cls(
            type=event["RequestType"],
            id=event["RequestId"],
            stack_id=event["StackId"],
            logical_id=event["LogicalResourceId"],
            resource_type=event["ResourceType"],
            physical_id=event.get("PhysicalResourceId"),
            response_url=event["ResponseURL"],
            properties=Properties.of(event.get("ResourceProperties") or {}),
            old_properties=Properties.of(event.get("OldResourceProperties") or {}),
            waited=waited,
        )

    @property
    def stack_ids(self) -> tuple[str, ...]:
        """The own stack, then its parents, the root last."""
        return (self.stack_id, *self.properties.parent_stacks)

    @property
    def names_something(self) -> bool:
        """Whether the physical id is the name of something, and not the id of a Create that started nothing."""
        return self.physical_id is not None and not self.physical_id.startswith(NOT_STARTED)

    @property
    def before(self) -> "Request":
        """The event as if it asked for what there was: an Update comes with the properties of both."""
        return replace(self, properties=self.old_properties)

    @property
    def failure_id(self) -> str:
        """The physical id of a FAILED answer. For an Update it is the old one, or CloudFormation would delete that."""
        return self.physical_id or f"{NOT_STARTED}{self.id}"


def _tags(listed: list[dict[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in listed or []}
