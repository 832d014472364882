"""Deletes what is left over: Provisioned Throughput before deployments, these before models, roles last."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from bedrock_models import failures
from bedrock_models.commands.orphans import logging_layer, orphan
from bedrock_models.commands.orphans.orphan import LOGGING, ROLE, Orphan
from bedrock_models.context import Context
from bedrock_models.failures import Failure

_ORDER: Final = ("run", "throughput", "deployment", "model", "imported model", LOGGING, ROLE)
_VERBS: Final = {"run": "stop"}


def choose(context: Context, orphans: Sequence[Orphan], names: Sequence[str]) -> list[Orphan]:
    """Those that are named, or without names those that nobody meant to keep. Raises `Failure` for any other name."""
    if not names:
        return _in_order(each for each in orphans if not each.named_only)
    for name in names:
        if not any(name in (each.name, each.arn) for each in orphans):
            raise Failure(_refusal(context, name))
    return _in_order(each for each in orphans if each.name in names or each.arn in names)


def verb(each: Orphan) -> str:
    """A run is not deleted but stopped: its record stays for ever."""
    return _VERBS.get(each.kind, "delete")


def remove(context: Context, chosen: Iterable[Orphan]) -> int:
    """One after the other, with a line for each; how many could not be deleted."""
    failed = 0
    for each in chosen:
        try:
            _REMOVALS[each.kind](context.aws, each)
            context.say(f"{'stopping' if each.kind == 'run' else 'deleted'}  {each.kind} {each.name}")
        except (ClientError, Failure) as error:
            failed += 1
            context.say(f"FAILED   {each.kind} {each.name}: {failures.explain(error)}", style="red")
    return failed


def _in_order(chosen: Iterable[Orphan]) -> list[Orphan]:
    return sorted(chosen, key=lambda each: _ORDER.index(each.kind))


def _refusal(context: Context, name: str) -> str:
    owned = next((each for each in orphan.ours(context) if name in (each.name, each.arn)), None)
    if owned:
        return f"{name!r} is no orphan: the stack {owned.stack} owns it; remove it there"
    return (
        f"{name!r} carries no tag of the constructs, or does not exist, so it is not touched; see: bedrock-models list"
    )


def _remove_role(aws: Any, each: Orphan) -> None:
    iam = aws.client("iam")
    for policy in iam.list_role_policies(RoleName=each.name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=each.name, PolicyName=policy)
    iam.delete_role(RoleName=each.name)


_REMOVALS: Final[dict[str, Callable[[Any, Orphan], object]]] = {
    "run": lambda aws, each: aws.client("bedrock").stop_model_customization_job(jobIdentifier=each.arn),
    "throughput": lambda aws, each: aws.client("bedrock").delete_provisioned_model_throughput(
        provisionedModelId=each.arn
    ),
    "deployment": lambda aws, each: aws.client("bedrock").delete_custom_model_deployment(
        customModelDeploymentIdentifier=each.arn
    ),
    "model": lambda aws, each: aws.client("bedrock").delete_custom_model(modelIdentifier=each.arn),
    "imported model": lambda aws, each: aws.client("bedrock").delete_imported_model(modelIdentifier=each.arn),
    LOGGING: lambda aws, each: logging_layer.remove(aws, each.name),
    ROLE: _remove_role,
}
