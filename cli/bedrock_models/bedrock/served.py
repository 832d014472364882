"""What a stack waits for beside training runs: imported models, deployments, Provisioned Throughput."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bedrock_models import contract
from bedrock_models.bedrock import account
from bedrock_models.bedrock.account import Filters
from bedrock_models.cloudformation.stack import Stack, StackResource
from bedrock_models.failures import is_missing, is_wrong_input

_CREATING: Final = "Creating"
_UPDATING: Final = "Updating"
FAILED: Final = "Failed"


@dataclass(frozen=True, kw_only=True)
class _Kind:
    noun: str
    passing: tuple[str, ...]
    get: Callable[[Any, str], Mapping[str, Any]]
    name: str
    arn: str
    status: str = "status"
    created: str = "creationTime"


_KINDS: Final = {
    "models": _Kind(
        noun="import",
        passing=(_CREATING,),
        get=lambda bedrock, name: bedrock.get_custom_model(modelIdentifier=name),
        name="modelName",
        arn="modelArn",
        status="modelStatus",
    ),
    "deployments": _Kind(
        noun="deployment",
        # An update that is under way shows in its details; its status stays Active.
        passing=(_CREATING,),
        get=lambda bedrock, name: bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=name),
        name="modelDeploymentName",
        arn="customModelDeploymentArn",
        created="createdAt",
    ),
    "throughput": _Kind(
        noun="throughput",
        passing=(_CREATING, _UPDATING),
        get=lambda bedrock, name: bedrock.get_provisioned_model_throughput(provisionedModelId=name),
        name="provisionedModelName",
        arn="provisionedModelArn",
    ),
}
_BY_TYPE: Final = {
    contract.CUSTOM_MODEL_TYPE: "models",
    contract.CUSTOM_MODEL_DEPLOYMENT_TYPE: "deployments",
    contract.PROVISIONED_MODEL_THROUGHPUT_TYPE: "throughput",
}


@dataclass(frozen=True, kw_only=True)
class Served:
    """One of them, as Get tells of it."""

    noun: str
    name: str
    arn: str
    status: str
    created: datetime
    message: str = ""
    update: str = ""

    @property
    def is_over(self) -> bool:
        """Whether Bedrock has nothing more to do for it."""
        return _CREATING not in self.status and _UPDATING not in (self.status, self.update)

    @property
    def state(self) -> str:
        """The status, and that of an update of it."""
        return (
            f"{self.status}, update {self.update}" if self.update and self.update != "UpdateCompleted" else self.status
        )


def of_stack(bedrock: Any, around: Stack) -> list[Served]:
    """Those that CloudFormation names, and those under way, which it does not name before they are done."""
    found: dict[str, Served] = {}
    for each in around.resources:
        if each.type in _BY_TYPE and not each.status.startswith("DELETE_"):
            found |= {served.arn: served for served in _of_resource(bedrock, around, each)}
    return list(found.values())


def again(bedrock: Any, seen: Served) -> Served | None:
    """The same at a later time; None if it is gone."""
    kind = next(name for name, kind in _KINDS.items() if kind.noun == seen.noun)
    return _get(bedrock, kind, seen.arn)


def _of_resource(bedrock: Any, around: Stack, resource: StackResource) -> Iterator[Served]:
    kind = _BY_TYPE[resource.type]
    if resource.status.endswith("_IN_PROGRESS"):
        yield from _under_way(bedrock, kind, around, resource)
    if resource.physical_id and (named := _get(bedrock, kind, resource.physical_id)):
        yield named


def _under_way(bedrock: Any, kind: str, around: Stack, resource: StackResource) -> Iterator[Served]:
    """By the tags of the constructs."""
    for status in _KINDS[kind].passing:
        for each in account.with_tags(bedrock, account.resources(bedrock, kind, Filters(status=status))):
            own = contract.owner(each.stack_id, resource.logical_id)
            is_its = each.stack_id in around.ids and each.tags.get(contract.OWNER_TAG) == own
            if is_its and (found := _get(bedrock, kind, each.arn)):
                yield found


def _get(bedrock: Any, kind: str, identifier: str) -> Served | None:
    how = _KINDS[kind]
    try:
        seen = how.get(bedrock, identifier)
    except bedrock.exceptions.ClientError as error:
        # The physical id of a resource that failed is none of Bedrock's.
        if is_missing(error) or is_wrong_input(error):
            return None
        raise
    return Served(
        noun=how.noun,
        name=seen[how.name],
        arn=seen[how.arn],
        status=seen.get(how.status, "Active"),
        created=seen[how.created],
        message=seen.get("failureMessage", ""),
        update=seen.get("updateDetails", {}).get("updateStatus", ""),
    )
