"""Requests and answers of services that speak JSON 1.1, for what ministack does not have."""

import json
from collections.abc import Mapping
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


def operation_of(headers: Mapping[str, str]) -> str:
    """The operation that a request names."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


def answer(status: int, body: dict[str, Any]) -> Answer:
    """What the service says."""
    return status, {"content-type": "application/x-amz-json-1.1"}, json.dumps(body).encode()


def unknown_operation(name: str) -> Answer:
    """The refusal of an operation that is not built."""
    return answer(400, {"__type": "UnknownOperationException", "message": f"No operation {name} here."})
