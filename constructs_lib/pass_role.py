"""Permission for the events function to hand service roles to Amazon Bedrock: for each role exactly that one."""

from typing import Final

from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from constructs_lib.findings import accept_inline_policy

# IAM counts 10,240 characters for all inline policies of a role. The provider's own take half of them, and 300 for each
# key of a model; this permission takes some 270 for each service role.
_INLINE: Final = 8
# A managed policy has 6,144 characters, a role's ARN at most 95, and a role takes 10 such policies.
_IN_A_MANAGED_POLICY: Final = 50


class PassRole:
    """What lets the events function pass the service roles of one stack."""

    def __init__(self, scope: Construct, events_role: iam.IRole) -> None:
        self._scope = scope
        self._events_role = events_role
        self._allowed: dict[iam.IRole, IDependable] = {}
        self._inline = 0
        self._managed: list[_ManyRoles] = []

    def allow(self, construct: Construct, role: iam.IRole) -> IDependable:
        """Allows it. Returns what the construct's resource has to come after."""
        if role not in self._allowed:
            self._allowed[role] = self._place(construct, role)
        return self._allowed[role]

    def _place(self, construct: Construct, role: iam.IRole) -> IDependable:
        if self._inline == _INLINE:
            return self._with_others(role)
        self._inline += 1
        if role.node.scope is construct:
            return self._alone(construct, "PassRole", role)
        # Several constructs may use it, so it belongs to none of them.
        return self._alone(self._scope, f"PassRole{role.node.addr}", role)

    def _alone(self, scope: Construct, id: str, role: iam.IRole) -> IDependable:
        """With the construct, for everything waits for the functions and their own policies: if one of those named
        the role, no construct could be made to wait for another one of the stack.
        """
        policy = iam.Policy(scope, id, statements=[_passing(role)])
        accept_inline_policy(policy)
        self._events_role.attach_inline_policy(policy)
        return policy

    def _with_others(self, role: iam.IRole) -> IDependable:
        """Where no room is left. Constructs that share such a policy can't be made to wait for one another."""
        if not self._managed or self._managed[-1].is_full:
            self._managed.append(_ManyRoles(self._scope, f"PassRoles{len(self._managed) + 1}", self._events_role))
        return self._managed[-1].add(role)


class _ManyRoles:
    def __init__(self, scope: Construct, id: str, events_role: iam.IRole) -> None:
        self._policy = iam.ManagedPolicy(scope, id, roles=[events_role])
        self._statement: iam.PolicyStatement | None = None
        self._count = 0

    @property
    def is_full(self) -> bool:
        return self._count == _IN_A_MANAGED_POLICY

    def add(self, role: iam.IRole) -> IDependable:
        self._count += 1
        if self._statement:
            self._statement.add_resources(role.role_arn)
        else:
            self._statement = _passing(role)
            self._policy.add_statements(self._statement)
        return self._policy


def _passing(role: iam.IRole) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=["iam:PassRole"],
        resources=[role.role_arn],
        conditions={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
    )
