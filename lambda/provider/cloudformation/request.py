"""What CloudFormation asks for, read from its event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeVar, cast, get_args

from provider.cloudformation import response_url
from provider.cloudformation.contract import (
    DESTROY,
    IMPORTED_MODEL_TYPE,
    LOCK_ID,
    MODEL_TAGS,
    NAME_PREFIX,
    PARENT_STACK_TAGS,
    PARENT_STACKS,
    PATH,
    REMOVAL_POLICY,
    REQUEST,
    RETAIN,
    ROLLBACK_DELETE,
    ROLLBACK_KEEP,
    RUN_INPUTS,
    SETTINGS,
    STACK_TAGS,
    TAGS,
)
from provider.cloudformation.resource_settings import BEHAVIORS, ResourceSettings, Unknown, word

RequestType = Literal["Create", "Update", "Delete"]

# The id of a Create that started nothing. It names no model, so the Delete that follows looks for one by its inputs.
NOT_STARTED: Final = "not-started-"

_PHYSICAL_ID_LIMIT: Final = 1024
_STACK_ID_SLASHES: Final = 2
_WORDS: Final[dict[type, str]] = {dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number"}
# An import job has no Stop.
_BEHAVIORS_OF: Final = {IMPORTED_MODEL_TYPE: (ROLLBACK_KEEP, ROLLBACK_DELETE)}
_T = TypeVar("_T")


class Malformed(Exception):  # noqa: N818  a finding, not a defect
    """This is no event that CloudFormation sends for a template of this library."""


@dataclass(frozen=True, kw_only=True)
class Properties:
    """The groups of properties, as strings: CloudFormation turns booleans and numbers into text."""

    run_inputs: dict[str, Any]
    settings: ResourceSettings
    tags: dict[str, str]
    model_tags: dict[str, str]
    removal_policy: str
    parent_stacks: tuple[str, ...]
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, raw: dict[str, Any], *, behaviors: tuple[str, ...] = BEHAVIORS) -> "Properties":
        """Reads ResourceProperties. ServiceToken and ServiceTimeout stay out of every comparison."""
        group = _given(raw, SETTINGS, dict, {})
        _given(group, REQUEST, dict, {})
        tags = {**_tags_of_stacks(raw), **_tags(raw, TAGS)}
        return cls(
            run_inputs=_given(raw, RUN_INPUTS, dict, {}),
            settings=_known(lambda: ResourceSettings.of(group, behaviors=behaviors)),
            tags=tags,
            model_tags={**tags, **_tags(raw, MODEL_TAGS)},
            removal_policy=_known(lambda: word(raw, REMOVAL_POLICY, (RETAIN, DESTROY), RETAIN)),
            parent_stacks=tuple(_stack_id(parent) for parent in _given(raw, PARENT_STACKS, list, [])),
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
    # What was read of stacks for this event: read once, whoever asks. A second delivery starts with nothing.
    stacks_read: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, event: dict[str, Any], *, waited: int = 0) -> "Request":
        """Reads an event of CloudFormation. Raises `Malformed` for anything else."""
        kind = _required(event, "RequestType")
        if kind not in get_args(RequestType):
            raise Malformed(f"RequestType must be one of {', '.join(get_args(RequestType))}, got {kind[:80]!r}.")
        resource_type = _required(event, "ResourceType")
        behaviors = _BEHAVIORS_OF.get(resource_type, BEHAVIORS)
        return cls(
            type=cast("RequestType", kind),
            id=_required(event, "RequestId"),
            stack_id=_stack_id(event.get("StackId")),
            logical_id=_required(event, "LogicalResourceId"),
            resource_type=resource_type,
            physical_id=None if kind == "Create" else _physical_id(event),
            response_url=_required(event, "ResponseURL"),
            properties=Properties.of(_given(event, "ResourceProperties", dict, {}), behaviors=behaviors),
            old_properties=Properties.of(_without_words(_given(event, "OldResourceProperties", dict, {}))),
            waited=waited,
        )

    @property
    def sent(self) -> datetime | None:
        """When CloudFormation sent it, by the signature of the response URL."""
        return response_url.signed_at(self.response_url)

    @property
    def order(self) -> str:
        """The same as a text that sorts, from older signatures too, which do not tell the time itself."""
        return response_url.order(self.response_url)

    @property
    def stack_ids(self) -> tuple[str, ...]:
        """The own stack, then its parents, the root last."""
        return (self.stack_id, *self.properties.parent_stacks)

    @property
    def names_something(self) -> bool:
        """Whether the physical id is the name of something, and not the id of a Create that started nothing."""
        return self.physical_id is not None and not self.physical_id.startswith(NOT_STARTED)

    def required(self, member: str) -> Any:
        """A member of the API's request that there is no meaning without. Raises `Malformed` if it is not there."""
        value = self.properties.settings.request.get(member)
        if not value:
            raise Malformed(f"Settings.Request has no {member}.")
        return value

    @property
    def before(self) -> "Request":
        """The event as if it asked for what there was: an Update comes with the properties of both."""
        return replace(self, properties=self.old_properties)

    @property
    def failure_id(self) -> str:
        """The physical id of a FAILED answer. For an Update it is the old one, or CloudFormation would delete that."""
        return self.physical_id or f"{NOT_STARTED}{self.id}"


