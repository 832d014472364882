"""What may be said about the providers of an app, of a stage or of a stack, and what of it holds for one stack."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib.core import checks
from constructs_lib.core.kms_keys import check_model_key
from constructs_lib.core.scopes import stack_of
from constructs_lib.core.subnets import require_vpc, selected

_NETWORK: Final = ("vpc", "vpc_subnets", "security_groups")
# Lambda's own limit.
_SECURITY_GROUPS_MAX: Final = 5


@dataclass(frozen=True, kw_only=True)
class ProviderSettings:
    """The arguments of `ModelProvider.configure`. None: nothing was said."""

    vpc: ec2.IVpc | None = None
    vpc_subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    encryption_key: kms.IKey | None = None
    log_retention: logs.RetentionDays | None = None
    reserved_concurrent_executions: int | None = None
    tracing: bool | None = None

    def check(self) -> None:
        """Raises `ValueError` for what can't be meant."""
        if self.reserved_concurrent_executions is not None:
            checks.positive_integer("reserved_concurrent_executions", self.reserved_concurrent_executions)
        if self.encryption_key is not None:
            check_model_key(stack_of(self.encryption_key), self.encryption_key)
        self._check_network()

    def over(self, wider: "ProviderSettings") -> "ProviderSettings":
        """These, and where they say nothing a wider scope's. Subnets and security groups stay with their VPC."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        said = {name: value for name, value in said.items() if value is not None}
        without_network = dict.fromkeys(_NETWORK) if self.vpc is not None else {}
        return replace(wider, **(without_network | said))

    def _check_network(self) -> None:
        require_vpc(self.vpc, self.vpc_subnets, self.security_groups)
        checks.count("security_groups", self.security_groups, 1, _SECURITY_GROUPS_MAX, "give 1 to 5, or none at all")
        if self.vpc is not None:
            public = {subnet.subnet_id for subnet in self.vpc.public_subnets}
            checks.require(
                public.isdisjoint(selected(self.vpc, self.vpc_subnets).subnet_ids),
                "vpc_subnets must not be public, because a function has no public address and would reach nothing",
                "public subnets",
                "use subnets of type PRIVATE_WITH_EGRESS, or PRIVATE_ISOLATED with VPC endpoints",
            )
