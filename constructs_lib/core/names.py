"""Generated names: readable at the front, a hash of scope and inputs behind, which the provider adds."""

import re
from typing import Final

from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.scopes import path_in_root_stack

PREFIX_MAX: Final = 24


def name_prefix(scope: Construct) -> str:
    """The end of the construct's path, as far as the API takes it in a name."""
    return checks.suggest_name(path_in_root_stack(scope)[-PREFIX_MAX:]) or "model"


def job_name_prefix_of(scope: Construct) -> str:
    """The same for a job, whose name takes no '_'."""
    return name_prefix(scope).replace("_", "-")


def check_job_name_prefix(value: str | None) -> None:
    """Raises `ValueError` unless the prefix is 1 to 24 characters that a job's name may begin with."""
    check_job_name_part("job_name_prefix", value, limit=PREFIX_MAX)


def check_job_name_part(argument: str, value: str | None, *, limit: int = checks.NAME_MAX) -> None:
    """Raises `ValueError` unless the text is what a job may be called, up to this length."""
    if value is None or checks.is_token(value):
        return
    fits = len(value) <= limit and re.fullmatch(checks.JOB_NAME_PATTERN, value) is not None
    remedy = checks.suggest_name(value, limit=limit).replace("_", "-") or "training"
    rule = f"{argument} must be 1 to {limit} letters, digits, '+', '-' or '.', the first a letter or digit"
    checks.require(fits, rule, value, f"use {remedy!r}")
