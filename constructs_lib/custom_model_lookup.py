"""A custom model that exists already and is found when the stack is deployed: by its name, or the newest of some."""

import datetime as dt
import enum
import functools
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    BASE_MODEL_ARN,
    CUSTOMIZATION_TYPE,
    FIND_CUSTOM_MODEL,
    JOB_ARN,
    JOB_NAME,
    KEY_ARN,
    MODEL_ARN,
    MODEL_NAME,
    TRAINING_LOSS,
    VALIDATION_LOSSES,
)
from constructs_lib.core.cross_stack_arn import warn_of_cross_stack_model_arn
from constructs_lib.core.kms_keys import check_model_key
from constructs_lib.core.members import without_none
from constructs_lib.custom_model_base import CustomModelBase
from constructs_lib.resources.lookup import Lookup, check_refresh, times
from constructs_lib.resources.model_reference import arn_of, check_is_model, check_place, inputs_of

_FOUNDATION_MODEL: Final = ":foundation-model/"


class CustomModelStatus(enum.StrEnum):
    """Shape ModelStatus of the service model."""

    ACTIVE = "Active"
    CREATING = "Creating"
    FAILED = "Failed"


class _FoundModel(CustomModelBase):
    """A model of which a look-up tells."""

    _lookup: Lookup
    _encryption_key: kms.IKey | None

    @property
    def custom_model_arn(self) -> str:
        """The model's ARN."""
        return self._arn

    @functools.cached_property
    def _arn(self) -> str:
        arn = self._lookup.reference(MODEL_ARN)
        warn_of_cross_stack_model_arn(self, arn)
        return arn.to_string()

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model, as it was given: the deployment checks that it is this one."""
        return self._encryption_key

    @property
    def _inputs_digest(self) -> str | None:
        return self._lookup.inputs_digest

    @property
    def _is_looked_up(self) -> bool:
        # Who may train it further, and nothing else: its tags may be anybody's.
        return True


class ModelOfLookup(_FoundModel):
    """The model of a job that is looked up."""

    def __init__(self, scope: Construct, id: str, *, lookup: Lookup, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id)
        self._lookup = lookup
        self._encryption_key = encryption_key


class CustomModelLookup(_FoundModel):
    """What `CustomModel.from_custom_model_name` and `CustomModel.from_newest` return: use those.

    It can be deployed, provisioned and trained further like any other custom model. All that it tells is known at
    deployment.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str | None = None,
        filters: dict[str, Any] | None = None,
        base_model: bedrock.IModel | None = None,
        encryption_key: kms.IKey | None = None,
        refresh: str | None = None,
    ) -> None:
        """Use `CustomModel.from_custom_model_name` or `CustomModel.from_newest`."""
        check_model_key(scope, encryption_key)
        check_refresh(refresh)
        super().__init__(scope, id)
        self._encryption_key = encryption_key
        self._lookup = Lookup(
            self,
            "Resource",
            find=FIND_CUSTOM_MODEL,
            name=name,
            filters=filters,
            key_arn=encryption_key.key_arn if encryption_key else "",
            refresh=refresh,
            model_inputs=inputs_of(base_model) if base_model else None,
        )

    @classmethod
    def by_name(
        cls, scope: Construct, id: str, *, name: str, encryption_key: kms.IKey | None, refresh: str | None
    ) -> "CustomModelLookup":
        """As `CustomModel.from_custom_model_name`."""
        checks.name("name", name)
        return cls(scope, id, name=name, encryption_key=encryption_key, refresh=refresh)

    @classmethod
    def newest(
        cls,
        scope: Construct,
        id: str,
        *,
        name_contains: str | None,
        base_model: bedrock.IModel | None,
        foundation_model: bedrock.IModel | None,
        created_after: str | dt.datetime | None,
        created_before: str | dt.datetime | None,
        is_owned: bool | None,
        model_status: CustomModelStatus,
        encryption_key: kms.IKey | None,
        refresh: str | None,
    ) -> "CustomModelLookup":
        """As `CustomModel.from_newest`."""
        checks.name("name_contains", name_contains)
        if base_model:
            check_is_model("base_model", base_model)
            check_place(scope, "base_model", base_model)
        given = {
            "nameContains": name_contains,
            "baseModelArnEquals": arn_of(base_model) if base_model else None,
            "foundationModelArnEquals": _foundation_model_arn(scope, foundation_model) if foundation_model else None,
            **times(created_after, created_before),
            "isOwned": is_owned,
            "modelStatus": str(model_status),
        }
        filters = without_none(given)
        return cls(scope, id, filters=filters, base_model=base_model, encryption_key=encryption_key, refresh=refresh)

    @property
    def custom_model_name(self) -> str:
        """The model's name."""
        return self._lookup.attribute(MODEL_NAME)

    @property
    def base_model_arn(self) -> str:
        """The ARN of the model that it was trained from; empty if Amazon Bedrock tells none, as for an imported one."""
        return self._lookup.attribute(BASE_MODEL_ARN)

    @property
    def customization_type(self) -> str:
        """How it was made, as FINE_TUNING, DISTILLATION or IMPORTED."""
        return self._lookup.attribute(CUSTOMIZATION_TYPE)

    @property
    def training_loss(self) -> str:
        """The final training loss, as text; empty if Amazon Bedrock tells none."""
        return self._lookup.attribute(TRAINING_LOSS)

    @property
    def validation_losses(self) -> list[str]:
        """The validation losses, one for each validator. How many there are is known at deployment."""
        return cdk.Fn.split(",", self._lookup.attribute(VALIDATION_LOSSES))

    @property
    def job_arn(self) -> str:
        """The ARN of the job that trained it; empty for an imported model."""
        return self._lookup.attribute(JOB_ARN)

    @property
    def job_name(self) -> str:
        """The name of the job that trained it; empty for an imported model."""
        return self._lookup.attribute(JOB_NAME)

    @property
    def kms_key_arn(self) -> str:
        """The ARN of the customer's key that encrypts it; empty if there is none."""
        return self._lookup.attribute(KEY_ARN)


def _foundation_model_arn(scope: Construct, model: bedrock.IModel) -> str:
    check_is_model("foundation_model", model)
    check_place(scope, "foundation_model", model)
    arn = arn_of(model)
    checks.require(
        not hasattr(model, "custom_model_arn") and (checks.is_token(arn) or _FOUNDATION_MODEL in arn),
        "foundation_model must be a foundation model",
        arn,
        "give a custom model as base_model",
    )
    return arn
