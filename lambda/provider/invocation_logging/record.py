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
from provider.cloudformation.result import Refused
from provider.lifecycle.ownership_tags import Ownership

_MISSING: Final = "ParameterNotFound"
# Above 4 KB a parameter is an advanced one, of up to 8 KB.
_LIMIT: Final = 8 * 1024
_TIER: Final = "Intelligent-Tiering"

Configuration = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
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


def read(ssm: Ssm) -> list[Layer]:
    """The layers from the lowest to the one on top; none if this library manages no configuration here."""
    try:
        text = ssm.get_parameter(Name=LOGGING_RECORD)["Parameter"]["Value"]
    except ClientError as error:
        if errors.code(error) == _MISSING:
            return []
        raise
    try:
        return [_parsed(each) for each in json.loads(text)["layers"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused(
            f"The SSM parameter {LOGGING_RECORD} is not what this library wrote, so nothing was changed; delete it to "
            "give the configuration of invocation logging up, or restore an earlier version of it."
        ) from None


def write(ssm: Ssm, layers: Sequence[Layer]) -> None:
    """Brings the parameter up to date; it goes when no layer has an owner."""
    if not any(layer.ownership for layer in layers):
        _delete(ssm)
        return
    value = json.dumps({"layers": [_rendered(layer) for layer in layers]}, sort_keys=True)
    if len(value.encode()) > _LIMIT:
        raise Refused(
            f"{len(layers)} configurations of invocation logging lie one over the other in this account and Region, "
            "more than can be remembered; delete the stacks that put the older ones first."
        )
    ssm.put_parameter(Name=LOGGING_RECORD, Value=value, Type="String", Tier=_TIER, Overwrite=True)


def _delete(ssm: Ssm) -> None:
    try:
        ssm.delete_parameter(Name=LOGGING_RECORD)
    except ClientError as error:
        if errors.code(error) != _MISSING:
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
