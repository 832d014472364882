"""One JSON line per fact, each with the event it belongs to.

Whole events never go in. Texts of others do, and may quote a header or a URL: so secrets are hidden here.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from provider.cloudformation.contract import METRICS_NAMESPACE

# What one line in the embedded metric format may define.
_METRICS_MAX: Final = 100

_LONGEST: Final = 4000
# Whatever is shorter is no secret, or would be found in innocent words.
_SHORTEST_SECRET: Final = 12

_SIGNING: Final = ("X-Amz-Signature=", "X-Amz-Security-Token=", "X-Amz-Credential=", "Signature=")

# What tells most of a line, the first that it has.
_DETAILS: Final = (
    "reason",
    "error",
    "failure",
    "because",
    "subject",
    "name",
    "job_name",
    "model_name",
    "job_arn",
    "physical_id",
)

_context: dict[str, Any] = {}
_secrets: list[str] = []


def bind(event: Any) -> None:
    """Every further line of this invocation names this event, and none shows its signed URL."""
    given = event if isinstance(event, dict) else {}
    _context.clear()
    _context.update(
        request_id=_text(given, "RequestId"),
        type=_text(given, "RequestType"),
        stack_id=_text(given, "StackId"),
        logical_id=_text(given, "LogicalResourceId"),
        physical_id=_text(given, "PhysicalResourceId"),
    )
    url = _text(given, "ResponseURL") or ""
    query = url.partition("?")[2]
    known = [os.environ.get(name, "") for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
    # Somebody else's text may quote the URL in parts, or in another order.
    parts = [part.partition("=")[2] for part in query.split("&") if part.startswith(_SIGNING)]
    _secrets[:] = [secret for secret in (url, query, *parts, *known) if len(secret) >= _SHORTEST_SECRET]


def info(event: str, **fields: Any) -> None:
    """Writes one line: `event` as it is, for searches, and a `message` made of it and of what tells most."""
    _write("INFO", event, fields)


def error(event: str, **fields: Any) -> None:
    """Writes one line that alarms may look for."""
    _write("ERROR", event, fields)


def metrics(dimensions: dict[str, str], values: Mapping[str, float]) -> None:
    """Writes one line that CloudWatch Logs makes metrics of, in its embedded metric format: no permission is needed.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    named = {name: value for name, value in list(values.items())[:_METRICS_MAX] if name not in dimensions}
    directive = {
        "Namespace": METRICS_NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name} for name in named],
    }
    described = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    _emit(json.dumps({"event": "metrics", **dimensions, **named, "_aws": described}))


def hidden(text: str) -> str:
    """The text without credentials and without the signed URL."""
    for secret in _secrets:
        text = text.replace(secret, "[hidden]")
    return text


def _write(level: str, event: str, fields: dict[str, Any]) -> None:
    line = {"level": level, "message": "", "event": event, **_shown({**_context, **fields})}
    _emit(json.dumps({**line, "message": _sentence(line)}))


def _sentence(line: dict[str, Any]) -> str:
    """For whom, what, and why: consoles and the CDK CLI show no more of a line than this."""
    whose = f"{line['type']} of {line['logical_id']}: " if line.get("logical_id") else ""
    what = " ".join(str(line[name]) for name in ("event", "status") if line.get(name))
    detail = next((f": {line[name]}" for name in _DETAILS if line.get(name)), "")
    return f"{whose}{what}{detail}"


def _emit(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, dict):
        return {str(name): _shown(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(part) for part in value]
    # Hidden before it is cut: half a secret is one, too.
    text = hidden(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _text(event: dict[str, Any], name: str) -> str | None:
    value = event.get(name)
    return value if isinstance(value, str) else None
