"""Argument types, checked at every public door by the annotations that stand there, before anything is created.

The CDK's own constructs ask `typeguard`. It takes a boolean for a number, a text for a list, and anything at all for an
interface, and its errors name no remedy; so the annotations are read here. Whether a *value* of the right type is
allowed is asked in `checks`.
"""

import collections.abc
import difflib
import enum
import functools
import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from constructs_lib.core.checks import is_token

_LIBRARY: Final = __name__.partition(".")[0]
_UNIONS: Final = (typing.Union, types.UnionType)
_LISTS: Final = (collections.abc.Sequence, list, tuple)
_MAPPINGS: Final = (collections.abc.Mapping, dict)

_PLAIN: Final[dict[Any, str]] = {str: "text", int: "a whole number", float: "a number", bool: "True or False"}
_LISTED_MAX: Final = 6

_MODEL: Final = "aws-cdk-lib.aws_bedrock.IModel"
# What makes the thing of which people write the name or the ARN.
_MADE_BY: Final = {
    _MODEL: "use bedrock.FoundationModel.from_foundation_model_id(...) or "
    "CustomModel.from_custom_model_arn(scope, id, arn)",
    "aws-cdk-lib.aws_iam.IRole": "use iam.Role.from_role_arn(scope, id, arn)",
    "aws-cdk-lib.aws_iam.IGrantable": "give the role, user or function that is allowed to",
    "aws-cdk-lib.aws_kms.IKey": "use kms.Key.from_key_arn(scope, id, arn)",
    "aws-cdk-lib.aws_s3.IBucket": "use s3.Bucket.from_bucket_name(scope, id, name)",
    "aws-cdk-lib.aws_lambda.IFunction": "use lambda_.Function.from_function_arn(scope, id, arn)",
    "aws-cdk-lib.aws_ec2.IVpc": "use ec2.Vpc.from_lookup(scope, id, vpc_id=...)",
    "aws-cdk-lib.aws_ec2.ISecurityGroup": "use ec2.SecurityGroup.from_security_group_id(scope, id, security_group_id)",
    "aws-cdk-lib.aws_sns.ITopic": "use sns.Topic.from_topic_arn(scope, id, arn)",
    "aws-cdk-lib.aws_events.IRuleTarget": "use a class of aws_events_targets",
    "aws-cdk-lib.Duration": "use cdk.Duration.hours(1) and the like",
    "aws-cdk-lib.aws_ec2.SubnetSelection": "use ec2.SubnetSelection(subnet_type=..., subnets=...)",
    "constructs.Construct": "give the stack or the construct around it",
}
_MODEL_ID: Final = "aws-cdk-lib.aws_bedrock.FoundationModelIdentifier"
_FOUNDATION_MODEL: Final = "bedrock.FoundationModel.from_foundation_model_id"
_ONLY_CUSTOM: Final = (
    "give a CustomModel, the custom_model of a ModelCustomizationJob, or "
    "CustomModel.from_custom_model_arn(scope, id, arn)"
)
# By the name of the class, since these stand on floors above.
_MODELS_IN: Final = {
    "TeacherModel": "give the model that the teacher was made of",
    "ModelSource": "give the CustomModel that is imported from it",
}
_MODEL_OF_A_JOB: Final = "give the model that it trains, job.custom_model"


def check_every(doors: Sequence[object]) -> None:
    """Puts the check in front of every public function of these classes, and of those they are derived from here."""
    for door in doors:
        if isinstance(door, type) and not issubclass(door, enum.Enum) and not getattr(door, "_is_protocol", False):
            for each in door.__mro__:
                if _is_ours(each) and "_arguments_are_checked" not in vars(each):
                    _check_all_of(each)


def functions_of(owner: type) -> Iterator[tuple[str, Any]]:
    """The doors of one class: constructor, functions and class methods that are its own and public."""
    for name, member in list(vars(owner).items()):
        if (name == "__init__" or not name.startswith("_")) and (
            inspect.isfunction(member) or isinstance(member, classmethod | staticmethod)
        ):
            yield name, member


