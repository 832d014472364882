"""The configuration of invocation logging of an account and Region: where it logs to, and whose it is.

It has no tags. The SSM parameter that the constructs keep says who put it, in layers: each over the one below it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models.bedrock.resource import Resource
from bedrock_models.contract import LOGGING_RECORD
from bedrock_models.failures import Failure, is_denied

KIND: Final = "invocation-logging"
# The physical id of each of them: there is nothing to name.
NAME: Final = "model-invocation-logging"
_TYPE: Final = "String"
_TIER: Final = "Intelligent-Tiering"
_MISSING: Final = "ParameterNotFound"


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """One configuration. Without tags it is one that the constructs did not put."""

    raw: Mapping[str, Any]

    @property
    def configuration(self) -> Mapping[str, Any]:
        """What was put."""
        return dict(self.raw["configuration"])

    @property
    def tags(self) -> Mapping[str, str]:
        """What every other resource of the constructs carries in Bedrock."""
        return dict(self.raw.get("tags", {}))

    def is_live(self, current: Mapping[str, Any]) -> bool:
        """Whether Bedrock has it, or what the same resource had put before."""
        return bool(current) and current in (self.raw["configuration"], self.raw.get("before"))


@dataclass(frozen=True, kw_only=True)
class InvocationLogging:
    """`current` is empty if nothing is configured, `version` 0 if there is no record; `unread` says why, if it is."""

    current: Mapping[str, Any]
    layers: tuple[Layer, ...] = ()
    version: int = 0
    unread: str = ""

    @property
    def live(self) -> Layer | None:
        """The layer that Bedrock has; None for a configuration that is nobody's of these."""
        return next((each for each in reversed(self.layers) if each.is_live(self.current)), None)

    @property
    def owner(self) -> Layer | None:
        """The same, if a construct put it."""
        return self.live if self.live and self.live.tags else None


def read(aws: Any) -> InvocationLogging:
    """What there is now. Raises `Failure` for a record that the constructs did not write."""
    current = _filled(aws.client("bedrock").get_model_invocation_logging_configuration().get("loggingConfig") or {})
    try:
        parameter = aws.client("ssm").get_parameter(Name=LOGGING_RECORD)["Parameter"]
    except ClientError as error:
        if is_denied(error):
            return InvocationLogging(current=current, unread="whose it is may not be read: allow ssm:GetParameter")
        if error.response["Error"]["Code"] != _MISSING:
            raise
        return InvocationLogging(current=current)
    try:
        layers = tuple(Layer(raw=each) for each in json.loads(parameter["Value"])["layers"])
        return InvocationLogging(current=current, layers=layers, version=parameter["Version"])
    except (ValueError, TypeError, KeyError):
        raise Failure(
            f"the SSM parameter {LOGGING_RECORD} is not what the constructs wrote; delete it to give the configuration "
            "of invocation logging up, or restore an earlier version of it"
        ) from None


def write(aws: Any, found: InvocationLogging, rest: tuple[Layer, ...]) -> None:
    """Writes the record over what was found; it goes when no layer has an owner. Refuses to overwrite another's."""
    ssm = aws.client("ssm")
    if read(aws).version != found.version:
        raise Failure("the record of invocation logging was changed meanwhile; run this again")
    if not any(each.tags for each in rest):
        ssm.delete_parameter(Name=LOGGING_RECORD)
        return
    value = json.dumps({"layers": [each.raw for each in rest]}, sort_keys=True)
    ssm.put_parameter(Name=LOGGING_RECORD, Value=value, Type=_TYPE, Tier=_TIER, Overwrite=True)


def destinations(config: Mapping[str, Any]) -> str:
    """Where a configuration logs to, as people write it."""
    bucket, group = config.get("s3Config"), config.get("cloudWatchConfig")
    places = [f"s3://{bucket['bucketName']}/{bucket.get('keyPrefix', '')}"] if bucket else []
    return " and ".join([*places, *([f"log group {group['logGroupName']}"] if group else [])])


def as_resource(layer: Layer, *, created: Any) -> Resource:
    """A layer in the form of everything else that is owned by a stack."""
    return Resource(kind=KIND, name=NAME, arn=LOGGING_RECORD, status="Active", created=created, tags=layer.tags)


def _filled(config: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty, as the record has it."""
    parts = {name: _filled(part) if isinstance(part, Mapping) else part for name, part in config.items()}
    return {name: part for name, part in parts.items() if part not in (None, "", {})}
