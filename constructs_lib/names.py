"""Generated names: readable at the front, a hash of scope and inputs behind, which the provider adds."""

from typing import Final

from constructs import Construct

from constructs_lib import checks
from constructs_lib.stacks import path_in_root_stack

PREFIX_MAX: Final = 24


def name_prefix(scope: Construct) -> str:
    """The end of the construct's path, as far as the API takes it in a name."""
    return checks.suggest_name(path_in_root_stack(scope)[-PREFIX_MAX:]) or "model"
