"""One JSON line per fact. Whole events never go in: the ResponseURL in them is a secret."""

import json
import sys
from typing import Any

_context: dict[str, Any] = {}


def bind(**fields: Any) -> None:
    """Fields that every further line of this invocation carries."""
    _context.clear()
    _context.update(fields)


def info(message: str, **fields: Any) -> None:
    """Writes one line."""
    _write("INFO", message, fields)


def error(message: str, **fields: Any) -> None:
    """Writes one line that alarms may look for."""
    _write("ERROR", message, fields)


def _write(level: str, message: str, fields: dict[str, Any]) -> None:
    line = {"level": level, "message": message, **_context, **fields}
    sys.stdout.write(json.dumps(line, default=str) + "\n")
