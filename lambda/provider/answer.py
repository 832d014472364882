"""The one answer that CloudFormation waits for. Only the standard library: the abort path relies on it."""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, Final

from provider import log

BODY_LIMIT: Final = 4096
_PATIENCE_SECONDS: Final = 60
_TIMEOUT_SECONDS: Final = 10
# Sends the body to the URL, and says whether it arrived.
Put = Callable[[str, bytes], bool]

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


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
    """PUTs the answer to the event's signed URL, and tries for a minute."""
    _require_own_bucket(event["ResponseURL"], event["StackId"])
    content = body(event, status=status, physical_id=physical_id, reason=reason, data=data or {})
    log.info("answer", status=status, physical_id=physical_id, reason=reason)
    pause, spent = 1.0, 0.0
    while not (put or put_once)(event["ResponseURL"], content):
        if spent >= _PATIENCE_SECONDS:
            raise TimeoutError("CloudFormation's response bucket took no answer for a minute")
        sleep(pause)
        spent, pause = spent + pause, min(pause * 2, 15.0)


def body(event: dict[str, Any], *, status: str, physical_id: str, reason: str, data: dict[str, Any]) -> bytes:
    """The answer as bytes. CloudFormation refuses more than 4096 of them, so the reason is cut until they fit."""
    answer = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": physical_id,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data,
    }
    content = _encode(answer)
    while len(content) > BODY_LIMIT and reason:
        # By tenths: how many bytes a character takes, or its escape, differs from one to the next.
        reason = reason[: len(reason) * 9 // 10]
        content = _encode({**answer, "Reason": reason + " ..."})
    return content


def _encode(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", errors="replace")


def put_once(url: str, content: bytes) -> bool:
    """Whether the bucket took it; another try may help if not."""
    # A signed URL refuses any Content-Type but an empty one.
    request = urllib.request.Request(url, data=content, method="PUT", headers={"Content-Type": ""})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310  the URL was checked
            return True
    except urllib.error.HTTPError as refusal:
        log.error("answer refused", code=refusal.code)
        if refusal.code < 500:  # noqa: PLR2004  an expired or foreign URL gets no better
            raise
        return False
    except (urllib.error.URLError, TimeoutError, ConnectionError) as failure:
        # Its text may name the host, never the signed URL.
        log.error("answer not delivered", error=type(failure).__name__)
        return False


def _require_own_bucket(url: str, stack_id: str) -> None:
    """Refuses to send anything to a host that is not S3 in the stack's own partition."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if _is_local(host):
        return
    domain = ".amazonaws.com.cn" if stack_id.startswith("arn:aws-cn:") else ".amazonaws.com"
    labels = host.removesuffix(domain).split(".")
    in_s3 = host.endswith(domain) and any(label == "s3" or label.startswith("s3-") for label in labels)
    if parts.scheme != "https" or not in_s3:
        raise ValueError("ResponseURL is not an https URL of Amazon S3 in the stack's partition; nothing was sent")


def _is_local(host: str) -> bool:
    # Lambda never sets this variable by itself and no template of this library does; an AWS that runs on the
    # developer's own machine does.
    endpoint = urllib.parse.urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or ""
    return endpoint in _LOOPBACK and host in _LOOPBACK
