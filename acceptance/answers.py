"""Answers of AWS as a probe looks at them: a refusal is an answer too."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, NoCredentialsError

from bedrock_models import failures

_ENDED_CODES: Final = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
_ENDED: Final = (CredentialRetrievalError, NoCredentialsError)


class SessionEnded(Exception):  # noqa: N818  nothing went wrong, time went by
    """AWS no longer accepts the credentials."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`code` is empty for a success."""

    code: str = ""
    message: str = ""
    value: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_ok(self) -> bool:
        return not self.code

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.code else f"ok: {_brief(self.value)}"


def is_ended(error: Exception) -> bool:
    """The session is over, or its token is no longer known."""
    return failures.code(error) in _ENDED_CODES or isinstance(error, _ENDED)


def ask(call: Callable[..., Any], **request: Any) -> Answer:
    """Calls. A missing permission and an ended session are raised: they say nothing about the assumption."""
    try:
        answer = call(**request)
    except ClientError as error:
        if failures.is_denied(error) or is_ended(error):
            raise
        return Answer(code=failures.code(error), message=failures.message(error))
    return Answer(value={name: value for name, value in answer.items() if name != "ResponseMetadata"})


def until(look: Callable[[], Any], *, seconds: float, pause: float) -> Any:
    """The first true thing that `look` returns, or the last untrue one when the time is over."""
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(pause)
    return seen


def is_transient(error: Exception) -> bool:
    """No answer at all, which another call may get."""
    return isinstance(error, BotoCoreError) and not is_ended(error)


def _brief(value: Mapping[str, Any]) -> str:
    text = ", ".join(f"{name}={content}" for name, content in value.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST: Final = 600
