"""Which format and how many records a base model's family expects.

Sources: "Prepare data for fine-tuning your models" and "Prepare your training datasets for distillation" in the Amazon
Bedrock user guide, "Preparing data for fine-tuning" in the Amazon Nova user guide. A family that is not listed gets the
check that no format fails: each line is a JSON object.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from constructs_lib import checks, jsonl_records
from constructs_lib.advice import Advice
from constructs_lib.contract import PREFIX

Rule = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Schema:
    """Rules for each record, and how many there may be.

    `least` and `most` are the service's limits. `usual` are quotas that can be raised or are documented per model: to
    go beyond them is unwise, not wrong.
    """

    format: str
    rules: tuple[Rule, ...] = ()
    least: int = 1
    most: int | None = None
    usual: tuple[int, int | None] = (1, None)

    def check_record(self, record: dict[str, Any]) -> None:
        """Raises `ValueError` for a record that the format does not know."""
        for rule in self.rules:
            rule(record)

    def check_length(self, path: str, records: int) -> None:
        """Raises `ValueError` for an empty file, and for one beyond the service's limits."""
        limits = f"at least {self.least:,}" + (f" and at most {self.most:,}" if self.most else "")
        checks.require(
            records >= self.least and (self.most is None or records <= self.most),
            f"{path} must have {limits} records ({self.format})",
            f"{records:,} records",
            "add records" if records < self.least else "choose the most telling ones",
        )

    def advice(self, path: str, records: int) -> Iterator[Advice]:
        """What the number of records may mean to the service."""
        low, high = self.usual
        if records < low:
            yield Advice(
                f"{PREFIX}fewRecords",
                f"{path} has {records:,} records; {low:,} are the documented minimum ({self.format}): add some",
            )
        if high is not None and records > high:
            yield Advice(
                f"{PREFIX}manyRecords",
                f"{path} has {records:,} records; the default quota is {high:,} ({self.format}), validation included: "
                "look it up in Service Quotas before the job is started",
            )

    def of_any_length(self) -> "Schema":
        """The same rules for data that the limits of training don't hold for."""
        return replace(self, least=1, most=None, usual=(1, None))


CONVERSATION: Final = Schema(
    format="bedrock-conversation-2024", rules=(jsonl_records.conversation, jsonl_records.answered)
)
NOVA: Final = Schema(
    format="bedrock-conversation-2024 for Nova",
    rules=(*CONVERSATION.rules, jsonl_records.without_reserved_words, jsonl_records.with_few_media),
    usual=(8, 20_000),
)
CLAUDE: Final = Schema(format="Claude messages", rules=(jsonl_records.messages_or_conversation,), usual=(32, 10_000))
PROMPT_COMPLETION: Final = Schema(format="prompt and completion", rules=(jsonl_records.prompt_and_completion,))
COHERE: Final = replace(PROMPT_COMPLETION, usual=(1, 10_000))
LLAMA_TEXT: Final = replace(PROMPT_COMPLETION, usual=(100, 10_000))
LLAMA_CONVERSATION: Final = replace(CONVERSATION, usual=(100, 10_000))
IMAGE: Final = Schema(format="image-ref and caption", rules=(jsonl_records.image_and_caption,), usual=(5, 10_000))
EMBEDDED_IMAGE: Final = replace(IMAGE, usual=(1_000, 500_000))
ANY_OBJECT: Final = Schema(format="one JSON object a line")

INPUT: Final = Schema(format="input", rules=(jsonl_records.only_input,))
DISTILLATION: Final = Schema(
    format="bedrock-conversation-2024 for distillation", rules=(jsonl_records.conversation,), least=100, most=15_000
)
REINFORCEMENT: Final = Schema(
    format="chat completions for reinforcement fine-tuning", rules=(jsonl_records.chat_completion,), usual=(100, 20_000)
)

_OF_TYPE: Final = {
    "CONTINUED_PRE_TRAINING": INPUT,
    "DISTILLATION": DISTILLATION,
    "REINFORCEMENT_FINE_TUNING": REINFORCEMENT,
}
_OF_FAMILY: Final = (
    (r"amazon\.(nova-canvas|titan-image)", IMAGE),
    (r"amazon\.titan-embed-image", EMBEDDED_IMAGE),
    (r"amazon\.nova-(\d+-)?(micro|lite|pro|premier)", NOVA),
    (r"amazon\.titan-(text|tg1)", PROMPT_COMPLETION),
    (r"anthropic\.claude-3-haiku", CLAUDE),
    (r"cohere\.command-(light-)?text", COHERE),
    (r"meta\.llama(2|3-1)-", LLAMA_TEXT),
    (r"meta\.llama3-[23]-", LLAMA_CONVERSATION),
)


def schema_for(model_id: str, customization_type: str) -> Schema:
    """The schema of a base model, given by its id or any ARN that holds it, in a type of customization.

    A model that is known only at deployment, as one that another job trains, has the schema of an unknown family.
    """
    if customization_type in _OF_TYPE:
        return _OF_TYPE[customization_type]
    return next((schema for family, schema in _OF_FAMILY if re.search(family, model_id)), ANY_OBJECT)
