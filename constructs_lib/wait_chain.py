"""How a stack waits: CloudFormation gives a custom resource one hour, so a chain of them waits for longer."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from constructs import Construct

from constructs_lib import checks
from constructs_lib.contract import SEGMENT_CONTEXT, SEGMENT_SECONDS, SERVICE_TIMEOUT_SECONDS, WAIT_TYPE
from constructs_lib.provider import ModelProvider
from constructs_lib.stacks import parent_stacks_property

_LONGEST: Final = cdk.Duration.days(14)


class WaitChain:
    """`Wait01`, `Wait02`, ... and last `Ready`, which carries the attributes of what was waited for.

    No property of a segment depends on how many there are, so a change of the timeout touches none that stays. Only a
    timeout below one segment is told to `Ready`; longer ones are rounded up to whole segments.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        waited_for: cdk.CfnResource,
        timeout: cdk.Duration,
        expecting: Sequence[str] = (),
    ) -> None:
        """`expecting` names attributes of the resource that every wait is told: it waits again when one changes."""
        segment = segment_seconds(scope)
        count = math.ceil(timeout.to_seconds() / segment)
        expected = {name: waited_for.get_att(name) for name in expecting}
        previous = waited_for
        for number in range(1, count):
            previous = _wait(scope, f"Wait{number:02}", waited_for, after=previous, properties=expected)
        last = expected | {"Last": True} | ({"Seconds": timeout.to_seconds()} if timeout.to_seconds() < segment else {})
        self.ready: Final = _wait(scope, "Ready", waited_for, after=previous, properties=last)
        _refer_weakly(self.ready)

    def attribute(self, name: str) -> str:
        """An attribute of what was waited for, known when the wait is over."""
        return self.reference(name).to_string()

    def reference(self, name: str) -> cdk.Reference:
        """The same, as a reference."""
        return self.ready.get_att(name)


def check_timeout(timeout: cdk.Duration | None) -> None:
    """Raises `ValueError` unless the timeout is above zero, at most 14 days, and known at synth."""
    checks.timeout("timeout", timeout, limit=_LONGEST)


def segment_seconds(scope: Construct) -> int:
    """Seconds of one segment: 50 minutes, or what the context key `constructs_lib:wait_segment_seconds` says."""
    return int(scope.node.try_get_context(SEGMENT_CONTEXT) or SEGMENT_SECONDS)


def _refer_weakly(ready: cdk.CfnResource) -> None:
    """CloudFormation refuses to change an export in use, so a strong reference would make every new model fail."""
    resource: cdk.CfnResource | None = ready
    while resource is not None:
        cdk.CrossStackReferences.of(resource).produce(cdk.ReferenceStrength.WEAK)
        # What leaves a nested stack is an attribute of that stack's own resource.
        resource = cdk.Stack.of(resource).nested_stack_resource


def _wait(
    scope: Construct,
    id: str,
    waited_for: cdk.CfnResource,
    *,
    after: cdk.CfnResource,
    properties: Mapping[str, Any] | None = None,
) -> cdk.CfnResource:
    wait = cdk.CfnResource(
        scope,
        id,
        type=WAIT_TYPE,
        properties={
            "ServiceToken": ModelProvider.of(scope).service_token,
            "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
            "For": waited_for.cfn_resource_type,
            "Name": waited_for.ref,
            **parent_stacks_property(scope),
            **(properties or {}),
        },
    )
    # There is nothing behind a wait: Retain saves the calls that would delete it.
    wait.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.RETAIN
    wait.cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.RETAIN
    if after is not waited_for:
        wait.add_resource_dependency(after)
    return wait
