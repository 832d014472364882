"""Which format and how many records a base model's family expects, and what is unwise in them.

Sources: "Prepare data for fine-tuning your models", "Prepare your training datasets for distillation", "Fine-tune
Amazon Nova models with supervised fine-tuning" and "Prepare data for Amazon Nova models" (reinforcement) in the Amazon
Bedrock user guide, "Preparing data for fine-tuning understanding models" in the Amazon Nova user guide, and the scripts
that AWS publishes to validate such files. What they refuse is refused, what they disagree on is a warning. A family
that is not listed gets the check that no format fails: each line is a JSON object.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.data.jsonl import forms as jsonl_forms
from constructs_lib.data.jsonl import nova
from constructs_lib.data.jsonl import records as jsonl_records
from constructs_lib.data.jsonl.forms import Form
from constructs_lib.data.jsonl.records import Rule
from constructs_lib.data.jsonl.values import Record

Hint = Callable[[Record], SynthWarning | None]

_VERSION: Final = "bedrock-conversation-2024"
_MISSPELT: Final = "bedrock-conversion-2024"


def media_in_s3(record: Record) -> SynthWarning | None:
    """Files that the records refer to: the job's role may read the records alone."""
    if not jsonl_records.refers_to_s3(record):
        return None
    return SynthWarning(
        f"{PREFIX}mediaOfAsset",
        "refers to a file in S3, which the job's role may not read, and Nova wants it in the bucket of the records; "
        "upload the records beside such files, use from_bucket, and grant the role their prefix",
    )


def old_spelling(record: Record) -> SynthWarning | None:
    """The value of `schemaVersion` that one page demands, and whose example has another."""
    if record.get("schemaVersion") != _MISSPELT:
        return None
    return SynthWarning(
        f"{PREFIX}schemaVersion",
        f"has the schemaVersion {_MISSPELT!r}, which the guide demands and its own example does not have; "
        f"use {_VERSION!r}",
    )


@dataclass(frozen=True, kw_only=True)
class Schema:
    """Rules for the records of a file, and how many there may be.

    `rules` hold for each record by itself; `file_rules` make a rule for each file that may remember what came before.
    `hints` say what is unwise in a record. `forms` are those that the records may have, any if none is named. `least`
    and `most` are the service's limits. `usual` are quotas that can be raised or are documented per model: to go beyond
    them is unwise, not wrong. `validates` is whether validation data is used at all.
    """

    format: str
    forms: frozenset[Form] = frozenset()
    rules: tuple[Rule, ...] = ()
    file_rules: tuple[Callable[[], Rule], ...] = ()
    hints: tuple[Hint, ...] = (media_in_s3,)
    least: int = 1
    most: int | None = None
    usual: tuple[int, int | None] = (1, None)
    validates: bool = True

    def checker(self) -> Rule:
        """The check for the records of one file, in their order. It raises `ValueError` for a wrong one."""
        rules = (*self.rules, *(begin() for begin in self.file_rules))

        def check(record: Record) -> None:
            jsonl_forms.expect(record, self.forms, self.format)
            for rule in rules:
                rule(record)

        return check

    def hints_on(self, record: Record) -> Iterator[SynthWarning]:
        """What is unwise in a record that the rules let pass."""
        yield from filter(None, (hint(record) for hint in self.hints))

    def check_length(self, path: str, records: int) -> None:
        """Raises `ValueError` for an empty file, and for one beyond the service's limits."""
        limits = f"at least {self.least:,}" + (f" and at most {self.most:,}" if self.most else "")
        checks.require(
            records >= self.least and (self.most is None or records <= self.most),
            f"{path} must have {limits} records ({self.format})",
            f"{records:,} records",
            "add records" if records < self.least else "choose the most telling ones",
        )

    def warnings(self, path: str, records: int) -> Iterator[SynthWarning]:
        """What the number of records may mean to the service."""
        low, high = self.usual
        if records < low:
            yield SynthWarning(
                f"{PREFIX}fewRecords",
                f"{path} has {records:,} records; {low:,} are the documented minimum ({self.format}): add some",
            )
        if high is not None and records > high:
            yield self._many(f"{path} has {records:,} records", high)

    def sum_warnings(self, training: int, validation: int) -> Iterator[SynthWarning]:
        """What the records of both mean together: the default quota counts their sum."""
        high = self.usual[1]
        if high is not None and training <= high < training + validation:
            yield self._many(f"Training and validation data have {training + validation:,} records together", high)

    def _many(self, what: str, high: int) -> SynthWarning:
        return SynthWarning(
            f"{PREFIX}manyRecords",
            f"{what}; the default quota is {high:,} ({self.format}), validation included: look it up in Service Quotas "
            "before the job is started",
        )

    def validation_warnings(self) -> Iterator[SynthWarning]:
        """What a job with validation data has to know."""
        if not self.validates:
            yield SynthWarning(
                f"{PREFIX}validationNotUsed",
                f"Validation data is not used by a training of this base model ({self.format}): leave it out",
            )

    def of_any_length(self) -> "Schema":
        """The same rules for data that the limits of training don't hold for."""
        return replace(self, least=1, most=None, usual=(1, None))


_LLAMA_FORMATS: Final = {"image": ("gif", "jpeg", "png", "webp")}
_CONVERSATION: Final = frozenset({Form.CONVERSATION})

