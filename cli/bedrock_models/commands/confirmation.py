"""Asks the person before what cannot be undone."""

import sys

from bedrock_models.context import Context
from bedrock_models.failures import Failure


def is_given(context: Context, question: str, answer: str, *, doing: str) -> bool:
    """Whether the person typed the answer. Raises `Failure` where nobody is."""
    if not context.screen.is_terminal and not sys.stdin.isatty():
        raise Failure(f"nobody is there to confirm {doing}; add --yes in scripts")
    try:
        return context.ask(question).strip() == answer
    except EOFError:
        return False
