"""Where we reach into ministack: looked up by name, so that another version is refused in clear words."""

import importlib
import importlib.metadata
from typing import Any

EXPECTED_VERSION = "1.5.33"


class IncompatibleMinistackError(RuntimeError):
    """ministack no longer has something that this program replaces or calls."""


def check_version() -> None:
    """Names can stay and change their meaning: what is pinned is what was tried."""
    installed = importlib.metadata.version("ministack")
    if installed != EXPECTED_VERSION:
        raise IncompatibleMinistackError(
            f"the local AWS is written for ministack {EXPECTED_VERSION}, got {installed}; run `make setup`"
        )


def take(module_name: str, name: str) -> Any:
    """A member of ministack, private or not."""
    try:
        return getattr(importlib.import_module(f"ministack.{module_name}"), name)
    except (ImportError, AttributeError) as error:
        raise IncompatibleMinistackError(
            f"the local AWS is written for ministack {EXPECTED_VERSION}; the installed "
            f"{importlib.metadata.version('ministack')} has no {module_name}.{name}; run `make setup`"
        ) from error


def replace(module_name: str, name: str, value: object) -> Any:
    """Put `value` in the member's place and hand back what was there."""
    original = take(module_name, name)
    setattr(importlib.import_module(f"ministack.{module_name}"), name, value)
    return original
