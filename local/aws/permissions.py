"""Which permissions were asked of roles, and which of a policy's actions and resources nothing would miss."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.aws import seams

_EVALUATOR = "core.iam_evaluator"
Statements = list[Any]


class AskedPermissions:
    """Every request that was evaluated for a session of a role, each once."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[tuple[Any, ...], Any]] = {}

    def install(self) -> None:
        evaluate = seams.take(_EVALUATOR, "evaluate")

        def remember(context: Any, *policies: Any) -> Any:
            self._remember(context)
            return evaluate(context, *policies)

        seams.replace(_EVALUATOR, "evaluate", remember)

    def _remember(self, context: Any) -> None:
        role = seams.take(_EVALUATOR, "_role_name_from_assumed_arn")(context.principal_arn)
        if role:
            keys = tuple(sorted((name, str(value)) for name, value in context.service_context.items()))
            self._asked.setdefault(role, {})[context.action, context.resource_arn, keys] = context

    def review(self, _path: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Of the role's documents, by name, every action and resource, and the first request that needs it."""
        parse = seams.take(_EVALUATOR, "parse_policy_document")
        names = [name for name, document in payload["documents"].items() for _ in document["Statement"]]
        statements = [statement for document in payload["documents"].values() for statement in parse(document)]
        granted = [request for request in self._asked.get(payload["role"], {}).values() if _allows(statements, request)]
        found = [
            {"policy": name, **part, "needed_by": _missed_by(statements, statements[index], reduced, granted)}
            for index, name in enumerate(names)
            for part, reduced in _reductions(statements[index])
        ]
        return {"requests": len(granted), "parts": found}


def _reductions(statement: Any) -> Iterator[tuple[dict[str, str], Callable[[Any], Any]]]:
    """Each action and each resource, and what remains of a statement without it."""
    for action in statement.actions:
        yield {"action": action}, functools.partial(_without, "actions", action)
    for resource in statement.resources if len(statement.resources) > 1 else ():
        yield (
            {"resource": resource, "actions": ", ".join(statement.actions)},
            functools.partial(_without, "resources", resource),
        )


def _without(part: str, value: str, statement: Any) -> Any:
    others = [other for other in getattr(statement, part) if other != value]
    return dataclasses.replace(statement, **{part: others}) if others else None


def _missed_by(statements: Statements, one: Any, reduce: Callable[[Any], Any], granted: list[Any]) -> str | None:
    """The first request that is denied when this statement, and any other that allows the same, is reduced."""
    same = [each for each in statements if (each.resources, each.conditions) == (one.resources, one.conditions)]
    without = [each for each in statements if each not in same] + [left for each in same if (left := reduce(each))]
    affected = (request for request in granted if _allows(same, request))
    missed = next((request for request in affected if not _allows(without, request)), None)
    return f"{missed.action} on {missed.resource_arn}" if missed else None


def _allows(statements: Statements, request: Any) -> bool:
    return seams.take(_EVALUATOR, "_first_match")(request, statements, "Allow") is not None
