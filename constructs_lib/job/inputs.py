"""Inputs of a training run: what makes Amazon Bedrock train another model, and costs money when it changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.kms_keys import check_model_key
from constructs_lib.core.members import without_none
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.customization import base_model_ids, base_models
from constructs_lib.customization.customization import Customization
from constructs_lib.data.data_source import BoundData
from constructs_lib.data.jsonl.schema import schema_for
from constructs_lib.data.training_data import TrainingData
from constructs_lib.data.validation_data import ValidationData
from constructs_lib.resources.model_reference import arn_of, check_is_model, check_place, root_arn_of

# Shape Validators of the service model; a test holds it equal.
VALIDATORS_MAX: Final = 10


@dataclass(frozen=True, kw_only=True)
class TrainingInputs:
    """The arguments of a job that decide which model comes out of it."""

    base_model: bedrock.IModel
    customization: Customization
    training_data: TrainingData
    validation_data: Sequence[ValidationData]
    custom_model_name: str | None
    encryption_key: kms.IKey | None
    revision: str | None

    def check(self, scope: Construct) -> list[SynthWarning]:
        """Returns what is legal but unwise. Raises `ValueError` for what Amazon Bedrock would refuse.

        Local files are read line by line.
        """
        checks.name("custom_model_name", self.custom_model_name)
        limit = "the API takes at most 10; merge some"
        checks.count("validation_data", self.validation_data, 0, VALIDATORS_MAX, limit)
        check_model_key(scope, self.encryption_key)
        check_is_model("base_model", self.base_model)
        check_place(scope, "base_model", self.base_model)
        root, customization = root_arn_of(self.base_model), self.customization
        schema = schema_for(root, customization.customization_type, customization.teacher_id)
        validation_records = sum(data.records() for data in self.validation_data)
        return [
            *customization.warnings,
            *base_model_ids.warnings("base_model", arn_of(self.base_model)),
            *base_models.warnings(root, customization.hyper_parameters, customization.teacher_id),
            *self.training_data.check(schema),
            *(schema.validation_warnings() if self.validation_data else ()),
            *schema.sum_warnings(self.training_data.records(), validation_records),
            *(found for data in self.validation_data for found in data.check(schema)),
        ]

    def bind(self, job: Construct) -> "BoundInputs":
        """Puts the data into the construct tree, under the job."""
        return BoundInputs(
            given=self,
            training=self.training_data.bind(job),
            validation=[data.bind(job, index) for index, data in enumerate(self.validation_data)],
        )


@dataclass(frozen=True, kw_only=True)
class BoundInputs:
    """The same with the data's places in Amazon S3."""

    given: TrainingInputs
    training: BoundData
    validation: Sequence[BoundData]

    @property
    def data(self) -> list[BoundData]:
        """Everything that the job reads."""
        return [self.training, *self.validation]

    def identity(self) -> dict[str, Any]:
        """The property RunInputs: members of the API, data by what it holds."""
        given = self.given
        return without_none(
            {
                "baseModelIdentifier": arn_of(given.base_model),
                **given.customization.identity,
                "trainingDataConfig": self.training.identity,
                "validationDataConfig": _validators([data.identity for data in self.validation]),
                "customModelName": given.custom_model_name,
                "customModelKmsKeyId": given.encryption_key.key_arn if given.encryption_key else None,
                "revision": given.revision or None,
            }
        )

    def request(self) -> dict[str, Any]:
        """Members of the API that say where this run's data and grader are."""
        return without_none(
            {
                "trainingDataConfig": self.training.request,
                "validationDataConfig": _validators([data.request for data in self.validation]),
                "customizationConfig": self.given.customization.customization_config,
            }
        )


def _validators(each: Sequence[Any]) -> dict[str, Any] | None:
    return {"validators": list(each)} if each else None
