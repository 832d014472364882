"""The one answer that CloudFormation waits for. Only the standard library: the abort path relies on it."""

import bisect
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from provider.cloudformation import log, response_url, retry

BODY_LIMIT: Final = 4096
_TIMEOUT_SECONDS: Final = 10
_CUT: Final = " ..."
_ADDRESS: Final = ("RequestId", "StackId", "LogicalResourceId", "ResponseURL")
# An expired signature and a bucket that is not there get no better. Everything else may: S3 answers even an upload
# that was cut off with a 400.
_FINAL: Final = (403, 404)
# Sends the body to the URL, and says whether it arrived.
Put = Callable[[str, bytes], bool]


class Unanswerable(Exception):  # noqa: N818  a finding, not a defect
    """No answer can reach CloudFormation, now or later."""


class NotDeliveredError(TimeoutError):
    """The response bucket took no answer for a minute; another invocation is worth it."""


def is_possible(event: Any) -> bool:
    """Whether an answer to this has somewhere to go; asked before anything is done for it, and logged if not."""
    try:
        _require_address(event)
    except Unanswerable as why:
        log.error("no response", reason=str(why))
        return False
    return True


def send(
    event: dict[str, Any],
    *,
    status: str,
    physical_id: str,
    reason: str = "",
    data: dict[str, Any] | None = None,
    put: Put | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """PUTs the answer to the event's signed URL, and tries for a minute. Raises `NotDeliveredError` after it."""
    log.info("response", status=status, physical_id=physical_id, reason=reason, data=data or {})
    try:
        _require_address(event)
        content = body(event, status=status, physical_id=physical_id, reason=reason, data=data or {})
        arrived = retry.succeeds(lambda: (put or put_once)(event["ResponseURL"], content), sleep=sleep)
    except Unanswerable as why:
        log.error("no response", reason=str(why))
        return
    if not arrived:
        log.error("no response yet", reason="the response bucket took none for a minute")
        raise NotDeliveredError("CloudFormation's response bucket took no answer for a minute")


def body(event: dict[str, Any], *, status: str, physical_id: str, reason: str, data: dict[str, Any]) -> bytes:
    """The answer as bytes. CloudFormation refuses more than 4096 of them, so the reason is cut until they fit."""

    def encoded(reason: str) -> bytes:
        answer = {
            "Status": status,
            "Reason": reason,
            "PhysicalResourceId": physical_id,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "Data": data,
        }
        return json.dumps(answer, ensure_ascii=False).encode("utf-8", errors="replace")

    content = encoded(reason := _readable(reason))
    if len(content) > BODY_LIMIT:
        # Searched for: how many bytes a character takes, or its escape, differs from one to the next.
        lengths = range(min(len(reason), BODY_LIMIT))
        fitting = bisect.bisect_right(lengths, BODY_LIMIT, key=lambda length: len(encoded(reason[:length] + _CUT)))
        content = encoded(reason[: max(fitting - 1, 0)] + _CUT)
    if len(content) > BODY_LIMIT:
        raise Unanswerable(f"the answer has {len(content)} bytes without its reason; CloudFormation takes {BODY_LIMIT}")
    return content


def put_once(url: str, content: bytes) -> bool:
    """Whether the bucket took it; another try may help if not."""
    # A signed URL refuses any Content-Type but an empty one.
    request = urllib.request.Request(url, data=content, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    try:
        # The URL was checked.
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 # nosec B310
            return True
    except urllib.error.HTTPError as refusal:
        log.error("response refused", code=refusal.code)
        if refusal.code in _FINAL:
            raise Unanswerable(f"the response bucket refuses it with {refusal.code}") from None
        return False
    except (OSError, http.client.HTTPException) as failure:
        # Its text may name the host, never the signed URL.
        log.error("response not delivered", error=type(failure).__name__)
        return False


def _require_address(event: Any) -> None:
    if not isinstance(event, dict):
        raise Unanswerable(f"the event is no object, but of type {type(event).__name__}")
    for name in _ADDRESS:
        if not isinstance(event.get(name), str) or not event[name]:
            raise Unanswerable(f"the event has no {name}, or one that is no text")
    if not response_url.is_allowed(event["ResponseURL"], event["StackId"]):
        raise Unanswerable("its ResponseURL is not an https URL of Amazon S3 in the stack's partition")


def _readable(reason: str) -> str:
    # The events of a stack travel as XML, which has no place for control characters.
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", log.hidden(reason))
