"""The context of a command: AWS, the screen, the clock, and the user's answers."""

import functools
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, NoRegionError
from rich.console import Console

from bedrock_models.failures import Failure

# Listing a large account meets Bedrock's request limits: adaptive retries slow down instead of giving up.
_CONFIG: Final = Config(
    connect_timeout=10,
    read_timeout=30,
    retries={"mode": "adaptive", "total_max_attempts": 10},
    user_agent_extra="bedrock-models",
    max_pool_connections=16,
)
# A model may think for minutes before its first word.
_ANSWERING: Final = Config(read_timeout=600)
# The Price List answers in a few Regions only, about all of them.
_REGIONS: Final = {"pricing": "us-east-1"}
_ENDPOINTS: Final = "--endpoint-url and the variables AWS_ENDPOINT_URL..."
_WIDTH_OF_LOGS: Final = 160


class Aws:
    """AWS as the options name it. Clients are made when first used."""

    def __init__(self, *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None):
        self._session = boto3.session.Session(profile_name=profile, region_name=region or _region_of_environment())
        self._endpoint_url = endpoint_url
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The boto3 client of a service: `bedrock`, `cloudformation`, `s3`, `iam`, and so on."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def _made(self, service: str) -> Any:
        options = {"endpoint_url": self._endpoint_url} if self._endpoint_url else {}
        if service in _REGIONS:
            options["region_name"] = _REGIONS[service]
        config = _CONFIG.merge(_ANSWERING) if service == "bedrock-runtime" else _CONFIG
        try:
            return self._session.client(service, config=config, **options)
        except ValueError as error:
            # botocore's own errors say which option is meant; this one is a bare ValueError.
            if isinstance(error, BotoCoreError):
                raise
            raise Failure(
                f"{error}; an endpoint must be a URL such as https://127.0.0.1:4566, check {_ENDPOINTS}"
            ) from None

    @property
    def region(self) -> str:
        """Raises `NoRegionError` if nothing names one."""
        if not self._session.region_name:
            raise NoRegionError
        return str(self._session.region_name)

    @functools.cached_property
    def account(self) -> str:
        """Whose credentials these are."""
        return str(self.client("sts").get_caller_identity()["Account"])


class OnDemand:
    """A client that is made at its first call: reading a large service model takes longer than a whole command."""

    def __init__(self, client: Callable[[], Any]) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client(), name)


def _region_of_environment() -> str | None:
    """AWS_REGION goes before AWS_DEFAULT_REGION and the profile, as in the AWS CLI; boto3 does not read it."""
    return os.environ.get("AWS_REGION") or None


@dataclass(kw_only=True)
class Context:
    """Passed to each command; tests put a Bedrock in memory, a screen of fixed width and a clock of their own in it."""

    aws: Any
    screen: Console
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep
    ask: Callable[[str], str] = input

    def say(self, text: str = "", style: str = "") -> None:
        """A line as it is: ARNs are there to be copied, so nothing wraps or colors them."""
        self.screen.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)


def console() -> Console:
    """Colors in a terminal; plain text in a pipe, where COLUMNS is only the width of a plot: no line is folded."""
    if sys.stdout.isatty():
        return Console()
    width = os.environ.get("COLUMNS", "")
    return Console(width=int(width) if width.isdigit() else _WIDTH_OF_LOGS, no_color=True, force_terminal=False)
