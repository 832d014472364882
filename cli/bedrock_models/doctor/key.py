"""The key that the model is encrypted with: symmetric, enabled, in this Region."""

from collections.abc import Iterator, Mapping
from typing import Any

from bedrock_models.context import Context
from bedrock_models.doctor.blueprint import is_known, logical_id
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.subject import Subject
from bedrock_models.failures import is_denied


def check(context: Context, subject: Subject) -> Iterator[Finding]:
    """One finding, if there is a key."""
    if not subject.key:
        return
    if not is_known(subject.key):
        yield _unmade(subject)
        return
    kms = context.aws.client("kms")
    try:
        yield _existing(subject, kms.describe_key(KeyId=subject.key)["KeyMetadata"])
    except kms.exceptions.NotFoundException:
        yield problem("key", f"{subject.key} does not exist in this Region", "create it, or correct the ARN")
    except kms.exceptions.ClientError as error:
        if not is_denied(error):
            raise
        yield warning("key", f"{subject.key} may not be looked at by you", "allow kms:DescribeKey to see more")


def _existing(subject: Subject, key: Mapping[str, Any]) -> Finding:
    if not key.get("Enabled"):
        return problem("key", f"{subject.key} is {key.get('KeyState')}", "enable it, or use another one")
    spec, usage = key.get("KeySpec", "SYMMETRIC_DEFAULT"), key.get("KeyUsage", "ENCRYPT_DECRYPT")
    return _kind(subject.key, spec, usage)


def _unmade(subject: Subject) -> Finding:
    named = logical_id(subject.key)
    if subject.blueprint.resources.get(named, {}).get("Type") != "AWS::KMS::Key":
        return warning("key", f"{subject.key} is known only at deployment, so it was not checked")
    made = subject.blueprint.properties(named)
    if str(made.get("Enabled", True)).lower() == "false":
        return problem("key", f"{named} will be disabled", "leave enabled=False out")
    return _kind(named, made.get("KeySpec", "SYMMETRIC_DEFAULT"), made.get("KeyUsage", "ENCRYPT_DECRYPT"))


def _kind(name: str, spec: str, usage: str) -> Finding:
    if (spec, usage) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        return problem("key", f"{name} is {spec} for {usage}", "Bedrock takes symmetric encryption keys only")
    return ok("key", f"{name} is symmetric and enabled")
