"""Throughput that is bought for a model: CreateProvisionedModelThroughput."""

import abc
import enum
from collections.abc import Mapping
from typing import Final, Protocol

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
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    REQUEST,
    SERVED_MODEL_ARN,
    THROUGHPUT_ARN,
    THROUGHPUT_NAME,
    USER_TAG_LIMIT,
)
from constructs_lib.core.kms_keys import allow_serving
from constructs_lib.core.names import name_prefix
from constructs_lib.core.scopes import path_in_root_stack
from constructs_lib.provider import permissions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.custom_resource import ProvidedResource, removal_policy_text
from constructs_lib.resources.model_reference import arn_of, check_is_model, check_place, inputs_of, is_custom, key_of
from constructs_lib.resources.wait_chain import WaitChain, timeout_seconds
from constructs_lib.serving.invocable_model import IInvocableModel, InvocableModel

# Bedrock takes 10 to 45 minutes: twice the longest single wait leaves room.
_DEFAULT_TIMEOUT: Final = 100 * 60


class CommitmentDuration(enum.StrEnum):
    """For how long units are bought. Source: shape CommitmentDuration of the service model."""

    ONE_MONTH = "OneMonth"
    SIX_MONTHS = "SixMonths"


_TERMS: Final = {CommitmentDuration.ONE_MONTH: "one month", CommitmentDuration.SIX_MONTHS: "six months"}


class IProvisionedModelThroughput(IInvocableModel, Protocol):
    """Throughput of a model. Its ARN stays while the model behind it changes."""

    @property
    def provisioned_model_arn(self) -> str:
        """The throughput's ARN, which is what callers invoke."""
        ...


class _ProvisionedModelThroughputBase(InvocableModel):
    """What holds for all throughput, bought here or not."""

    @property
    @abc.abstractmethod
    def provisioned_model_arn(self) -> str:
        """The throughput's ARN, which is what callers invoke."""

    @property
    def model_arn(self) -> str:
        """The throughput's ARN, under the name that `bedrock.IModel` gives it."""
        return self.provisioned_model_arn


