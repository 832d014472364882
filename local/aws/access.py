"""IAM as our Bedrock asks it: through ministack's evaluator, for what ministack itself does not check."""

import contextvars

from local.aws import seams
from local.aws.buckets import Buckets
from local.aws.roles import Role
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
        enforce = seams.take("core.iam_evaluator", "enforce")
        context = dict(permission.context)
        denied = enforce(access_key.get(), permission.action, service, self._region, permission.resource, context)
        return denied is None

    def may_assume(self, role_arn: str, *, source_account: str, source_arn: str | None) -> bool:
        source = {"aws:sourceaccount": source_account} | ({"aws:sourcearn": source_arn} if source_arn else {})
        return Role(role_arn).trusts(_SERVICE, source, self._region)

    def may_read(self, role_arn: str, s3_uri: str) -> bool:
        bucket, key = split(s3_uri)
        return self._may(role_arn, "s3:GetObject", bucket, f"/{key}") and self._may(
            role_arn, "s3:ListBucket", bucket, keys={"s3:prefix": key}
        )

    def may_write(self, role_arn: str, s3_uri: str) -> bool:
        bucket, key = split(s3_uri)
        return self._may(role_arn, "s3:PutObject", bucket, f"/{key.rstrip('/')}/".replace("//", "/"))

    def may_use_key(self, role_arn: str, action: str, key_arn: str) -> bool:
        """Whether identity policies and the key's own policy let the role use a KMS key through Bedrock."""
        policy = seams.take("services.kms", "key_policy_for_arn")(key_arn)
        via = {"kms:viaservice": f"bedrock.{self._region}.amazonaws.com"}
        return policy is not None and Role(role_arn).may(
            action, key_arn, self._region, session="bedrock", keys=via, policy=policy, policy_required=True
        )

    def _may(
        self, role_arn: str, action: str, bucket: str, key: str = "", *, keys: dict[str, str] | None = None
    ) -> bool:
        role = Role(role_arn)
        resource = f"arn:{role.partition}:s3:::{bucket}{key}"
        policy = self._buckets.policy(bucket)
        return role.may(action, resource, self._region, session="bedrock", keys=keys, policy=policy)
