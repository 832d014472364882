"""Trust policies: whether a service may assume a role. IAM's policy simulator judges them only together with a caller.

It knows Allow, Deny, wildcards and the usual condition operators. A condition that it does not know counts as met in an
Allow and as not met in a Deny: it must not report a problem that is none.
"""

import fnmatch
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

Context = Mapping[str, str]
_EQUAL: Final = ("StringEquals", "ArnEquals", "StringLike", "ArnLike", "StringEqualsIgnoreCase", "Bool")


def trusts(document: Mapping[str, Any], service: str, context: Context) -> bool:
    """Whether a trust policy lets the service assume the role."""
    return allows(document, "sts:AssumeRole", "", service, context)


def allows(document: Mapping[str, Any], action: str, resource: str, service: str, context: Context) -> bool:
    """Whether a policy lets the service do that to the resource, which the policy of a role does not name."""
    found = [
        each
        for each in _statements([document])
        if _covers_action(each, action) and _covers_resource(each, resource) and _names_service(each, service)
    ]
    denied = any(each["Effect"] == "Deny" and _met(each, context, unknown=False) for each in found)
    return not denied and any(each["Effect"] == "Allow" and _met(each, context, unknown=True) for each in found)


def _covers_resource(statement: Mapping[str, Any], resource: str) -> bool:
    return "Resource" not in statement or _any_like(_listed(statement["Resource"]), resource)


def _statements(documents: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for document in documents:
        parsed = json.loads(document) if isinstance(document, str) else document
        yield from _listed(parsed.get("Statement", ()))


def _covers_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _any_like(_listed(statement["NotAction"]), action, fold=True)
    return _any_like(_listed(statement.get("Action", ())), action, fold=True)


def _names_service(statement: Mapping[str, Any], service: str) -> bool:
    principal = statement.get("Principal", {})
    if principal == "*":
        return True
    return isinstance(principal, Mapping) and service in _listed(principal.get("Service", ()))


def _met(statement: Mapping[str, Any], context: Context, *, unknown: bool) -> bool:
    lowered = {key.lower(): value for key, value in context.items()}
    conditions = [
        (operator, key.lower(), _listed(values))
        for operator, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    ]
    return all(_holds(operator, lowered.get(key), values, unknown=unknown) for operator, key, values in conditions)


def _holds(operator: str, value: str | None, values: Sequence[Any], *, unknown: bool) -> bool:
    plain = operator.removesuffix("IfExists")
    if plain not in _EQUAL:
        return unknown
    if value is None:
        return operator.endswith("IfExists")
    return _any_like([str(each) for each in values], value)


def _any_like(patterns: Iterable[Any], text: str, *, fold: bool = False) -> bool:
    wanted = text.lower() if fold else text
    # fnmatch reads brackets as sets of characters, IAM does not.
    shaped = (str(each).replace("[", "[[]") for each in patterns)
    return any(fnmatch.fnmatchcase(wanted, pattern.lower() if fold else pattern) for pattern in shaped)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
