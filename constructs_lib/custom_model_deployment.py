"""A custom model that is served on demand: CreateCustomModelDeployment."""

import abc
from collections.abc import Mapping
from typing import Final, Protocol

import aws_cdk as cdk
import jsii
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    DEPLOYMENT_ARN,
    DEPLOYMENT_NAME,
    NAME_PREFIX,
    PATH,
    PREFIX,
    REQUEST,
    SERVED_MODEL_ARN,
    TIMEOUT_SECONDS,
    USER_TAG_LIMIT,
)
from constructs_lib.core.names import name_prefix
from constructs_lib.core.scopes import path_in_root_stack
from constructs_lib.custom_model_base import ICustomModel
from constructs_lib.provider import permissions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.custom_resource import ProvidedResource, removal_policy_text
from constructs_lib.resources.model_reference import check_place, inputs_of
from constructs_lib.resources.wait_chain import WaitChain, timeout_seconds
from constructs_lib.serving.invocable_model import IInvocableModel, InvocableModel

_DESCRIPTION_MAX: Final = 2048
# Bedrock takes 10 to 45 minutes: twice the longest single wait leaves room.
_DEFAULT_TIMEOUT: Final = 100 * 60


class ICustomModelDeployment(IInvocableModel, Protocol):
    """A deployment of a custom model. Its ARN stays while the model behind it changes."""

    @property
    def custom_model_deployment_arn(self) -> str:
        """The deployment's ARN, which is what callers invoke."""
        ...


class _CustomModelDeploymentBase(InvocableModel):
    """What holds for every deployment, made here or not."""

    @property
    @abc.abstractmethod
    def custom_model_deployment_arn(self) -> str:
        """The deployment's ARN, which is what callers invoke."""

    @property
    def model_arn(self) -> str:
        """The deployment's ARN, under the name that `bedrock.IModel` gives it."""
        return self.custom_model_deployment_arn


class _ImportedDeployment(_CustomModelDeploymentBase):
    """A deployment that exists already."""

    def __init__(self, scope: Construct, id: str, *, arn: str, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self._arn = arn
        self._encryption_key = encryption_key

    @property
    def custom_model_deployment_arn(self) -> str:
        return self._arn

    @property
    def encryption_key(self) -> kms.IKey | None:
        return self._encryption_key


@jsii.implements(cdk.ITaggableV2)
class CustomModelDeployment(_CustomModelDeploymentBase):
    """Makes a custom model ready for on-demand inference, and waits until it can be invoked.

    Another model, tags and removal policy change in place: a retrained model is swapped in under the same ARN, and the
    old one serves until then. Another name is another deployment, under another ARN.
    """

    @classmethod
    def from_custom_model_deployment_arn(
        cls, scope: Construct, id: str, custom_model_deployment_arn: str
    ) -> ICustomModelDeployment:
        """A deployment that exists already, by its ARN. Raises `ValueError` for an ARN of anything else."""
        return cls.from_custom_model_deployment_attributes(
            scope, id, custom_model_deployment_arn=custom_model_deployment_arn
        )

    @classmethod
    def from_custom_model_deployment_attributes(
        cls, scope: Construct, id: str, *, custom_model_deployment_arn: str, encryption_key: kms.IKey | None = None
    ) -> ICustomModelDeployment:
        """The same, with the customer's key of the model behind: who invokes it has to decrypt with it."""
        checks.arn(
            "custom_model_deployment_arn",
            custom_model_deployment_arn,
            service="bedrock",
            resource="custom-model-deployment/.+",
            example="arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc123def456",
        )
        return _ImportedDeployment(scope, id, arn=custom_model_deployment_arn, encryption_key=encryption_key)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        custom_model: ICustomModel,
        deployment_name: str | None = None,
        description: str | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.DESTROY,
        timeout: cdk.Duration | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Deploys the model.

        :param custom_model: the model to serve, of the stack's Region. Which models can be deployed is up to Bedrock;
            `ProvisionedModelThroughput` serves the others.
        :param deployment_name: 1 to 63 letters or digits, separated by single '-' or '_'. If a deployment has that name
            and is not this construct's, the deployment fails before anything starts. Default: a name made of the
            construct's id and a hash of stack and path; the model is no part of it.
        :param description: one line of 1 to 2048 characters. Bedrock cannot change it: a change of this alone is
            refused in deployment, since another deployment has another ARN. Default: none.
        :param removal_policy: what happens to it when it is replaced or deleted, and when the rollback of its creation
            takes it away again. Default: it is deleted.
        :param timeout: how long to wait until it serves the model, above zero and at most 14 days, no token. Above 50
            minutes it is rounded up to whole times 50 minutes. Default: 100 minutes.
        :param tags: at most 44; keys of 1 to 128 and values of up to 256 letters, digits, spaces or . _ : / = + @ -.
            `cdk.Tags.of` wins over them, and they win over the stack's own. Default: only the stack's tags.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        checks.name("deployment_name", deployment_name)
        checks.line("description", description, limit=_DESCRIPTION_MAX)
        check_place(scope, "custom_model", custom_model)
        checks.tags("tags", tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        seconds = timeout_seconds(timeout, default=_DEFAULT_TIMEOUT)
        removal_policy_text(removal_policy)
        super().__init__(scope, id)
        self._encryption_key = custom_model.encryption_key
        self._allow_provider()
        self._resource = ProvidedResource(
            self,
            "Resource",
            type=CUSTOM_MODEL_DEPLOYMENT_TYPE,
            run_inputs={
                **({"modelDeploymentName": deployment_name} if deployment_name else {}),
                **({"description": description} if description else {}),
            },
            settings={
                NAME_PREFIX: name_prefix(self),
                PATH: path_in_root_stack(self),
                TIMEOUT_SECONDS: seconds,
                REQUEST: {"modelArn": custom_model.custom_model_arn},
                **inputs_of(custom_model),
            },
            removal_policy=removal_policy,
            tags=tags,
        )
        self._wait = WaitChain(self, waited_for=self._resource, seconds=seconds, expecting=[SERVED_MODEL_ARN])

    @property
    def custom_model_deployment_arn(self) -> str:
        """The deployment's ARN, which is what callers invoke; known when it serves the model."""
        return self._wait.attribute(DEPLOYMENT_ARN)

    @property
    def custom_model_deployment_name(self) -> str:
        """The deployment's name, known when it serves the model."""
        return self._wait.attribute(DEPLOYMENT_NAME)

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What `cdk.Tags.of` writes to."""
        return self._resource.tag_manager

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model."""
        return self._encryption_key

    def _allow_provider(self) -> None:
        provider = ModelProvider.of(self)
        provider.allow_once("CustomModelDeployment", lambda: permissions.deploy_model(self))
        if self._encryption_key:
            provider.allow_use_of_key(self, self._encryption_key)