class _ImportedThroughput(_ProvisionedModelThroughputBase):
    """Throughput that exists already."""

    def __init__(self, scope: Construct, id: str, *, arn: str, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self._arn = arn
        self._encryption_key = encryption_key

    @property
    def provisioned_model_arn(self) -> str:
        return self._arn

    @property
    def encryption_key(self) -> kms.IKey | None:
        return self._encryption_key


@jsii.implements(cdk.ITaggableV2)
class ProvisionedModelThroughput(_ProvisionedModelThroughputBase):
    """Buys throughput for a custom or a foundation model, and waits until it is in service.

    Another model of the same base model, name, tags and removal policy change in place. Other units, another term, and
    a model of another base model (which shows only in deployment) are another purchase, under another ARN; the old one
    is deleted when the new one is in service.
    """

    @classmethod
    def from_provisioned_model_arn(
        cls, scope: Construct, id: str, provisioned_model_arn: str
    ) -> IProvisionedModelThroughput:
        """Throughput that exists already, by its ARN. Raises `ValueError` for an ARN of anything else."""
        return cls.from_provisioned_model_attributes(scope, id, provisioned_model_arn=provisioned_model_arn)

    @classmethod
    def from_provisioned_model_attributes(
        cls, scope: Construct, id: str, *, provisioned_model_arn: str, encryption_key: kms.IKey | None = None
    ) -> IProvisionedModelThroughput:
        """The same, with the customer's key of the model behind: who invokes it has to decrypt with it."""
        checks.arn(
            "provisioned_model_arn",
            provisioned_model_arn,
            service="bedrock",
            resource="provisioned-model/.+",
            example="arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123def456",
        )
        return _ImportedThroughput(scope, id, arn=provisioned_model_arn, encryption_key=encryption_key)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        model: bedrock.IModel,
        model_units: int = 1,
        commitment_duration: CommitmentDuration | None = None,
        provisioned_model_name: str | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.DESTROY,
        timeout: cdk.Duration | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Buys the throughput.

        :param model: the model to serve, of the stack's Region.
        :param model_units: a whole number from 1; how many an account may buy is a quota of its own. Default: 1.
        :param commitment_duration: for how long the units are bought. Until it is over they are billed and cannot be
            given back, and deleting the stack fails. Default: no commitment; they are billed by the hour.
        :param provisioned_model_name: 1 to 63 letters or digits, separated by single '-' or '_'. If throughput of that
            name exists and is not this construct's, the deployment fails before anything is bought. With a name of its
            own, a change that buys anew has to change the name too. Default: a name made of the construct's id and a
            hash of what cannot change in place.
        :param removal_policy: what happens to it when it is replaced or deleted, and when the rollback of its creation
            takes it away again. Default: it is deleted.
        :param timeout: how long to wait until it is in service, above zero and at most 14 days, no token. Above 50
            minutes it is rounded up to whole times 50 minutes. Default: 100 minutes.
        :param tags: at most 44; keys of 1 to 128 and values of up to 256 letters, digits, spaces or . _ : / = + @ -.
            `cdk.Tags.of` wins over them, and they win over the stack's own. Default: only the stack's tags.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        checks.name("provisioned_model_name", provisioned_model_name)
        checks.positive_integer("model_units", model_units)
        check_is_model("model", model)
        check_place(scope, "model", model)
        checks.tags("tags", tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        seconds = timeout_seconds(timeout, default=_DEFAULT_TIMEOUT)
        removal_policy_text(removal_policy)
        super().__init__(scope, id)
        self._encryption_key = key_of(model)
        self._allow_provider(model)
        self._warn_of_commitment(model_units, commitment_duration)
        self._resource = ProvidedResource(
            self,
            "Resource",
            type=PROVISIONED_MODEL_THROUGHPUT_TYPE,
            run_inputs={
                "modelUnits": model_units,
                **({"commitmentDuration": str(commitment_duration)} if commitment_duration else {}),
            },
            settings={
                NAME_PREFIX: name_prefix(self),
                PATH: path_in_root_stack(self),
                REQUEST: {
                    "modelId": arn_of(model),
                    **({"provisionedModelName": provisioned_model_name} if provisioned_model_name else {}),
                },
                **inputs_of(model),
            },
            removal_policy=removal_policy,
            tags=tags,
        )
        self._wait = WaitChain(self, waited_for=self._resource, seconds=seconds, expecting=[SERVED_MODEL_ARN])

    @property
    def provisioned_model_arn(self) -> str:
        """The throughput's ARN, which is what callers invoke; known when it is in service."""
        return self._wait.attribute(THROUGHPUT_ARN)

    @property
    def provisioned_model_name(self) -> str:
        """The throughput's name, known when it is in service."""
        return self._wait.attribute(THROUGHPUT_NAME)

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What `cdk.Tags.of` writes to."""
        return self._resource.tag_manager

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model, if there is one and it is known."""
        return self._encryption_key

    def _allow_provider(self, model: bedrock.IModel) -> None:
        provider = ModelProvider.of(self)
        foundation = None if is_custom(model) else arn_of(model)
        provider.allow_once(
            f"ProvisionedModelThroughput {foundation}",
            lambda: permissions.provision_model(self, foundation_model_arn=foundation),
        )
        if self._encryption_key:
            provider.allow_use_of_key(self, self._encryption_key)
            allow_serving(self._encryption_key)

    def _warn_of_commitment(self, model_units: int, duration: CommitmentDuration | None) -> None:
        if duration is None:
            return
        term = _TERMS.get(duration, "its term")
        # A duration that only the deployment knows is a text and no member.
        chosen = f"=CommitmentDuration.{duration.name}" if isinstance(duration, CommitmentDuration) else ""
        units = "model units" if checks.is_token(model_units) else f"{model_units} model unit(s)"
        cdk.Annotations.of(self).add_warning_v2(
            f"{PREFIX}commitment",
            f"commitment_duration{chosen} binds: {units} are billed for {term} from the deployment on, "
            "whether they are used or not. Until then they can be neither changed nor given back, so deleting or "
            "replacing this fails; use RemovalPolicy.RETAIN to take it out of the stack earlier.",
        )
