"""A model customization job that is found when the stack is deployed: the newest of some."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    BASE_MODEL_ARN,
    CUSTOMIZATION_TYPE,
    FIND_JOB,
    FOUND_STATUS,
    JOB_ARN,
    JOB_NAME,
    TRAINING_LOSS,
    VALIDATION_LOSSES,
)
from constructs_lib.core.kms_keys import check_model_key
from constructs_lib.core.members import without_none
from constructs_lib.core.names import check_job_name_part
from constructs_lib.custom_model_base import CustomModelBase, ICustomModel
from constructs_lib.custom_model_lookup import ModelOfLookup
from constructs_lib.job.events import JobStatus
from constructs_lib.job.job_base import ModelCustomizationJobBase
from constructs_lib.resources.lookup import Lookup, check_refresh, times


class ModelCustomizationJobLookup(ModelCustomizationJobBase):
    """What `ModelCustomizationJob.from_newest` returns: use that. All that it tells is known at deployment."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        status: JobStatus | None = None,
        name_contains: str | None = None,
        created_after: str | dt.datetime | None = None,
        created_before: str | dt.datetime | None = None,
        encryption_key: kms.IKey | None = None,
        refresh: str | None = None,
    ) -> None:
        """Use `ModelCustomizationJob.from_newest`."""
        check_job_name_part("name_contains", name_contains)
        check_model_key(scope, encryption_key)
        check_refresh(refresh)
        self._has_model = status == JobStatus.COMPLETED
        given = {
            "statusEquals": str(status) if status else None,
            "nameContains": name_contains,
            **times(created_after, created_before),
        }
        checks.require(
            encryption_key is None or self._has_model,
            "encryption_key is for the model of a Completed job",
            f"status={status}" if status else "no status",
            "set status=JobStatus.COMPLETED, or leave encryption_key out",
        )
        super().__init__(scope, id)
        self._encryption_key = encryption_key
        key_arn = encryption_key.key_arn if encryption_key else ""
        self._lookup = Lookup(
            self,
            "Resource",
            find=FIND_JOB,
            filters=without_none(given),
            key_arn=key_arn if self._has_model else None,
            refresh=refresh,
        )
        self._custom_model: CustomModelBase | None = None

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        return self._lookup.attribute(JOB_ARN)

    @property
    def job_name(self) -> str:
        """The job's name."""
        return self._lookup.attribute(JOB_NAME)

    @property
    def job_status(self) -> str:
        """The job's status when it was found."""
        return self._lookup.attribute(FOUND_STATUS)

    @property
    def base_model_arn(self) -> str:
        """The ARN of the model that the job trains."""
        return self._lookup.attribute(BASE_MODEL_ARN)

    @property
    def customization_type(self) -> str:
        """How it trains, as FINE_TUNING or DISTILLATION."""
        return self._lookup.attribute(CUSTOMIZATION_TYPE)

    @property
    def custom_model(self) -> ICustomModel:
        """The model that the job trained. Raises `ValueError` unless `status` is `JobStatus.COMPLETED`."""
        checks.require(
            self._has_model,
            "custom_model needs a look-up of Completed jobs",
            "another status",
            "give from_newest status=JobStatus.COMPLETED",
        )
        if self._custom_model is None:
            self._custom_model = ModelOfLookup(
                self, "CustomModel", lookup=self._lookup, encryption_key=self._encryption_key
            )
        return self._custom_model

    @property
    def training_loss(self) -> str:
        """The final training loss, as text; empty if Amazon Bedrock tells none."""
        return self._lookup.attribute(TRAINING_LOSS)

    @property
    def validation_losses(self) -> list[str]:
        """The validation losses, one for each validator. How many there are is known at deployment."""
        return cdk.Fn.split(",", self._lookup.attribute(VALIDATION_LOSSES))

    @property
    def _event_filter(self) -> Mapping[str, Any]:
        return {"jobArn": [self.job_arn]}
