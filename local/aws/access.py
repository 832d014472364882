"""IAM for our Bedrock: what callers, service roles and KMS keys allow, by ministack's evaluator."""

import contextvars

from local.aws.buckets import Buckets
from local.aws.patches.names import iam, kms
from local.aws.roles import Role, service_is_allowed
from local.bedrock import Permission
from local.bedrock.objects import split

_SERVICE = "bedrock.amazonaws.com"

# The key that signed the request in progress: a session's own policies are found by it, and not by its ARN.
access_key: contextvars.ContextVar[str] = contextvars.ContextVar("bedrock_access_key", default="")


class Iam:
    """Implements `local.bedrock.Access`."""

    def __init__(self, region: str, buckets: Buckets) -> None:
        self._region = region
        self._buckets = buckets

    def allows(self, caller: str, permission: Permission) -> bool:  # noqa: ARG002 - see access_key
        service = permission.action.split(":")[0]
        context = dict(permission.context)
        denied = iam.enforce(access_key.get(), permission.action, service, self._region, permission.resource, context)
        return denied is None

    def may_assume(self, role_arn: str, *, source_account: str, source_arn: str | None) -> bool:
        source = {"aws:sourceaccount": source_account} | ({"aws:sourcearn": source_arn} if source_arn else {})
        return Role(role_arn).trusts(_SERVICE, source, self._region)

    def may_read(self, role_arn: str, s3_uri: str) -> bool:
        bucket, key = split(s3_uri)
        # A prefix is listed before its objects are read, and each object is decrypted with the key of its bucket.
        return (
            self._may(role_arn, "s3:GetObject", bucket, f"/{key}")
            and self._may(role_arn, "s3:ListBucket", bucket, keys={"s3:prefix": key})
            and self._may_use_key_of(bucket, role_arn, "kms:Decrypt")
        )

    def may_write(self, role_arn: str, s3_uri: str) -> bool:
        bucket, key = split(s3_uri)
        below = f"/{key.rstrip('/')}/".replace("//", "/")
        return (
            all(self._may(role_arn, action, bucket, below) for action in ("s3:PutObject", "s3:GetObject"))
            and self._may(role_arn, "s3:ListBucket", bucket, keys={"s3:prefix": key})
            # Large outputs are written in parts, and what joins them has to be decrypted.
            and self._may_use_key_of(bucket, role_arn, "kms:GenerateDataKey", "kms:Decrypt")
        )

    def may_log_to(self, s3_uri: str, *, source_account: str, source_arn: str) -> bool:
        bucket, key = split(s3_uri)
        keys = {"aws:sourceaccount": source_account, "aws:sourcearn": source_arn}
        resource = f"arn:aws:s3:::{bucket}/{key}"
        policy, _ = self._buckets.policy(bucket)
        if not policy or not service_is_allowed(policy, _SERVICE, "s3:PutObject", resource, self._region, keys):
            return False
        key_arn = self._buckets.key(bucket)
        key_policy = kms.key_policy_for_arn(key_arn) if key_arn else None
        return key_arn is None or (
            key_policy is not None
            and service_is_allowed(key_policy[0], _SERVICE, "kms:GenerateDataKey", key_arn, self._region, keys)
        )

    def role_may(self, role_arn: str, permission: Permission) -> bool:
        """What has no policy of its own: a role's policies alone decide."""
        keys = dict(permission.context)
        return Role(role_arn).may(permission.action, permission.resource, self._region, session="bedrock", keys=keys)

    def key_serves(self, key_arn: str, action: str) -> bool:
        """Whether the key's policy lets Bedrock itself use it for a custom model that has throughput."""
        policy = kms.key_policy_for_arn(key_arn)
        keys = {"kms:encryptioncontextkeys": ["aws:bedrock:custom-model"]}
        return policy is not None and service_is_allowed(policy[0], _SERVICE, action, key_arn, self._region, keys)

    def may_use_key(self, role_arn: str, action: str, key_arn: str, *, service: str = "bedrock") -> bool:
        """Whether identity policies and the key's own policy let the role use a KMS key through a service."""
        policy = kms.key_policy_for_arn(key_arn)
        via = {"kms:viaservice": f"{service}.{self._region}.amazonaws.com"}
        return policy is not None and Role(role_arn).may(
            action, key_arn, self._region, session="bedrock", keys=via, policy=policy, policy_required=True
        )

    def _may_use_key_of(self, bucket: str, role_arn: str, *actions: str) -> bool:
        key = self._buckets.key(bucket)
        return key is None or all(self.may_use_key(role_arn, action, key, service="s3") for action in actions)

    def _may(
        self, role_arn: str, action: str, bucket: str, key: str = "", *, keys: dict[str, str] | None = None
    ) -> bool:
        role = Role(role_arn)
        resource = f"arn:{role.partition}:s3:::{bucket}{key}"
        policy = self._buckets.policy(bucket)
        return role.may(action, resource, self._region, session="bedrock", keys=keys, policy=policy)
