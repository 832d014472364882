"""The conditions of the provider's policy, asked of the Bedrock in memory: each stack acts on what carries its own tag.

tests/unit/provider/test_iam_requests.py asks the policy itself for the same.
"""

from collections.abc import Callable

from local.bedrock import Permission
from provider.cloudformation.contract import STACK_TAG

_ENDS = ("Delete", "Stop", "Untag", "Update")
_MAKES = ("Create", "TagResource")
# The models that an update names are read, not changed.
_ONLY_NAMED = (":custom-model/", ":foundation-model/")


class OwnStackOnly:
    """Implements `local.bedrock.Access` for the provider of the stack whose event is handled."""

    def __init__(self, stack_id: Callable[[], str]) -> None:
        self._stack_id = stack_id

    def allows(self, caller: str, permission: Permission) -> bool:
        """Whether the tag of the resource, or of the request, names a stack of this name."""
        service, action = permission.action.split(":")
        # Tests themselves, and recordings that are played back, act for no stack.
        if service != "bedrock" or caller == "test" or not self._stack_id():
            return True
        if action.startswith("Update") and any(kind in permission.resource for kind in _ONLY_NAMED):
            return True
        if action.startswith(_MAKES):
            # The second resource of a training job is its base model.
            is_made = any(key.startswith("aws:RequestTag/") for key in permission.context)
            return not is_made or self._is_own(permission.context[f"aws:RequestTag/{STACK_TAG}"])
        tagged = any(key.startswith("aws:ResourceTag/") for key in permission.context)
        # Of what is gone, Amazon Bedrock itself says so.
        return not (action.startswith(_ENDS) and tagged) or self._is_own(
            permission.context.get(f"aws:ResourceTag/{STACK_TAG}", "")
        )

    def may_assume(self, role_arn: str, *, source_account: str, source_arn: str | None) -> bool:
        """Service roles are not what is asked about here."""
        return bool(role_arn and source_account) or source_arn is None

    def may_read(self, role_arn: str, s3_uri: str) -> bool:
        """The same."""
        return bool(role_arn and s3_uri)

    def may_write(self, role_arn: str, s3_uri: str) -> bool:
        """The same."""
        return bool(role_arn and s3_uri)

    def may_log_to(self, s3_uri: str, *, source_account: str, source_arn: str) -> bool:
        """The same."""
        return bool(s3_uri and source_account and source_arn)

    def role_may(self, role_arn: str, permission: Permission) -> bool:
        """The same."""
        return bool(role_arn and permission)

    def _is_own(self, tag: object) -> bool:
        own = self._stack_id().partition("/")[2].partition("/")[0]
        return f":stack/{own}/" in str(tag)
