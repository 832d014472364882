"""What the construct tells the functions through their environment."""

import os
from dataclasses import dataclass

from provider.cloudformation.contract import (
    POLL_FUNCTION_ARN_VARIABLE,
    SEGMENT_SECONDS,
    SEGMENT_SECONDS_VARIABLE,
    WAITER_ARN_VARIABLE,
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The waiter's ARN, the poll function's, and the length of one wait."""

    waiter_arn: str
    poll_function_arn: str
    segment_seconds: int

    @classmethod
    def of_environment(cls) -> "Settings":
        """Reads the variables that the construct sets."""
        return cls(
            waiter_arn=os.environ[WAITER_ARN_VARIABLE],
            poll_function_arn=os.environ.get(POLL_FUNCTION_ARN_VARIABLE, ""),
            segment_seconds=int(os.environ.get(SEGMENT_SECONDS_VARIABLE) or SEGMENT_SECONDS),
        )
