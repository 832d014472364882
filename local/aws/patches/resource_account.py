"""Whose bucket a request to Amazon S3 is about, for conditions of policies."""

from typing import Any

from local.aws.patches.names import s3, server
from local.aws.patches.patch import Patch


class ResourceAccount(Patch):
    """Gives each request to S3 the key aws:ResourceAccount."""

    corrects = "ministack knows no aws:ResourceAccount, so a statement with it as a condition allows nothing."
    aws = (
        "The key is in every request whose resource has an account: "
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"
    )
    uses = (server.s3_service_context, s3.bucket_owner_account)

    def apply(self) -> None:
        server.s3_service_context.replace(_context)


def _context(action: str, query: Any, path: str = "", headers: Any = None) -> dict[str, Any]:
    found: dict[str, Any] = server.s3_service_context.original(action, query, path, headers)
    owner = s3.bucket_owner_account(path.lstrip("/").partition("/")[0])
    return {**found, "aws:resourceaccount": owner} if owner else found
