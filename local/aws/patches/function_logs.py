"""Lines that Lambda functions have logged, kept for the developer beside CloudWatch Logs."""

import datetime
import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from local.aws.patches.names import lambda_functions
from local.aws.patches.patch import Patch

_LINES = 5000


class FunctionLogs(Patch):
    """The last lines, with the time at which each invocation ended."""

    corrects = "ministack keeps log lines in their log group only, and a rollback deletes the group with the reason."
    aws = "The same; there CloudTrail and the console of an earlier minute help, and here there is neither."
    uses = (lambda_functions.emit_lambda_logs,)

    def __init__(self) -> None:
        self._lines: deque[tuple[float, str]] = deque(maxlen=_LINES)
        self._subscribers: list[Callable[[str, Sequence[str]], None]] = []

    def apply(self) -> None:
        lambda_functions.emit_lambda_logs.replace(self._keep)

    def _keep(self, function: dict[str, Any], request_id: str, log_text: str, *arguments: Any, **options: Any) -> None:
        at = datetime.datetime.now(datetime.UTC).timestamp()
        lines = (log_text or "").splitlines()
        self._lines.extend((at, line) for line in lines)
        lambda_functions.emit_lambda_logs.original(function, request_id, log_text, *arguments, **options)
        config = function.get("config") or function
        group = config.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        for tell in self._subscribers:
            tell(group, lines)

    def subscribe(self, tell: Callable[[str, Sequence[str]], None]) -> None:
        """Hand over the log group and the lines of each invocation, once they are in CloudWatch Logs."""
        self._subscribers.append(tell)

    def read(self, _path: str, _headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """Endpoint: the lines since a time, oldest first."""
        since = json.loads(body or b"{}").get("since", 0)
        return 200, {"lines": [line for at, line in list(self._lines) if at >= since]}
