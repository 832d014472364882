"""Permission for the events function to hand service roles to Amazon Bedrock: for each role exactly that one."""

from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, IDependable

from constructs_lib.core.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
)
from constructs_lib.core.iam_policy import Statement, customizes_roles, inline_policy, policy_document, policy_name
from constructs_lib.core.scopes import path_in_root_stack, remembered
from constructs_lib.core.validation import validate_later

# IAM counts 10,240 characters for all inline policies of a role. The provider's own take half of them, and 300 for each
# key of a model; this permission takes some 270 for each service role.
_INLINE: Final = 8
# A managed policy has 6,144 characters, a role's ARN at most 95, and a role takes 10 such policies.
_IN_A_MANAGED_POLICY: Final = 50

_OWNING_TYPES: Final = (
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    IMPORTED_MODEL_TYPE,
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
)


class PassRole:
    """What lets the events function pass the service roles of one stack."""

    def __init__(self, scope: Construct, events_role: iam.IRole) -> None:
        self._scope = scope
        self._role = events_role
        self._role_name = events_role.role_name
        self._allowed: dict[iam.IRole, IDependable] = {}
        self._inline = 0
        self._managed: list[_ManyRoles] = []

    def allow(self, construct: Construct, role: iam.IRole, *, shared: bool) -> IDependable:
        """Allows it. Returns what the construct's resource has to come after.

        Other constructs may use a shared role, too; another one was made for this construct, and stands below it.
        """
        if role not in self._allowed:
            self._allowed[role] = self._place(construct, role, shared=shared)
        return self._allowed[role]

    def _place(self, construct: Construct, role: iam.IRole, *, shared: bool) -> IDependable:
        if self._inline == _INLINE and not customizes_roles(construct):
            return self._with_others(role)
        self._inline += 1
        if shared:
            return self._alone(self._scope, f"PassRole{role.node.addr}", role)
        return self._alone(construct, "PassRole", role)

    def _alone(self, scope: Construct, id: str, role: iam.IRole) -> IConstruct:
        """With the construct, for everything waits for the functions and their own policies: if one of those named
        the role, no construct could be made to wait for another one of the stack.
        """
        policy = inline_policy(
            scope,
            id,
            name=policy_name(id, path_in_root_stack(scope)),
            role=self._role,
            role_name=self._role_name,
            statements=[_passing([role_arn_of(role)])],
        )
        return policy or self._role

    def _with_others(self, role: iam.IRole) -> IDependable:
        """Where no room is left. A role in such a policy comes before all constructs that need the policy."""
        if not self._managed:
            validate_later(self._scope, None, self._untie)
        if not self._managed or self._managed[-1].is_full:
            self._managed.append(_ManyRoles(self._scope, f"PassRoles{len(self._managed) + 1}", self._role_name))
        return self._managed[-1].add(role)

    def _untie(self, _: object) -> list[str]:
        """A construct that is made to wait for another one makes its role wait, too: then the policy would need the
        role, the role the other construct, and that one the policy. The role is there for the construct alone, whose
        resource still waits. Only after the CDK's own preparation are such dependencies known.
        """
        for policy in self._managed:
            policy.untie()
        return []


@remembered
def role_arn_of(role: iam.IRole) -> str:
    """A role's ARN: the job names it, and so does the permission to pass it."""
    return role.role_arn


@jsii.implements(cdk.IAnyProducer)
class _ManyRoles:
    def __init__(self, scope: Construct, id: str, role_name: str) -> None:
        document = cdk.Lazy.uncached_any(self)
        self._policy = iam.CfnManagedPolicy(scope, id, policy_document=document, roles=[role_name])
        self._arns: list[str] = []
        self._resources: list[cdk.CfnResource] = []

    @property
    def is_full(self) -> bool:
        return len(self._arns) == _IN_A_MANAGED_POLICY

    def add(self, role: iam.IRole) -> IDependable:
        self._arns.append(role_arn_of(role))
        resource = role.node.default_child
        if isinstance(resource, cdk.CfnResource):
            self._resources.append(resource)
        return self._policy

    def produce(self, context: cdk.IResolveContext) -> dict[str, Any]:  # noqa: ARG002  the interface's signature
        """The document, once all roles are known: to write it anew for each would take the square of their number."""
        return policy_document([_passing(self._arns)])

    def untie(self) -> None:
        """Lets no role wait for a construct of this library: that one may need this policy, itself or over others."""
        for role in self._resources:
            for each in role.obtain_dependencies():
                if isinstance(each, cdk.CfnResource) and _is_ours(each):
                    role.remove_dependency(each)


def _is_ours(resource: cdk.CfnResource) -> bool:
    """Whether it stands in a construct around a custom resource of this library."""
    around = (scope.node.try_find_child("Resource") for scope in resource.node.scopes)
    return any(isinstance(each, cdk.CfnResource) and each.cfn_resource_type in _OWNING_TYPES for each in around)


def _passing(role_arns: Sequence[str]) -> Statement:
    return Statement(
        actions=["iam:PassRole"],
        resources=role_arns,
        conditions={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
    )
