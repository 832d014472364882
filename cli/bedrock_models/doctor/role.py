"""The service role: whether Bedrock may assume it, and whether it may do what the run needs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bedrock_models.context import Context
from bedrock_models.doctor import policy
from bedrock_models.doctor.blueprint import Blueprint, is_known
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.subject import Subject
from bedrock_models.failures import is_missing

_SERVICE: Final = "bedrock.amazonaws.com"
_KEY_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")


@dataclass(frozen=True, kw_only=True)
class Role:
    """Its trust policy and all others."""

    name: str
    trust: Mapping[str, Any]
    documents: tuple[Mapping[str, Any], ...]
    origin: str


def check(context: Context, subject: Subject) -> Iterator[Finding]:
    """Trust, then every action that is missing."""
    if not subject.role:
        return
    role = _find(context, subject)
    if role is None:
        yield _unseen(subject)
        return
    yield _trust(subject, role)
    needed = list(dict.fromkeys(_needed(subject)))
    missing = [
        (action, resource)
        for action, resource in needed
        if not policy.allows(role.documents, action, resource, _context(subject))
    ]
    for action, resource in missing:
        yield problem("role", f"{role.name} may not do {action} on {resource}", f"allow it ({role.origin})")
    if not missing:
        yield ok("role", f"{role.name} may read, write and use what is needed ({role.origin})")


def _trust(subject: Subject, role: Role) -> Finding:
    context = {"aws:SourceAccount": subject.blueprint.account}
    if subject.trains:
        here = subject.blueprint
        context["aws:SourceArn"] = (
            f"arn:{here.partition}:bedrock:{here.region}:{here.account}:model-customization-job/some-job"
        )
    if policy.trusts(role.trust, _SERVICE, context):
        return ok("trust", f"{role.name} lets {_SERVICE} in for this account")
    return problem(
        "trust",
        f"{role.name} does not let {_SERVICE} assume it in the name of account {subject.blueprint.account}",
        "trust ModelCustomizationJob.service_principal(scope)"
        if subject.trains
        else "trust CustomModel.service_principal(scope)",
    )


def _needed(subject: Subject) -> Iterator[tuple[str, str]]:
    partition = subject.blueprint.partition
    for uri in [each.uri for each in subject.data] + [subject.source] * bool(subject.source):
        yield "s3:GetObject", _object(partition, uri)
        yield "s3:ListBucket", _bucket(partition, uri)
    if subject.output:
        below = _object(partition, subject.output.rstrip("/") + "/any-file")
        yield from (
            ("s3:PutObject", below),
            ("s3:GetObject", below),
            ("s3:ListBucket", _bucket(partition, subject.output)),
        )
    if subject.grader:
        yield "lambda:InvokeFunction", subject.grader
    if subject.key and subject.trains and subject.key.startswith("arn:") and ":key/" in subject.key:
        yield from ((action, subject.key) for action in _KEY_ACTIONS)


def _context(subject: Subject) -> dict[str, str]:
    return {
        "kms:ViaService": f"bedrock.{subject.blueprint.region}.amazonaws.com",
        "aws:SecureTransport": "true",
        "aws:ResourceAccount": subject.blueprint.account,
    }


def _object(partition: str, uri: str) -> str:
    path = uri.removeprefix("s3://")
    return f"arn:{partition}:s3:::{path}any-file" if path.endswith("/") else f"arn:{partition}:s3:::{path}"


def _bucket(partition: str, uri: str) -> str:
    return f"arn:{partition}:s3:::{uri.removeprefix('s3://').partition('/')[0]}"


def _find(context: Context, subject: Subject) -> Role | None:
    blueprint, name = subject.blueprint, subject.role.rpartition("/")[2]
    logical_id = blueprint.named("AWS::IAM::Role").get(name)
    # What is in the template is what will be; IAM tells only what is now.
    if logical_id and blueprint.directory:
        return _of_template(blueprint, logical_id)
    found = _of_iam(context.aws.client("iam"), name) if is_known(name) else None
    # The CDK adds policies of the stack to an imported role.
    return replace(found, documents=(*found.documents, *_attached(blueprint, name))) if found else None


def _unseen(subject: Subject) -> Finding:
    if is_known(subject.role):
        return problem("role", f"the role {subject.role} does not exist", "create it, or leave role= out")
    return warning("role", f"the role {subject.role} is known only at deployment, so it was not checked")


def _of_template(blueprint: Blueprint, logical_id: str) -> Role:
    properties = blueprint.properties(logical_id)
    inline = [each["PolicyDocument"] for each in properties.get("Policies", ())]
    return Role(
        name=logical_id,
        trust=properties["AssumeRolePolicyDocument"],
        documents=(*inline, *_attached(blueprint, blueprint.value({"Ref": logical_id}))),
        origin="own evaluation of the template",
    )


def _attached(blueprint: Blueprint, role_name: str) -> list[Mapping[str, Any]]:
    return [
        found["PolicyDocument"]
        for each, resource in blueprint.resources.items()
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        and role_name in (found := blueprint.properties(each)).get("Roles", ())
    ]


def _of_iam(iam: Any, name: str) -> Role | None:
    try:
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    except iam.exceptions.ClientError as error:
        if is_missing(error):
            return None
        raise
    return Role(
        name=name,
        trust=trust,
        documents=tuple(_documents(iam, name)),
        origin="own evaluation of its policies in IAM",
    )


def _documents(iam: Any, name: str) -> Iterator[Mapping[str, Any]]:
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for inline in page["PolicyNames"]:
            yield iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for attached in page["AttachedPolicies"]:
            version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
            yield found["PolicyVersion"]["Document"]
