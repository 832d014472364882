"""IAM and EC2 as far as the provider removes the role and the security group that it kept for a run."""

from typing import Any

from botocore.exceptions import ClientError

from provider.cloudformation.contract import KEPT_TAG


class Iam:
    """Roles by name; every one carries the library's tag."""

    def __init__(self) -> None:
        self.roles: dict[str, list[str]] = {}

    def list_role_tags(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        self._find(RoleName, "ListRoleTags")
        return {"Tags": [{"Key": KEPT_TAG, "Value": "Assistant"}]}

    def list_attached_role_policies(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        self._find(RoleName, "ListAttachedRolePolicies")
        return {"AttachedPolicies": []}

    def detach_role_policy(self, *, RoleName: str, PolicyArn: str) -> dict[str, Any]:  # noqa: N803
        raise AssertionError(f"{RoleName} has no {PolicyArn}")

    def list_role_policies(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        return {"PolicyNames": list(self._find(RoleName, "ListRolePolicies"))}

    def delete_role_policy(self, *, RoleName: str, PolicyName: str) -> dict[str, Any]:  # noqa: N803
        policies = self._find(RoleName, "DeleteRolePolicy")
        if PolicyName not in policies:
            raise _missing(PolicyName, "DeleteRolePolicy")
        policies.remove(PolicyName)
        return {}

    def delete_role(self, *, RoleName: str) -> dict[str, Any]:  # noqa: N803
        if self._find(RoleName, "DeleteRole"):
            raise ClientError({"Error": {"Code": "DeleteConflict", "Message": "has policies"}}, "DeleteRole")
        del self.roles[RoleName]
        return {}

    def _find(self, name: str, operation: str) -> list[str]:
        if name not in self.roles:
            raise _missing(name, operation)
        return self.roles[name]


class Ec2:
    """Security groups by id."""

    def __init__(self) -> None:
        self.groups: set[str] = set()

    def describe_security_groups(self, *, GroupIds: list[str]) -> dict[str, Any]:  # noqa: N803
        missing = [each for each in GroupIds if each not in self.groups]
        if missing:
            error = {"Code": "InvalidGroup.NotFound", "Message": missing[0]}
            raise ClientError({"Error": error}, "DescribeSecurityGroups")
        return {"SecurityGroups": [{"Tags": [{"Key": KEPT_TAG, "Value": "Assistant"}]}]}

    def delete_security_group(self, *, GroupId: str) -> dict[str, Any]:  # noqa: N803
        if GroupId not in self.groups:
            error = {"Code": "InvalidGroup.NotFound", "Message": GroupId}
            raise ClientError({"Error": error}, "DeleteSecurityGroup")
        self.groups.discard(GroupId)
        return {}


def _missing(name: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "NoSuchEntity", "Message": name}}, operation)
