"""Custom::BedrockInvocationLogging: the one configuration of invocation logging in an account and Region.

A configuration that is not this resource's is never overwritten unless the construct says `adopt`. It is put back when
the resource goes, and when the operation that overwrote it is rolled back.
"""

import json
from collections.abc import Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.cloudformation import identity, log
from provider.cloudformation.contract import RETAIN
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Refused
from provider.invocation_logging import configuration, record
from provider.invocation_logging.configuration import Configuration
from provider.invocation_logging.record import Layer, Record
from provider.lifecycle import adoption, deletion, stack_status
from provider.lifecycle.ownership_tags import Ownership
from provider.lifecycle.stack_status import StackState

# There is nothing to name: the configuration is the account's and the Region's.
PHYSICAL_ID: Final = "model-invocation-logging"


def put(request: Request, clients: Clients) -> Answer:
    """Create and Update: puts the configuration, over another one only if it may, and remembers that one first."""
    # Before the record: what another delivery of the event puts meanwhile is then found in it, and nobody else's.
    current = configuration.current(clients.bedrock)
    found = record.read(clients.ssm)
    own = _own(request, clients, found)
    is_rollback = adoption.require_wanted(request, clients, own.ownership if own else None)
    wanted = configuration.wanted(request, clients.bedrock)
    if is_rollback and own and _was_put_over_another(request, clients, found, own, wanted):
        _leave(clients, found, current, rest=[layer for layer in found.layers if layer is not own])
        return Answer(physical_id=PHYSICAL_ID)
    latest = _latest_of_own(found, own, current)
    if is_rollback and latest is None:
        log.info("left alone: the configuration is no longer this resource's")
        return Answer(physical_id=PHYSICAL_ID)
    ownership = Ownership.of(request, digest="").after(own.ownership if own else None, is_rollback=is_rollback)
    below = _below(request, found, latest, current)
    before = latest.other_than(wanted, current) if latest else None
    record.write(clients.ssm, [*below, Layer(configuration=wanted, before=before, ownership=ownership)], over=found)
    # Also what was there already: an earlier delivery of an event may have changed it since it was read.
    configuration.put(request, clients.bedrock, wanted, is_rollback=is_rollback)
    _give_way(request, clients, below)
    return Answer(physical_id=PHYSICAL_ID)


def delete(request: Request, clients: Clients) -> Answer:
    """Takes the configuration away and puts back what was there before, by policy, if it is still this resource's."""
    state = deletion.state(request, clients)
    deletion.require_readable(request, state, lambda: ["The configuration of invocation logging is still there"])
    current = configuration.current(clients.bedrock)
    found = record.read(clients.ssm)
    own = _own(request, clients, found)
    if own is None or (own is found.layers[-1] and not own.is_live(current)):
        deletion.require_nothing_to_come(request)
    if own is None or own.ownership is None or _is_made_again(request, clients):
        log.info("left alone: the configuration is not this resource's")
        return Answer(physical_id=request.failure_id)
    own.ownership.require_current(request)
    others = [layer for layer in found.layers if not layer.is_of_owner_of(own)]
    # What is rolled back was made a moment ago; its role goes with it, whatever the policy says.
    if state is not StackState.ROLLING_BACK and deletion.policy(request, own.ownership) == RETAIN:
        kept = Layer(configuration=own.configuration)
        rest = [kept if layer is own else layer for layer in found.layers if layer is own or layer in others]
        record.write(clients.ssm, rest, over=found)
    else:
        _leave(clients, found, current, rest=others)
    return Answer(physical_id=request.failure_id)


def _own(request: Request, clients: Clients, found: Record) -> Layer | None:
    """The layer of this resource, or of one that was moved here without an event; of several the one on top."""
    owner = identity.owner(request.stack_id, request.logical_id)
    owned = [(layer, layer.ownership) for layer in reversed(found.layers) if layer.ownership]
    own = next((layer for layer, ownership in owned if ownership.owner == owner), None)
    left = (layer for layer, ownership in owned if adoption.is_left_to(request, clients, ownership, PHYSICAL_ID))
    return own or next(left, None)


