"""Invocation logging: the one configuration of an account in a Region."""

from typing import Any

from local.bedrock.access import check_role
from local.bedrock.authorization import Permission
from local.bedrock.errors import invalid
from local.bedrock.resource import Params
from local.bedrock.store import Request

_STREAM = "log-stream:aws/bedrock/modelinvocations"
_FOLDER = "AWSLogs/{account}/BedrockModelInvocationLogs"


def put(request: Request) -> Params:
    config = request.params["loggingConfig"]
    if not config.get("s3Config") and not config.get("cloudWatchConfig"):
        raise invalid("At least one logging destination must be provided.")
    if "s3Config" in config:
        _check_bucket(request, config["s3Config"])
    if "cloudWatchConfig" in config:
        _check_log_group(request, config["cloudWatchConfig"])
        if large := config["cloudWatchConfig"].get("largeDataDeliveryS3Config"):
            _check_bucket(request, large)
    request.store.invocation_logging = config
    return {}


def get(request: Request) -> Params:
    found = request.store.invocation_logging
    return {"loggingConfig": found} if found else {}


def delete(request: Request) -> Params:
    request.store.invocation_logging = None
    return {}


def _check_bucket(request: Request, config: dict[str, Any]) -> None:
    store, bucket, prefix = request.store, config["bucketName"], config.get("keyPrefix", "")
    access = store.config.access
    key = "/".join(part for part in (prefix.strip("/"), _FOLDER.format(account=store.account)) if part)
    allowed = access is None or access.may_log_to(
        f"s3://{bucket}/{key}/", source_account=store.account, source_arn=store.arn("*")
    )
    if not store.config.objects.bucket_exists(bucket) or not allowed:
        raise invalid(
            f"Failed to validate permissions for bucket: {bucket}, with prefix: {prefix}. "
            "Verify the bucket policy is correct."
        )


def _check_log_group(request: Request, config: dict[str, Any]) -> None:
    store, group, role = request.store, config["logGroupName"], config["roleArn"]
    access = store.config.access
    check_role(access, role, source_account=store.account, source_arn=store.arn("*"))
    stream = f"arn:{store.partition}:logs:{store.region}:{store.account}:log-group:{group}:{_STREAM}"
    needed = [Permission(f"logs:{action}", stream) for action in ("CreateLogStream", "PutLogEvents")]
    if access and not all(access.role_may(role, each) for each in needed):
        raise invalid(
            f"Failed to validate permissions for log group: {group}, with role: {role}. "
            "Verify the IAM role permissions are correct."
        )


OPERATIONS = {
    "PutModelInvocationLoggingConfiguration": put,
    "GetModelInvocationLoggingConfiguration": get,
    "DeleteModelInvocationLoggingConfiguration": delete,
}
