"""Custom::BedrockProvisionedModelThroughput: bought by name; model and name change in place, units and term do not."""

from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from provider import adoption, errors, identity, lifecycle, log, serving, stacks, starting
from provider.clients import Bedrock, Clients
from provider.look import reason
from provider.outcome import Answer, Refused
from provider.ownership import Ownership, all_tags, api_tags, retag
from provider.request import Request
from provider.shapes import typed
from provider.throughput import (
    CREATING,
    FAILED,
    KIND,
    UPDATING,
    Throughput,
    find,
    is_foundation_model,
    model_id,
    names,
)


class _OtherBaseModel(Exception):  # noqa: N818  a finding, not a defect
    """This throughput cannot take the model: another one has to."""


def create(request: Request, clients: Clients) -> Answer:
    """Takes over what this construct has left, or buys anew."""
    held = adoption.existing(partial(find, clients.bedrock), names(request))
    return _use(request, clients, held) if held else _start(request, clients, names(request)[0])


def update(request: Request, clients: Clients) -> Answer:
    """Takes model, name, tags and policy up in place. Other units, or another term, are another purchase."""
    adoption.current_of_id(request, clients, partial(find, clients.bedrock))
    same = _digest(request) == _digest(request.before)
    earlier = [request.physical_id or "", *names(request.before)] if same else []
    held = adoption.existing(partial(find, clients.bedrock), [*earlier, *names(request)])
    if held:
        return _use(request, clients, held)
    if stacks.is_rolling_back(clients.cloudformation, request):
        return _gone(request)
    if same:
        raise Refused(
            f"The Provisioned Throughput {request.physical_id!r} no longer exists, so it cannot be changed; give the "
            "construct another id to buy it again."
        )
    return _start(request, clients, names(request)[0])


def _use(request: Request, clients: Clients, held: list[Throughput]) -> Answer:
    """Of what there is, rather what has the model already than what would have to change."""
    best = next((found for found in held if found.target == model_id(request)), held[0])
    current, wanted = _claims(request, clients, best)
    goes_back = adoption.require_wanted(request, clients, current)
    if best.status == FAILED and current.request_id != request.id:
        _give_up_failed(request, clients, best)
    retag(request, clients.bedrock, best.arn, wanted.after(current, goes_back=goes_back))
    if best.status == FAILED:
        return _answer(best)
    try:
        return _answer(_change(request, clients, best))
    except _OtherBaseModel as refusal:
        return _replace(request, clients, best, because=str(refusal))


def _claims(request: Request, clients: Clients, found: Throughput) -> tuple[Ownership, Ownership]:
    adoption.require_lasting(found, subject=found.subject)
    current = adoption.visible_owner(clients, found)
    wanted = ownership_of(request)
    if current is None or not adoption.is_ours(request, clients, current, wanted, found.name):
        raise adoption.collision(
            current,
            subject=f"Provisioned Throughput named {found.name!r}",
            arn=found.arn,
            importer="ProvisionedModelThroughput.from_provisioned_model_arn",
            argument="provisioned_model_name",
        )
    return current, wanted


def ownership_of(request: Request) -> Ownership:
    """What the tags of this event's throughput say."""
    return Ownership.of(request, digest=_digest(request))


def _digest(request: Request) -> str:
    return identity.digest(KIND, request.properties.run_inputs)


def _give_up_failed(request: Request, clients: Clients, found: Throughput) -> None:
    """One that failed takes no model: what an earlier attempt left makes room, what callers hold does not."""
    if found.name != request.physical_id:
        _remove_failed(clients, found)
    if not stacks.is_rolling_back(clients.cloudformation, request):
        raise Refused(
            f"{found.subject} ({found.arn}) has failed and cannot be changed: {reason(found.message)}. "
            "Give the construct another id to buy another one."
        )


def _remove_failed(clients: Clients, found: Throughput) -> NoReturn:
    delete = partial(clients.bedrock.delete_provisioned_model_throughput, provisionedModelId=found.arn)
    starting.remove_failed(delete, subject=found.subject, failure=found.message)


def _change(request: Request, clients: Clients, found: Throughput) -> Throughput:
    changes = _changes(request, found)
    if not changes:
        return found
    if "desiredModelId" in changes:
        _require_same_base(clients.bedrock, found, changes["desiredModelId"])
    if found.is_changing:
        raise serving.busy(found.subject)
    rolling_back = serving.is_rolling_back(request, clients)
    _require_free(clients.bedrock, changes.get("desiredProvisionedModelName"))
    try:
        clients.bedrock.update_provisioned_model_throughput(provisionedModelId=found.arn, **changes)
    except ClientError as error:
        if rolling_back and errors.is_refusal(error):
            # The old model is gone; a rollback does not fail for that.
            log.error("not changed back", error=errors.message(error), **changes)
            return found
        if errors.is_not_ready(error):
            raise starting.not_ready(error) from error
        raise _verdict(clients.bedrock, found, error, changes) from error
    log.info("throughput changed", provisioned_model_arn=found.arn, **changes)
    return replace(
        found,
        name=changes.get("desiredProvisionedModelName", found.name),
        target=changes.get("desiredModelId", found.target),
        status=UPDATING if "desiredModelId" in changes else found.status,
    )


