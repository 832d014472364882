"""The record of invocation logging: who put the account's configuration, and what was there before.

There is one configuration in an account and Region, and it has no tags. So an SSM parameter says whose it is. It is
written before Bedrock is asked: whichever answer is lost, the next delivery of the event finds what was meant.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Ssm
from provider.cloudformation.contract import LOGGING_RECORD
from provider.cloudformation.request import Request
from provider.cloudformation.result import Cause, NotYet, Refused
from provider.invocation_logging.configuration import Configuration
from provider.lifecycle.ownership_tags import Ownership

_MISSING: Final = {"ParameterNotFound", "ParameterVersionNotFound"}
_PATIENCE: Final = 5 * 60
# Above 4 KB a parameter is an advanced one, of up to 8 KB.
_LIMIT: Final = 8 * 1024
_TIER: Final = "Intelligent-Tiering"


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """One configuration, put over that of the layer below it.

    `ownership` is None for one that this library did not put. `before` is what the same owner had put earlier: which of
    the two is live while an update is under way, or after Bedrock has refused one, only Bedrock can tell.
    """

    configuration: Configuration
    before: Configuration | None = None
    ownership: Ownership | None = None

    def is_live(self, current: Configuration | None) -> bool:
        """Whether Bedrock's configuration is this one."""
        return current is not None and current in (self.configuration, self.before)

    def other_than(self, wanted: Configuration, current: Configuration | None) -> Configuration | None:
        """What may be live beside what is wanted now, as long as Bedrock has not taken that."""
        return next((each for each in (current, self.configuration, self.before) if each != wanted), None)

    def is_of_owner_of(self, other: "Layer") -> bool:
        """Whether one resource put both."""
        return bool(self.ownership and other.ownership and self.ownership.owner == other.ownership.owner)

    def is_of_event(self, request: Request) -> bool:
        """Whether this very event put it."""
        return self.ownership is not None and self.ownership.request_id == request.id


@dataclass(frozen=True, kw_only=True)
class Record:
    """The layers from the lowest to the one on top, and which version of the parameter has them: 0 if there is none."""

    layers: list[Layer]
    version: int

    @property
    def top(self) -> Layer | None:
        """The layer that was written down last."""
        return next(reversed(self.layers), None)

    def live(self, current: Configuration | None) -> Layer | None:
        """The layer that Bedrock has. One above it is about to be put, or about to go."""
        return next((layer for layer in reversed(self.layers) if layer.is_live(current)), None)

    def below(self, layer: Layer) -> list[Layer]:
        """All that it lies over."""
        return self.layers[: self.layers.index(layer)]


def read(ssm: Ssm) -> Record:
    """What is written down; no layers if this library manages no configuration here."""
    parameter = _parameter(ssm, LOGGING_RECORD)
    if parameter is None:
        return Record(layers=[], version=0)
    try:
        layers = [_parsed(each) for each in json.loads(parameter["Value"])["layers"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused(
            f"The SSM parameter {LOGGING_RECORD} is not what this library wrote, so nothing was changed; delete it to "
            "give the configuration of invocation logging up, or restore an earlier version of it."
        ) from None
    return Record(layers=layers, version=parameter["Version"])


def write(ssm: Ssm, layers: Sequence[Layer], *, over: Record) -> None:
    """Brings the parameter up to date `over` what was read of it; it goes when no layer has an owner."""
    if not any(layer.ownership for layer in layers):
        _delete(ssm)
        return
    value = json.dumps({"layers": [_rendered(layer) for layer in layers]}, sort_keys=True)
    if len(value.encode()) > _LIMIT:
        raise Refused(
            f"{len(layers)} configurations of invocation logging lie one over the other in this account and Region, "
            "more than can be remembered; delete the stacks that put the older ones first."
        )
    version = _put(ssm, value)
    if version != over.version + 1:
        _give_back(ssm, version, value)


def _give_back(ssm: Ssm, version: int, value: str) -> None:
    """Another event has written since the parameter was read. Systems Manager has no conditional write, but it counts
    versions and keeps them, so what was overwritten can be put back (docs/assumptions.md: parameter-versions-count).
    """
    overwritten = _parameter(ssm, f"{LOGGING_RECORD}:{version - 1}") if version > 1 else None
    if overwritten and overwritten["Value"] == value:
        # The same call, sent twice by the SDK.
        return
    if overwritten:
        _put(ssm, overwritten["Value"])
    else:
        _delete(ssm)
    raise NotYet(
        "another event has changed the record of invocation logging meanwhile",
        cause=Cause.CHANGING,
        give_up=f"For {_PATIENCE // 60} minutes, other events have changed the record of invocation logging at the "
        "same time. Nothing was changed; deploy again.",
        patience=_PATIENCE,
        seconds=10,
    )


def _parameter(ssm: Ssm, name: str) -> dict[str, Any] | None:
    try:
        parameter: dict[str, Any] = ssm.get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        if errors.code(error) in _MISSING:
            return None
        raise
    return parameter


def _put(ssm: Ssm, value: str) -> int:
    put = ssm.put_parameter(Name=LOGGING_RECORD, Value=value, Type="String", Tier=_TIER, Overwrite=True)
    return int(put["Version"])


def _delete(ssm: Ssm) -> None:
    try:
        ssm.delete_parameter(Name=LOGGING_RECORD)
    except ClientError as error:
        if errors.code(error) not in _MISSING:
            raise


def _rendered(layer: Layer) -> dict[str, Any]:
    return {
        "configuration": layer.configuration,
        **({"before": layer.before} if layer.before else {}),
        **({"tags": layer.ownership.tags()} if layer.ownership else {}),
    }


def _parsed(layer: Mapping[str, Any]) -> Layer:
    return Layer(
        configuration=dict(layer["configuration"]),
        before=layer.get("before"),
        ownership=Ownership.read(layer.get("tags", {})),
    )
