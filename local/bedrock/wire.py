"""The REST-JSON protocol from the service's side: requests to parameters, answers and errors to responses."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.model import OperationModel, Shape

from local.bedrock.errors import ServiceError, invalid
from local.bedrock.resource import Params
from local.bedrock.routes import Match

Query = Mapping[str, str | Sequence[str]]
UNKNOWN_OPERATION = "UnknownOperationException"
_STATUS_OF_UNMODELLED = {UNKNOWN_OPERATION: 404}


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def parse(match: Match, query: Query, headers: Mapping[str, str], body: bytes) -> Params:
    shape = match.operation.input_shape
    if shape is None:
        return {}
    lowered = {name.lower(): value for name, value in headers.items()}
    params = _body(shape, body)
    for name, member in shape.members.items():
        value = _outside_body(member, match.labels, query, lowered)
        if value is not None:
            params[name] = _converted(member, value, name)
    return params


def _outside_body(
    member: Shape, labels: Mapping[str, str], query: Query, headers: Mapping[str, str]
) -> str | Sequence[str] | None:
    wire_name = member.serialization.get("name", "")
    match member.serialization.get("location"):
        case "uri":
            return labels.get(wire_name)
        case "querystring":
            return query.get(wire_name)
        case "header":
            return headers.get(wire_name.lower())
    return None


def _body(shape: Any, body: bytes) -> Params:
    if payload := shape.serialization.get("payload"):
        return {payload: body}
    try:
        parsed = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid("The request body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise invalid("The request body is not a JSON object.")
    return {key: value for key, value in parsed.items() if value is not None}


def _converted(shape: Shape, value: str | Sequence[str], name: str) -> Any:
    text = value if isinstance(value, str) else value[0]
    try:
        match shape.type_name:
            case "integer" | "long":
                return int(text)
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
            case "timestamp":
                return _timestamp(text)
    except (KeyError, ValueError) as error:
        raise invalid(f"Value '{text}' at '{name}' failed to satisfy constraint: not a {shape.type_name}") from error
    return text


def _timestamp(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def success(operation: OperationModel, answer: Params) -> Response:
    headers: dict[str, str] = {}
    body: Any = {}
    payload = operation.output_shape and operation.output_shape.serialization.get("payload")
    for name, value in answer.items():
        location = operation.output_shape.members[name].serialization
        if location.get("location") == "header":
            headers[location["name"]] = str(value)
        elif name != payload:
            body[name] = value
    content = answer[payload] if payload else as_json(body)
    return _response(operation.http.get("responseCode", 200), content, headers)


def failure(error: ServiceError, operation: OperationModel | None = None) -> Response:
    status = _STATUS_OF_UNMODELLED.get(error.code) or _status(error, operation)
    content = as_json({"message": error.message, **error.members})
    return _response(status, content, {"x-amzn-errortype": error.code})


def _status(error: ServiceError, operation: OperationModel | None) -> int:
    shapes = operation.service_model.error_shapes if operation else []
    found = next((shape for shape in shapes if shape.name == error.code), None)
    return int(found.metadata["error"]["httpStatusCode"]) if found else 400


def _response(status: int, content: bytes, headers: dict[str, str]) -> Response:
    fixed = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    return Response(status, {**fixed, **headers}, content)


def as_json(value: Any) -> bytes:
    return json.dumps(value, default=_plain).encode()


def _plain(value: datetime | bytes) -> str:
    return isoformat(value) if isinstance(value, datetime) else value.decode(errors="replace")


def isoformat(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
