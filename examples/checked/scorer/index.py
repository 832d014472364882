"""Scores answers of a support model by the house style: a few short sentences, without what only a person may say."""

from typing import Any

WORDS_MAX = 80
ONLY_A_PERSON = ("refund", "guarantee", "legal")


def handler(event: dict[str, Any], _context: object) -> list[dict[str, Any]]:
    """Gets `samples`, each with `id`, `messages`, `expected` and `answer`, and returns a score from 0 to 1 for each."""
    return [{"id": sample["id"], "score": score(sample["answer"])} for sample in event["samples"]]


def score(answer: str) -> float:
    """Half for an answer at all that is short enough, half for what it does not promise."""
    words = answer.lower().split()
    is_short = 0 < len(words) <= WORDS_MAX
    promises = any(word.strip(".,!?") in ONLY_A_PERSON for word in words)
    return 0.5 * is_short + 0.5 * (bool(words) and not promises)
