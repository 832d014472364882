"""Where invocation logs lie: what a training run has to know of the configuration that writes them."""

from __future__ import annotations

from typing import Final, Protocol, cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from constructs_lib.core import checks

# Bedrock's own folder at the top of a bucket.
_TOP: Final = "AWSLogs"


class IInvocationLogging(cdk.IResource, Protocol):
    """The configuration of model invocation logging in an account and Region."""

    @property
    def bucket(self) -> s3.IBucket | None:
        """The bucket that invocations are logged to, if there is one."""
        ...

    @property
    def prefix(self) -> str | None:
        """The prefix in it; None at its top."""
        ...

    @property
    def log_group(self) -> logs.ILogGroup | None:
        """The log group that invocations are logged to, if there is one."""
        ...


def log_location(given: s3.IBucket | IInvocationLogging, prefix: str | None) -> tuple[s3.IBucket, str]:
    """Bucket and prefix of the logs. Raises `ValueError` if the two arguments do not say both, or say one twice."""
    if isinstance(given, cdk.Resource) and hasattr(type(given), "log_group"):
        logging = cast("IInvocationLogging", given)
        remedy = "leave prefix out: the InvocationLogging knows it"
        checks.require(prefix is None, "prefix belongs to a bucket", prefix, remedy)
        rule = "invocation logs are read from a bucket, and this InvocationLogging logs to a log group alone"
        checks.require(logging.bucket is not None, rule, "no bucket", "give the InvocationLogging a bucket")
        return cast("s3.IBucket", logging.bucket), logging.prefix or _TOP
    checks.require(prefix is not None, "prefix must be given with a bucket", prefix, "give the prefix of the logs")
    return cast("s3.IBucket", given), cast("str", prefix)
