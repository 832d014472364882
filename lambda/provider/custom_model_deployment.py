"""Custom::BedrockCustomModelDeployment: made by name, given another model in place, so that callers keep its ARN."""

from dataclasses import replace
from functools import partial
from typing import Any, Final, NoReturn

from botocore.exceptions import ClientError

from provider import adoption, errors, identity, log, serving, stacks, start_queue, starting
from provider.clients import Clients
from provider.deployment import CREATING, FAILED, UPDATING, Deployment, find, given_name, names
from provider.look import reason
from provider.outcome import Answer, Refused
from provider.ownership import Ownership, all_tags, api_tags, retag
from provider.request import Request

_KIND: Final = "custom-model-deployment"


def create(request: Request, clients: Clients) -> Answer:
    """Takes over the deployment that this construct has left, or makes one."""
    found = adoption.first(partial(find, clients.bedrock), names(request))
    return _take_over(request, clients, found) if found else _start(request, clients)


def update(request: Request, clients: Clients) -> Answer:
    """Takes model, tags and policy up in place. Another name is another deployment."""
    adoption.current_of_id(request, clients, partial(find, clients.bedrock))
    # A generated name holds the scope, which changes when the construct moves; callers hold the ARN.
    same = given_name(request) == given_name(request.before)
    # By name first: when an update's rollback was continued without the resource, its id may be of another deployment.
    candidates = [*names(request), request.physical_id or ""] if same else names(request)
    found = adoption.first(partial(find, clients.bedrock), candidates)
    if found:
        return _take_over(request, clients, found)
    if stacks.is_rolling_back(clients.cloudformation, request):
        # It was deleted behind our back; a rollback goes back to it all the same, and makes nothing.
        return _answer(Deployment(name=names(request)[0], arn="", status="Missing", model_arn=""))
    if same:
        raise Refused(
            f"The custom model deployment {request.physical_id!r} no longer exists, so it cannot be changed; change "
            "deployment_name, or give the construct another id, to make it again."
        )
    return _start(request, clients)


def _description(request: Request) -> dict[str, Any]:
    # The one thing that neither the name says nor a change in place can bring up to date.
    return {"description": request.properties.run_inputs.get("description")}


def ownership_of(request: Request) -> Ownership:
    return Ownership.of(request, digest=identity.digest(_KIND, _description(request)))


def _answer(found: Deployment) -> Answer:
    return Answer(physical_id=found.name, data=found.attributes)


def _take_over(request: Request, clients: Clients, found: Deployment) -> Answer:
    adoption.require_lasting(found, subject=found.subject)
    current, wanted = adoption.visible_owner(clients, found), ownership_of(request)
    if current is None or not adoption.is_ours(request, clients, current, wanted, found.name):
        raise _refusal(found, current, wanted)
    goes_back = adoption.require_wanted(request, clients, current)
    if found.status == FAILED and current.request_id != request.id:
        _give_up_failed(request, clients, found)
    retag(request, clients.bedrock, found.arn, wanted.after(current, goes_back=goes_back))
    if found.status == FAILED or found.target == _model_arn(request):
        return _answer(found)
    return _answer(_swap(request, clients, found))


def _refusal(found: Deployment, current: Ownership | None, wanted: Ownership) -> Refused:
    if current and current.scope == wanted.scope:
        return Refused(
            f"The description of the custom model deployment {found.name!r} cannot be changed: only another deployment "
            "could have it, under an ARN that callers do not hold. Keep the description, or change deployment_name too."
        )
    return adoption.collision(
        current,
        subject=f"A custom model deployment named {found.name!r}",
        arn=found.arn,
        importer="CustomModelDeployment.from_custom_model_deployment_arn",
        argument="deployment_name",
    )


def _give_up_failed(request: Request, clients: Clients, found: Deployment) -> None:
    """One that failed takes no model: what an earlier attempt left makes room, what callers hold does not."""
    if found.name != request.physical_id:
        _remove_failed(clients, found)
    if not stacks.is_rolling_back(clients.cloudformation, request):
        raise Refused(
            f"{found.subject} ({found.arn}) has failed and cannot be changed: {reason(found.message)}. "
            "Change deployment_name, or give the construct another id, to make another one."
        )


def _remove_failed(clients: Clients, found: Deployment) -> NoReturn:
    delete = partial(clients.bedrock.delete_custom_model_deployment, customModelDeploymentIdentifier=found.arn)
    starting.remove_failed(delete, subject=found.subject, failure=found.message)


def _swap(request: Request, clients: Clients, found: Deployment) -> Deployment:
    if found.is_changing:
        raise serving.busy(found.subject)
    rolling_back = serving.is_rolling_back(request, clients)
    model_arn = _model_arn(request)
    try:
        clients.bedrock.update_custom_model_deployment(customModelDeploymentIdentifier=found.arn, modelArn=model_arn)
    except ClientError as error:
        if errors.is_quota(error):
            raise serving.full(found.subject, error) from error
        if errors.is_busy(error):
            raise serving.busy(found.subject) from error
        if not rolling_back and errors.is_not_ready(error):
            raise starting.not_ready(error) from error
        if rolling_back and errors.is_refusal(error):
            # The old model is gone; a rollback does not fail for that.
            log.error("not swapped back", error=errors.message(error), model_arn=model_arn)
            return found
        raise
    log.info("model swapped", deployment_arn=found.arn, model_arn=model_arn)
    return replace(found, update_status=UPDATING, update_model_arn=model_arn)


def _any_creating(clients: Clients) -> bool:
    listed = clients.bedrock.list_custom_model_deployments(statusEquals=CREATING, maxResults=1)
    return bool(listed.get("modelDeploymentSummaries"))


def _model_arn(request: Request) -> str:
    return str(request.required("modelArn"))


def _start(request: Request, clients: Clients) -> Answer:
    starting.require_growing(request, clients)
    name = names(request)[0]
    try:
        made = clients.bedrock.create_custom_model_deployment(
            **{
                **request.properties.run_inputs,
                **request.properties.settings.request,
                "modelDeploymentName": name,
                "tags": api_tags(all_tags(request, ownership_of(request))),
                # The same event delivered again is the same request to Bedrock.
                "clientRequestToken": request.id,
            }
        )
    except ClientError as error:
        if errors.is_quota(error):
            queued = _answer(Deployment(name=name, arn="", status=start_queue.QUEUED, model_arn=_model_arn(request)))
            raise starting.full(error, name=name, queued=queued, in_progress=partial(_any_creating, clients)) from error
        if errors.is_not_ready(error):
            raise starting.not_ready(error) from error
        raise starting.failure(name, error) from error
    arn = made["customModelDeploymentArn"]
    log.info("deployment started", deployment_arn=arn)
    return _answer(Deployment(name=name, arn=arn, status=CREATING, model_arn=_model_arn(request)))
