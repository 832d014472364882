"""The custom resources that own something in Amazon Bedrock, as CloudFormation sees them."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
import jsii
from constructs import Construct, IDependable

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    DESTROY,
    MODEL_TAGS,
    PREFIX,
    REMOVAL_POLICY,
    RETAIN,
    RUN_INPUTS,
    SERVICE_TIMEOUT_SECONDS,
    SETTINGS,
    TAGS,
    USER_TAG_LIMIT,
)
from constructs_lib.core.scopes import parent_stacks_property
from constructs_lib.core.stack_tags import rendered_tags_around, stack_tags_properties
from constructs_lib.core.validation import validate_later
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.inputs_digest import InputsDigest

# A rollback of the provider never deletes what is finished, so "retain except on create" asks for nothing else.
_POLICIES: Final = {
    cdk.RemovalPolicy.DESTROY: DESTROY,
    cdk.RemovalPolicy.RETAIN: RETAIN,
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: RETAIN,
}


@jsii.implements(cdk.IInspectable)
class ProvidedResource(cdk.CfnResource):
    """A custom resource of this library's provider.

    What `cdk.Tags.of` writes to is for the construct around it to show: the CDK asks a resource for it four times in
    each synthesis, and each is a call from its process.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        type: str,
        run_inputs: Mapping[str, Any],
        settings: Mapping[str, Any],
        removal_policy: cdk.RemovalPolicy,
        tags: Mapping[str, str] | None,
        model_tags: Mapping[str, str] | None = None,
        model_tags_argument: str = "custom_model_tags",
        after: Sequence[IDependable] = (),
    ) -> None:
        """`model_tags`, given by an argument of that name, are for the model alone, over all others. It is made `after`
        these and its provider.
        """
        self.type: Final = type
        provider = ModelProvider.of(scope)
        self.tag_manager: Final = cdk.TagManager(cdk.TagType.KEY_VALUE, type, dict(tags or {}))
        rendered = self.tag_manager.rendered_tags
        self._removal_policy = removal_policy_text(removal_policy)
        self._digest = InputsDigest(scope, run_inputs=run_inputs, settings=settings)
        super().__init__(
            scope,
            id,
            type=type,
            properties={
                "ServiceToken": provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
                RUN_INPUTS: run_inputs,
                SETTINGS: settings,
                **parent_stacks_property(scope),
                **stack_tags_properties(scope),
                TAGS: rendered,
                **({MODEL_TAGS: _rendered(model_tags)} if model_tags else {}),
                REMOVAL_POLICY: self._removal_policy,
            },
        )
        # Written out, or `MissingRemovalPolicies` takes it for missing and overrides what the provider reads.
        super().apply_removal_policy(cdk.RemovalPolicy.DESTROY, apply_to_update_replace_policy=False)
        self.node.add_dependency(provider.permission, *after)
        validate_later(
            scope,
            {"stacks": rendered_tags_around(scope), "own": rendered},
            functools.partial(_problems_of_tags, model_tags or {}, model_tags_argument),
        )

    def inspect(self, inspector: cdk.TreeInspector) -> None:
        """Tells viewers of the construct tree what kind of resource this is."""
        inspector.add_attribute("aws:cdk:cloudformation:type", self.type)

    def apply_removal_policy(
        self,
        policy: cdk.RemovalPolicy | None = None,
        *,
        apply_to_update_replace_policy: bool | None = None,
        default: cdk.RemovalPolicy | None = None,
    ) -> None:
        """Turns the policy into a property. CloudFormation's own stays Delete.

        With its Retain the provider would get no Delete event, and a running job would go on.
        """
        del apply_to_update_replace_policy
        self._removal_policy = removal_policy_text(policy or default or cdk.RemovalPolicy.RETAIN)
        self.add_property_override(REMOVAL_POLICY, self._removal_policy)

    @property
    def is_retained(self) -> bool:
        """Whether its policy is RETAIN, as far as it was set until now."""
        return self._removal_policy == RETAIN

    def add_override(self, path: str, value: Any) -> None:
        """As the CDK's own, which every other kind of override ends in; an override of the inputs counts as one."""
        self._digest.note_override(path, value)
        super().add_override(path, value)

    @property
    def inputs_digest(self) -> str:
        """A digest of the run inputs as they stand in the template. What serves the model carries it in its own.

        The CLI skips a stack whose template is the same, and a weak reference is the same text for every model.
        """
        return self._digest.text


def _problems_of_tags(model_tags: Mapping[str, str], argument: str, found: Mapping[str, Any]) -> list[str]:
    """Checks all tags when all are known: those of the stacks, which are lowest, `tags` and `Tags.of`, the model's."""
    tags = _by_key([*(tag for tags in reversed(found.get("stacks", [])) for tag in tags), *found.get("own", [])])
    try:
        checks.tags("tags (with Tags.of and the tags of the stack)", tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        everything = f"{argument} (with tags, Tags.of and the tags of the stack)"
        checks.tags(everything, {**tags, **model_tags}, limit=USER_TAG_LIMIT, reserved=PREFIX)
    except ValueError as problem:
        return [str(problem)]
    return []


def _by_key(tags: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    # A value that only the deployment knows stands there as an intrinsic function.
    return {tag["Key"]: tag["Value"] if isinstance(tag["Value"], str) else "-" for tag in tags}


def _rendered(tags: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def removal_policy_text(policy: cdk.RemovalPolicy) -> str:
    """The policy as the provider reads it."""
    checks.require(
        policy in _POLICIES,
        "removal_policy must be DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE",
        policy.name,
        "a custom model has no snapshots; use RETAIN to keep it",
    )
    return _POLICIES[policy]
