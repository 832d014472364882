"""Tags, the same for all kinds of resources, in their create calls and afterwards."""

from collections.abc import Mapping, Sequence

from local.bedrock.errors import ServiceError, invalid, not_found
from local.bedrock.resource import Params, Resource
from local.bedrock.store import Request, Store

RESERVED_PREFIX = "aws:"

TagList = Sequence[Mapping[str, str]]


def parse(store: Store, tags: TagList, *, present: Mapping[str, str] | None = None, owner: str = "") -> dict[str, str]:
    """The tags as they will stand, after the checks that the shapes can't express."""
    keys = [tag["key"] for tag in tags]
    if reserved := [key for key in keys if key.lower().startswith(RESERVED_PREFIX)]:
        raise invalid(f"Tag keys must not begin with the reserved prefix aws:, got {reserved[0]}")
    if len(set(keys)) < len(keys):
        raise invalid("Tag keys must not be repeated within a request.")
    merged = {**(present or {}), **{tag["key"]: tag["value"] for tag in tags}}
    limit = store.config.quotas.tags_per_resource
    if len(merged) > limit:
        members = {"resourceName": owner} if owner else {}
        raise ServiceError("TooManyTagsException", f"A resource can have at most {limit} tags.", **members)
    return merged


def tag(request: Request) -> Params:
    resource = _resource(request)
    resource.tags = parse(request.store, request.params["tags"], present=resource.tags, owner=resource.arn)
    return {}


def untag(request: Request) -> Params:
    resource = _resource(request)
    gone = set(request.params["tagKeys"])
    resource.tags = {key: value for key, value in resource.tags.items() if key not in gone}
    return {}


def list_(request: Request) -> Params:
    return {"tags": [{"key": key, "value": value} for key, value in _resource(request).tags.items()]}


def _resource(request: Request) -> Resource:
    arn = request.params["resourceARN"]
    if found := request.store.find(arn):
        return found
    raise not_found(f"The resource {arn} could not be found.")


OPERATIONS = {"TagResource": tag, "UntagResource": untag, "ListTagsForResource": list_}
