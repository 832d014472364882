"""Access checks: what Bedrock asks IAM, and the words in which it passes a refusal on."""

from collections.abc import Iterable
from typing import Protocol

from local.bedrock.authorization import Permission
from local.bedrock.errors import access_denied, invalid
from local.bedrock.objects import Objects, split


class Access(Protocol):
    """What an IAM engine has to answer. The default, None, allows everything."""

    def allows(self, caller: str, permission: Permission) -> bool:
        """Whether the caller's policies allow the action (`iam:PassRole` among them)."""
        ...

    def may_assume(self, role_arn: str, *, source_account: str, source_arn: str | None) -> bool:
        """Whether the role's trust policy lets bedrock.amazonaws.com in."""
        ...

    def may_read(self, role_arn: str, s3_uri: str) -> bool: ...

    def may_write(self, role_arn: str, s3_uri: str) -> bool: ...

    def may_log_to(self, s3_uri: str, *, source_account: str, source_arn: str) -> bool:
        """Whether the bucket's policy, and its key's, let bedrock.amazonaws.com itself write below this prefix."""
        ...

    def role_may(self, role_arn: str, permission: Permission) -> bool:
        """Whether the role's own policies allow it."""
        ...


def check_caller(access: Access | None, caller: str, permissions: Iterable[Permission]) -> None:
    if access is None:
        return
    for permission in permissions:
        if not access.allows(caller, permission):
            raise access_denied(
                f"User: {caller} is not authorized to perform: {permission.action} on resource: {permission.resource}"
            )


def check_role(access: Access | None, role_arn: str, *, source_account: str, source_arn: str | None = None) -> None:
    if access and not access.may_assume(role_arn, source_account=source_account, source_arn=source_arn):
        raise invalid("Could not assume provided IAM role")


def check_readable(access: Access | None, objects: Objects, role_arn: str, uris: Iterable[str]) -> None:
    for uri in uris:
        # S3 answers 403 for both to a role that may not list the bucket, so Bedrock has one text for both.
        if not objects.exists(uri) or (access and not access.may_read(role_arn, uri)):
            bucket, key = split(uri)
            raise invalid(f"Could not validate GetObject permissions to access Amazon S3 bucket: {bucket} at key {key}")


def check_writable(access: Access | None, objects: Objects, role_arn: str, uri: str) -> None:
    bucket, key = split(uri)
    if not objects.bucket_exists(bucket) or (access and not access.may_write(role_arn, uri)):
        raise invalid(
            "Amazon S3 perms missing (PutObject): "
            f"Could not validate PutObject permissions to access S3 bucket: {bucket} at key {key}"
        )
