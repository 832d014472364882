"""A real boto3 client whose requests end in a Bedrock in memory, instead of on the network."""

import copy
import io
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError
from botocore.parsers import ResponseParserFactory
from botocore.retries.standard import register_retry_handler

from local.bedrock.errors import ConnectionLost
from local.bedrock.service import Bedrock

ATTEMPTS = 3
# A signature and a user agent that nobody reads take half the time of a request.
_STANDARD = Config(
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, signature_version=UNSIGNED, user_agent="in-memory"
)


def memory_client(
    bedrock: Bedrock,
    service: str = "bedrock",
    *,
    region: str | None = None,
    account: str | None = None,
    caller: str | None = None,
    session: boto3.session.Session | None = None,
    config: Config | None = None,
) -> Any:
    made = _client(session or _shared_session(), service, region or bedrock.region, config)
    return connect(_copy(made), bedrock, account=account, caller=caller)


def connect(client: Any, bedrock: Bedrock, *, account: str | None = None, caller: str | None = None) -> Any:
    """Lead all requests of a client that exists already into the Bedrock in memory."""
    service = client.meta.service_model.service_id.hyphenize()

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        return _exchange(bedrock, request, region=client.meta.region_name, account=account, caller=caller)

    client.meta.events.register(f"before-send.{service}", answer)
    _retry_at_once(client, service)
    return client


@cache
def _shared_session() -> boto3.session.Session:
    # Each session reads the service models anew, and that takes longer than a whole test.
    return boto3.session.Session()


@cache
def _client(session: boto3.session.Session, service: str, region: str, config: Config | None) -> Any:
    return session.client(service, region_name=region, config=_STANDARD.merge(config) if config else _STANDARD)


def _copy(client: Any) -> Any:
    """One with events of its own. It takes a tenth of the time in which botocore makes a client."""
    copied = object.__new__(type(client))
    vars(copied).update(vars(client), meta=copy.copy(client.meta), _endpoint=copy.copy(client._endpoint))
    copied.meta.events = copied._endpoint._event_emitter = copy.copy(client.meta.events)
    # What botocore has found out about the names of events is true of every copy.
    copied.meta.events._alias_name_cache = client.meta.events._alias_name_cache
    copied._endpoint._response_parser_factory = _parsers()
    return copied


@cache
def _parsers() -> ResponseParserFactory:
    """botocore's, but for times: its parser tries every format there is, and ours are written in one."""
    factory = ResponseParserFactory()
    factory.set_parser_defaults(timestamp_parser=datetime.fromisoformat)
    return factory


def _retry_at_once(client: Any, service: str) -> None:
    """Retries stay botocore's own, in the rules of its standard mode, but without the waiting between them."""
    event, unique_id = f"needs-retry.{service}", f"retry-config-{service}"
    client.meta.events.unregister(event, unique_id=unique_id)
    attempts = (client.meta.config.retries or {}).get("total_max_attempts", ATTEMPTS)
    handler = register_retry_handler(client, attempts)
    client.meta.events.unregister(event, unique_id=unique_id)

    def needs_retry(**arguments: Any) -> int | None:
        return None if handler.needs_retry(**arguments) is None else 0

    client.meta.events.register(event, needs_retry)


def _exchange(bedrock: Bedrock, request: AWSPreparedRequest, **identity: str | None) -> AWSResponse:
    url = urlsplit(request.url)
    headers = {name: _text(value) for name, value in request.headers.items()}
    query = parse_qs(url.query, keep_blank_values=True)
    try:
        response = bedrock.handle(request.method, url.path, query, headers, _bytes(request.body), **identity)
    except ConnectionLost as lost:
        error = ConnectionClosedError if lost.effect else EndpointConnectionError
        raise error(endpoint_url=request.url, error=lost) from lost
    return AWSResponse(request.url, response.status, response.headers, _Raw(response.body))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


class _Raw(io.BytesIO):
    """What botocore reads a response from: urllib3's interface, as far as it is used."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
