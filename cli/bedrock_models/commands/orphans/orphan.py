"""What a rollback, a failed clean-up or RETAIN left behind, by the tags of the constructs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bedrock_models import contract
from bedrock_models.arguments import KINDS
from bedrock_models.bedrock import account, custom_model_units, invocation_logging, prices, root_stack, run
from bedrock_models.bedrock.account import Filters
from bedrock_models.bedrock.job import IN_PROGRESS, STOPPING
from bedrock_models.bedrock.resource import Resource
from bedrock_models.commands.orphans import logging_layer
from bedrock_models.commands.orphans.ownership import Owners, Verdict, is_gone
from bedrock_models.context import Context
from bedrock_models.failures import Failure

ROLE: Final = "role"
LOGGING: Final = "logging"
_KINDS: Final = {
    "models": "model",
    "jobs": "run",
    "deployments": "deployment",
    "throughput": "throughput",
    "imported-models": "imported model",
}
_BEDROCK: Final = "bedrock.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Orphan:
    """One of them. `named_only` is why it goes only when it is named, or empty."""

    kind: str
    name: str
    arn: str
    why: str
    cost: str
    named_only: str = ""
    status: str = ""
    stack: str = ""


def find(context: Context) -> list[Orphan]:
    """All of them, what costs most first."""
    bedrock = context.aws.client("bedrock")
    owners = Owners(context.aws.client("cloudformation"), bedrock)
    found = [
        each
        for kind in ("throughput", "deployments", "models", "imported-models", "jobs")
        for each in _of_kind(context, owners, kind)
    ]
    return [*found, *_logging(context, owners), *_roles(context, owners)]


def ours(context: Context) -> list[Resource]:
    """All that carries the constructs' tags, owned or not."""
    bedrock = context.aws.client("bedrock")
    listed = [each for kind in KINDS for each in account.resources(bedrock, kind)]
    return [each for each in account.with_tags(bedrock, listed) if each.is_ours]


def _of_kind(context: Context, owners: Owners, kind: str) -> Iterator[Orphan]:
    bedrock = context.aws.client("bedrock")
    # The record of a run that has ended costs nothing, and can't be deleted.
    filters = [Filters(status=status) for status in (IN_PROGRESS, STOPPING)] if kind == "jobs" else [Filters()]
    listed = [each for some in filters for each in account.resources(bedrock, kind, some)]
    for each in account.with_tags(bedrock, listed):
        verdict = owners.verdict(each)
        if verdict:
            [named] = root_stack.named(context, [each])
            yield replace(_orphan(context, each, verdict), stack=named.stack)


def _logging(context: Context, owners: Owners) -> Iterator[Orphan]:
    found = invocation_logging.read(context.aws)
    if found.unread:
        raise Failure(f"invocation logging: {found.unread}")
    for layer in found.layers:
        resource = invocation_logging.as_resource(layer, created=context.now())
        verdict = owners.verdict(resource) if layer.tags else None
        if verdict:
            is_live = layer is found.live
            yield Orphan(
                kind=LOGGING,
                name=logging_layer.name_of(layer),
                arn=contract.LOGGING_RECORD,
                why=f"{verdict.why}, {'and it still logs' if is_live else 'and would be put back one day'}",
                cost=f"storage in {invocation_logging.destinations(layer.configuration)}" if is_live else "nothing",
                named_only=_named_only(resource, verdict),
                status="Active" if is_live else "",
                stack=resource.stack,
            )


def _orphan(context: Context, found: Resource, verdict: Verdict) -> Orphan:
    return Orphan(
        kind=_KINDS[found.kind],
        name=found.name,
        arn=found.arn,
        why=verdict.why,
        cost=_cost(context, found),
        named_only=_named_only(found, verdict),
        status=found.status,
    )


def _named_only(found: Resource, verdict: Verdict) -> str:
    if found.is_retained:
        return "RETAIN"
    if found.kind == "jobs":
        return "it still trains"
    return "the next deployment adopts it" if verdict.may_return else ""


def _cost(context: Context, found: Resource) -> str:
    region = context.aws.region
    match found.kind:
        case "models":
            return prices.storage(found.base_model, region)
        case "imported-models":
            return prices.imported_model(custom_model_units.of_model(context.aws.client("bedrock"), found.arn), region)
        case "throughput":
            units, term = found.summary.get("modelUnits", 1), found.summary.get("commitmentDuration")
            return prices.throughput(found.base_model, region, units, committed=bool(term))
        case "jobs":
            return f"the training: {prices.UNKNOWN}"
        case _:
            return "only when invoked"


def _roles(context: Context, owners: Owners) -> Iterator[Orphan]:
    bedrock, iam = context.aws.client("bedrock"), context.aws.client("iam")
    busy: set[str] = set()
    for role in _kept_roles(iam):
        busy = busy or {*_roles_of_runs(bedrock), ""}
        why = None if role["Arn"] in busy else _why_role(context, owners, role)
        if why:
            yield Orphan(kind=ROLE, name=role["RoleName"], arn=role["Arn"], why=why, cost="nothing")


def _kept_roles(iam: Any) -> Iterator[Mapping[str, Any]]:
    """Service roles that were kept for a run. Only those that trust Bedrock are asked for their tags."""
    for page in iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            if _BEDROCK in str(role.get("AssumeRolePolicyDocument", "")):
                tags = {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName=role["RoleName"])["Tags"]}
                if contract.KEPT_TAG in tags:
                    yield {**role, "Tags": tags}


def _roles_of_runs(bedrock: Any) -> Iterator[str]:
    for status in (IN_PROGRESS, STOPPING):
        for each in account.resources(bedrock, "jobs", Filters(status=status)):
            going_on = run.find(bedrock, each.arn)
            if going_on:
                yield str(going_on.details.get("roleArn", ""))


def _why_role(context: Context, owners: Owners, role: Mapping[str, Any]) -> str:
    stack_id = role["Tags"].get("aws:cloudformation:stack-id") or _stack_with(context, role["RoleName"])
    if not stack_id:
        return "no stack has it"
    around = owners.living(stack_id)
    if around is None:
        return f"stack {contract.stack_name(stack_id)} is deleted"
    mine = [each for each in around.resources if each.physical_id == role["RoleName"] and not is_gone(each)]
    return "" if mine or around.is_moving else f"stack {around.name} has it no more"


def _stack_with(context: Context, physical_id: str) -> str:
    cloudformation = context.aws.client("cloudformation")
    try:
        found = cloudformation.describe_stack_resources(PhysicalResourceId=physical_id)["StackResources"]
    except cloudformation.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return ""
        raise
    return next((str(each["StackId"]) for each in found if each.get("PhysicalResourceId") == physical_id), "")
