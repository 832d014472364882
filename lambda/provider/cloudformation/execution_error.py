"""Why a task of AWS Step Functions failed, as text. Standard library only: the abort path needs it."""

import json
from typing import Any

_LONGEST = 500


def text(error: Any) -> str:
    """Of an object with `Error` and `Cause`, which for a Lambda function is what it raised, as JSON."""
    error = error if isinstance(error, dict) else {}
    try:
        detail = json.loads(error.get("Cause", ""))
        return f"{detail['errorType']}: {detail['errorMessage']}"[:_LONGEST]
    except Exception:  # whatever it looks like, it ends no answer
        return str(error.get("Error", "unknown error"))[:_LONGEST]
