"""IAM's policy simulator: what AWS itself decides for the policies of a role, boundaries included.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html judges a role that exists by all of
its policies, its permissions boundary and the organization's policies; SimulateCustomPolicy one that is still in a
template, by the documents it is given. Neither judges the policies of the resources.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bedrock_models.cloudformation.unknown import as_name

_TYPES: Final = {"aws:SecureTransport": "boolean"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """Whose policies are simulated, and with which condition keys. Without an ARN the documents are all there is."""

    role_arn: str
    documents: tuple[Mapping[str, Any], ...]
    boundary: Mapping[str, Any] | None
    keys: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One action on one resource. `missing_keys` are condition keys without a value, on which it hangs."""

    action: str
    resource: str
    is_allowed: bool
    missing_keys: tuple[str, ...] = ()
    reason: str = ""


def decisions(iam: Any, request: Request, needed: Iterable[tuple[str, str]]) -> Iterator[Decision]:
    """One for each action and resource. Raises the client's errors, also for a lack of permission to simulate."""
    actions: dict[str, list[str]] = {}
    for action, resource in needed:
        actions.setdefault(resource, []).append(action)
    for resource, names in actions.items():
        if not request.role_arn and not request.documents:
            # The simulator takes no empty list of policies, and nothing is allowed by none.
            yield from (Decision(action=name, resource=resource, is_allowed=False) for name in names)
            continue
        # One resource a call: some actions of a call with several would be simulated on resources of other services.
        for result in _results(iam, request, names, resource):
            yield _decision(result, resource)


def _results(iam: Any, request: Request, actions: list[str], resource: str) -> Iterator[Mapping[str, Any]]:
    given: dict[str, Any] = {
        "ActionNames": actions,
        "ResourceArns": [as_name(resource)],
        # docs/assumptions.md: simulator-takes-request-context
        "ContextEntries": [
            {"ContextKeyName": name, "ContextKeyValues": [value], "ContextKeyType": _TYPES.get(name, "string")}
            for name, value in request.keys.items()
        ],
    }
    if request.documents:
        given["PolicyInputList"] = [as_name(json.dumps(each)) for each in request.documents]
    if request.boundary is not None:
        given["PermissionsBoundaryPolicyInputList"] = [as_name(json.dumps(request.boundary))]
    operation = "simulate_custom_policy"
    if request.role_arn:
        operation = "simulate_principal_policy"
        given["PolicySourceArn"] = request.role_arn
    for page in iam.get_paginator(operation).paginate(**given):
        yield from page["EvaluationResults"]


def _decision(result: Mapping[str, Any], resource: str) -> Decision:
    is_allowed = result["EvalDecision"] == "allowed"
    # A key without a value can only be met in a request; an explicit Deny stands whatever that brings.
    missing = () if is_allowed or result["EvalDecision"] == "explicitDeny" else result.get("MissingContextValues", ())
    return Decision(
        action=result["EvalActionName"],
        resource=resource,
        is_allowed=is_allowed,
        missing_keys=tuple(missing),
        reason="" if is_allowed else _reason(result),
    )


def _reason(result: Mapping[str, Any]) -> str:
    if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        return "a policy of the organization does not allow it"
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        return "its permissions boundary does not allow it"
    return "a statement denies it" if result["EvalDecision"] == "explicitDeny" else ""
