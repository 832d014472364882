"""Custom::BedrockCustomModel: CreateCustomModel, adopted by name, checked by digest, deleted by owner and policy."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, NoReturn

from botocore.exceptions import ClientError

from provider.aws import errors, pagination
from provider.aws.clients import Bedrock, Clients
from provider.aws.status import Snapshot, State, existing, is_being_deleted, missing, reason, state_of
from provider.cloudformation import identity, log
from provider.cloudformation.contract import MODEL_ARN, MODEL_NAME
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Refused
from provider.lifecycle import adoption, naming, stack_status, starting
from provider.lifecycle.ownership_tags import Ownership, all_tags, api_tags, retag, take
from provider.waiter import start_queue

CREATING: Final = "Creating"
ACTIVE: Final = "Active"
FAILED: Final = "Failed"

_KIND: Final = "custom-model"
_STATES: Final = {CREATING: State.RUNNING, ACTIVE: State.SUCCEEDED, FAILED: State.FAILED}


@dataclass(frozen=True, kw_only=True)
class Model:
    """A custom model as Bedrock keeps it. Its source is not among what Bedrock tells; a digest tag stands in for it."""

    name: str
    arn: str
    status: str
    message: str = ""
    created: datetime | None = None

    @property
    def is_being_deleted(self) -> bool:
        return is_being_deleted(self.status)

    @property
    def attributes(self) -> dict[str, str]:
        return {MODEL_NAME: self.name, MODEL_ARN: self.arn, "Status": self.status}


def create(request: Request, clients: Clients) -> Answer:
    """Adopts the model that these inputs made before, or starts one."""
    found = find(clients.bedrock, name_of(request)) or _under_another_prefix(request, clients)
    return _adopt(request, clients, found) if found else _start(request, clients)


def update(request: Request, clients: Clients) -> Answer:
    """Takes tags, role and policy up in place; any other change is a new model, with a new name."""
    same = _is_same_model(request)
    by_id = adoption.current_of_id(request, clients, partial(find, clients.bedrock))
    # When an update's rollback was continued without the resource, its id may be of a model from other inputs.
    is_its_model = by_id is not None and by_id.digest == _digest(request)
    found = find(clients.bedrock, request.physical_id or "") if same and is_its_model else None
    found = found or find(clients.bedrock, name_of(request))
    if found:
        return _adopt(request, clients, found)
    if stack_status.is_rolling_back(clients.cloudformation, request):
        # It was deleted behind our back; a rollback goes back to it all the same, and starts nothing.
        return _answer(Model(name=name_of(request), arn="", status="Missing"))
    if same:
        raise Refused(
            f"The custom model {request.physical_id!r} no longer exists, so its tags, role or policy cannot be "
            "changed; give the construct another id, or change its inputs, to import it again."
        )
    return _start(request, clients)


def describe(bedrock: Bedrock, name: str) -> Snapshot:
    """How the model stands, for those who wait for it."""
    subject = f"Custom model {name!r}"
    found = find(bedrock, name)
    if found is None or found.is_being_deleted:
        gone = Model(name=name, arn="", status="Missing")
        return missing(subject, gone.attributes)
    return Snapshot(
        state=state_of(_STATES, found.status, subject),
        subject=subject,
        attributes=found.attributes,
        status=found.status,
        message=f"{subject} ({found.arn}) failed: {reason(found.message)}",
        created=found.created,
    )


def read(bedrock: Bedrock, name: str) -> dict[str, Any] | None:
    """What GetCustomModel tells of the model of that name or ARN; None if there is none."""
    return existing(
        lambda: bedrock.get_custom_model(modelIdentifier=name),
        listed=lambda: pagination.contains(
            bedrock.list_custom_models,
            summaries="modelSummaries",
            name="modelName",
            arn="modelArn",
            identifier=name,
        ),
    )


def find(bedrock: Bedrock, name: str) -> Model | None:
    """The model of that name: names are unique in an account and Region."""
    seen = read(bedrock, name)
    if seen is None:
        return None
    return Model(
        name=seen["modelName"],
        arn=seen["modelArn"],
        # Models from before there was a status are all active.
        status=seen.get("modelStatus", ACTIVE),
        message=seen.get("failureMessage", ""),
        created=seen.get("creationTime"),
    )


def name_of(request: Request) -> str:
    """The given name, or the one that these inputs make."""
    given = request.properties.run_inputs.get("modelName")
    return str(given) if given else naming.of_content(request, _KIND, request.properties.run_inputs)


def _under_another_prefix(request: Request, clients: Clients) -> Model | None:
    """What a construct made before it was renamed: its id is the front of the name, and no part of the lock."""
    if not request.properties.settings.lock_id or request.properties.run_inputs.get("modelName"):
        return None
    lock = f"{naming.scope(request)}-{_digest(request)}"
    call = partial(clients.bedrock.list_custom_models, isOwned=True)
    listed = pagination.listed(call, summaries="modelSummaries", name="modelName", nameContains=lock)
    return adoption.first(partial(find, clients.bedrock), listed)


def _is_same_model(request: Request) -> bool:
    # Both sides by the code of today: a stored digest would call a new canonical form a change.
    return _digest(request) == _digest(request.before)


def _answer(model: Model) -> Answer:
    return Answer(physical_id=model.name, data=model.attributes)


def _digest(request: Request) -> str:
    return identity.digest(_KIND, request.properties.run_inputs)


def ownership_of(request: Request) -> Ownership:
    return Ownership.of(request, digest=_digest(request))


def _adopt(request: Request, clients: Clients, found: Model) -> Answer:
    adoption.require_not_being_deleted(found, subject=f"The custom model {found.name!r}")
    current, wanted = adoption.visible_owner(clients, found), ownership_of(request)
    if not adoption.is_ours(request, clients, current, wanted, found.name):
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
    name = name_of(request)
    try:
        arn = clients.bedrock.create_custom_model(**_create_request(request, name))["modelArn"]
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


def _create_request(request: Request, name: str) -> dict[str, Any]:
    return {
        **request.properties.run_inputs,
        **request.properties.settings.request,
        "modelName": name,
        "modelTags": api_tags(all_tags(request, ownership_of(request))),
        # The same event delivered again is the same request to Bedrock.
        "clientRequestToken": request.id,
    }


def _role_remedy(request: Request) -> str:
    role = request.properties.settings.request.get("roleArn", "the service role")
    return (
        f"The trust policy of {role} must let bedrock.amazonaws.com assume it with aws:SourceAccount of this account, "
        "and its policy must allow s3:GetObject and s3:ListBucket on the source, which must be in this Region."
    )