def failure_id(event: dict[str, Any]) -> str:
    """The same for an event that is malformed."""
    given = event.get("PhysicalResourceId")
    if isinstance(given, str) and 0 < len(given) <= _PHYSICAL_ID_LIMIT:
        return given
    return f"{NOT_STARTED}{event['RequestId']}"


def _known(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except Unknown as finding:
        raise Malformed(f"{finding} It is of another version of the library.") from None


def _without_words(old: dict[str, Any]) -> dict[str, Any]:
    """What decides about nothing any more: a release that comes back must not stumble over what a newer one wrote."""
    settings = _given(old, SETTINGS, dict, {})
    kept = {name: value for name, value in settings.items() if name in (NAME_PREFIX, PATH, LOCK_ID, REQUEST)}
    return {**old, SETTINGS: kept, REMOVAL_POLICY: RETAIN}


def _given(holder: Mapping[str, Any], name: str, kind: type[_T], otherwise: _T) -> _T:
    """What is there under this name; absent and empty are alike."""
    value = holder.get(name) or otherwise
    if not isinstance(value, kind):
        raise Malformed(f"{name} must be {_WORDS[kind]}, got {_WORDS.get(type(value), 'something else')}.")
    return value


def _required(event: dict[str, Any], name: str) -> str:
    value = _given(event, name, str, "")
    if not value:
        raise Malformed(f"{name} is missing.")
    return value


def _physical_id(event: dict[str, Any]) -> str:
    value = _required(event, "PhysicalResourceId")
    if len(value) > _PHYSICAL_ID_LIMIT:
        raise Malformed(f"PhysicalResourceId must have {_PHYSICAL_ID_LIMIT} characters at most, got {len(value)}.")
    return value


def _stack_id(value: Any) -> str:
    # Its name is a part of every generated name.
    if not isinstance(value, str) or ":cloudformation:" not in value or value.count("/") < _STACK_ID_SLASHES:
        raise Malformed("a stack's id must be the ARN of a stack.")
    return value


def _tags_of_stacks(raw: dict[str, Any]) -> dict[str, str]:
    """What the stack and those around it are tagged with. An inner one wins over those around it."""
    tags: dict[str, str] = {}
    for listed in reversed(_given(raw, PARENT_STACK_TAGS, list, [])):
        tags |= _tags({PARENT_STACK_TAGS: listed}, PARENT_STACK_TAGS)
    return tags | _tags(raw, STACK_TAGS)


def _tags(raw: dict[str, Any], name: str) -> dict[str, str]:
    listed = _given(raw, name, list, [])
    if not all(isinstance(tag, dict) and isinstance(tag.get("Key"), str) for tag in listed):
        raise Malformed(f"{name} must be a list of objects with Key and Value.")
    return {tag["Key"]: _given(tag, "Value", str, "") for tag in listed}
