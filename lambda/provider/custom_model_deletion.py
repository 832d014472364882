"""Deletion of Custom::BedrockCustomModel: by policy, and only what this resource owns."""

from typing import Any, Final

from botocore.exceptions import ClientError

from provider import errors, identity, log, stacks
from provider.clients import Bedrock, Clients
from provider.contract import DESTROY
from provider.custom_model import CREATING, FAILED, Model, find, find_any, names, scope
from provider.outcome import Answer, NotYet
from provider.ownership import Ownership, read_tags
from provider.request import NOT_STARTED, Request
from provider.stacks import StackState

_IN_USE_PATIENCE: Final = 10 * 60
_OUTAGE_PATIENCE: Final = 30 * 60
_CREATING_PATIENCE: Final = 45 * 60
# A Create that CloudFormation cancelled may still be on its way to Bedrock for as long as its function may run.
_IN_FLIGHT_SECONDS: Final = 4 * 60


def delete(request: Request, clients: Clients) -> Answer:
    """Deletes by policy what this resource owns. What is gone already is a success."""
    state = stacks.read(clients.cloudformation, request.stack_ids)
    found = _find(request, clients)
    if found:
        _treat(request, clients, found, state)
    if state is StackState.DELETING:
        _sweep(request, clients)
    return Answer(physical_id=request.failure_id)


def _find(request: Request, clients: Clients) -> Model | None:
    """By the physical id, or by the inputs: the Delete of a cancelled Create comes with an id that names no model."""
    named = [] if is_invented(request) or _is_not_started(request) else [request.physical_id or ""]
    found = find_any(clients.bedrock, [*named, *names(request)])
    if found is None and is_invented(request) and request.waited < _IN_FLIGHT_SECONDS:
        # Patience never ends before the look that answers.
        raise NotYet("a start may still be in flight", give_up="", patience=2 * _IN_FLIGHT_SECONDS, seconds=60)
    return found


def _is_not_started(request: Request) -> bool:
    return (request.physical_id or "").startswith(NOT_STARTED)


def is_invented(request: Request) -> bool:
    """Whether CloudFormation made the physical id up, for a Create that it cancelled."""
    stack_name = stacks.name_of(request.stack_id)
    return (request.physical_id or "").startswith(f"{stack_name}-{request.logical_id}-")


def _treat(request: Request, clients: Clients, found: Model, state: StackState) -> None:
    current = Ownership.read(read_tags(clients.bedrock, found.arn))
    if current is None or current.owner != identity.owner(request.stack_id, request.logical_id):
        log.info("left alone: another owner", model_arn=found.arn)
        return
    if found.status == FAILED or _is_to_go(request, found, state):
        remove(clients, found)
    else:
        log.info("kept", model_arn=found.arn, because=state.value, removal_policy=request.properties.removal_policy)


def _is_to_go(request: Request, found: Model, state: StackState) -> bool:
    if request.properties.removal_policy != DESTROY:
        return False
    if state is StackState.UNREADABLE:
        # It may be a rollback, which deletes no finished model.
        cost = f"The custom model {found.name!r} ({found.arn}) is still there and is billed per month of storage"
        give_up = f"{cost}: whether the stack rolls back could not be read."
        raise NotYet("the stack cannot be read", give_up=give_up, patience=_OUTAGE_PATIENCE, seconds=30)
    return state is not StackState.ROLLING_BACK


def remove(clients: Clients, found: Model) -> None:
    """Deletes the model; one in use is tried again, then named."""
    try:
        clients.bedrock.delete_custom_model(modelIdentifier=found.arn)
    except ClientError as error:
        if errors.is_missing(error):
            return
        if not errors.is_conflict(error):
            raise
        text = f"The custom model {found.name!r} ({found.arn}) cannot be deleted: {errors.message(error)}"
        remedy = "Delete its deployments and its Provisioned Throughput, then delete the stack again."
        patience = _CREATING_PATIENCE if found.status == CREATING else _IN_USE_PATIENCE
        raise NotYet(text, give_up=f"{text} {remedy}", patience=patience, seconds=30) from error
    log.info("custom model deleted", model_arn=found.arn)


def _sweep(request: Request, clients: Clients) -> None:
    """What earlier rollbacks kept under this scope goes with the stack, each by the policy on its own tags."""
    for name in _names_in_scope(clients.bedrock, scope(request)):
        found = find(clients.bedrock, name)
        current = Ownership.read(read_tags(clients.bedrock, found.arn)) if found else None
        if found and current and current.scope == scope(request) and may_sweep(request, clients, current):
            log.info("kept by an earlier rollback", model_arn=found.arn, removal_policy=current.removal_policy)
            if current.removal_policy == DESTROY or found.status == FAILED:
                remove(clients, found)


def may_sweep(request: Request, clients: Clients, current: Ownership) -> bool:
    """Whether what carries these tags belongs to no other stack that lives."""
    own = current.owner == identity.owner(request.stack_id, request.logical_id)
    return own or not stacks.exists(clients.cloudformation, current.stack_id)


def _names_in_scope(bedrock: Bedrock, scope_hash: str) -> list[str]:
    names: list[str] = []
    page: dict[str, Any] = {}
    while True:
        listed = bedrock.list_custom_models(nameContains=scope_hash, isOwned=True, **page)
        names += [summary["modelName"] for summary in listed.get("modelSummaries", [])]
        if not listed.get("nextToken"):
            return names
        page = {"nextToken": listed["nextToken"]}
