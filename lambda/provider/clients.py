"""The AWS calls that the provider makes, and no others: narrow interfaces, and the real clients behind them."""

import functools
import os
from pathlib import Path
from typing import Any, Protocol

# The runtime's botocore may be older than the API: the trimmed service model beside this file goes first. The variable
# is read when a client is made, so it is set before boto3 is imported.
os.environ.setdefault("AWS_DATA_PATH", str(Path(__file__).parent.parent / "models"))

import boto3
from botocore.config import Config

# A hanging API must not eat the hour that CloudFormation gives: three attempts with short timeouts.
_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 3})


class Bedrock(Protocol):
    """The operations of Amazon Bedrock that the provider calls; the trimmed service model holds exactly these."""

    def create_custom_model(self, **request: Any) -> dict[str, Any]: ...
    def get_custom_model(self, *, modelIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def list_custom_models(self, **request: Any) -> dict[str, Any]: ...
    def delete_custom_model(self, *, modelIdentifier: str) -> dict[str, Any]: ...  # noqa: N803
    def tag_resource(self, *, resourceARN: str, tags: list[dict[str, str]]) -> dict[str, Any]: ...  # noqa: N803
    def untag_resource(self, *, resourceARN: str, tagKeys: list[str]) -> dict[str, Any]: ...  # noqa: N803
    def list_tags_for_resource(self, *, resourceARN: str) -> dict[str, Any]: ...  # noqa: N803


class StepFunctions(Protocol):
    """What the provider needs of its waiter."""

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, Any]: ...  # noqa: N803


class CloudFormation(Protocol):
    """What the provider reads of its own stack and the stack's parents."""

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]: ...  # noqa: N803


class Clients:
    """The clients, each made when first used. Tests hand in the same calls over an in-memory Bedrock."""

    @functools.cached_property
    def bedrock(self) -> Bedrock:
        """Amazon Bedrock's control plane."""
        return boto3.client("bedrock", config=_CONFIG)  # type: ignore[no-any-return]

    @functools.cached_property
    def states(self) -> StepFunctions:
        """AWS Step Functions."""
        return boto3.client("stepfunctions", config=_CONFIG)  # type: ignore[no-any-return]

    @functools.cached_property
    def cloudformation(self) -> CloudFormation:
        """AWS CloudFormation."""
        return boto3.client("cloudformation", config=_CONFIG)  # type: ignore[no-any-return]
