"""Constructs that serve a model: what a deployment and Provisioned Throughput do alike, and what tells them apart.

A further kind of resource that serves a model is a further `ServingKind`, with its own arguments and permissions.
"""

import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    NAME_PREFIX,
    PATH,
    PREFIX,
    REQUEST,
    SERVED_MODEL_ARN,
    TIMEOUT_SECONDS,
    USER_TAG_LIMIT,
)
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.members import without_none
from constructs_lib.core.names import name_prefix
from constructs_lib.core.scopes import path_in_root_stack
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.custom_resource import ProvidedResource, removal_policy_text
from constructs_lib.resources.model_reference import arn_of, check_place, inputs_of, is_custom, key_of
from constructs_lib.resources.wait_chain import WaitChain, timeout_seconds
from constructs_lib.serving.invocable_model import InvocableModel

# Bedrock takes 10 to 45 minutes: twice the longest single wait leaves room.
_DEFAULT_TIMEOUT: Final = 100 * 60


@dataclass(frozen=True, kw_only=True)
class ServingKind:
    """What tells one kind of resource that serves a model from another."""

    type: str
    arn_attribute: str
    name_attribute: str
    model_argument: str
    """The constructor's argument that takes the model."""
    model_member: str
    """The member of the API's request that names the model."""
    is_told_timeout: bool
    """Whether the provider has to know how long the stack waits: it waits for a full quota, then."""


@jsii.implements(cdk.ITaggableV2)
class ServingConstruct(InvocableModel):
    """Serves a model with a custom resource, and waits until it can be invoked."""

    _kind: ClassVar[ServingKind]

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: bedrock.IModel,
        run_inputs: Mapping[str, Any],
        request: Mapping[str, Any],
        removal_policy: cdk.RemovalPolicy,
        timeout: cdk.Duration | None,
        tags: Mapping[str, str] | None,
    ) -> None:
        """`run_inputs` are members of the API that make another resource when they change; `request` are the others.

        Members that are None are left out.
        """
        kind = self._kind
        check_place(scope, kind.model_argument, model)
        checks.tags("tags", tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        seconds = timeout_seconds(timeout, default=_DEFAULT_TIMEOUT)
        removal_policy_text(removal_policy)
        super().__init__(scope, id)
        self._encryption_key: kms.IKey | None = key_of(model)
        self._allow_provider(model)
        settings = {
            NAME_PREFIX: name_prefix(self),
            PATH: path_in_root_stack(self),
            TIMEOUT_SECONDS: seconds if kind.is_told_timeout else None,
            REQUEST: without_none({kind.model_member: arn_of(model), **request}),
            **inputs_of(model),
        }
        self._resource = ProvidedResource(
            self,
            "Resource",
            type=kind.type,
            run_inputs=without_none(run_inputs),
            settings=without_none(settings),
            removal_policy=removal_policy,
            tags=tags,
        )
        self._wait = WaitChain(self, waited_for=self._resource, seconds=seconds, expecting=[SERVED_MODEL_ARN])

    @property
    def model_arn(self) -> str:
        """The ARN that callers invoke, under the name that `bedrock.IModel` gives it."""
        return self._wait.attribute(self._kind.arn_attribute)

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model, if there is one and it is known."""
        return self._encryption_key

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What `cdk.Tags.of` writes to."""
        return self._resource.tag_manager

    @property
    def _name(self) -> str:
        return self._wait.attribute(self._kind.name_attribute)

    @abc.abstractmethod
    def _permissions(self, foundation_model_arn: str | None) -> Iterable[Statement]:
        """What the provider has to be allowed; a foundation model, if that is what is served, is named."""

    def _allow_provider(self, model: bedrock.IModel) -> None:
        provider = ModelProvider.of(self)
        foundation_model_arn = None if is_custom(model) else arn_of(model)
        provider.allow_once(
            f"{self._kind.type} {foundation_model_arn}", lambda: self._permissions(foundation_model_arn)
        )
        if self._encryption_key:
            provider.allow_use_of_key(self, self._encryption_key)


class ImportedServing(InvocableModel):
    """A deployment or throughput that exists already."""

    def __init__(self, scope: Construct, id: str, *, arn: str, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self._arn = arn
        self._encryption_key = encryption_key

    @property
    def model_arn(self) -> str:
        return self._arn

    @property
    def encryption_key(self) -> kms.IKey | None:
        return self._encryption_key