def _latest_of_own(found: Record, own: Layer | None, current: Configuration | None) -> Layer | None:
    """The layer whose place this resource's configuration takes: nobody else's is overwritten then."""
    latest = found.top if current is None else found.live(current)
    return latest if own and latest and latest.is_of_owner_of(own) else None


def _below(request: Request, found: Record, latest: Layer | None, current: Configuration | None) -> list[Layer]:
    """What this resource's configuration lies over. Refuses to overwrite what is not its own, unless it may."""
    if latest:
        # What the same event had put its configuration over stays, its own earlier one among it.
        is_again, beneath = latest.is_of_event(request), found.below(latest)
        return [layer for layer in beneath if is_again or not layer.is_of_owner_of(latest)]
    if current is None:
        return []
    live = found.live(current)
    if not request.properties.settings.adopts:
        whose = f", put by the stack {live.ownership.stack_id}" if live and live.ownership else ""
        raise Refused(
            f"Invocation logging is configured in this account and Region already, and not by this resource: "
            f"{json.dumps(current, sort_keys=True)}{whose}. Nothing was changed. Use adopt=True to "
            "put this resource's configuration over it and to put it back on delete, or take the resource out."
        )
    _require_can_be_put_back(request, current)
    if live:
        return [*found.below(live), live]
    # Below a configuration of somebody else, another such one never comes back.
    return [*(layer for layer in found.layers if layer.ownership), Layer(configuration=current)]


def _require_can_be_put_back(request: Request, current: Configuration) -> None:
    asked = request.properties.settings.request
    own_role = asked.get("loggingConfig", {}).get("cloudWatchConfig", {}).get("roleArn")
    role = current.get("cloudWatchConfig", {}).get("roleArn")
    if role and role not in (own_role, asked.get("adoptedRoleArn")):
        raise Refused(
            f"The configuration of invocation logging that is there names the role {role}, which this stack may not "
            "pass to Amazon Bedrock, so the configuration could not be put back. Nothing was changed. Use "
            "adopted_role=iam.Role.from_role_arn(scope, id, arn) with that ARN."
        )


def _was_put_over_another(request: Request, clients: Clients, found: Record, own: Layer, wanted: Configuration) -> bool:
    """Whether the update that is rolled back put its configuration over another's, which lay over the earlier one."""
    former = [layer for layer in found.below(own) if layer.is_of_owner_of(own)]
    updated = configuration.wanted(request.before, clients.bedrock)
    return any(layer.is_live(wanted) for layer in former) and own.configuration == updated


def _leave(clients: Clients, found: Record, current: Configuration | None, *, rest: Sequence[Layer]) -> None:
    """Takes all other layers out. If one of them is live, what is left below it is put back first."""
    live = found.live(current)
    if live and live not in rest:
        below = next((layer for layer in reversed(found.below(live)) if layer in rest), None)
        configuration.put_back(clients.bedrock, below.configuration if below else None)
    record.write(clients.ssm, rest, over=found)


def _give_way(request: Request, clients: Clients, below: Sequence[Layer]) -> None:
    """A later event may have come and gone during the call, as a rollback's does: then what it wrote down counts."""
    try:
        found = record.read(clients.ssm)
    except (ClientError, BotoCoreError) as error:
        # It is configured, so the event is answered: tried again later, it could come into the stack's next operation.
        log.error("whether a later event was handled could not be read", error=errors.message(error))
        return
    if found.top and found.top.is_of_event(request):
        return
    top = found.top or next(reversed(below), None)
    configuration.put_back(clients.bedrock, top.configuration if top else None)
    raise Refused("A later event was handled while this one was, and what that one configured stays.")


def _is_made_again(request: Request, clients: Clients) -> bool:
    """Whether the stack holds the resource, and this is the Delete of an earlier Create that failed."""
    if request.physical_id == PHYSICAL_ID:
        return False
    return stack_status.held_id(clients.cloudformation, request) not in ("", request.physical_id)
