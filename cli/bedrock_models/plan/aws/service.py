"""One service: a client whose reads go through and whose writes are recorded."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models import failures
from bedrock_models.plan.aws.recorder import Recorder, Write

_READS: Final = ("get_", "list_", "describe_")


class Service:
    """Reads and writes of one client, told apart by the names of its methods."""

    def __init__(self, api: Any, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._seen: dict[tuple[str, str], Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith(_READS):
            return lambda **params: self._read(name, params)
        return lambda **params: self._write(name, params)

    def _read(self, name: str, params: dict[str, Any]) -> Any:
        key = read_key(name, params)
        if key not in self._seen:
            self._seen[key] = self._asked(name, params)
        found = self._seen[key]
        if isinstance(found, Exception):
            raise found
        return found

    def _asked(self, name: str, params: dict[str, Any]) -> Any:
        with self._recorder.lock:
            self._recorder.reads += 1
        try:
            return getattr(self._api, name)(**params)
        except ClientError as error:
            if failures.is_denied(error):
                self._recorder.denied[failures.action(error)] = None
            return error

    def _write(self, name: str, params: dict[str, Any]) -> Any:
        target = next((str(value) for value in params.values() if isinstance(value, str)), "")
        self._recorder.writes.append(Write(operation=pascal(name), target=target, params=params))
        return {}


class ReadOnly(Service):
    """IAM and EC2, of which the provider removes what it was told to keep; SageMaker AI, which it only reads."""


def read_key(name: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """What a read is remembered by."""
    return name, json.dumps(params, sort_keys=True, default=str)


def pascal(name: str) -> str:
    """An operation as the API names it, by the name of the client's method."""
    return "".join(part.capitalize() for part in name.split("_"))
