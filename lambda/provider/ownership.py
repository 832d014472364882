"""Tags of ours on what Bedrock keeps: who may delete it, what it was made of, whose name it is."""

from dataclasses import dataclass, replace
from typing import Final

from provider import identity
from provider.clients import Bedrock
from provider.contract import DIGEST_TAG, OWNER_TAG, POLICY_TAG, REQUEST_TAG, SCOPE_TAG, STACK_TAG
from provider.request import Request

# A tag has room for six ids, and few events are sent in the minutes in which one may come again.
_REMEMBERED: Final = 5


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """What the tags of one resource say, or should say."""

    owner: str
    digest: str
    scope: str
    stack_id: str
    removal_policy: str
    request_id: str
    earlier_request_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: Request, *, digest: str) -> "Ownership":
        """What the resource of this event puts on what it starts or adopts."""
        return cls(
            owner=identity.owner(request.stack_id, request.logical_id),
            digest=digest,
            scope=identity.scope(request.properties.settings, request.stack_ids[-1]),
            stack_id=request.stack_id,
            removal_policy=request.properties.removal_policy,
            request_id=request.id,
        )

    @classmethod
    def read(cls, tags: dict[str, str]) -> "Ownership | None":
        """What the tags say, or None if the library did not make this."""
        if OWNER_TAG not in tags:
            return None
        request_id, *earlier = tags.get(REQUEST_TAG, "").split() or [""]
        return cls(
            owner=tags[OWNER_TAG],
            digest=tags.get(DIGEST_TAG, ""),
            scope=tags.get(SCOPE_TAG, ""),
            stack_id=tags.get(STACK_TAG, ""),
            removal_policy=tags.get(POLICY_TAG, ""),
            request_id=request_id,
            earlier_request_ids=tuple(earlier),
        )

    def after(self, current: "Ownership | None") -> "Ownership":
        """The same, remembering whose turn it was before: an event that comes again then knows that it is over."""
        if current is None:
            return self
        turns = [turn for turn in (current.request_id, *current.earlier_request_ids) if turn != self.request_id]
        return replace(self, earlier_request_ids=tuple(turns[:_REMEMBERED]))

    def is_later_than(self, request: Request) -> bool:
        """Whether another event has had its turn since: a second delivery must not bring the earlier wishes back."""
        return request.id in self.earlier_request_ids

    def tags(self) -> dict[str, str]:
        """The same as tags."""
        return {
            OWNER_TAG: self.owner,
            DIGEST_TAG: self.digest,
            SCOPE_TAG: self.scope,
            STACK_TAG: self.stack_id,
            POLICY_TAG: self.removal_policy,
            REQUEST_TAG: " ".join((self.request_id, *self.earlier_request_ids)),
        }


def api_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as the API takes them, in an order that never changes."""
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def read_tags(bedrock: Bedrock, arn: str) -> dict[str, str]:
    """The tags that are on it now."""
    listed = bedrock.list_tags_for_resource(resourceARN=arn).get("tags", [])
    return {tag["key"]: tag["value"] for tag in listed}


def write_tags(bedrock: Bedrock, arn: str, *, tags: dict[str, str], removed: set[str]) -> None:
    """Brings tags up to date. Removed ones go first: there is room for 50 only."""
    gone = sorted(removed - tags.keys())
    if gone:
        bedrock.untag_resource(resourceARN=arn, tagKeys=gone)
    bedrock.tag_resource(resourceARN=arn, tags=api_tags(tags))


def all_tags(request: Request, ownership: Ownership) -> dict[str, str]:
    """The user's and ours."""
    return {**request.properties.tags, **ownership.tags()}


def retag(request: Request, bedrock: Bedrock, arn: str, ownership: Ownership) -> None:
    """Writes all tags again, on adoption as on every change in place."""
    removed = request.old_properties.tags.keys() - request.properties.tags.keys()
    write_tags(bedrock, arn, tags=all_tags(request, ownership), removed=set(removed))
