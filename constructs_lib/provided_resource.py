"""The custom resources that own something in Amazon Bedrock, as CloudFormation sees them."""

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct, IDependable

from constructs_lib import checks
from constructs_lib.at_synthesis import later
from constructs_lib.contract import (
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
from constructs_lib.provider import ModelProvider
from constructs_lib.served_model import MODEL_INPUTS
from constructs_lib.stacks import parent_stacks_property, remembered, stack_of

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
        after: Sequence[IDependable] = (),
    ) -> None:
        """`model_tags` are for the model alone, over all others. It is made `after` these and its provider."""
        self.type: Final = type
        provider, stack_tags = ModelProvider.of(scope), _stack_tags(stack_of(scope))
        self.tag_manager: Final = cdk.TagManager(cdk.TagType.KEY_VALUE, type, {**stack_tags.values, **(tags or {})})
        rendered = self.tag_manager.rendered_tags
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
                TAGS: rendered,
                **({MODEL_TAGS: _rendered(model_tags)} if model_tags else {}),
                REMOVAL_POLICY: removal_policy_text(removal_policy),
            },
        )
        # Written out, or `MissingRemovalPolicies` takes it for missing and overrides what the provider reads.
        self.cfn_options.deletion_policy = cdk.CfnDeletionPolicy.DELETE
        # What a model was trained on is one of them: its ARN, too, is the same text for every model.
        self._inputs = {**run_inputs, **{name: value for name, value in settings.items() if name == MODEL_INPUTS}}
        self.node.add_dependency(provider.permission, *after)
        asked = {"stack": stack_tags.rendered, "own": rendered}
        later(scope, asked, functools.partial(self._finish_tags, model_tags or {}))

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
        self.add_property_override(REMOVAL_POLICY, removal_policy_text(policy or default or cdk.RemovalPolicy.RETAIN))

    def _finish_tags(self, model_tags: Mapping[str, str], found: Mapping[str, Any]) -> list[str]:
        """Checks the tags when all are known, and adds what the stack was given after this: it holds for this, too."""
        own, of_stack = _by_key(found.get("own")), _by_key(found.get("stack"))
        tags = {**of_stack, **own}
        if tags != own:
            self.add_property_override(TAGS, _rendered(tags))
        return _problems(tags, {**tags, **model_tags})

    @property
    def inputs_digest(self) -> str:
        """A digest of the run inputs as they stand in the template. What serves the model carries it in its own.

        The CLI skips a stack whose template is the same, and a weak reference is the same text for every model.
        """
        return cdk.Lazy.string(_InputsDigest(self, self._inputs))


@dataclass(frozen=True, kw_only=True)
class _StackTags:
    """The stack's own, which CloudFormation hands to every resource but custom ones."""

    values: Mapping[str, str]
    rendered: cdk.IResolvable


@remembered
def _stack_tags(stack: IConstruct) -> _StackTags:
    tags = cast("cdk.Stack", stack).tags
    return _StackTags(values=tags.tag_values(), rendered=tags.rendered_tags)


@jsii.implements(cdk.IStableStringProducer)
class _InputsDigest:
    """Made in synthesis: only then is what tokens among the inputs stand for known."""

    def __init__(self, scope: Construct, inputs: Any) -> None:
        self._scope = scope
        self._inputs = inputs

    def produce(self) -> str:
        resolved = json.dumps(stack_of(self._scope).resolve(self._inputs), sort_keys=True)
        return hashlib.sha256(resolved.encode()).hexdigest()[:20]


def _by_key(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, Any]:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def _problems(*all_tags: Mapping[str, Any]) -> list[str]:
    try:
        for tags in all_tags:
            # A value that only the deployment knows stands there as an intrinsic function.
            known = {key: value if isinstance(value, str) else "-" for key, value in tags.items()}
            checks.tags("tags", known, limit=USER_TAG_LIMIT, reserved=PREFIX)
    except ValueError as problem:
        return [str(problem)]
    return []


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
