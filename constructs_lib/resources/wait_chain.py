"""How a stack waits: CloudFormation gives a custom resource one hour, so a chain of them waits for longer."""

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    SEGMENT_CONTEXT,
    SEGMENT_SECONDS,
    SERVICE_TIMEOUT_SECONDS,
    WAIT_FOR,
    WAIT_LAST,
    WAIT_NAME,
    WAIT_SECONDS,
    WAIT_TYPE,
)
from constructs_lib.core.scopes import parent_stacks_property
from constructs_lib.core.wait_segment import seconds_from_context
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.custom_resource import ProvidedResource
from constructs_lib.resources.wait_template import segment_id, template_file
from constructs_lib.resources.weak_references import refer_weakly

_LONGEST_DAYS: Final = 14
# What CloudFormation takes in one template. Fourteen days are 404 segments of 50 minutes.
_MOST_RESOURCES: Final = 500


class WaitChain:
    """Waits of 50 minutes, one after another, and last `Ready`, which carries the attributes of what was waited for.

    Only `Ready` fails when the work has failed. The others stand in a nested stack, so that a model costs the stack
    around it few of its 500 resources; a failure in there would hide Amazon Bedrock's message.

    No property of a segment depends on how many there are. Only a timeout below one segment is told to `Ready`; longer
    ones are rounded up to whole segments.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        waited_for: ProvidedResource,
        seconds: float,
        expecting: Sequence[str] = (),
    ) -> None:
        """`expecting` names attributes of the resource that every wait is told: it waits again when one changes."""
        segment = seconds_from_context(scope) or SEGMENT_SECONDS
        properties = {
            "ServiceToken": ModelProvider.of(scope).service_token,
            WAIT_FOR: waited_for.type,
            WAIT_NAME: waited_for.ref,
            **{name: waited_for.get_att(name).to_string() for name in expecting},
        }
        count = math.ceil(seconds / segment) - 1
        checks.require(
            count <= _MOST_RESOURCES,
            f"timeout must be at most {(_MOST_RESOURCES + 1) * segment} seconds with {SEGMENT_CONTEXT}={segment}",
            seconds,
            "leave that context key out, or shorten the timeout",
        )
        earlier = _earlier(scope, count, properties)
        short = {WAIT_SECONDS: seconds} if seconds < segment else {}
        self.ready: Final = _wait(
            scope, "Ready", {**properties, **parent_stacks_property(scope), WAIT_LAST: True, **short}
        )
        if earlier:
            self.ready.add_resource_dependency(earlier)
        self._attributes: Final[dict[str, str]] = {}

    def attribute(self, name: str) -> str:
        """An attribute of what was waited for, known when the wait is over."""
        if name not in self._attributes:
            self._attributes[name] = self.reference(name).to_string()
        return self._attributes[name]

    def reference(self, name: str) -> cdk.Reference:
        """The same, as a reference."""
        return self._referred_to.get_att(name)

    @functools.cached_property
    def _referred_to(self) -> cdk.CfnResource:
        refer_weakly(self.ready)
        return self.ready


def timeout_seconds(timeout: cdk.Duration | None, *, default: float) -> float:
    """Raises `ValueError` unless the timeout is above zero, at most 14 days, and known at synth."""
    return default if timeout is None else checks.timeout("timeout", timeout, limit_days=_LONGEST_DAYS)


def _earlier(scope: Construct, count: int, properties: Mapping[str, str]) -> cdk.CfnResource | None:
    """All segments but the last one. A single one saves nothing by a stack of its own."""
    if count == 0:
        return None
    if count == 1:
        return _wait(scope, segment_id(1), properties)
    file = template_file(ModelProvider.of(scope), count=count, properties=tuple(properties))
    waits = _Waits(scope, "Waits", template_url=file.url, parameters=properties)
    # With this the CLI's diff looks into the template.
    file.asset.add_resource_metadata(waits, "TemplateURL")
    return waits


class _Waits(cdk.CfnStack):
    """Nothing in it is worth keeping, whatever removal policy an Aspect has for the things around it."""

    def __init__(self, scope: Construct, id: str, *, template_url: str, parameters: Mapping[str, str]) -> None:
        super().__init__(scope, id, template_url=template_url, parameters=parameters)
        # The CDK asks for one, though without it CloudFormation does the same.
        super().apply_removal_policy(cdk.RemovalPolicy.DESTROY)

    def apply_removal_policy(
        self,
        policy: cdk.RemovalPolicy | None = None,
        *,
        apply_to_update_replace_policy: bool | None = None,
        default: cdk.RemovalPolicy | None = None,
    ) -> None:
        """Does nothing: CloudFormation deletes it."""


def _wait(scope: Construct, id: str, properties: Mapping[str, Any]) -> cdk.CfnResource:
    wait = cdk.CfnResource(
        scope, id, type=WAIT_TYPE, properties={**properties, "ServiceTimeout": SERVICE_TIMEOUT_SECONDS}
    )
    # There is nothing behind a wait: Retain saves the calls that would delete it.
    wait.apply_removal_policy(cdk.RemovalPolicy.RETAIN, apply_to_update_replace_policy=True)
    return wait
