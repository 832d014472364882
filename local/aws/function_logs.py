"""What functions have logged, kept apart from CloudWatch: a rollback deletes the log groups with the reason in them."""

import datetime
import json
from collections import deque
from typing import Any

from local.aws import seams

_LINES = 5000


class FunctionLogs:
    """The last lines, with the time at which each invocation ended."""

    def __init__(self) -> None:
        self._lines: deque[tuple[float, str]] = deque(maxlen=_LINES)

    def install(self) -> None:
        emit = seams.take("services.lambda_svc", "_emit_lambda_logs")

        def keep(func: dict[str, Any], request_id: str, log_text: str, *arguments: Any, **options: Any) -> None:
            at = datetime.datetime.now(datetime.UTC).timestamp()
            self._lines.extend((at, line) for line in (log_text or "").splitlines())
            emit(func, request_id, log_text, *arguments, **options)

        seams.replace("services.lambda_svc", "_emit_lambda_logs", keep)

    def read(self, _path: str, _headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """Endpoint: the lines since a time, oldest first."""
        since = json.loads(body or b"{}").get("since", 0)
        return 200, {"lines": [line for at, line in list(self._lines) if at >= since]}
