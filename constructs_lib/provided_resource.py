"""The custom resources that own something in Amazon Bedrock, as CloudFormation sees them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
import jsii
from constructs import Construct, IValidation

from constructs_lib import checks
from constructs_lib.contract import (
    DESTROY,
    MODEL_TAGS,
    REMOVAL_POLICY,
    RETAIN,
    RUN_INPUTS,
    SERVICE_TIMEOUT_SECONDS,
    SETTINGS,
    TAG_PREFIX,
    TAGS,
    USER_TAG_LIMIT,
)
from constructs_lib.provider import ModelProvider
from constructs_lib.served_model import MODEL_INPUTS
from constructs_lib.stacks import parent_stacks_property, stack_of

# A rollback of the provider never deletes what is finished, so "retain except on create" asks for nothing else.
_POLICIES: Final = {
    cdk.RemovalPolicy.DESTROY: DESTROY,
    cdk.RemovalPolicy.RETAIN: RETAIN,
    cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: RETAIN,
}


@jsii.implements(cdk.ITaggableV2, cdk.IInspectable)
class ProvidedResource(cdk.CfnResource):
    """A custom resource of this library's provider. Tags and removal policy reach it by all of CDK's own ways."""

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
    ) -> None:
        super().__init__(scope, id, type=type)
        self._tags = cdk.TagManager(cdk.TagType.KEY_VALUE, type, dict(tags or {}))
        self._stack_tags = stack_of(self).tags
        self._policy = removal_policy_text(removal_policy)
        self._model_tags = model_tags
        self._provider = ModelProvider.of(scope)
        # What a model was trained on is one of them: its ARN, too, is the same text for every model.
        self._inputs = {**run_inputs, **{name: value for name, value in settings.items() if name == MODEL_INPUTS}}
        self._fixed = {
            "ServiceToken": self._provider.service_token,
            "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
            RUN_INPUTS: run_inputs,
            SETTINGS: settings,
            **parent_stacks_property(self),
        }
        self.node.add_dependency(self._provider.permission)
        self.node.add_validation(_TagValidation(self))

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What `cdk.Tags.of` writes to."""
        return self._tags

    def inspect(self, inspector: cdk.TreeInspector) -> None:
        """Tells viewers of the construct tree what kind of resource this is."""
        inspector.add_attribute("aws:cdk:cloudformation:type", self.cfn_resource_type)

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
        self._policy = removal_policy_text(policy or default or cdk.RemovalPolicy.RETAIN)

    @property
    def inputs_digest(self) -> str:
        """A digest of the run inputs as they stand in the template. What serves the model carries it in its own.

        The CLI skips a stack whose template is the same, and a weak reference is the same text for every model.
        """
        return cdk.Lazy.string(_InputsDigest(self, self._inputs))

    @property
    def tag_values(self) -> dict[str, str]:
        """All tags of the user: the stack's own, over them `tags=`, over them `cdk.Tags.of`."""
        return {**self._stack_tags.tag_values(), **self._tags.tag_values()}

    def model_tag_values(self, tags: Mapping[str, str]) -> dict[str, str]:
        """The same for the model that a job makes: what was given for the model alone is over all others."""
        return {**tags, **(self._model_tags or {})}

    @property
    def _cfn_properties(self) -> Mapping[str, Any]:
        tags = self.tag_values
        models = {MODEL_TAGS: _rendered(self.model_tag_values(tags))} if self._model_tags is not None else {}
        return {**self._fixed, TAGS: _rendered(tags), **models, REMOVAL_POLICY: self._policy}


@jsii.implements(cdk.IStableStringProducer)
class _InputsDigest:
    """Made in synthesis: only then is what tokens among the inputs stand for known."""

    def __init__(self, scope: Construct, inputs: Any) -> None:
        self._scope = scope
        self._inputs = inputs

    def produce(self) -> str:
        resolved = json.dumps(stack_of(self._scope).resolve(self._inputs), sort_keys=True)
        return hashlib.sha256(resolved.encode()).hexdigest()[:20]


@jsii.implements(IValidation)
class _TagValidation:
    """Checks the tags once all of them are known: `cdk.Tags.of` may add some until synthesis."""

    def __init__(self, resource: ProvidedResource) -> None:
        self._resource = resource

    def validate(self) -> list[str]:
        try:
            tags = self._resource.tag_values
            for each in (tags, self._resource.model_tag_values(tags)):
                checks.tags("tags", each, limit=USER_TAG_LIMIT, reserved=TAG_PREFIX)
        except ValueError as problem:
            return [str(problem)]
        return []


def _rendered(tags: Mapping[str, str]) -> list[dict[str, str]]:
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
