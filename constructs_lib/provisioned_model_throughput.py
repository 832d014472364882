"""Throughput that is bought for a model: CreateProvisionedModelThroughput."""

import enum
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX, PROVISIONED_MODEL_THROUGHPUT_TYPE, THROUGHPUT_ARN, THROUGHPUT_NAME
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.kms_keys import allow_serving
from constructs_lib.provider import permissions
from constructs_lib.resources.model_reference import check_is_model
from constructs_lib.serving.invocable_model import IInvocableModel
from constructs_lib.serving.serving_construct import ImportedServing, ServingConstruct, ServingKind


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


class _ImportedThroughput(ImportedServing):
    @property
    def provisioned_model_arn(self) -> str:
        return self.model_arn


class ProvisionedModelThroughput(ServingConstruct):
    """Buys throughput for a custom or a foundation model, and waits until it is in service.

    Another model of the same base model, name, tags and removal policy change in place. Other units, another term, and
    a model of another base model (which shows only in deployment) are another purchase, under another ARN; the old one
    is deleted when the new one is in service.
    """

    _kind = ServingKind(
        type=PROVISIONED_MODEL_THROUGHPUT_TYPE,
        arn_attribute=THROUGHPUT_ARN,
        name_attribute=THROUGHPUT_NAME,
        model_argument="model",
        model_member="modelId",
        is_told_timeout=False,
    )

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
        super().__init__(
            scope,
            id,
            model=model,
            run_inputs={
                "modelUnits": model_units,
                "commitmentDuration": str(commitment_duration) if commitment_duration else None,
            },
            request={"provisionedModelName": provisioned_model_name},
            removal_policy=removal_policy,
            timeout=timeout,
            tags=tags,
        )
        self._warn_of_commitment(model_units, commitment_duration)
        if self.encryption_key:
            allow_serving(self.encryption_key)

    @property
    def provisioned_model_arn(self) -> str:
        """The throughput's ARN, which is what callers invoke; known when it is in service."""
        return self.model_arn

    @property
    def provisioned_model_name(self) -> str:
        """The throughput's name, known when it is in service."""
        return self._name

    def _permissions(self, foundation_model_arn: str | None) -> Iterable[Statement]:
        return permissions.provision_model(self, foundation_model_arn=foundation_model_arn)

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
