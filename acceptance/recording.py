"""Recordings: each exchange of a probe with Amazon Bedrock. What is published of them is redacted first."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

_SERVICES: Final = ("bedrock", "bedrock-runtime")
# What an account has besides belongs to nobody who reads a report.
_LISTED: Final = ("Summaries",)


class Recorder:
    """Notes what clients ask and are answered while a probe runs."""

    def __init__(self) -> None:
        self.exchanges: list[dict[str, Any]] = []
        self._probe = ""

    @contextlib.contextmanager
    def probing(self, probe: str) -> Iterator[None]:
        """Everything asked meanwhile belongs to this probe."""
        self._probe = probe
        try:
            yield
        finally:
            self._probe = ""

    def attach(self, client: Any) -> Any:
        """The client, which from now on is listened to if its service is recorded."""
        service = client.meta.service_model.service_name
        if service in _SERVICES:
            name = client.meta.service_model.service_id.hyphenize()
            client.meta.events.register(f"before-parameter-build.{name}", self._asked)
            client.meta.events.register(f"after-call.{name}", self._answered)
        return client

    def _asked(self, *, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["acceptance"] = dict(params)

    def _answered(
        self, *, http_response: Any, parsed: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any
    ) -> None:
        if not self._probe:
            return
        error = parsed.get("Error")
        self.exchanges.append(
            {
                "probe": self._probe,
                "operation": model.name,
                "request": context.get("acceptance", {}),
                "status": http_response.status_code,
                "error": {"code": error.get("Code", ""), "message": error.get("Message", "")} if error else None,
                "answer": None if error else _without_lists(parsed),
            }
        )


def _without_lists(parsed: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"({len(value)} listed)" if name.endswith(_LISTED) else value
        for name, value in parsed.items()
        if name != "ResponseMetadata"
    }