def _check_all_of(owner: type) -> None:
    for name, member in functions_of(owner):
        if isinstance(member, classmethod | staticmethod):
            setattr(owner, name, type(member)(_checked(member.__func__)))
        else:
            setattr(owner, name, _checked(member))
    owner._arguments_are_checked = True  # type: ignore[attr-defined]  # a mark for this module alone


def _checked(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.cache
    def declared() -> tuple[inspect.Signature, dict[str, Any]]:
        # Read at the first call: modules that import each other know each other's names only then, and an import of the
        # library should not pay for what an app never calls.
        return inspect.signature(function), typing.get_type_hints(function)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        signature, hints = declared()
        bound = _bound(function, signature, args, kwargs)
        for name, value in bound.arguments.items():
            if name in hints:
                _check_parameter(signature.parameters[name], value, hints[name])
                bound.arguments[name] = _struct(value, hints[name])
        return function(*bound.args, **bound.kwargs)

    return checked


def _bound(
    function: Callable[..., Any], signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> inspect.BoundArguments:
    """The arguments by their names. Raises `TypeError`, as Python does, and names the function and what it may mean."""
    try:
        return signature.bind(*args, **kwargs)
    except TypeError as error:
        door = function.__qualname__.removesuffix(".__init__")
        unknown = next((name for name in kwargs if name not in signature.parameters), None)
        if unknown is None:
            raise TypeError(f"{door}() {error}") from None
        names = [name for name in signature.parameters if name not in ("self", "cls")]
        near = difflib.get_close_matches(unknown, names, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
        raise TypeError(f"{door}() has no argument {unknown!r}: {remedy}") from None


def _check_parameter(parameter: inspect.Parameter, value: Any, hint: Any) -> None:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        for each in value:
            check(parameter.name, each, hint)
    else:
        check(parameter.name, value, hint)


def _struct(value: Any, hint: Any) -> Any:
    """A dict where the CDK asks for a struct becomes one, as in the CDK's own constructs."""
    if isinstance(value, dict):
        structs = [part for part in _parts(hint) if hasattr(part, "__jsii_struct_bases__")]
        return structs[0](**value) if structs else value
    return value


def check(argument: str, value: Any, hint: Any) -> None:
    """Raises `ValueError` that names the argument, unless the value is of the annotated type."""
    wrong = _wrong(argument, value, hint)
    if wrong is not None:
        where, got, expected = wrong
        raise ValueError(f"{where} must be {_words(expected)}, got {_shown(got)}; {_remedy(got, expected)}")


_Wrong = tuple[str, Any, Any]


def _wrong(where: str, value: Any, hint: Any) -> _Wrong | None:
    """The innermost part that does not fit: where it stands, what it is, and what should be there."""
    origin = typing.get_origin(hint)
    if origin in _UNIONS:
        return _wrong_of_union(where, value, hint)
    if origin in _LISTS:
        return _wrong_in_list(where, value, hint)
    if origin in _MAPPINGS:
        return _wrong_in_mapping(where, value, hint)
    if origin is typing.Literal:
        return None if value in typing.get_args(hint) else (where, value, hint)
    return None if _is_a(value, origin or hint) else (where, value, hint)


def _wrong_of_union(where: str, value: Any, hint: Any) -> _Wrong | None:
    found = [_wrong(where, value, part) for part in typing.get_args(hint)]
    if None in found:
        return None
    # A list of wrong things is told by the thing; for anything else all that is allowed is told.
    return next((wrong for wrong in found if wrong is not None and wrong[0] != where), (where, value, hint))


def _wrong_in_list(where: str, value: Any, hint: Any) -> _Wrong | None:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        return None if _is_resolvable(value) else (where, value, hint)
    parts = typing.get_args(hint)
    if typing.get_origin(hint) is tuple and parts[-1] is not Ellipsis:
        if not isinstance(value, tuple) or len(value) != len(parts):
            return where, value, hint
        pairs = list(zip(value, parts, strict=True))
    else:
        pairs = [(each, parts[0]) for each in value]
    found = (_wrong(f"{where}[{index}]", each, part) for index, (each, part) in enumerate(pairs))
    return next(filter(None, found), None)


def _wrong_in_mapping(where: str, value: Any, hint: Any) -> _Wrong | None:
    if not isinstance(value, Mapping):
        return None if _is_resolvable(value) else (where, value, hint)
    keys, values = typing.get_args(hint)
    found = (
        _wrong(f"a key of {where}", key, keys) or _wrong(f"{where}[{key!r}]", each, values)
        for key, each in value.items()
    )
    return next(filter(None, found), None)


def _is_a(value: Any, hint: Any) -> bool:  # noqa: PLR0911  one line a kind of annotation
    if hint is Any or isinstance(hint, typing.TypeVar):
        return True
    if hint in (None, type(None)):
        return value is None
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        # A text that only the deployment knows is asked by the provider.
        return isinstance(value, hint) or (issubclass(hint, str) and isinstance(value, str) and is_token(value))
    if hint is bool:
        return isinstance(value, bool)
    if hint in (int, float):
        return _is_number(value, hint)
    if hint is str:
        # A member of another enumeration is a text to Python, and a mistake to everybody else.
        return isinstance(value, str) and not isinstance(value, enum.Enum)
    if getattr(hint, "_is_protocol", False):
        return _implements(value, hint)
    if isinstance(value, hint):
        return True
    if hasattr(hint, "__jsii_struct_bases__"):
        return isinstance(value, Mapping)
    # What JavaScript hands out may be of a class that Python knows by name only.
    return hasattr(hint, "__jsii_type__") and hint.__jsii_type__ in _jsii_names(type(value))


def _is_number(value: Any, hint: type) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and (hint is float or is_token(value)))


def _implements(value: Any, protocol: Any) -> bool:
    """As jsii judges: the class says so. An interface of this library also asks for its own members."""
    kind = type(value)
    if value is None or isinstance(value, type):
        return False
    if _is_ours(protocol) and not all(hasattr(kind, name) for name in vars(protocol) if not name.startswith("_")):
        return False
    wanted = _jsii_names(protocol) if _is_ours(protocol) else {protocol.__jsii_type__}
    delegates = getattr(value, "_delegates", None) if kind.__module__.startswith("jsii.") else None
    kinds = [type(each) for each in delegates] if delegates else [kind]
    return wanted <= frozenset[str]().union(*(_jsii_names(each) for each in kinds))


def _jsii_names(kind: Any) -> frozenset[str]:
    """The names that jsii knows a class under: its own, its bases' and its interfaces'."""
    return _names_of(kind)


@functools.cache
def _names_of(kind: Any) -> frozenset[str]:
    names = set()
    for each in kind.__mro__:
        for known in (each, *(part for face in vars(each).get("__jsii_ifaces__", ()) for part in face.__mro__)):
            names.add(vars(known).get("__jsii_type__"))
    return frozenset(name for name in names if name)


def _is_resolvable(value: Any) -> bool:
    return not isinstance(value, type) and "aws-cdk-lib.IResolvable" in _jsii_names(type(value))


def _words(hint: Any) -> str:  # noqa: PLR0911  one line a kind of annotation
    """The annotated type as people write it."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in _UNIONS:
        return " or ".join(_words(part) for part in parts if part is not type(None))
    if origin is tuple and parts[-1] is not Ellipsis:
        return f"a tuple of {len(parts)}, ({', '.join(_words(part) for part in parts)})"
    if origin in _LISTS:
        return f"a list, each {_words(parts[0])}"
    if origin in _MAPPINGS:
        return f"a dict, each value {_words(parts[1])}"
    if origin is typing.Literal:
        return " or ".join(repr(part) for part in parts)
    if isinstance(hint, type) and issubclass(hint, enum.Enum) and len(hint) <= _LISTED_MAX:
        return f"one of {', '.join(f'{hint.__name__}.{member.name}' for member in hint)}"
    return _PLAIN.get(hint) or _with_article(getattr(origin or hint, "__name__", str(hint)))


def _with_article(name: str) -> str:
    return f"an {name}" if name[0] in "AEIO" else f"a {name}"


def _shown(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if is_token(value):
        return "a token"
    plain = value is None or isinstance(value, str | int | float | list | tuple | Mapping)
    return repr(value)[:200] if plain and not isinstance(value, enum.Enum) else _named(value)


def _named(value: Any) -> str:
    kind = type(value)
    return f"{kind.__name__}.{value.name}" if isinstance(value, enum.Enum) else f"an object of {kind.__name__}"


def _remedy(value: Any, hint: Any) -> str:  # noqa: PLR0911  one line a kind of mistake
    """Code that can be pasted, where there is some."""
    choices = [part for part in _parts(hint) if part is not type(None)]
    first = choices[0]
    if isinstance(value, type):
        return f"call {value.__name__}, or one of its from_... functions"
    if callable(value):
        return "call it"
    if isinstance(first, type) and issubclass(first, enum.Enum):
        return f"use {first.__name__}.{_nearest(value, first).name}"
    if (
        typing.get_origin(first) in (collections.abc.Sequence, list)
        and _wrong("", value, typing.get_args(first)[0]) is None
    ):
        return "put it in a list, [...]"
    if _asks_for_a_model(first) and (instead := _model_behind(value, first)):
        return instead
    if first is bool:
        return "use True or False; text of the command line or of cdk.json is compared first, as text == 'true'"
    made_by = _MADE_BY[_MODEL] if _asks_for_a_model(first) else _MADE_BY.get(getattr(first, "__jsii_type__", ""))
    if made_by:
        return made_by
    makers = " or ".join(dict.fromkeys(maker for choice in choices for maker in _makers(value, choice)))
    if makers:
        return f"use {makers}"
    if isinstance(value, enum.Enum) and isinstance(value, str) and first is str:
        return f"give {value.value!r}, the text itself"
    return f"give {_words(hint)}" + ("" if type(None) not in _parts(hint) else ", or leave it out")


def _parts(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in _UNIONS else (hint,)


def _asks_for_a_model(hint: Any) -> bool:
    return isinstance(hint, type) and _MODEL in _jsii_names(hint)


def _model_behind(value: Any, hint: Any) -> str:
    """What to write for a thing that has to do with a model, or for the text that names one."""
    if hasattr(type(value), "custom_model"):
        return _MODEL_OF_A_JOB
    if getattr(type(value), "__jsii_type__", "") == _MODEL_ID:
        return f"use {_FOUNDATION_MODEL}(scope, id, <this id>)"
    if type(value).__name__ in _MODELS_IN:
        return _MODELS_IN[type(value).__name__]
    if isinstance(value, str) and not value.startswith("arn:") and not _is_ours(hint):
        return f"use {_FOUNDATION_MODEL}(scope, id, bedrock.FoundationModelIdentifier({value!r}))"
    return _ONLY_CUSTOM if _is_ours(hint) else ""


def _nearest(value: Any, members: type[enum.Enum]) -> enum.Enum:
    text = str(value).lower()
    return next((each for each in members if text in (each.name.lower(), str(each.value).lower())), next(iter(members)))


def _is_ours(kind: Any) -> bool:
    return bool(kind.__module__.partition(".")[0] == _LIBRARY)


def _makers(value: Any, hint: Any) -> list[str]:
    """The class methods that make the thing; those alone that can begin with this value, if there are some."""
    if not isinstance(hint, type) or not _is_ours(hint):
        return []
    makers = {
        f"{hint.__name__}.{name}": list(inspect.signature(getattr(hint, name)).parameters.values())
        for name, member in vars(hint).items()
        if isinstance(member, classmethod) and not name.startswith("_")
    }
    fitting = [maker for maker, parameters in makers.items() if parameters and _begins_with(hint, maker, value)]
    return [f"{maker}({_signature(makers[maker])})" for maker in fitting or makers]


def _begins_with(owner: type, maker: str, value: Any) -> bool:
    function = inspect.unwrap(getattr(owner, maker.rpartition(".")[2]).__func__)
    hints = typing.get_type_hints(function)
    first = next((name for name in inspect.signature(function).parameters if name != "cls"), None)
    return first in hints and _wrong("", value, hints[first]) is None


def _signature(parameters: Sequence[inspect.Parameter]) -> str:
    """What has to be given, as it is written; `...` where there is more to choose."""
    needed = [each for each in parameters if each.default is inspect.Parameter.empty]
    written = [f"{each.name}=..." if each.kind is inspect.Parameter.KEYWORD_ONLY else each.name for each in needed]
    return ", ".join(written or ["..."] if parameters else [])
