"""Amazon Bedrock's API: the control plane for custom models, and the runtime."""

from typing import Any

from local.aws.bedrock_service import BedrockService
from local.aws.patches.names import iam, kms, s3, server
from local.aws.patches.patch import Patch

_SERVICES = ("bedrock", "bedrock-runtime")


class BedrockApi(Patch):
    """Answers by `local.bedrock`, in the place of ministack's own Bedrock."""

    corrects = (
        "ministack's Bedrock makes custom models at once, has no quotas, roles or keys, and asks IAM for one action "
        "on a guessed ARN."
    )
    aws = (
        "Jobs take hours and fail, requests are authorized for each resource they name, and roles and keys are "
        "checked: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html"
    )
    uses = (
        server.SERVICE_HANDLERS,
        server.extract_iam_action,
        server.extract_access_key_id,
        server.extract_region,
        server.get_account_id,
        server.set_request_account_id,
        server.put_events,
        iam.EvalContext,
        iam.combine_resource_policy,
        iam.enforce,
        iam.evaluate,
        iam.evaluate_resource_policy,
        iam.gather_role_policies,
        iam.permissions_boundary,
        iam.request_caller_arn,
        iam.roles,
        kms.key_policy_for_arn,
        kms.resolve_key,
        s3.bucket_encryption,
        s3.bucket_policies,
        s3.buckets,
        s3.create_bucket,
        s3.put_object,
    )

    def __init__(self, service: BedrockService) -> None:
        self._service = service

    def apply(self) -> None:
        server.SERVICE_HANDLERS.value.update(dict.fromkeys(_SERVICES, self._service.handle))
        server.extract_iam_action.replace(_action)
        self._service.make_buckets()


def _action(service: str, *arguments: Any) -> Any:
    """None for Bedrock: ministack then checks the signature of a request only, and our Bedrock asks IAM itself."""
    return None if service in _SERVICES else server.extract_iam_action.original(service, *arguments)
