"""What is legal but unwise, as a construct hands it to `Annotations.of(self).add_warning_v2(id, message)`."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from constructs import IConstruct

from constructs_lib.core import checks
from constructs_lib.core.scopes import stack_of


class SynthWarning(NamedTuple):
    """A warning of synthesis: an id that people acknowledge, and a sentence that says what to do."""

    id: str
    message: str


def policy_text(scope: IConstruct, statements: Sequence[Any]) -> str:
    """Statements as JSON to paste. What only CloudFormation knows stands there as in its own `Fn::Sub`: `${...}`."""
    return json.dumps(_substituted(stack_of(scope).resolve(statements)), indent=2)


def text_of(scope: IConstruct, value: str) -> str:
    """The same for one text: a token in a warning would be another one in every synthesis."""
    if not checks.is_token(value):
        return value
    return str(_substituted(stack_of(scope).resolve(value)))


def _substituted(value: Any) -> Any:
    match value:
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(str(_substituted(part)) for part in parts)
        case {"Fn::GetAtt": [str(resource), str(attribute)]}:
            return f"${{{resource}.{attribute}}}"
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case dict():
            return {name: _substituted(each) for name, each in value.items()}
        case list():
            return [_substituted(each) for each in value]
        case _:
            return value
