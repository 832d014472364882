"""Roles of IAM: whom they trust and what their policies allow, for work that a service does under a role."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from local.aws.patches.names import iam


@dataclasses.dataclass(frozen=True)
class Role:
    arn: str

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def name(self) -> str:
        return self.arn.rsplit("/", 1)[-1]

    def session(self, name: str) -> str:
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.name}/{name}"

    def record(self) -> dict[str, Any] | None:
        """The role as IAM keeps it, if it is there under this very ARN."""
        record: dict[str, Any] | None = _roles().get_scoped(self.account, None, self.name)
        return record if record and record["Arn"] == self.arn else None

    def trusts(self, service: str, keys: Mapping[str, str], region: str) -> bool:
        """Whether the trust policy lets the service in, under the conditions of this request."""
        record = self.record()
        if record is None:
            return False
        request = _context(service, "sts:AssumeRole", self.arn, region, keys=keys)
        evaluate = iam.evaluate_resource_policy
        return bool(evaluate(record["AssumeRolePolicyDocument"], request, service=service).decision == "Allow")

    def may(
        self,
        action: str,
        resource: str,
        region: str,
        *,
        session: str = "session",
        keys: Mapping[str, Any] | None = None,
        policy: tuple[str | dict[str, Any], str] | None = None,
        policy_required: bool = False,
    ) -> bool:
        """Identity policies and boundary, and the resource's own policy (with its owner) where it has one."""
        request = _context(self.session(session), action, resource, region, keys=keys or {}, account=self.account)
        policies = iam.gather_role_policies(self.name, self.account)
        limits = iam.permissions_boundary(_roles(), self.name, self.account)
        verdict = iam.evaluate(request, policies, *limits)
        if policy:
            # A KMS key is closed to everybody whom its own policy does not name; a bucket is not.
            combine = iam.combine_resource_policy
            verdict = combine(verdict, request, *policy, required=policy_required, limits=tuple(limits))
        return bool(verdict.decision == "Allow")


def service_is_allowed(  # noqa: PLR0917 - a policy, and the five things a request is made of
    policy: str | dict[str, Any], service: str, action: str, resource: str, region: str, keys: Mapping[str, Any]
) -> bool:
    """Whether a resource's own policy lets a service of AWS do this by itself."""
    evaluate = iam.evaluate_resource_policy
    request = _context(service, action, resource, region, keys=keys)
    return bool(evaluate(policy, request, service=service).decision == "Allow")


def _context(
    principal: str, action: str, resource: str, region: str, *, keys: Mapping[str, Any], account: str = ""
) -> Any:
    return iam.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=region,
        secure_transport=True,
        service_context=dict(keys),
    )


def _roles() -> Any:
    return iam.roles.value
