"""Custom::BedrockCustomModel: CreateCustomModel, adopted by name, checked by digest, deleted by owner and policy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from provider import errors, identity, log, stacks
from provider.clients import Bedrock, Clients
from provider.look import Look, State
from provider.outcome import Answer, NotYet, Refused
from provider.ownership import Ownership, api_tags, read_tags, write_tags
from provider.request import Request
from provider.stacks import StackState

CREATING: Final = "Creating"
ACTIVE: Final = "Active"
FAILED: Final = "Failed"

_KIND: Final = "custom-model"
_STATES: Final = {CREATING: State.RUNNING, ACTIVE: State.SUCCEEDED, FAILED: State.FAILED}

_PROPAGATION_PATIENCE: Final = 5 * 60
_OUTAGE_PATIENCE: Final = 30 * 60


@dataclass(frozen=True, kw_only=True)
class Model:
    """A custom model as Bedrock keeps it. Its source is not among what Bedrock tells; a digest tag stands in for it."""

    name: str
    arn: str
    status: str
    message: str = ""
    created: datetime | None = None

    @property
    def attributes(self) -> dict[str, str]:
        return {"ModelName": self.name, "ModelArn": self.arn, "Status": self.status}


def create(request: Request, clients: Clients) -> Answer:
    """Adopts the model that these inputs made before, or starts one."""
    found = find_any(clients.bedrock, names(request))
    return _adopt(request, clients, found) if found else _start(request, clients)


def update(request: Request, clients: Clients) -> Answer:
    """Takes tags, role and policy up in place; any other change is a new model, with a new name."""
    same = _is_same_model(request)
    found = find_any(clients.bedrock, [request.physical_id or "", *names(request)] if same else names(request))
    if found:
        return _adopt(request, clients, found)
    if stacks.is_rolling_back(clients.cloudformation, request.stack_ids):
        # It was deleted behind our back; a rollback goes back to it all the same, and starts nothing.
        return _answer(Model(name=names(request)[0], arn="", status="Missing"))
    if same:
        raise Refused(
            f"The custom model {request.physical_id!r} no longer exists, so its tags, role or policy cannot be "
            "changed; give the construct another id, or change its inputs, to import it again."
        )
    return _start(request, clients)


def look(bedrock: Bedrock, name: str) -> Look:
    """How the model stands, for those who wait for it."""
    subject = f"Custom model {name!r}"
    found = find(bedrock, name)
    if found is None:
        gone = Model(name=name, arn="", status="Missing")
        message = f"{subject} does not exist: it was deleted while the stack waited for it."
        return Look(state=State.MISSING, subject=subject, attributes=gone.attributes, message=message)
    if found.status not in _STATES:
        raise Refused(f"{subject} has the status {found.status!r}, which this version of the library does not know.")
    return Look(
        state=_STATES[found.status],
        subject=subject,
        attributes=found.attributes,
        status=found.status,
        message=f"{subject} ({found.arn}) failed: {found.message or 'Amazon Bedrock gives no reason'}",
        created=found.created,
    )


def find(bedrock: Bedrock, name: str) -> Model | None:
    """The model of that name: names are unique in an account and Region."""
    try:
        seen = bedrock.get_custom_model(modelIdentifier=name)
    except ClientError as error:
        if errors.is_missing(error):
            return None
        raise
    return Model(
        name=seen["modelName"],
        arn=seen["modelArn"],
        # Models from before there was a status are all active.
        status=seen.get("modelStatus", ACTIVE),
        message=seen.get("failureMessage", ""),
        created=seen.get("creationTime"),
    )


def find_any(bedrock: Bedrock, candidates: list[str]) -> Model | None:
    """The first of these names that there is a model of."""
    return next((model for name in dict.fromkeys(candidates) if name and (model := find(bedrock, name))), None)


def names(request: Request) -> list[str]:
    """The names that these inputs may have: the given one, or one of each released version of the digest."""
    given = request.properties.run_inputs.get("modelName")
    if given:
        return [str(given)]
    prefix = f"{request.properties.settings['NamePrefix']}-{scope(request)}"
    return [f"{prefix}-{digest}" for digest in identity.digests(_KIND, request.properties.run_inputs)]


def scope(request: Request) -> str:
    """Whose names these are."""
    return identity.scope(request.properties.settings, request.stack_ids[-1])


def _is_same_model(request: Request) -> bool:
    # Both sides by the code of today: a stored digest would call a new canonical form a change.
    return identity.digest(_KIND, request.properties.run_inputs) == identity.digest(
        _KIND, request.old_properties.run_inputs
    )


def _answer(model: Model) -> Answer:
    return Answer(physical_id=model.name, data=model.attributes)


def _ownership(request: Request) -> Ownership:
    return Ownership.of(request, digest=identity.digest(_KIND, request.properties.run_inputs))


def _adopt(request: Request, clients: Clients, found: Model) -> Answer:
    current = Ownership.read(read_tags(clients.bedrock, found.arn))
    if not _is_ours(request, current):
        raise Refused(_collision(found, current))
    if found.status == FAILED and current and current.request_id != request.id:
        _remove_failed(clients, found)
    _write_tags(request, clients, found)
    return _answer(found)


def _is_ours(request: Request, current: Ownership | None) -> bool:
    if current is None:
        return False
    wanted = _ownership(request)
    known = identity.digests(_KIND, request.properties.run_inputs)
    return current.scope == wanted.scope and current.digest in known


def _collision(found: Model, current: Ownership | None) -> str:
    whose = "by something else" if current is None else f"from other inputs or by another stack ({current.stack_id})"
    return (
        f"A custom model named {found.name!r} exists already ({found.arn}), made {whose}. Either use it with "
        "CustomModel.from_custom_model_arn, or give custom_model_name another value (leave it out for a generated one)."
    )


def _remove_failed(clients: Clients, found: Model) -> None:
    log.info("removing our failed model before another attempt", model_arn=found.arn, failure=found.message)
    clients.bedrock.delete_custom_model(modelIdentifier=found.arn)
    raise NotYet(
        f"{found.name} failed earlier and is being removed",
        give_up=f"The failed custom model {found.name!r} could not be removed; delete it, then deploy again.",
        patience=_PROPAGATION_PATIENCE,
        seconds=5,
    )


def _write_tags(request: Request, clients: Clients, found: Model) -> None:
    removed = request.old_properties.tags.keys() - request.properties.tags.keys()
    tags = {**request.properties.tags, **_ownership(request).tags()}
    write_tags(clients.bedrock, found.arn, tags=tags, removed=set(removed))


def _start(request: Request, clients: Clients) -> Answer:
    state = stacks.read(clients.cloudformation, request.stack_ids)
    if state is not StackState.GROWING:
        raise Refused(f"Nothing was started: the stack, or a parent of it, is {state.value}.")
    name = names(request)[0]
    try:
        arn = clients.bedrock.create_custom_model(**_create_request(request, name))["modelArn"]
    except ClientError as error:
        raise _start_failure(request, name, error) from error
    log.info("custom model started", model_name=name, model_arn=arn)
    return _answer(Model(name=name, arn=arn, status=CREATING))


def _create_request(request: Request, name: str) -> dict[str, Any]:
    tags = {**request.properties.tags, **_ownership(request).tags()}
    return {
        **request.properties.run_inputs,
        **request.properties.settings.get("Request", {}),
        "modelName": name,
        "modelTags": api_tags(tags),
        # The same event delivered again is the same request to Bedrock.
        "clientRequestToken": request.id,
    }


def _start_failure(request: Request, name: str, error: Exception) -> Exception:
    text = errors.message(error)
    if errors.is_name_taken(error):
        # A lost race, or our own start whose answer was lost: look again, adopt it or say whose it is.
        give_up = f"The name {name!r} is in use, but no such model can be read: {text}"
        return NotYet(text, give_up=give_up, patience=60, seconds=5)
    if errors.is_propagation(error):
        role = request.properties.settings.get("Request", {}).get("roleArn", "the service role")
        remedy = (
            f"Amazon Bedrock still refuses the service role {role} after {_PROPAGATION_PATIENCE // 60} minutes: {text} "
            "Its trust policy must let bedrock.amazonaws.com assume it with aws:SourceAccount of this account, and its "
            "policy must allow s3:GetObject and s3:ListBucket on the source, which must be in this Region."
        )
        return NotYet(text, give_up=remedy, patience=_PROPAGATION_PATIENCE)
    return error
