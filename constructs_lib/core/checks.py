"""What arguments have to look like, checked before anything is created.

Every check says rule, got, remedy, raises `ValueError`, and lets tokens pass: their value is known only in deployment.
This is the only module that asks whether a value is a token.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import aws_cdk as cdk

_T = TypeVar("_T")

# Shapes CustomModelName, S3Uri, TagKey and TagValue of the service model bedrock 2023-04-20; a test holds them equal.
NAME_PATTERN: Final = r"([0-9a-zA-Z][_-]?){1,63}"
# JobName says the same in a form whose matching takes seconds on a long run of hyphens.
JOB_NAME_PATTERN: Final = r"[a-zA-Z0-9][a-zA-Z0-9+.-]*"
S3_URI_PATTERN: Final = r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?"
TAG_PATTERN: Final = r"[a-zA-Z0-9\s._:/=+@-]*"

NAME_MAX: Final = 63
S3_URI_MAX: Final = 1024
TAG_KEY_MAX: Final = 128
TAG_VALUE_MAX: Final = 256

# How the CDK writes tokens into a text, and as the element of a list.
_IN_A_TEXT: Final = re.compile(r"\$\{Token\[[a-zA-Z0-9:._-]+\]\}")
_IN_A_LIST: Final = "#{Token["


def is_token(value: object) -> bool:
    """Whether any part of the value is known only at deployment (CDK itself does not look into lists and mappings)."""
    # Each question to the CDK is a call to another process, and most arguments are texts, which show what they are.
    if isinstance(value, str):
        return _IN_A_LIST in value or _IN_A_TEXT.search(value) is not None
    if isinstance(value, int | float):
        # The CDK writes a token as a float. JSON, in which the question travels, knows neither infinity nor NaN.
        return isinstance(value, float) and math.isfinite(value) and bool(cdk.Token.is_unresolved(value))
    if isinstance(value, cdk.Duration | cdk.Size):
        return value.is_unresolved()
    if isinstance(value, Mapping):
        return any(is_token(part) for pair in value.items() for part in pair)
    if isinstance(value, Sequence):
        return any(is_token(part) for part in value)
    return hasattr(value, "__jsii_ref__") and bool(cdk.Token.is_unresolved(value))


_TOKEN_TEXT: Final = re.compile(r"\$\{Token\[[^]]*\]\}")


def require(holds: bool, rule: str, got: object, remedy: str) -> None:
    """Raises `ValueError` with rule, got and remedy unless the rule holds."""
    if not holds:
        shown = "a token" if not isinstance(got, str) and is_token(got) else repr(got)
        # What only the deployment knows would be another text in each synthesis, and says nothing.
        raise ValueError(_TOKEN_TEXT.sub("<known at deployment>", f"{rule}, got {shown}; {remedy}"))


def name(argument: str, value: str | None) -> None:
    """A name of a custom model, a deployment or a Provisioned Throughput."""
    if value is None or is_token(value):
        return
    require(
        len(value) <= NAME_MAX and re.fullmatch(NAME_PATTERN, value) is not None,
        f"{argument} must be 1 to {NAME_MAX} letters or digits separated by single '-' or '_'",
        value,
        f"use {suggest_name(value)!r}" if suggest_name(value) else "leave it out for a generated name",
    )


def suggest_name(value: str, *, limit: int = NAME_MAX) -> str:
    """The nearest text that the API accepts as a name, or an empty one."""
    words = re.sub(r"[^0-9a-zA-Z_-]", "-", value)
    words = re.sub(r"[_-]*([_-])", r"\1", words)
    return words[:limit].strip("-_")


def lock_id(argument: str, value: str | None) -> None:
    """A name for who owns a run, which stands in for stack and path."""
    if value is not None and not is_token(value):
        rule = f"{argument} must be 1 to 128 letters, digits or any of . _ : / = + @ -"
        fits = 1 <= len(value) <= TAG_KEY_MAX and re.fullmatch(TAG_PATTERN, value) and not re.search(r"\s", value)
        require(bool(fits), rule, value, "use something like 'support-assistant'")


def number(argument: str, value: object, low: float, high: float) -> None:
    """A number, and no boolean, which Python would take for one, within the API's bounds, both included."""
    _within(argument, value, low, high, kind="number", types=int | float)


def integer(argument: str, value: object, low: int, high: int) -> None:
    """A whole number, and no boolean, which Python would take for one, within the API's bounds, both included."""
    _within(argument, value, low, high, kind="whole number", types=int)


def positive_integer(argument: str, value: object) -> None:
    """A whole number from 1, for which the API knows no upper bound."""
    if not is_token(value):
        fits = isinstance(value, int) and not isinstance(value, bool) and value >= 1
        require(fits, f"{argument} must be a whole number from 1", value, "use 1")


def line(argument: str, value: str | None, *, limit: int) -> None:
    """A text of one line."""
    if value is not None and not is_token(value):
        fits = 1 <= len(value) <= limit and "\n" not in value
        require(fits, f"{argument} must be one line of 1 to {limit} characters", value, "shorten it or leave it out")


def is_another(place: str | None, own: str) -> bool:
    """Whether a Region or account is known to differ from the stack's own."""
    return bool(place) and not is_token(place) and not is_token(own) and place != own


