"""The key that the model is encrypted with: symmetric, enabled, in this Region."""

from collections.abc import Iterator, Mapping
from typing import Any

from bedrock_models.cloudformation.unknown import is_known, logical_id
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource
from bedrock_models.failures import is_denied


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """One finding, if there is a key."""
    if not examined.key:
        return
    if not is_known(examined.key):
        yield _unmade(examined)
        return
    kms = context.aws.client("kms")
    try:
        yield _existing(examined, kms.describe_key(KeyId=examined.key)["KeyMetadata"])
    except kms.exceptions.NotFoundException:
        yield problem("key", f"{examined.key} does not exist in this Region", "create it, or correct the ARN")
    except kms.exceptions.ClientError as error:
        if not is_denied(error):
            raise
        yield warning("key", f"{examined.key} may not be looked at by you", "allow kms:DescribeKey to see more")


def _existing(examined: ModelResource, key: Mapping[str, Any]) -> Finding:
    if not key.get("Enabled"):
        return problem("key", f"{examined.key} is {key.get('KeyState')}", "enable it, or use another one")
    spec, usage = key.get("KeySpec", "SYMMETRIC_DEFAULT"), key.get("KeyUsage", "ENCRYPT_DECRYPT")
    return _kind(examined.key, spec, usage)


def _unmade(examined: ModelResource) -> Finding:
    named = logical_id(examined.key)
    if examined.template.resources.get(named, {}).get("Type") != "AWS::KMS::Key":
        return warning("key", f"{examined.key} is known only at deployment, so it was not checked")
    made = examined.template.properties(named)
    if str(made.get("Enabled", True)).lower() == "false":
        return problem("key", f"{named} will be disabled", "leave enabled=False out")
    return _kind(named, made.get("KeySpec", "SYMMETRIC_DEFAULT"), made.get("KeyUsage", "ENCRYPT_DECRYPT"))


def _kind(name: str, spec: str, usage: str) -> Finding:
    if (spec, usage) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        return problem("key", f"{name} is {spec} for {usage}", "Bedrock takes symmetric encryption keys only")
    return ok("key", f"{name} is symmetric and enabled")
