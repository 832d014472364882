"""A custom model that is served on demand: CreateCustomModelDeployment."""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import CUSTOM_MODEL_DEPLOYMENT_TYPE, DEPLOYMENT_ARN, DEPLOYMENT_NAME
from constructs_lib.core.iam_policy import Statement
from constructs_lib.custom_model_base import ICustomModel
from constructs_lib.provider import permissions
from constructs_lib.serving.invocable_model import IInvocableModel
from constructs_lib.serving.serving_construct import ImportedServing, ServingConstruct, ServingKind

_DESCRIPTION_MAX: Final = 2048


class ICustomModelDeployment(IInvocableModel, Protocol):
    """A deployment of a custom model. Its ARN stays while the model behind it changes."""

    @property
    def custom_model_deployment_arn(self) -> str:
        """The deployment's ARN, which is what callers invoke."""
        ...


class _ImportedDeployment(ImportedServing):
    @property
    def custom_model_deployment_arn(self) -> str:
        return self.model_arn


class CustomModelDeployment(ServingConstruct):
    """Makes a custom model ready for on-demand inference, and waits until it can be invoked.

    Another model, tags and removal policy change in place: a retrained model is swapped in under the same ARN, and the
    old one serves until then. Another name is another deployment, under another ARN.
    """

    _kind = ServingKind(
        type=CUSTOM_MODEL_DEPLOYMENT_TYPE,
        arn_attribute=DEPLOYMENT_ARN,
        name_attribute=DEPLOYMENT_NAME,
        model_argument="custom_model",
        model_member="modelArn",
        is_told_timeout=True,
    )

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
        super().__init__(
            scope,
            id,
            model=custom_model,
            run_inputs={"modelDeploymentName": deployment_name, "description": description},
            request={},
            removal_policy=removal_policy,
            timeout=timeout,
            tags=tags,
        )

    @property
    def custom_model_deployment_arn(self) -> str:
        """The deployment's ARN, which is what callers invoke; known when it serves the model."""
        return self.model_arn

    @property
    def custom_model_deployment_name(self) -> str:
        """The deployment's name, known when it serves the model."""
        return self._name

    def _permissions(self, foundation_model_arn: str | None) -> Iterable[Statement]:  # noqa: ARG002  serves custom ones
        return permissions.deploy_model(self)
