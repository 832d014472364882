"""A custom model that was trained elsewhere and is imported: CreateCustomModel."""

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    ADOPT,
    CUSTOM_MODEL_TYPE,
    LOCK_ID,
    MODEL_ARN,
    MODEL_NAME,
    NAME_PREFIX,
    PATH,
    PREFIX,
    REQUEST,
    TIMEOUT_SECONDS,
    USER_TAG_LIMIT,
)
from constructs_lib.core.cross_stack_arn import warn_of_cross_stack_model_arn
from constructs_lib.core.iam_policy import allow
from constructs_lib.core.kms_keys import check_model_key, model_key_statement
from constructs_lib.core.lock_ids import warn_of_shared_lock
from constructs_lib.core.names import name_prefix
from constructs_lib.core.scopes import path_in_root_stack
from constructs_lib.custom_model_base import CustomModelBase, ICustomModel
from constructs_lib.custom_model_lookup import CustomModelLookup, CustomModelStatus
from constructs_lib.data.model_source import ModelSource
from constructs_lib.provider import permissions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.provider.pass_role import role_arn_of
from constructs_lib.resources.custom_resource import ProvidedResource, removal_policy_text
from constructs_lib.resources.service_role import (
    allow_model_key,
    bedrock_principal,
    make_service_role,
    warn_of_given_role,
)
from constructs_lib.resources.wait_chain import WaitChain, timeout_seconds

_DEFAULT_TIMEOUT: Final = 50 * 60


