"""Marks answers to questions about how long a planter's water lasts: by the number of days that they end with."""

import re
from typing import Any

Sample = dict[str, Any]


def handler(samples: list[Sample], _context: object) -> list[Sample]:
    """One mark for each sample, in Bedrock's own form."""
    return [_graded(sample) for sample in samples]


def _graded(sample: Sample) -> Sample:
    answer = _text(sample["messages"][-1]["content"])
    accuracy, brevity = _accuracy(answer, _expected(sample)), _brevity(answer)
    return {
        "id": sample["id"],
        # A short answer is worth something only if it is right.
        "aggregate_reward_score": accuracy * (0.8 + 0.2 * brevity),
        "metrics_list": [
            {"name": "accuracy", "value": accuracy, "type": "Reward"},
            {"name": "brevity", "value": brevity, "type": "Metric"},
        ],
    }


def _expected(sample: Sample) -> int:
    # AWS's guides show what a record holds beside its messages in both places: under metadata, and at the top.
    return int({**sample, **sample.get("metadata", {})}["reference_answer"]["days"])


def _accuracy(answer: str, expected: int) -> float:
    numbers = re.findall(r"\d+", answer)
    if not numbers:
        return 0.0
    # A near miss earns something, or there would be nothing to learn from at first.
    return {0: 1.0, 1: 0.3}.get(abs(int(numbers[-1]) - expected), 0.0)


def _brevity(answer: str) -> float:
    return min(1.0, 60 / max(1, len(answer.split())))


def _text(content: Any) -> str:
    return content if isinstance(content, str) else " ".join(block.get("text", "") for block in content)
