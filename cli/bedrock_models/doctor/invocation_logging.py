"""Invocation logging: what is configured already, and whether Amazon Bedrock may write where it is to log to."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models import contract
from bedrock_models.bedrock import invocation_logging
from bedrock_models.cloudformation.unknown import is_known, logical_id
from bedrock_models.context import Context
from bedrock_models.doctor import role, trust_policy
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.logging_resource import LoggingResource
from bedrock_models.failures import is_missing

_SERVICE: Final = "bedrock.amazonaws.com"
_NO_POLICY: Final = "NoSuchBucketPolicy"


def check(context: Context, examined: LoggingResource) -> Iterator[Finding]:
    """What is configured already, then each place that it logs to."""
    yield _configured(context, examined)
    for name, prefix in examined.buckets.items():
        yield _bucket(context, examined, name, prefix)
    if examined.role:
        yield _log_group(context, examined)
        yield _trust(context, examined)


def _configured(context: Context, examined: LoggingResource) -> Finding:
    found = invocation_logging.read(context.aws)
    if not found.current:
        return ok("configured", "invocation logging is not configured in this account and Region")
    where = invocation_logging.destinations(found.current)
    owner = contract.stack_name(found.owner.tags.get(contract.STACK_TAG, "")) if found.owner else ""
    if owner and owner == examined.template.stack_name:
        return ok("configured", f"it logs to {where}, put by this stack")
    if owner and not examined.template.stack_name:
        text = f"it logs to {where}, put by the stack {owner}"
        return warning("configured", text, "if that is another stack, the deployment needs adopt=True")
    whose = f"put by the stack {owner}" if owner else "not by these constructs"
    if not examined.adopts:
        remedy = "use adopt=True to put this one over it and to put it back on delete, or take the construct out"
        return problem("configured", f"it logs to {where} already, {whose}", remedy)
    named = found.current.get("cloudWatchConfig", {}).get("roleArn", "")
    if named and named not in (examined.adopted_role, examined.role):
        remedy = f"use adopted_role=iam.Role.from_role_arn(scope, id, {named!r})"
        return problem("configured", f"it logs to {where} with a role that could not be passed to put it back", remedy)
    return ok("configured", f"it logs to {where}, {whose}; it is adopted, and put back on delete")


def _bucket(context: Context, examined: LoggingResource, name: str, prefix: str) -> Finding:
    template, place = examined.template, examined.template.place
    shown = logical_id(name) or name
    policies = [
        template.properties(each)["PolicyDocument"]
        for each, resource in template.resources.items()
        if resource["Type"] == "AWS::S3::BucketPolicy" and template.properties(each).get("Bucket") == name
    ]
    if not policies and not is_known(name):
        return warning("bucket", f"{shown} is known only at deployment, so its policy was not checked")
    try:
        documents = policies or [_policy_of(context, name)]
    except ClientError as error:
        if is_missing(error):
            return problem("bucket", f"{name} does not exist", "create it, or correct its name")
        raise
    path = "/".join(part for part in (prefix, f"AWSLogs/{place.account}/BedrockModelInvocationLogs/any-file") if part)
    resource = f"arn:{place.partition}:s3:::{name}/{path}"
    asked = {"aws:SourceAccount": place.account, "aws:SourceArn": place.arn("bedrock", "any")}
    if any(trust_policy.allows(each, "s3:PutObject", resource, _SERVICE, asked) for each in documents):
        return ok("bucket", f"the policy of {shown} lets {_SERVICE} write the log")
    remedy = f"add a statement for s3:PutObject on {resource.rpartition('/')[0]}/*; the construct's warning prints it"
    return problem("bucket", f"the policy of {shown} does not let {_SERVICE} write the log", remedy)


def _policy_of(context: Context, name: str) -> Mapping[str, Any]:
    try:
        read: Mapping[str, Any] = json.loads(context.aws.client("s3").get_bucket_policy(Bucket=name)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] == _NO_POLICY:
            return {}
        raise
    return read


def _log_group(context: Context, examined: LoggingResource) -> Finding:
    name = str(examined.config["cloudWatchConfig"]["logGroupName"])
    if not is_known(name):
        return ok("log group", f"{logical_id(name)} is made by this stack")
    listed = context.aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if any(each["logGroupName"] == name for each in listed):
        return ok("log group", f"{name} is there")
    return problem("log group", f"{name} does not exist", "create it, or give the construct a log group of the stack")


def _trust(context: Context, examined: LoggingResource) -> Finding:
    found, place = role.find(context, examined.template, examined.role), examined.template.place
    if found is None:
        return role.unseen(examined.role)
    asked = {"aws:SourceAccount": place.account, "aws:SourceArn": place.arn("bedrock", "any")}
    if trust_policy.trusts(found.trust, _SERVICE, asked):
        return ok("trust", f"{found.name} lets {_SERVICE} in for this account")
    return problem(
        "trust",
        f"{found.name} does not let {_SERVICE} assume it in the name of account {place.account}",
        "trust InvocationLogging.service_principal(scope)",
    )
