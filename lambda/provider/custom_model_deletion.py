"""Deletion of Custom::BedrockCustomModel: by policy, and only what this resource owns."""

from functools import partial
from typing import Final

from provider import deletion, log, naming, pages
from provider.clients import Clients
from provider.contract import DESTROY
from provider.custom_model import CREATING, FAILED, Model, find, names
from provider.outcome import Answer
from provider.request import Request
from provider.stacks import StackState

_IN_USE_PATIENCE: Final = 10 * 60
_CREATING_PATIENCE: Final = 45 * 60


def delete(request: Request, clients: Clients) -> Answer:
    """Deletes by policy what this resource owns. What is gone already is a success."""
    state = deletion.state(request, clients)
    found = deletion.find(request, partial(find, clients.bedrock), names(request))
    if found and deletion.is_owner(request, clients, found):
        _treat(request, clients, found, state)
    deletion.require_swept(request, state)
    if state is StackState.DELETING:
        _sweep(request, clients)
    return Answer(physical_id=request.failure_id)


def _treat(request: Request, clients: Clients, found: Model, state: StackState) -> None:
    if found.status == FAILED or _is_to_go(request, found, state):
        remove(clients, found)
    else:
        log.info("kept", model_arn=found.arn, because=state.value, removal_policy=request.properties.removal_policy)


def _is_to_go(request: Request, found: Model, state: StackState) -> bool:
    if request.properties.removal_policy != DESTROY:
        return False
    # It may be a rollback, which deletes no finished model.
    cost = f"The custom model {found.name!r} ({found.arn}) is still there and is billed per month of storage"
    deletion.require_readable(state, cost=cost)
    return state is not StackState.ROLLING_BACK


def remove(clients: Clients, found: Model) -> None:
    """Deletes the model; one in use is tried again, then named."""
    deletion.remove(
        partial(clients.bedrock.delete_custom_model, modelIdentifier=found.arn),
        subject=f"The custom model {found.name!r} ({found.arn})",
        remedy="Delete its deployments and its Provisioned Throughput, then delete the stack again.",
        patience=_CREATING_PATIENCE if found.status == CREATING else _IN_USE_PATIENCE,
    )


def _sweep(request: Request, clients: Clients) -> None:
    """What earlier rollbacks kept under this scope goes with the stack, each by the policy on its own tags."""
    listed = pages.listed(
        clients.bedrock.list_custom_models,
        summaries="modelSummaries",
        name="modelName",
        nameContains=naming.scope(request),
        isOwned=True,
    )
    for found, current in deletion.leftovers(request, clients, partial(find, clients.bedrock), listed):
        if current.removal_policy == DESTROY or found.status == FAILED:
            remove(clients, found)
