"""What can be looked up: custom models and the jobs that train them, with the List and the Get call of each."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from provider.aws import pagination
from provider.aws.clients import Bedrock
from provider.aws.status import is_being_deleted, reason
from provider.cloudformation.contract import (
    BASE_MODEL_ARN,
    CUSTOMIZATION_TYPE,
    FIND_CUSTOM_MODEL,
    FIND_JOB,
    FOUND_STATUS,
    JOB_ARN,
    JOB_NAME,
    KEY_ARN,
    MODEL_ARN,
    MODEL_NAME,
    TRAINING_LOSS,
    VALIDATION_LOSSES,
)
from provider.cloudformation.result import Refused
from provider.custom_model import model as custom_model
from provider.job import model_customization_job as training
from provider.lookup.query import Query

# How many of those that there are a refusal names.
_NAMED: Final = 5
_ALIKE: Final = 0.4
_PAGE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a question was answered with. Every attribute is always present: a GetAtt of a missing one fails."""

    arn: str
    attributes: dict[str, str]

    @property
    def key_arn(self) -> str:
        """The customer's key that encrypts the model; empty for none."""
        return self.attributes[KEY_ARN]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One kind. `read` is its Get call, or None for what is gone; `attributes` are made of what that tells."""

    noun: str
    list_operation: str
    list_call: Callable[[Bedrock], Callable[..., dict[str, Any]]]
    summaries: str
    name: str
    arn: str
    status: str
    read: Callable[[Bedrock, str], dict[str, Any] | None]
    attributes: Callable[[dict[str, Any]], dict[str, str]]
    # Statuses in which one that was named can be used; empty if all can.
    usable: tuple[str, ...] = ()

    def by_name(self, bedrock: Bedrock, query: Query) -> Found:
        """The one of that name. Raises `Refused` if there is none, or it cannot be used."""
        seen = self.read(bedrock, query.name)
        if seen is None:
            raise self._none(bedrock, query)
        status = str(seen.get(self.status) or custom_model.ACTIVE)
        if self.usable and status not in self.usable:
            failure = f": {reason(seen.get('failureMessage', ''))}" if status == custom_model.FAILED else ""
            raise Refused(
                f"The {self.noun} {query.name!r} ({seen[self.arn]}) is {status}{failure}, and only one that is "
                f"{' or '.join(self.usable)} can be used. Deploy again when it is."
            )
        return self._found(seen)

    def newest(self, bedrock: Bedrock, query: Query) -> Found:
        """The newest that the filters let through. Raises `Refused` if there is none."""
        for arn in self._newest_first(bedrock, query):
            # Lists lag: what was just deleted may still be in one.
            seen = self.read(bedrock, arn)
            if seen and not is_being_deleted(str(seen.get(self.status, ""))):
                return self._found(seen)
        raise self._none(bedrock, query)

    def again(self, bedrock: Bedrock, arn: str) -> Found | None:
        """What an earlier answer is now; None if it is gone."""
        seen = self.read(bedrock, arn)
        return self._found(seen) if seen else None

    def last_known(self, arn: str) -> Found:
        """An earlier answer of which there is no more than its ARN."""
        return Found(arn=arn, attributes={**self.attributes({}), self.arn_attribute: arn})

    @property
    def arn_attribute(self) -> str:
        """The attribute that holds the ARN of what was found."""
        return MODEL_ARN if self.arn == "modelArn" else JOB_ARN

    def _found(self, seen: dict[str, Any]) -> Found:
        return Found(arn=seen[self.arn], attributes=self.attributes(seen))

    def _newest_first(self, bedrock: Bedrock, query: Query) -> Iterator[str]:
        shape = bedrock.meta.service_model.operation_model(self.list_operation).input_shape
        # The newest is the first (docs/assumptions.md: lists-are-sorted).
        asked = {**query.arguments(shape), "sortBy": "CreationTime", "sortOrder": "Descending"}
        return (each[self.arn] for each in pagination.all_of(self.list_call(bedrock), self.summaries, **asked))

    def _none(self, bedrock: Bedrock, query: Query) -> Refused:
        """Says what was asked and what there is: those of the nearest names, or else the newest."""
        listed = self.list_call(bedrock)(sortBy="CreationTime", sortOrder="Descending", maxResults=_PAGE)
        there = {each[self.name]: each.get(self.status, "") for each in listed.get(self.summaries, [])}
        near = difflib.get_close_matches(query.wanted_name, list(there), n=_NAMED, cutoff=_ALIKE)
        shown = [f"{name} ({there[name]})" if there[name] else name for name in near or [*there][:_NAMED]]
        which = "The nearest names are" if near else "The newest are"
        has = f"{which}: {', '.join(shown)}." if shown else "This account has none in this Region."
        return Refused(f"Nothing was found: there is no {self.noun} with {query}. {has}")


def _of_model(seen: dict[str, Any]) -> dict[str, str]:
    training_loss, validation_losses = training.losses(seen)
    return {
        MODEL_ARN: seen.get("modelArn", ""),
        MODEL_NAME: seen.get("modelName", ""),
        BASE_MODEL_ARN: seen.get("baseModelArn", ""),
        CUSTOMIZATION_TYPE: seen.get("customizationType", ""),
        TRAINING_LOSS: training_loss,
        VALIDATION_LOSSES: validation_losses,
        KEY_ARN: seen.get("modelKmsKeyArn", ""),
        JOB_ARN: seen.get("jobArn", ""),
        JOB_NAME: seen.get("jobName", ""),
        FOUND_STATUS: seen.get("modelStatus", custom_model.ACTIVE) if seen else "Missing",
    }


def _of_job(seen: dict[str, Any]) -> dict[str, str]:
    training_loss, validation_losses = training.losses(seen)
    return {
        MODEL_ARN: seen.get("outputModelArn", ""),
        MODEL_NAME: seen.get("outputModelName", ""),
        BASE_MODEL_ARN: seen.get("baseModelArn", ""),
        CUSTOMIZATION_TYPE: seen.get("customizationType", ""),
        TRAINING_LOSS: training_loss,
        VALIDATION_LOSSES: validation_losses,
        KEY_ARN: seen.get("outputModelKmsKeyArn", ""),
        JOB_ARN: seen.get("jobArn", ""),
        JOB_NAME: seen.get("jobName", ""),
        FOUND_STATUS: seen.get("status", "Missing"),
    }


_MODEL: Final = Subject(
    noun="custom model",
    list_operation="ListCustomModels",
    list_call=lambda bedrock: bedrock.list_custom_models,
    summaries="modelSummaries",
    name="modelName",
    arn="modelArn",
    status="modelStatus",
    read=custom_model.read,
    attributes=_of_model,
    usable=(custom_model.ACTIVE,),
)
_JOB: Final = Subject(
    noun="model customization job",
    list_operation="ListModelCustomizationJobs",
    list_call=lambda bedrock: bedrock.list_model_customization_jobs,
    summaries="modelCustomizationJobSummaries",
    name="jobName",
    arn="jobArn",
    status="status",
    read=training.ModelCustomizationJobs().seen,
    attributes=_of_job,
)
_SUBJECTS: Final = {FIND_CUSTOM_MODEL: _MODEL, FIND_JOB: _JOB}


def subject_of(query: Query) -> Subject:
    """The kind that a question is about. Raises `Refused` for one that this release does not know."""
    if query.kind not in _SUBJECTS:
        raise Refused(f"Nothing was looked up: this provider does not know how to find a {query.kind[:80]!r}.")
    return _SUBJECTS[query.kind]


def subject_of_arn(arn: str) -> Subject:
    """The kind of what was found before."""
    return _JOB if ":model-customization-job/" in arn else _MODEL
