"""Deletion of Custom::BedrockCustomModel: by policy, and only what this resource owns."""

from functools import partial
from typing import Final

from provider.aws import pagination
from provider.aws.clients import Clients
from provider.cloudformation import log
from provider.cloudformation.contract import DESTROY
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer
from provider.custom_model.model import CREATING, FAILED, Model, find, name_of
from provider.custom_model.other_names import adopted_earlier
from provider.lifecycle import adoption, deletion, naming
from provider.lifecycle.ownership_tags import Ownership, take
from provider.lifecycle.stack_status import StackState

_IN_USE_PATIENCE: Final = 10 * 60
_CREATING_PATIENCE: Final = 45 * 60


def delete(request: Request, clients: Clients) -> Answer:
    """Deletes by policy what this resource owns. What is gone already is a success."""
    state = deletion.state(request, clients)
    by_name = partial(find, clients.bedrock)
    by_inputs = partial(_by_inputs, request, clients)
    describe = partial(deletion.find, request, clients, state, by_name, by_inputs)
    deletion.require_readable(request, state, lambda: map(_cost, describe()))
    deletion.leave_queue(request, clients, [name_of(request)])
    for found in describe():
        if current := deletion.claim(request, clients, found, cost=_cost(found)):
            _delete_by_policy(request, clients, found, state, current)
    if state is StackState.DELETING:
        _delete_leftovers(request, clients)
    return Answer(physical_id=request.failure_id)


def _by_inputs(request: Request, clients: Clients) -> list[Model]:
    found = adoption.existing(partial(find, clients.bedrock), [name_of(request)])
    adopted = adopted_earlier(request, clients) if request.properties.settings.adopts else ()
    return [*found, *adopted]


def _delete_by_policy(request: Request, clients: Clients, found: Model, state: StackState, current: Ownership) -> None:
    policy = deletion.policy(request, current)
    # A rollback deletes no finished model.
    if found.status == FAILED or (policy == DESTROY and state is not StackState.ROLLING_BACK):
        remove(request, clients, found, current)
    else:
        log.info("retained", model_arn=found.arn, because=state.value, removal_policy=policy)


def _cost(found: Model) -> str:
    return f"The custom model {found.name!r} ({found.arn}) is still there and is billed per month of storage"


def remove(request: Request, clients: Clients, found: Model, current: Ownership | None) -> None:
    """Deletes the model; one in use is tried again, then named. Without tags of ours, IAM denies it."""
    if found.is_being_deleted:
        log.info("is being deleted already", model_arn=found.arn)
        return
    if current:
        take(request, clients.bedrock, found.arn, current)
    deletion.remove(
        partial(clients.bedrock.delete_custom_model, modelIdentifier=found.arn),
        describe=partial(find, clients.bedrock, found.arn),
        subject=f"The custom model {found.name!r} ({found.arn})",
        remedy="Delete its deployments and its Provisioned Throughput, then delete the stack again.",
        patience=_CREATING_PATIENCE if found.status == CREATING else _IN_USE_PATIENCE,
    )


def _delete_leftovers(request: Request, clients: Clients) -> None:
    """What earlier rollbacks kept under this scope goes with the stack, each by the policy on its own tags."""
    listed = [
        name
        for name in pagination.listed(
            clients.bedrock.list_custom_models, summaries="modelSummaries", name="modelName", isOwned=True
        )
        # What was adopted kept the name that something else had given it, and only its tags tell.
        if naming.scope(request) in name or not naming.is_generated(name)
    ]
    for found, current in deletion.leftovers(request, clients, partial(find, clients.bedrock), listed):
        if current.removal_policy == DESTROY or found.status == FAILED:
            remove(request, clients, found, current)
