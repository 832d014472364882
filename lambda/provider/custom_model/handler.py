"""Custom::BedrockCustomModel: CreateCustomModel, adopted by name, checked by digest, deleted by owner and policy."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.cloudformation import log
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Refused
from provider.custom_model.model import CREATING, FAILED, Model, digest, find, name_of, ownership_of
from provider.custom_model.other_names import adopted_earlier, made_elsewhere, may_be_adopted, under_another_prefix
from provider.custom_model.source import identifier, resolved
from provider.lifecycle import adoption, source_tag, stack_status, starting
from provider.lifecycle.ownership_tags import all_tags, api_tags, retag, take
from provider.waiter import start_queue


def create(request: Request, clients: Clients) -> Answer:
    """Adopts the model that these inputs made before, or starts one."""
    found = find(clients.bedrock, name_of(request)) or under_another_prefix(request, clients)
    if not found and request.properties.settings.adopts:
        found = next(adopted_earlier(request, clients), None)
    return _adopt(request, clients, found) if found else _start(request, clients)


def update(request: Request, clients: Clients) -> Answer:
    """Takes tags, role and policy up in place; any other change is a new model, with a new name."""
    same = _is_same_model(request)
    by_id = adoption.current_of_id(request, clients, partial(find, clients.bedrock))
    # When an update's rollback was continued without the resource, its id may be of a model from other inputs.
    is_its_model = by_id is not None and by_id.digest == digest(request)
    found = find(clients.bedrock, request.physical_id or "") if same and is_its_model else None
    found = found or find(clients.bedrock, name_of(request))
    is_rollback = not found and stack_status.is_rolling_back(clients.cloudformation, request)
    # A rollback goes back to what was adopted, whatever the construct said about it last.
    if not found and (is_rollback or request.properties.settings.adopts):
        found = next(adopted_earlier(request, clients), None)
    if found:
        return _adopt(request, clients, found)
    if is_rollback:
        # It was deleted behind our back; a rollback goes back to it all the same, and starts nothing.
        return _answer(Model(name=name_of(request), arn="", status="Missing"))
    if same:
        raise Refused(
            f"The custom model {request.physical_id!r} no longer exists, so its tags, role or policy cannot be "
            "changed; give the construct another id, or change its inputs, to import it again."
        )
    return _start(request, clients)


def _is_same_model(request: Request) -> bool:
    # Both sides by the code of today: a stored digest would call a new canonical form a change.
    return digest(request) == digest(request.before)


def _answer(model: Model) -> Answer:
    return Answer(physical_id=model.name, data=model.attributes)


def _adopt(request: Request, clients: Clients, found: Model, inputs: Mapping[str, Any] | None = None) -> Answer:
    """`inputs` are the resolved ones, where they are known."""
    adoption.require_not_being_deleted(found, subject=f"The custom model {found.name!r}")
    current, wanted = adoption.visible_owner(clients, found), ownership_of(request)
    is_ours = adoption.is_ours(request, clients, current, wanted, found.name)
    if not is_ours and not may_be_adopted(request, clients, found, current, inputs):
        raise adoption.collision(
            current,
            subject=f"A custom model named {found.name!r}",
            arn=found.arn,
            importer="CustomModel.from_custom_model_arn",
            argument="custom_model_name",
        )
    is_rollback = adoption.require_wanted(request, clients, current)
    if found.status == FAILED and current and current.request_id != request.id:
        take(request, clients.bedrock, found.arn, current)
        _remove_failed(clients, found)
    retag(request, clients.bedrock, found.arn, wanted.after(current, is_rollback=is_rollback))
    return _answer(found)


def _remove_failed(clients: Clients, found: Model) -> NoReturn:
    delete = partial(clients.bedrock.delete_custom_model, modelIdentifier=found.arn)
    starting.remove_failed(delete, subject=f"The custom model {found.name!r}", failure=found.message)


def _start(request: Request, clients: Clients) -> Answer:
    starting.require_deploying(request, clients)
    name, inputs = name_of(request), resolved(request, clients)
    if found := made_elsewhere(request, clients, inputs):
        reason = f"Adopted the custom model {found.name}, which something else made from the same source."
        return replace(_adopt(request, clients, found, inputs), reason=reason)
    try:
        arn = clients.bedrock.create_custom_model(**_create_request(request, inputs, name))["modelArn"]
    except ClientError as error:
        if errors.is_quota(error):
            queued = _answer(Model(name=name, arn="", status=start_queue.QUEUED))
            raise starting.full(error, name=name, queued=queued, in_progress=partial(_any_creating, clients)) from error
        raise starting.failure(name, error, role_remedy=_role_remedy(request)) from error
    log.info("custom model started", model_name=name, model_arn=arn)
    started = f"The import of the model {name} was started: billed for its storage when it is there."
    return replace(_answer(Model(name=name, arn=arn, status=CREATING)), reason=started)


def _any_creating(clients: Clients) -> bool:
    return bool(clients.bedrock.list_custom_models(modelStatus=CREATING, maxResults=1).get("modelSummaries"))


def _create_request(request: Request, inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    tags = source_tag.with_source(all_tags(request, ownership_of(request)), identifier(inputs))
    return {
        **inputs,
        **request.properties.settings.request,
        "modelName": name,
        "modelTags": api_tags(tags),
        # The same event delivered again is the same request to Bedrock.
        "clientRequestToken": request.id,
    }


def _role_remedy(request: Request) -> str:
    role = request.properties.settings.request.get("roleArn", "the service role")
    return (
        f"The trust policy of {role} must let bedrock.amazonaws.com assume it with aws:SourceAccount of this account, "
        "and its policy must allow s3:GetObject and s3:ListBucket on the source, which must be in this Region."
    )
