"""Requests that IAM has evaluated for roles, and which parts of their policies no request needed."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.aws.patches.names import iam
from local.aws.patches.patch import Patch

Statements = list[Any]


class EvaluatedRequests(Patch):
    """Every request that was evaluated for a session of a role, each once."""

    corrects = "ministack keeps no record of what it has evaluated."
    aws = "CloudTrail has each call, and IAM Access Analyzer makes policies of them."
    uses = (iam.evaluate, iam.role_name_from_assumed_arn, iam.parse_policy_document, iam.first_match)

    def __init__(self) -> None:
        self._asked: dict[str, dict[tuple[Any, ...], Any]] = {}

    def apply(self) -> None:
        iam.evaluate.replace(self._evaluate)

    def _evaluate(self, context: Any, *policies: Any) -> Any:
        role = iam.role_name_from_assumed_arn(context.principal_arn)
        if role:
            keys = tuple(sorted((name, str(value)) for name, value in context.service_context.items()))
            self._asked.setdefault(role, {})[context.action, context.resource_arn, keys] = context
        return iam.evaluate.original(context, *policies)

    def review(self, _path: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Of the role's documents, by name, every action and resource, and the first request that needs it."""
        documents = payload["documents"]
        names = [name for name, document in documents.items() for _ in document["Statement"]]
        statements = [each for document in documents.values() for each in iam.parse_policy_document(document)]
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
    return iam.first_match(request, statements, "Allow") is not None