def same_region(argument: str, region: str | None, own: str, remedy: str) -> None:
    """A thing that is used only in its own Region. Passes while one of the two is not known."""
    require(not is_another(region, own), f"{argument} must be in the stack's Region, {own}", region, remedy)


def same_account(argument: str, account: str | None, own: str, remedy: str) -> None:
    """The same for an account."""
    require(not is_another(account, own), f"{argument} must be of the stack's account, {own}", account, remedy)


def _within(argument: str, value: Any, low: float, high: float, *, kind: str, types: Any) -> None:
    if value is not None and not is_token(value):
        fits = isinstance(value, types) and not isinstance(value, bool)
        require(
            fits and low <= value <= high,
            f"{argument} must be a {kind} from {low} to {high}",
            value,
            f"use one like {high if fits and value > high else low}",
        )


def count(argument: str, values: Sequence[_T] | None, low: int, high: int, remedy: str) -> None:
    """A list whose length the API limits."""
    if values is not None and not _is_list_token(values):
        require(
            low <= len(values) <= high,
            f"{argument} must have {low} to {high} entries",
            f"{len(values)} entries",
            remedy,
        )


def _is_list_token(values: Sequence[object]) -> bool:
    return any(isinstance(value, str) and _IN_A_LIST in value for value in values)


def s3_uri(argument: str, value: str) -> None:
    """An S3 URI as the API takes it."""
    if is_token(value):
        return
    require(
        len(value) <= S3_URI_MAX and re.fullmatch(S3_URI_PATTERN, value) is not None,
        f"{argument} must be s3://bucket/key of at most {S3_URI_MAX} characters out of a-z A-Z 0-9 - ! _ * ' ( ) . /",
        value,
        "give bucket and key as in s3://my-bucket/data/train.jsonl",
    )


def s3_key(argument: str, value: str) -> None:
    """An object's key, or with a final '/' a folder, that the API can take as the rest of an S3 URI."""
    if is_token(value):
        return
    require(
        bool(value) and value != "/" and re.fullmatch(S3_URI_PATTERN, f"s3://bucket/{value}") is not None,
        f"{argument} must be a key out of a-z A-Z 0-9 - ! _ * ' ( ) . and single '/', without one in front",
        value,
        "use a key like data/train.jsonl",
    )


def arn(argument: str, value: str, *, service: str, resource: str, example: str) -> None:
    """An ARN of this service whose resource part matches the regular expression. Tokens inside the ARN pass."""
    if is_token(value):
        return
    fits = re.fullmatch(rf"arn:[^:]+:{service}:[^:]*:[^:]*:{resource}", value)
    require(bool(fits), f"{argument} must be an ARN like {example}", value, f"give the full ARN of service {service!r}")


def timeout(argument: str, value: cdk.Duration, *, limit_days: int) -> float:
    """The seconds of a duration above zero and within the limit. How many waits there are follows from it: no token."""
    seconds = _seconds(argument, value)
    known = f"{argument} must be known at synth, because the number of waits follows from it"
    require(seconds is not None, known, value, "use Duration.hours(24)")
    assert seconds is not None  # noqa: S101  just checked
    if not 0 < seconds <= limit_days * 24 * 60 * 60:
        rule = f"{argument} must be above zero and at most {limit_days} days"
        require(False, rule, value.to_human_string(), "use Duration.hours(24)")
    return seconds


def _seconds(argument: str, value: cdk.Duration) -> float | None:
    try:
        seconds = value.to_seconds()
    except RuntimeError:
        # A token in another unit, or a part of a second.
        if value.is_unresolved():
            return None
        got = f"{value.to_milliseconds()} milliseconds"
        require(False, f"{argument} must be whole seconds", got, "use Duration.minutes(50)")
        raise
    return None if is_token(seconds) else seconds


def tags(argument: str, values: Mapping[str, str] | None, *, limit: int, reserved: str) -> None:
    """Tags as Bedrock takes them: `limit` counts the user's, `reserved` is the prefix of the library's own keys."""
    if values is None or (not isinstance(values, Mapping) and is_token(values)):
        return
    require(
        len(values) <= limit,
        f"{argument} must have at most {limit} entries (Bedrock takes 50, the library adds its own)",
        f"{len(values)} entries",
        "remove some",
    )
    for key, value in values.items():
        tag(argument, key, value, reserved=reserved)


def tag(argument: str, key: str, value: str, *, reserved: str) -> None:
    """One tag: lengths, characters, and no key that belongs to AWS or to this library."""
    if not is_token(key):
        lowered = key.lower()
        require(not lowered.startswith("aws:"), f"{argument} must not use the prefix 'aws:'", key, "rename the key")
        require(
            not key.startswith(reserved), f"{argument} must not use this library's {reserved!r}", key, "rename the key"
        )
        _tag_text(f"{argument} key", key, 1, TAG_KEY_MAX)
    if not is_token(value):
        _tag_text(f"{argument} value of {key!r}", value, 0, TAG_VALUE_MAX)


def _tag_text(argument: str, value: Any, low: int, high: int) -> None:
    fits = isinstance(value, str) and low <= len(value) <= high and re.fullmatch(TAG_PATTERN, value)
    require(
        bool(fits),
        f"{argument} must be {low} to {high} letters, digits, spaces or . _ : / = + @ -",
        value,
        "replace the characters that Bedrock refuses",
    )
