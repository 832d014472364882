"""Patches: corrections of ministack, checked as a whole before the first of them is applied."""

import abc
import importlib.metadata
from collections.abc import Sequence
from typing import ClassVar

from local.aws.patches.names.private_name import (
    EXPECTED_VERSION,
    Function,
    IncompatibleMinistackError,
    Value,
)


class Patch(abc.ABC):
    """One behavior of ministack that differs from AWS.

    `corrects` says what ministack does, `aws` what AWS does, and `uses` names what the patch replaces or calls.
    """

    corrects: ClassVar[str]
    aws: ClassVar[str]
    uses: ClassVar[tuple[Function | Value, ...]]

    @abc.abstractmethod
    def apply(self) -> None:
        """Put the correction into place. Called once, before the server answers its first request."""


def apply_all(patches: Sequence[Patch]) -> None:
    """Apply in this order. Raises `IncompatibleMinistackError` before anything is changed if one does not fit."""
    # Names can stay and change their meaning, so the release is pinned: what was tried is what runs. The names are
    # checked as well, so that whoever raises the pin sees which patch to look at.
    installed = importlib.metadata.version("ministack")
    for patch in patches:
        check(patch, installed)
    if installed != EXPECTED_VERSION:
        raise IncompatibleMinistackError(
            f"the local AWS is written for ministack {EXPECTED_VERSION}, got {installed}; run `make setup`"
        )
    for patch in patches:
        patch.apply()


def check(patch: Patch, installed: str) -> None:
    """Raises `IncompatibleMinistackError` if a name that the patch uses is missing or has another signature."""
    problem = next((problem for name in patch.uses if (problem := name.problem())), "")
    if problem:
        raise IncompatibleMinistackError(
            f"the local AWS is written for ministack {EXPECTED_VERSION}; the installed {installed} {problem}, which "
            f"the patch {type(patch).__name__} uses; run `make setup`"
        )