NOVA: Final = Schema(
    format=f"{_VERSION} for Nova",
    forms=_CONVERSATION,
    rules=(
        jsonl_records.version(),
        jsonl_records.conversation,
        jsonl_records.answered,
        nova.blocks_of_nova,
        jsonl_records.media(nova.FORMATS),
        nova.plain_uris,
        nova.with_few_media,
        nova.without_reserved_words,
        nova.matching_tools,
    ),
    file_rules=(nova.one_kind_of_media,),
    hints=(media_in_s3, nova.suspect_words),
    usual=(8, 20_000),
)
NOVA_1: Final = replace(NOVA, rules=(*NOVA.rules, nova.without_reasoning))
NOVA_MICRO: Final = replace(NOVA_1, rules=(*NOVA_1.rules, nova.without_media), format=f"{_VERSION} for Nova Micro")
NOVA_2: Final = replace(
    NOVA,
    format=f"{_VERSION} for Nova 2",
    hints=(*NOVA.hints, nova.doubted_formats, nova.tools_of_nova_2),
    usual=(200, 20_000),
    validates=False,
)
CLAUDE: Final = Schema(
    format="Claude messages",
    forms=frozenset({Form.MESSAGES, Form.CONVERSATION}),
    rules=(jsonl_records.messages_or_conversation,),
    usual=(32, 10_000),
)
PROMPT_COMPLETION: Final = Schema(
    format="prompt and completion",
    forms=frozenset({Form.PROMPT_COMPLETION}),
    rules=(jsonl_records.prompt_and_completion,),
)
COHERE: Final = replace(PROMPT_COMPLETION, usual=(1, 10_000))
LLAMA_TEXT: Final = replace(PROMPT_COMPLETION, usual=(100, 10_000))
LLAMA_CONVERSATION: Final = Schema(
    format=_VERSION,
    forms=_CONVERSATION,
    rules=(
        jsonl_records.version(_VERSION),
        jsonl_records.conversation,
        jsonl_records.answered,
        jsonl_records.one_system,
        jsonl_records.media(_LLAMA_FORMATS),
    ),
    usual=(100, 10_000),
)
IMAGE: Final = Schema(
    format="image-ref and caption",
    forms=frozenset({Form.IMAGE_CAPTION}),
    rules=(jsonl_records.image_and_caption(3, 1_024),),
    usual=(5, 10_000),
    validates=False,
)
EMBEDDED_IMAGE: Final = replace(IMAGE, rules=(jsonl_records.image_and_caption(0, 2_560),), usual=(1_000, 500_000))
ANY_OBJECT: Final = Schema(format="one JSON object a line")

INPUT: Final = Schema(format="input", forms=frozenset({Form.INPUT}), rules=(jsonl_records.only_input,))
DISTILLATION: Final = Schema(
    format=f"{_VERSION} for distillation",
    forms=_CONVERSATION,
    rules=(jsonl_records.version(_VERSION, _MISSPELT), jsonl_records.conversation, jsonl_records.distilled),
    hints=(old_spelling,),
    least=100,
    most=15_000,
)
DISTILLATION_OF_ONE_TURN: Final = replace(DISTILLATION, rules=(*DISTILLATION.rules, jsonl_records.one_turn))
REINFORCEMENT: Final = Schema(
    format="chat completions for reinforcement fine-tuning",
    forms=frozenset({Form.MESSAGES}),
    rules=(jsonl_records.chat_completion, jsonl_records.chat_tools),
    hints=(nova.suspect_words,),
    usual=(100, 20_000),
)

_OF_TYPE: Final = {"CONTINUED_PRE_TRAINING": INPUT, "REINFORCEMENT_FINE_TUNING": REINFORCEMENT}
_OF_FAMILY: Final = (
    (r"amazon\.(nova-canvas|titan-image)", IMAGE),
    (r"amazon\.titan-embed-image", EMBEDDED_IMAGE),
    (r"amazon\.nova-2-(lite|pro)", NOVA_2),
    (r"amazon\.nova-micro", NOVA_MICRO),
    (r"amazon\.nova-(lite|pro|premier)", NOVA_1),
    (r"amazon\.nova-\d+-(micro|lite|pro|premier)", NOVA),
    (r"amazon\.titan-(text|tg1)", PROMPT_COMPLETION),
    (r"anthropic\.claude-3-haiku", CLAUDE),
    (r"cohere\.command-(light-)?text", COHERE),
    (r"meta\.llama(2|3-1)-", LLAMA_TEXT),
    (r"meta\.llama3-[23]-", LLAMA_CONVERSATION),
)
_OF_ONE_TURN: Final = r"\b(anthropic|meta)\."


def schema_for(model_id: str, customization_type: str, teacher: str | None = None) -> Schema:
    """The schema of a base model, given by its id or any ARN that holds it, in a type of customization.

    A distillation has that of the teacher, too, given in the same way. A model that is known only at deployment, as one
    that another job trains, has the schema of an unknown family.
    """
    if customization_type == "DISTILLATION":
        one_turn = re.search(_OF_ONE_TURN, f"{model_id} {teacher or ''}")
        return DISTILLATION_OF_ONE_TURN if one_turn else DISTILLATION
    if customization_type in _OF_TYPE:
        return _OF_TYPE[customization_type]
    return next((schema for family, schema in _OF_FAMILY if re.search(family, model_id)), ANY_OBJECT)
