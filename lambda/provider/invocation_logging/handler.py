"""Custom::BedrockInvocationLogging: the one configuration of invocation logging in an account and Region.

A configuration that is not this resource's is never overwritten unless the construct says `adopt`. It is put back when
the resource goes, and when the operation that overwrote it is rolled back.
"""

import json
from typing import Any, Final

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Bedrock, Clients
from provider.aws.coercion import typed
from provider.cloudformation import identity, log
from provider.cloudformation.contract import LOGGING_RECORD, RETAIN
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Refused
from provider.invocation_logging import record
from provider.invocation_logging.record import Configuration, Layer
from provider.lifecycle import adoption, deletion, starting
from provider.lifecycle.ownership_tags import Ownership
from provider.lifecycle.stack_status import StackState

# There is nothing to name: the configuration is the account's and the Region's.
PHYSICAL_ID: Final = "model-invocation-logging"

_REMEDY: Final = (
    "Bedrock must be allowed to write to what the configuration names: the role by its trust and permissions, the "
    "bucket by its policy and its key's."
)


def put(request: Request, clients: Clients) -> Answer:
    """Create and Update: puts the configuration, over another one only if it may, and remembers that one first."""
    layers = record.read(clients.ssm)
    own = _own(request, clients, layers)
    is_rollback = adoption.require_wanted(request, clients, own.ownership if own else None)
    wanted, current = _wanted(request, clients.bedrock), _current(clients.bedrock)
    is_live = own is not None and own is layers[-1] and own.is_live(current)
    if is_rollback and not is_live:
        log.info("left alone: the configuration is no longer this resource's")
        return _answer()
    ownership = Ownership.of(request, digest="").after(own.ownership if own else None, is_rollback=is_rollback)
    before = current if is_live and current != wanted else None
    top = Layer(configuration=wanted, before=before, ownership=ownership)
    record.write(clients.ssm, [*_below(request, layers, own, current), top])
    if current != wanted:
        _put(request, clients.bedrock, wanted)
    return _answer()


def delete(request: Request, clients: Clients) -> Answer:
    """Takes the configuration away and puts back what was there before, by policy, if it is still this resource's."""
    state = deletion.state(request, clients)
    deletion.require_readable(request, state, lambda: ["The configuration of invocation logging is still there"])
    layers = record.read(clients.ssm)
    own = _own(request, clients, layers)
    if own is None or own.ownership is None or deletion.has_successor(request, clients):
        log.info("left alone: the configuration is not this resource's")
        return _answer_of_delete(request)
    own.ownership.require_current(request)
    below = [layer for layer in layers if layer is not own]
    # What is rolled back was made a moment ago; its role goes with it, whatever the policy says.
    is_kept = state is not StackState.ROLLING_BACK and deletion.policy(request, own.ownership) == RETAIN
    current = _current(clients.bedrock)
    if own is layers[-1] and own.is_live(current) and not is_kept:
        _put_back(clients.bedrock, below[-1].configuration if below else None)
    if is_kept:
        kept = Layer(configuration=own.configuration)
        below = [kept if layer is own else layer for layer in layers]
    record.write(clients.ssm, below)
    return _answer_of_delete(request)


def _own(request: Request, clients: Clients, layers: list[Layer]) -> Layer | None:
    """The layer of this resource, or of one that was moved here without an event."""
    owner = identity.owner(request.stack_id, request.logical_id)
    owned = [(layer, layer.ownership) for layer in layers if layer.ownership]
    own = next((layer for layer, ownership in owned if ownership.owner == owner), None)
    left = (layer for layer, ownership in owned if adoption.is_left_to(request, clients, ownership, PHYSICAL_ID))
    return own or next(left, None)


def _below(request: Request, layers: list[Layer], own: Layer | None, current: Configuration | None) -> list[Layer]:
    """What this resource's configuration lies over. Refuses to overwrite what is not its own, unless it may."""
    others = [layer for layer in layers if layer is not own]
    if own is not None and own is layers[-1] and (current is None or own.is_live(current)):
        return others
    if current is None:
        return []
    if not request.properties.settings.adopts:
        raise Refused(
            f"Invocation logging is configured in this account and Region already, and not by this resource: "
            f"{json.dumps(current, sort_keys=True)}{_whose(others, current)}. Nothing was changed. Use adopt=True to "
            "put this resource's configuration over it and to put it back on delete, or take the resource out."
        )
    _require_can_be_put_back(request, current)
    return others if others and others[-1].is_live(current) else [Layer(configuration=current)]


def _whose(others: list[Layer], current: Configuration) -> str:
    owner = others[-1].ownership if others and others[-1].is_live(current) else None
    return f", put by the stack {owner.stack_id}" if owner else ""


def _require_can_be_put_back(request: Request, current: Configuration) -> None:
    role = current.get("cloudWatchConfig", {}).get("roleArn")
    if role and role != request.properties.settings.request.get("adoptedRoleArn"):
        raise Refused(
            f"The configuration of invocation logging that is there names the role {role}, which this stack may not "
            "pass to Amazon Bedrock, so the configuration could not be put back. Nothing was changed. Use "
            "adopted_role=iam.Role.from_role_arn(scope, id, arn) with that ARN."
        )


def _wanted(request: Request, bedrock: Bedrock) -> Configuration:
    operation = bedrock.meta.service_model.operation_model("PutModelInvocationLoggingConfiguration")
    shape = operation.input_shape.members["loggingConfig"]
    return _without_empty(typed(request.required("loggingConfig"), shape))


def _current(bedrock: Bedrock) -> Configuration | None:
    """What Bedrock has; None if nothing is configured."""
    return _without_empty(bedrock.get_model_invocation_logging_configuration().get("loggingConfig") or {}) or None


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    """The same, as it reads back: what is empty is absent (docs/assumptions.md: logging-configuration-reads-back)."""
    parts = {name: _without_empty(part) if isinstance(part, dict) else part for name, part in value.items()}
    return {name: part for name, part in parts.items() if part not in (None, "", {})}


def _put(request: Request, bedrock: Bedrock, wanted: Configuration) -> None:
    try:
        bedrock.put_model_invocation_logging_configuration(loggingConfig=wanted)
    except ClientError as error:
        raise starting.failure(request.logical_id, error, role_remedy=_REMEDY) from error
    log.info("invocation logging configured", record=LOGGING_RECORD)


def _put_back(bedrock: Bedrock, before: Configuration | None) -> None:
    if before is not None:
        try:
            bedrock.put_model_invocation_logging_configuration(loggingConfig=before)
        except ClientError as error:
            if not errors.is_refusal(error):
                raise
            # Its role, bucket or log group has gone since: there is nothing left that it could log to.
            log.error("what was configured before cannot be put back", reason=errors.message(error))
        else:
            log.info("what was configured before is put back")
            return
    bedrock.delete_model_invocation_logging_configuration()
    log.info("invocation logging is no longer configured")


def _answer() -> Answer:
    return Answer(physical_id=PHYSICAL_ID)


def _answer_of_delete(request: Request) -> Answer:
    return Answer(physical_id=request.failure_id)
