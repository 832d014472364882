"""All that a command meets outside of itself: AWS, the screen, the clock, and the person's answers."""

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
from botocore.exceptions import NoRegionError
from rich.console import Console

# Listing a large account meets Bedrock's request limits: adaptive retries slow down instead of giving up.
_CONFIG: Final = Config(
    connect_timeout=10,
    read_timeout=30,
    retries={"mode": "adaptive", "total_max_attempts": 10},
    user_agent_extra="bedrock-models",
    max_pool_connections=16,
)
_WIDTH_OF_LOGS: Final = 160


class Aws:
    """AWS as the options name it. Clients are made when first used."""

    def __init__(self, *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None):
        self._session = boto3.session.Session(profile_name=profile, region_name=region)
        self._endpoint_url = endpoint_url
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The boto3 client of a service: `bedrock`, `cloudformation`, `s3`, `iam`, `kms`, `service-quotas`."""
        with self._lock:
            if service not in self._clients:
                options = {"endpoint_url": self._endpoint_url} if self._endpoint_url else {}
                self._clients[service] = self._session.client(service, config=_CONFIG, **options)
            return self._clients[service]

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


@dataclass(kw_only=True)
class World:
    """What tests replace by a Bedrock in memory, a screen of fixed width and a clock in their hand."""

    aws: Any
    screen: Console
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    sleep: Callable[[float], None] = time.sleep
    ask: Callable[[str], str] = input

    def say(self, text: str = "", style: str = "") -> None:
        """A line as it is: ARNs are there to be copied, so nothing wraps or colours them."""
        self.screen.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)


def console() -> Console:
    """Colours and boxes in a terminal; in a pipe plain text, wide enough that a table keeps its names whole."""
    if sys.stdout.isatty():
        return Console()
    width = os.environ.get("COLUMNS", "")
    return Console(width=int(width) if width.isdigit() else _WIDTH_OF_LOGS, no_color=True, force_terminal=False)
