"""The ASGI application that is served: ministack, with our own paths in front of it."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hypercorn.protocol.events import StreamClosed

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
Endpoint = Callable[[str, dict[str, str], bytes], tuple[int, object]]

# A response with this header is not sent: the connection is cut in its place.
CONNECTION_LOST = "x-local-connection-lost"


class Gateway:
    """Routes `/_local/...` to our endpoints and everything else to ministack."""

    def __init__(self, application: Application, endpoints: dict[str, Endpoint], ready: Callable[[], None]) -> None:
        self._application = application
        self._endpoints = endpoints
        self._ready = ready

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, self._announcing(send))
        elif scope["type"] == "http" and (prefix := self._prefix(scope["path"])):
            await self._answer(prefix, scope, receive, send)
        else:
            await self._application(scope, receive, _cutting(send))

    def _prefix(self, path: str) -> str | None:
        return next((prefix for prefix in self._endpoints if path == prefix or path.startswith(f"{prefix}/")), None)

    def _announcing(self, send: Send) -> Send:
        async def announce(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._ready()

        return announce

    async def _answer(self, prefix: str, scope: Message, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        rest = scope["path"].removeprefix(prefix).strip("/")
        status, answer = self._endpoints[prefix](rest, headers, await _body(receive))
        body = json.dumps(answer).encode()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
            }
        )
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _cutting(send: Send) -> Send:
    """Close the TCP connection where a handler asked for it: ASGI itself can only answer."""
    lost = False

    async def forward(message: Message) -> None:
        nonlocal lost
        if message["type"] == "http.response.start":
            lost = any(name.decode().lower() == CONNECTION_LOST for name, _ in message["headers"])
            if lost:
                stream = send.__self__  # type: ignore[attr-defined]  # hypercorn hands out its stream's bound method
                await stream.send(StreamClosed(stream_id=stream.stream_id))
        if not lost:
            await send(message)

    return forward