def _changes(request: Request, found: Throughput) -> dict[str, str]:
    changes = {}
    if (name := _wanted_name(request, found)) != found.name:
        changes["desiredProvisionedModelName"] = name
    if (model := model_id(request)) != found.target:
        changes["desiredModelId"] = model
    return changes


def _wanted_name(request: Request, found: Throughput) -> str:
    """A generated name stays when only the model behind it changes."""
    given = request.properties.settings.request.get("provisionedModelName")
    given_before = request.old_properties.settings.request.get("provisionedModelName")
    if given:
        return str(given)
    return names(request)[0] if found.name == given_before else found.name


def _require_free(bedrock: Bedrock, name: str | None) -> None:
    taken = find(bedrock, name) if name else None
    if taken:
        raise Refused(
            f"{taken.subject} exists already ({taken.arn}). Nothing was changed; give provisioned_model_name another "
            "value, or leave it out for a generated one."
        )


def _require_same_base(bedrock: Bedrock, found: Throughput, model: str) -> None:
    """Whether it can take the model shows only here: no template says what a model was customized from."""
    base = _base_of(bedrock, model)
    if is_foundation_model(found.model_arn):
        raise _OtherBaseModel(f"it serves the foundation model {found.model_arn}, which cannot be changed")
    if base not in ("", found.base_model_arn):
        raise _OtherBaseModel(f"it serves models of {found.base_model_arn}, and {model} is one of {base}")


def _base_of(bedrock: Bedrock, model: str) -> str:
    """Empty if Bedrock does not tell, as of an imported model: then its answer to the change decides."""
    if is_foundation_model(model):
        return model
    try:
        return str(bedrock.get_custom_model(modelIdentifier=model).get("baseModelArn", ""))
    except ClientError as error:
        if errors.is_missing(error):
            return ""
        raise


def _verdict(bedrock: Bedrock, found: Throughput, error: Exception, changes: dict[str, Any]) -> Exception:
    if errors.code(error) != "ValidationException" or "desiredModelId" not in changes:
        return error
    now = find(bedrock, found.arn)
    if now and (now.is_changing or now.target == changes["desiredModelId"]):
        # Our own change whose answer was lost, or one that a second delivery made: no reason to buy another.
        return serving.busy(found.subject)
    return _OtherBaseModel(f"Amazon Bedrock says: {errors.message(error)}")


def _replace(request: Request, clients: Clients, found: Throughput, *, because: str) -> Answer:
    """Buys another one beside it, which CloudFormation's clean-up deletes: its physical id is another name."""
    if stacks.is_rolling_back(clients.cloudformation, request):
        return _gone(request)
    free = [name for name in names(request) if name != found.name and not find(clients.bedrock, name)]
    if not free:
        raise Refused(
            f"{found.subject} ({found.arn}) cannot take the model {model_id(request)}: {because}. It takes another "
            "Provisioned Throughput, and that another name: change provisioned_model_name, or leave it out."
        )
    log.info("another throughput is needed", provisioned_model_arn=found.arn, because=because)
    return _start(request, clients, free[0])


def _start(request: Request, clients: Clients, name: str) -> Answer:
    lifecycle.require_living(clients, model_id(request), what="Provisioned Throughput")
    starting.require_growing(request, clients)
    try:
        arn = _buy(request, clients.bedrock, name)
    except ClientError as error:
        if errors.is_quota(error):
            # Of model units: no end of anybody's work frees them.
            raise Refused(
                f"Nothing was bought: {errors.message(error)} Ask for a higher quota, or delete throughput that is not "
                "needed."
            ) from error
        if errors.is_not_ready(error):
            raise starting.not_ready(error) from error
        raise starting.failure(name, error) from error
    log.info("throughput bought", provisioned_model_arn=arn)
    model = model_id(request)
    return _answer(Throughput(name=name, arn=arn, status=CREATING, model_arn=model, target=model))


def _buy(request: Request, bedrock: Bedrock, name: str) -> str:
    shape = bedrock.meta.service_model.operation_model("CreateProvisionedModelThroughput").input_shape
    ownership = ownership_of(request)
    return str(
        bedrock.create_provisioned_model_throughput(
            **{
                **typed({**request.properties.run_inputs, **request.properties.settings.request}, shape),
                "provisionedModelName": name,
                "tags": api_tags(all_tags(request, ownership)),
                # The same event delivered again is the same request to Bedrock.
                "clientRequestToken": request.id,
            }
        )["provisionedModelArn"]
    )


def _gone(request: Request) -> Answer:
    """It was deleted behind our back; a rollback goes back to it all the same, and buys nothing."""
    return _answer(Throughput(name=names(request)[0], arn="", status="Missing", model_arn="", target=""))


def _answer(found: Throughput) -> Answer:
    return Answer(physical_id=found.name, data=found.attributes)
