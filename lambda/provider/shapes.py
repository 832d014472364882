"""Types of the API for values that CloudFormation has turned into text."""

from typing import Any, Final

from botocore.model import Shape

_NUMBERS: Final = {"integer": int, "long": int, "float": float, "double": float}


def typed(value: Any, shape: Shape) -> Any:
    """The value as the shape of the service model wants it: text becomes a number or a boolean where it has to."""
    if shape.type_name == "structure":
        return {name: typed(part, shape.members[name]) for name, part in value.items() if name in shape.members}
    if shape.type_name == "list":
        return [typed(part, shape.member) for part in value]
    if shape.type_name == "map":
        return {name: typed(part, shape.value) for name, part in value.items()}
    if shape.type_name == "boolean":
        return str(value).lower() == "true"
    number = _NUMBERS.get(shape.type_name)
    # CloudFormation may write 3 as "3.0".
    return number(float(value)) if number else value
