"""IAM's policy simulator: the condition keys, documents and boundaries that a caller gives it."""

import contextvars
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from local.aws.patches.names import iam
from local.aws.patches.patch import Patch

_parameters: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("simulation_parameters")
_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}


class PolicySimulation(Patch):
    corrects = (
        "ministack simulates without condition keys and boundaries, without the documents that are added to those of "
        "a principal, and finds no policies of a role with a path."
    )
    aws = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"
    uses = (
        iam.simulation_parameters,
        iam.simulation_results,
        iam.EvalContext,
        iam.evaluate,
        iam.gather_role_policies,
        iam.permissions_boundary,
        iam.parse_policy_document,
        iam.roles,
    )

    def apply(self) -> None:
        iam.simulation_parameters.replace(self._extract)
        iam.simulation_results.replace(self._results)

    def _extract(self, parameters: Mapping[str, Any]) -> Any:
        _parameters.set(parameters)
        return iam.simulation_parameters.original(parameters)

    def _results(self, actions: list[str], resource: str, principal: str, account: str, policies: list[Any]) -> str:
        """The decisions on these actions, as members of EvaluationResults."""
        if ":role/" in principal:
            name = principal.rsplit("/", 1)[-1]
            policies = [*iam.gather_role_policies(name, account), *_documents("PolicyInputList")]
            limits = [*iam.permissions_boundary(iam.roles.value, name, account)]
        else:
            limits = []
        if given := [*_documents("PermissionsBoundaryPolicyInputList")]:
            limits = [given]
        keys = _keys()
        members = []
        for action in actions:
            request = iam.EvalContext(
                principal_arn=principal,
                principal_type="AssumedRole",
                principal_account=account,
                action=action,
                resource_arn=resource,
                region=keys.get("aws:requestedregion", ""),
                source_ip="127.0.0.1",
                secure_transport=keys.get("aws:securetransport") == "true",
                service_context=keys,
            )
            members.append(_member(request, iam.evaluate(request, policies, *limits).decision))
        return "".join(members)


def _documents(member: str) -> Iterator[Any]:
    for text in _listed(f"{member}.member"):
        yield iam.parse_policy_document(text)


def _keys() -> dict[str, str]:
    names = _listed("ContextEntries.member", ".ContextKeyName")
    values = _listed("ContextEntries.member", ".ContextKeyValues.member.1")
    return {name.lower(): value for name, value in zip(names, values, strict=True)}


def _listed(prefix: str, suffix: str = "") -> list[str]:
    """The members of a list in the query protocol, which are numbered from one."""
    parameters = _parameters.get()
    found: list[str] = []
    while value := parameters.get(f"{prefix}.{len(found) + 1}{suffix}"):
        found.append(value[0] if isinstance(value, list) else value)
    return found


def _member(request: Any, decision: str) -> str:
    return (
        f"<member><EvalActionName>{escape(request.action)}</EvalActionName>"
        f"<EvalResourceName>{escape(request.resource_arn)}</EvalResourceName>"
        f"<EvalDecision>{_DECISIONS.get(decision, 'implicitDeny')}</EvalDecision>"
        "<MatchedStatements></MatchedStatements><MissingContextValues></MissingContextValues></member>"
    )
