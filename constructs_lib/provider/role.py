"""A role of the provider with one policy, which grows with what constructs ask for."""

from collections.abc import Iterable

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.core.iam_policy import Statement, allow, inline_policy, policy_document, wildcards


class ProviderRole:
    """What a function of the provider may do. What a user grants the role stands in the CDK's own policy beside it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        principal: iam.IPrincipal,
        statements: Iterable[Statement],
        policy_name: str = "Permissions",
    ) -> None:
        self.role = iam.Role(scope, id, assumed_by=principal)
        self._statements = list(statements)
        # Below the role, so that the function comes after it.
        self.policy = inline_policy(
            self.role,
            "Permissions",
            name=policy_name,
            role=self.role,
            role_name=self.role.role_name,
            statements=self._statements,
        )
        self.wildcards = wildcards(self._statements)

    def allow(self, *statements: Statement) -> None:
        """Lets the function do this, too."""
        added = [each for each in statements if each not in self._statements]
        if added:
            self._statements += added
            self.wildcards += wildcards(added)
            self._write(added)

    def _write(self, added: Iterable[Statement]) -> None:
        if self.policy:
            self.policy.policy_document = policy_document(self._statements)
        else:
            allow(self.role, added)
