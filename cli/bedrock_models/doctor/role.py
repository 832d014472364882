"""The service role: whether Bedrock may assume it, and whether it may do what the run needs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models import failures
from bedrock_models.cloudformation.unknown import is_known
from bedrock_models.context import Context
from bedrock_models.doctor import simulation, trust_policy
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource
from bedrock_models.doctor.resolved_template import ResolvedTemplate

_SERVICE: Final = "bedrock.amazonaws.com"
_KEY_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of the template, or one of IAM, which has an ARN; `documents` are what the template adds to it."""

    name: str
    arn: str = ""
    trust: Mapping[str, Any]
    documents: tuple[Mapping[str, Any], ...] = ()
    policy_arns: tuple[str, ...] = field(default=())
    boundary_arn: str = ""
    boundary: Mapping[str, Any] | None = None


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """Trust, then every action that is missing."""
    if not examined.role:
        return
    role = find(context, examined.template, examined.role)
    if role is None:
        yield unseen(examined.role)
        return
    yield _trust(examined, role)
    # What is not judged must not look like something that is well, nor end the other checks.
    try:
        yield from _permissions(context, examined, role)
    except ClientError as error:
        denied = failures.is_denied(error)
        why = f"these credentials may not do {failures.action(error)}" if denied else failures.explain(error)
        yield warning("role", f"what {role.name} may do was not judged: {why}", "allow it" if denied else "")
    except BotoCoreError as error:
        yield warning("role", f"what {role.name} may do was not judged: {failures.explain(error)}")


def _permissions(context: Context, examined: ModelResource, role: Role) -> Iterator[Finding]:
    iam = context.aws.client("iam")
    managed = tuple(_managed(iam, arn) for arn in role.policy_arns)
    request = simulation.Request(
        role_arn=role.arn,
        documents=(*role.documents, *managed),
        boundary=_managed(iam, role.boundary_arn) if role.boundary_arn else role.boundary,
        keys=_keys(examined),
    )
    decisions = list(simulation.decisions(iam, request, dict.fromkeys(_needed(examined))))
    for each in decisions:
        if each.missing_keys:
            keys = ", ".join(each.missing_keys)
            text = f"{role.name} may do {each.action} on {each.resource} only under conditions on {keys}"
            yield warning("role", f"{text}, which was not judged")
        elif not each.is_allowed:
            remedy = f"allow it{f'; {each.reason}' if each.reason else ''} (IAM policy simulator)"
            yield problem("role", f"{role.name} may not do {each.action} on {each.resource}", remedy)
    if all(each.is_allowed for each in decisions):
        yield ok("role", f"{role.name} may read, write and use what is needed (IAM policy simulator)")


def _trust(examined: ModelResource, role: Role) -> Finding:
    place = examined.template.place
    context = {"aws:SourceAccount": place.account}
    if examined.trains:
        context["aws:SourceArn"] = place.arn("bedrock", "model-customization-job/some-job")
    if trust_policy.trusts(role.trust, _SERVICE, context):
        return ok("trust", f"{role.name} lets {_SERVICE} in for this account")
    return problem(
        "trust",
        f"{role.name} does not let {_SERVICE} assume it in the name of account {place.account}",
        f"trust {examined.construct}.service_principal(scope)",
    )


def _needed(examined: ModelResource) -> Iterator[tuple[str, str]]:
    partition = examined.template.place.partition
    for uri in filter(None, [*(each.uri for each in examined.data), examined.source, examined.weights]):
        yield "s3:GetObject", _object(partition, uri)
        yield "s3:ListBucket", _bucket(partition, uri)
    if examined.output:
        below = _object(partition, examined.output.rstrip("/") + "/any-file")
        yield "s3:PutObject", below
        yield "s3:GetObject", below
        yield "s3:ListBucket", _bucket(partition, examined.output)
    if examined.grader:
        yield "lambda:InvokeFunction", examined.grader
    if examined.key and examined.trains and examined.key.startswith("arn:") and ":key/" in examined.key:
        yield from ((action, examined.key) for action in _KEY_ACTIONS)


def _keys(examined: ModelResource) -> dict[str, str]:
    """What a request of Bedrock's in this role carries. The account is that of the bucket, the key, the function."""
    place = examined.template.place
    return {
        "kms:ViaService": f"bedrock.{place.region}.amazonaws.com",
        "aws:SecureTransport": "true",
        "aws:ResourceAccount": place.account,
        "aws:RequestedRegion": place.region,
    }


def _object(partition: str, uri: str) -> str:
    path = uri.removeprefix("s3://")
    return f"arn:{partition}:s3:::{path}any-file" if path.endswith("/") else f"arn:{partition}:s3:::{path}"


def _bucket(partition: str, uri: str) -> str:
    return f"arn:{partition}:s3:::{uri.removeprefix('s3://').partition('/')[0]}"


def find(context: Context, template: ResolvedTemplate, arn: str) -> Role | None:
    """The role as it will be: that of the template, or that of IAM with what the template adds; None if unseen."""
    name = arn.rpartition("/")[2]
    logical_id = template.named("AWS::IAM::Role").get(name)
    # What is in the template is what will be; IAM tells only what is now.
    if logical_id and template.directory:
        return _of_template(template, logical_id)
    found = _of_iam(context.aws.client("iam"), name) if is_known(name) else None
    # The CDK adds policies of the stack to an imported role.
    return replace(found, documents=tuple(_attached(template, name))) if found else None


def unseen(arn: str) -> Finding:
    """What is said of a role that is not found."""
    if is_known(arn):
        return problem("role", f"the role {arn} does not exist", "create it, or leave role= out")
    return warning("role", f"the role {arn} is known only at deployment, so it was not checked")


def _of_template(template: ResolvedTemplate, logical_id: str) -> Role:
    properties = template.properties(logical_id)
    managed = template.named("AWS::IAM::ManagedPolicy")
    own = {arn: template.properties(name)["PolicyDocument"] for arn, name in managed.items()}
    given = properties.get("ManagedPolicyArns", [])
    boundary = properties.get("PermissionsBoundary", "")
    inline = [each["PolicyDocument"] for each in properties.get("Policies", ())]
    attached = _attached(template, template.ref(logical_id))
    return Role(
        name=logical_id,
        trust=properties["AssumeRolePolicyDocument"],
        documents=(*inline, *attached, *(own[arn] for arn in given if arn in own)),
        policy_arns=tuple(arn for arn in given if arn not in own),
        boundary_arn="" if boundary in own else boundary,
        boundary=own.get(boundary),
    )


def _attached(template: ResolvedTemplate, role_name: str) -> list[Mapping[str, Any]]:
    return [
        found["PolicyDocument"]
        for each, resource in template.resources.items()
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        and role_name in (found := template.properties(each)).get("Roles", ())
    ]


def _of_iam(iam: Any, name: str) -> Role | None:
    try:
        found = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.ClientError as error:
        if failures.is_missing(error):
            return None
        raise
    return Role(name=name, arn=found["Arn"], trust=found["AssumeRolePolicyDocument"])


def _managed(iam: Any, arn: str) -> Mapping[str, Any]:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    read: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return read
