"""Models under names that these inputs do not make: of a construct that was renamed, or made by something else.

With `Adopt` a construct takes a model that something else made from the same source, as the SageMaker Python SDK does.
The model keeps its name, so from then on only its tags tell whose it is.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from provider.aws import errors, pagination
from provider.aws.clients import Bedrock, Clients
from provider.cloudformation.request import Request
from provider.custom_model.model import FAILED, Model, digest, find, name_of, ownership_of
from provider.custom_model.source import identifier, resolved
from provider.lifecycle import adoption, naming, source_tag
from provider.lifecycle.ownership_tags import Ownership, read_tags


def under_another_prefix(request: Request, clients: Clients) -> Model | None:
    """What a construct made before it was renamed: its id is the front of the name, and no part of the lock."""
    if not request.properties.settings.lock_id or request.properties.run_inputs.get("modelName"):
        return None
    lock = f"{naming.scope(request)}-{digest(request)}"
    call = partial(clients.bedrock.list_custom_models, isOwned=True)
    listed = pagination.listed(call, summaries="modelSummaries", name="modelName", nameContains=lock)
    return adoption.first(partial(find, clients.bedrock), listed)


def adopted_earlier(request: Request, clients: Clients) -> Iterator[Model]:
    """What this construct adopted from these inputs earlier, under the name that something else had given it."""
    for arn, tags in _tagged(clients.bedrock):
        if _is_ours(request, tags):
            found = find(clients.bedrock, arn)
            if found and not found.is_being_deleted and found.name != name_of(request):
                yield found


def made_elsewhere(request: Request, clients: Clients, inputs: Mapping[str, Any]) -> Model | None:
    """The oldest usable model of the same source and key that nobody owns, if the construct wants to adopt one.

    One that is this construct's by now was adopted a moment ago, by another delivery of the same event.
    """
    if not request.properties.settings.adopts or "modelName" in inputs:
        return None
    for arn, tags in _tagged(clients.bedrock):
        is_free = Ownership.read(tags) is None and source_tag.is_of(tags, identifier(inputs))
        if is_free or _is_ours(request, tags):
            found = find(clients.bedrock, arn)
            if found and _is_usable(request, found):
                return found
    return None


def may_be_adopted(
    request: Request, clients: Clients, found: Model, current: Ownership | None, inputs: Mapping[str, Any] | None
) -> bool:
    """Whether the construct wants what has its name and no owner: it does, if it is of the same source and key."""
    if current is not None or not request.properties.settings.adopts:
        return False
    source = identifier(resolved(request, clients) if inputs is None else inputs)
    return _is_usable(request, found) and source_tag.is_of(read_tags(clients.bedrock, found.arn), source)


def _tagged(bedrock: Bedrock) -> Iterator[tuple[str, dict[str, str]]]:
    """The ARNs of custom models that this library did not name, with their tags, the oldest first."""
    call = partial(bedrock.list_custom_models, isOwned=True, sortBy="CreationTime", sortOrder="Ascending")
    for summary in pagination.all_of(call, "modelSummaries"):
        if naming.is_generated(summary["modelName"]):
            continue
        try:
            yield summary["modelArn"], read_tags(bedrock, summary["modelArn"])
        except ClientError as error:
            # Lists lag: what was just deleted may still be in one.
            if not errors.may_be_missing(error):
                raise


def _is_ours(request: Request, tags: dict[str, str]) -> bool:
    current, wanted = Ownership.read(tags), ownership_of(request)
    return current is not None and (current.digest, current.scope) == (wanted.digest, wanted.scope)


def _is_usable(request: Request, found: Model) -> bool:
    is_alive = found.status != FAILED and not found.is_being_deleted
    return is_alive and found.key_arn == request.properties.run_inputs.get("modelKmsKeyArn", "")