class TrainedModel(CustomModelBase):
    """A custom model that comes out of a wait of this app: for its training, or for the check of it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: cdk.Reference,
        encryption_key: kms.IKey | None,
        inputs_digest: str,
        root_model_arn: str,
        is_looked_up: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self._is_looked_up = is_looked_up
        self._root_model_arn = root_model_arn
        self._arn = arn.to_string()
        self._encryption_key = encryption_key
        self._digest = inputs_digest
        warn_of_cross_stack_model_arn(self, arn)

    @property
    def custom_model_arn(self) -> str:
        """The model's ARN, known when the wait is over."""
        return self._arn

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model."""
        return self._encryption_key

    @property
    def _inputs_digest(self) -> str | None:
        return self._digest


class _ImportedCustomModel(CustomModelBase):
    """A custom model that exists already."""

    def __init__(self, scope: Construct, id: str, *, arn: str, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self._arn = arn
        self._encryption_key = encryption_key

    @property
    def custom_model_arn(self) -> str:
        return self._arn

    @property
    def encryption_key(self) -> kms.IKey | None:
        return self._encryption_key


@jsii.implements(cdk.ITaggableV2)
class CustomModel(CustomModelBase):
    """Imports a model into Amazon Bedrock and waits until it is Active.

    Tags, role and removal policy change in place; every other change makes a new model. The name is the lock: the same
    inputs never make a second one, and a model that an earlier, rolled back deployment left is adopted. What is
    created beside it: a service role for the S3 source (none for a package), and once in each stack the provider.
    """

    @classmethod
    def from_custom_model_arn(cls, scope: Construct, id: str, custom_model_arn: str) -> ICustomModel:
        """A model that exists already, by its ARN. Raises `ValueError` for an ARN of anything else."""
        return cls.from_custom_model_attributes(scope, id, custom_model_arn=custom_model_arn)

    @classmethod
    def from_custom_model_attributes(
        cls, scope: Construct, id: str, *, custom_model_arn: str, encryption_key: kms.IKey | None = None
    ) -> ICustomModel:
        """The same, with the customer's key that encrypts it: who uses the model has to decrypt with it."""
        checks.arn(
            "custom_model_arn",
            custom_model_arn,
            service="bedrock",
            resource="custom-model/.+",
            example="arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456",
        )
        return _ImportedCustomModel(scope, id, arn=custom_model_arn, encryption_key=encryption_key)

    @classmethod
    def from_custom_model_name(
        cls,
        scope: Construct,
        id: str,
        name: str,
        *,
        encryption_key: kms.IKey | None = None,
        refresh: str | None = None,
    ) -> CustomModelLookup:
        """The Active model of that name in the stack's account and Region, found by the deployment.

        The provider reads it with bedrock:GetCustomModel. A name that no model has, a model that is not Active and
        another key than `encryption_key` fail the deployment.

        :param name: 1 to 63 letters or digits, separated by single '-' or '_'.
        :param encryption_key: the customer's key that encrypts the model: who uses the model may decrypt with it.
            Default: the model has none.
        :param refresh: any text of one line; another one looks again, in case the model was deleted and made again
            under its name. Default: it is looked up once, and again when `name` changes.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        return CustomModelLookup.by_name(scope, id, name=name, encryption_key=encryption_key, refresh=refresh)

    @classmethod
    def from_newest(
        cls,
        scope: Construct,
        id: str,
        *,
        name_contains: str | None = None,
        base_model: bedrock.IModel | None = None,
        foundation_model: bedrock.IModel | None = None,
        created_after: str | dt.datetime | None = None,
        created_before: str | dt.datetime | None = None,
        is_owned: bool | None = None,
        model_status: CustomModelStatus = CustomModelStatus.ACTIVE,
        encryption_key: kms.IKey | None = None,
        refresh: str | None = None,
    ) -> CustomModelLookup:
        """The newest model of the stack's account and Region that all filters let through, found by the deployment.

        The provider asks with bedrock:ListCustomModels and GetCustomModel. If no model fits, the deployment fails and
        says which there are. The answer stays until a filter or `refresh` changes, however many newer ones there are; a
        rollback goes back to the one before.

        :param name_contains: a part of the name, of 1 to 63 letters or digits, separated by single '-' or '_'.
            Default: any name.
        :param base_model: only what was trained directly from this foundation model or custom model. Default: any.
        :param foundation_model: only what goes back to this foundation model. Default: any.
        :param created_after: a time with its zone, as `datetime` or in ISO 8601; a day is its midnight in UTC.
            Default: any time.
        :param created_before: the same. Default: any time.
        :param is_owned: True for models of this account only, False for those that others share with it; a shared one
            has to be copied before it can be used. Default: both.
        :param model_status: only an Active one can be used. Default: Active.
        :param encryption_key: the customer's key that encrypts the model: who uses the model may decrypt with it. With
            another key than the model's the deployment fails. Default: the model has none.
        :param refresh: any text of one line, as a build's number; another one asks again, and what serves the model is
            given the new one. Default: it is asked once, and again when a filter changes.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        return CustomModelLookup.newest(
            scope,
            id,
            name_contains=name_contains,
            base_model=base_model,
            foundation_model=foundation_model,
            created_after=created_after,
            created_before=created_before,
            is_owned=is_owned,
            model_status=model_status,
            encryption_key=encryption_key,
            refresh=refresh,
        )

    @staticmethod
    def service_principal(scope: Construct) -> iam.IPrincipal:
        """What your own role must trust: bedrock.amazonaws.com, with `aws:SourceAccount` of this account."""
        return bedrock_principal(scope)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: ModelSource,
        custom_model_name: str | None = None,
        role: iam.IRole | None = None,
        encryption_key: kms.IKey | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN,
        timeout: cdk.Duration | None = None,
        lock_id: str | None = None,
        adopt: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Imports the model.

        :param source: the artifacts, the training job that wrote them, or the model package.
        :param custom_model_name: 1 to 63 letters or digits, separated by single '-' or '_'. If a model has that name
            and is not this construct's, the deployment fails before anything starts. Default: a name made of the
            construct's id and a hash of the inputs.
        :param role: the service role that reads an S3 source; it must trust `service_principal`. Default: a role is
            made that may read below the source (s3:GetObject, s3:ListBucket). A model package needs none.
        :param encryption_key: a symmetric customer key for the model, no alias. Service role and provider are allowed
            kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey, kms:CreateGrant through Bedrock. Default: a key that
            AWS owns.
        :param removal_policy: what happens to the model when it is replaced or deleted. A rollback never deletes a
            finished one. Default: it is retained, and billed per month of storage.
        :param timeout: how long to wait until the model is Active, above zero and at most 14 days, no token. Above 50
            minutes it is rounded up to whole times 50 minutes. Default: 50 minutes.
        :param lock_id: a name, unique in account and Region, for who owns the model, in place of the stack's name and
            the construct's path: with it a construct may be renamed or moved. Default: stack name and path.
        :param adopt: whether a model is adopted that something else made from the same source with the same key, as the
            SageMaker Python SDK does: it says so in the tag `sagemaker.amazonaws.com/model-source`, which every model
            of this class carries, too. The oldest one that nothing of this library owns is taken, or the one of
            `custom_model_name`; it keeps its name and falls under `removal_policy`. Default: a model is made.
        :param tags: at most 44; keys of 1 to 128 and values of up to 256 letters, digits, spaces or . _ : / = + @ -.
            `cdk.Tags.of` wins over them, and they win over the stack's own. Default: only the stack's tags.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        checks.name("custom_model_name", custom_model_name)
        checks.tags("tags", tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        checks.lock_id("lock_id", lock_id)
        seconds = timeout_seconds(timeout, default=_DEFAULT_TIMEOUT)
        check_model_key(scope, encryption_key)
        source.check_region(scope)
        removal_policy_text(removal_policy)
        super().__init__(scope, id)
        warn_of_shared_lock(self, lock_id)
        self._encryption_key = encryption_key
        self._role = self._service_role(source, role)
        self._allow_provider(source)
        provider = ModelProvider.of(scope)
        self._resource = ProvidedResource(
            self,
            "Resource",
            type=CUSTOM_MODEL_TYPE,
            run_inputs={
                **source.request,
                **({"modelName": custom_model_name} if custom_model_name else {}),
                **({"modelKmsKeyArn": encryption_key.key_arn} if encryption_key else {}),
            },
            settings={
                NAME_PREFIX: name_prefix(self),
                PATH: path_in_root_stack(self),
                TIMEOUT_SECONDS: seconds,
                **({LOCK_ID: lock_id} if lock_id else {}),
                **({ADOPT: adopt} if adopt else {}),
                **({REQUEST: {"roleArn": role_arn_of(self._role)}} if self._role else {}),
            },
            removal_policy=removal_policy,
            tags=tags,
            # A model created before its role's policy is attached fails in Bedrock.
            after=[self._role, provider.allow_pass_role(self, self._role, shared=role is not None)]
            if self._role
            else [],
        )
        self._wait = WaitChain(self, waited_for=self._resource, seconds=seconds)

    @property
    def custom_model_arn(self) -> str:
        """The model's ARN, known when it is Active."""
        return self._arn

    @functools.cached_property
    def _arn(self) -> str:
        arn = self._wait.reference(MODEL_ARN)
        warn_of_cross_stack_model_arn(self, arn)
        return arn.to_string()

    @property
    def custom_model_name(self) -> str:
        """The model's name, known when it is Active."""
        return self._wait.attribute(MODEL_NAME)

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What `cdk.Tags.of` writes to."""
        return self._resource.tag_manager

    @property
    def role(self) -> iam.IRole | None:
        """The service role that reads the source; None for a model package."""
        return self._role

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model."""
        return self._encryption_key

    @property
    def _inputs_digest(self) -> str | None:
        return self._resource.inputs_digest

    def _service_role(self, source: ModelSource, role: iam.IRole | None) -> iam.IRole | None:
        statements = source.read_statements(self)
        if not statements:
            self._warn_of_unused(role)
            return None
        if self._encryption_key:
            statements.append(model_key_statement(self, self._encryption_key))
        if role is None:
            what = "Reads the source of a custom model"
            return make_service_role(self, principal=bedrock_principal(self), description=what, statements=statements)
        warn_of_given_role(self, role, "s3:GetObject and s3:ListBucket on the source")
        allow(role, statements)
        return role

    def _warn_of_unused(self, role: iam.IRole | None) -> None:
        if role:
            cdk.Annotations.of(self).add_warning_v2(
                f"{PREFIX}roleNotUsed",
                "role is not used: a model package is read with the provider's own permissions; leave it out.",
            )

    def _allow_provider(self, source: ModelSource) -> None:
        provider = ModelProvider.of(self)
        provider.allow_once("CreateCustomModel", lambda: [permissions.create_custom_model(self)])
        provider.allow(*source.find_statements(self))
        if source.model_package_arn:
            provider.allow(permissions.use_model_package(source.model_package_arn))
        if self._encryption_key:
            allow_model_key(self, self._encryption_key, self._role)
