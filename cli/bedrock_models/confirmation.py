"""Asks the person before what cannot be undone."""

import sys

from bedrock_models.failures import Failure
from bedrock_models.world import World


def is_given(world: World, question: str, answer: str, *, doing: str) -> bool:
    """Whether the person typed the answer. Raises `Failure` where nobody is."""
    if not world.screen.is_terminal and not sys.stdin.isatty():
        raise Failure(f"nobody is there to confirm {doing}; add --yes in scripts")
    try:
        return world.ask(question).strip() == answer
    except EOFError:
        return False
