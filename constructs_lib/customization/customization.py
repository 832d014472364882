"""How a model is trained: the types of CreateModelCustomizationJob and what each needs.

Source: shapes CustomizationType and CustomizationConfig of the service model bedrock 2023-04-20.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from aws_cdk import aws_lambda as lambda_

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.customization import hyper_parameters as formatting
from constructs_lib.customization.hyper_parameters import HyperParameter
from constructs_lib.customization.reinforcement import (
    ReasoningEffort,
    grader_warnings,
    rft_config,
    rft_hyper_parameters,
    unqualified_arn,
)
from constructs_lib.customization.teacher_model import TeacherModel

__all__ = ["Customization", "CustomizationType", "ReasoningEffort", "TeacherModel"]

_INTEGER_MAX: Final = 2**31 - 1
_IMPORTED: Final = SynthWarning(
    f"{PREFIX}importedCustomization",
    "Customization.imported() is in the API's enumeration, but no document says that a job of this type can be "
    "created, and the service may refuse it; to import a model use CustomModel",
)


class CustomizationType(StrEnum):
    """The members of the API's enumeration."""

    FINE_TUNING = "FINE_TUNING"
    CONTINUED_PRE_TRAINING = "CONTINUED_PRE_TRAINING"
    DISTILLATION = "DISTILLATION"
    REINFORCEMENT_FINE_TUNING = "REINFORCEMENT_FINE_TUNING"
    IMPORTED = "IMPORTED"


@dataclass(frozen=True, kw_only=True)
class Customization:
    """A type of training with its settings. Any change of them is another run, and is paid for.

    `hyper_parameters` and `customization_config` are the API's members as they are sent. `grader` and `teacher` are
    what the job's role must be able to call. `warnings` are for the job to annotate.
    """

    customization_type: CustomizationType
    hyper_parameters: dict[str, str] = field(default_factory=dict)
    customization_config: dict[str, Any] | None = None
    config_identity: dict[str, Any] | None = None
    grader: lambda_.IFunction | None = None
    teacher: TeacherModel | None = None
    warnings: tuple[SynthWarning, ...] = ()

    @property
    def teacher_id(self) -> str | None:
        """The id of the model that a distillation learns from."""
        return self.teacher.model_id if self.teacher else None

    @classmethod
    def fine_tuning(cls, *, hyper_parameters: Mapping[str, HyperParameter] | None = None) -> "Customization":
        """Learns from prompts and the answers to them.

        :param hyper_parameters: By the API's names, as `{"epochCount": 2, "learningRate": 0.00001}`; numbers and
            booleans are written as the API wants them. Default: the model's own defaults apply.

        Raises `ValueError` for names that no model has, and for empty text, NaN, infinity and values of other types.
        """
        return cls(
            customization_type=CustomizationType.FINE_TUNING,
            hyper_parameters=formatting.hyper_parameters(hyper_parameters),
        )

    @classmethod
    def continued_pre_training(cls, *, hyper_parameters: Mapping[str, HyperParameter] | None = None) -> "Customization":
        """Learns from text without answers.

        :param hyper_parameters: As in `fine_tuning`. Default: the model's own defaults apply.

        Raises `ValueError` as `fine_tuning` does.
        """
        return cls(
            customization_type=CustomizationType.CONTINUED_PRE_TRAINING,
            hyper_parameters=formatting.hyper_parameters(hyper_parameters),
        )

    @classmethod
    def distillation(
        cls, *, teacher_model: TeacherModel, max_response_length_for_inference: int | None = None
    ) -> "Customization":
        """Learns from a larger model's answers to 100 to 15,000 prompts.

        :param max_response_length_for_inference: In tokens, 1 or more. Default: the service decides how long the
            teacher's answers may be.

        Raises `ValueError` for a length that is no whole number above zero.
        """
        length = max_response_length_for_inference
        checks.integer("max_response_length_for_inference", length, 1, _INTEGER_MAX)
        return cls(
            customization_type=CustomizationType.DISTILLATION,
            customization_config=_distillation_config(teacher_model.identifier, length),
            config_identity=_distillation_config(teacher_model.identity, length),
            teacher=teacher_model,
        )

    @classmethod
    def reinforcement_fine_tuning(
        cls,
        *,
        grader: lambda_.IFunction,
        epoch_count: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        max_prompt_length: int | None = None,
        training_sample_per_prompt: int | None = None,
        inference_max_tokens: int | None = None,
        reasoning_effort: ReasoningEffort | None = None,
        eval_interval: int | None = None,
    ) -> "Customization":
        """Learns from the marks that a function gives to the model's own answers.

        Every default below is the service's to choose.

        :param grader: Called with a list of `{id, messages, metadata}`, answers with one of
            `{id, aggregate_reward_score}`. A function, version or alias; another version is no other run. Give it a
            timeout of minutes.
        :param epoch_count: 1 to 50.
        :param batch_size: Samples in a batch, 16 to 512.
        :param learning_rate: 1e-7 to 1e-3.
        :param max_prompt_length: In tokens, 1 or more.
        :param training_sample_per_prompt: Answers tried for a prompt, 2 to 16.
        :param inference_max_tokens: Tokens in an answer, 1 or more.
        :param eval_interval: Training steps between two evaluations, 1 to 100.

        Raises `ValueError` for a value out of these bounds, which are those of RFTHyperParameters.
        """
        members = rft_hyper_parameters(
            {
                "epoch_count": epoch_count,
                "batch_size": batch_size,
                "max_prompt_length": max_prompt_length,
                "training_sample_per_prompt": training_sample_per_prompt,
                "inference_max_tokens": inference_max_tokens,
                "eval_interval": eval_interval,
            },
            learning_rate=learning_rate,
            reasoning_effort=reasoning_effort,
        )
        return cls(
            customization_type=CustomizationType.REINFORCEMENT_FINE_TUNING,
            customization_config=rft_config(grader.function_arn, members),
            config_identity=rft_config(unqualified_arn(grader), members),
            grader=grader,
            warnings=tuple(grader_warnings(grader)),
        )

    @classmethod
    def imported(cls) -> "Customization":
        """The fifth member of the API's enumeration. Warns, since the service may refuse it: see `CustomModel`."""
        return cls(customization_type=CustomizationType.IMPORTED, warnings=(_IMPORTED,))

    @property
    def identity(self) -> dict[str, Any]:
        """What makes another training of it, text throughout. The grader counts by its function, not its version."""
        identity: dict[str, Any] = {"customizationType": str(self.customization_type)}
        if self.hyper_parameters:
            identity["hyperParameters"] = dict(self.hyper_parameters)
        if self.config_identity is not None:
            identity["customizationConfig"] = formatting.all_as_text(self.config_identity)
        return identity


def _distillation_config(teacher_identifier: str, length: int | None) -> dict[str, Any]:
    teacher: dict[str, Any] = {"teacherModelIdentifier": teacher_identifier}
    if length is not None:
        teacher["maxResponseLengthForInference"] = length
    return {"distillationConfig": {"teacherModelConfig": teacher}}
