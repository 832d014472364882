"""Tags of ours on what Bedrock keeps: who may delete it, what it was made of, whose name it is."""

from dataclasses import dataclass, replace
from typing import Final

from provider.aws.clients import Bedrock
from provider.cloudformation import identity, log, response_url
from provider.cloudformation.contract import (
    DIGEST_TAG,
    OUR_TAGS,
    OWNER_TAG,
    POLICY_TAG,
    REQUEST_TAG,
    SCOPE_TAG,
    STACK_TAG,
)
from provider.cloudformation.request import Request
from provider.cloudformation.result import Refused

# A tag's value has 256 characters: a time and six ids, or eleven owners. Few events are sent in the minutes in which
# one may come again, and former owners matter as long as stacks of the same lock follow one another.
_REMEMBERED: Final = 5
_FORMER_OWNERS: Final = 10
_NO_TIME: Final = "-"
_BACK: Final = "/back"
# Policy, digest and scope stay what they were when the last deployment wrote them.
_TAKEN: Final = (OWNER_TAG, STACK_TAG, REQUEST_TAG)


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """What the tags of one resource say, or should say."""

    owner: str
    digest: str
    scope: str
    stack_id: str
    removal_policy: str
    request_id: str
    order: str = ""
    # The last event was a rollback's Update, of which a resource gets one.
    went_back: bool = False
    earlier_request_ids: tuple[str, ...] = ()
    former_owners: tuple[str, ...] = ()

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
            order=request.order,
        )

    @classmethod
    def read(cls, tags: dict[str, str]) -> "Ownership | None":
        """What the tags say, or None if the library did not make this."""
        if OWNER_TAG not in tags:
            return None
        owner, *former_owners = tags[OWNER_TAG].split() or [""]
        order, request_id, *earlier = [*tags.get(REQUEST_TAG, "").split(), "", ""]
        return cls(
            owner=owner,
            digest=tags.get(DIGEST_TAG, ""),
            scope=tags.get(SCOPE_TAG, ""),
            stack_id=tags.get(STACK_TAG, ""),
            removal_policy=tags.get(POLICY_TAG, ""),
            request_id=request_id,
            order=order.removesuffix(_BACK) if response_url.is_order(order.removesuffix(_BACK)) else "",
            went_back=order.endswith(_BACK),
            earlier_request_ids=tuple(each for each in earlier if each),
            former_owners=tuple(former_owners),
        )

    def after(self, current: "Ownership | None", *, is_rollback: bool) -> "Ownership":
        """The same, remembering the events that were handled before and the resources that owned it before."""
        if current is None:
            return replace(self, went_back=is_rollback)
        events = [each for each in (current.request_id, *current.earlier_request_ids) if each != self.request_id]
        owners = [each for each in dict.fromkeys((current.owner, *current.former_owners)) if each != self.owner]
        return replace(
            self,
            went_back=is_rollback,
            earlier_request_ids=tuple(events[:_REMEMBERED]),
            former_owners=tuple(owners[:_FORMER_OWNERS]),
        )

    def taken_by(self, request: Request) -> "Ownership":
        """The same under the resource and the stack of this event. How late another resource's events were is no
        measure for this one's, so their order is forgotten."""
        owner = identity.owner(request.stack_id, request.logical_id)
        former = [each for each in dict.fromkeys((self.owner, *self.former_owners)) if each != owner]
        return replace(
            self,
            owner=owner,
            stack_id=request.stack_id,
            order="",
            went_back=False,
            former_owners=tuple(former[:_FORMER_OWNERS]),
        )

    def require_current(self, request: Request) -> None:
        """Refuses an event of this owner that is older than the last one that was handled: it changes nothing.

        CloudFormation sends a resource its next event only when it has an answer to the last one, or has cancelled it.
        An event of a cancelled operation may still come late: from Lambda's queue, or from the waiter.
        """
        if self.owner == identity.owner(request.stack_id, request.logical_id) and self._is_later_than(request):
            raise Refused("A later event for this resource was handled already, so nothing was changed for this one.")

    def _is_later_than(self, request: Request) -> bool:
        if request.id == self.request_id:
            return False
        if request.id in self.earlier_request_ids:
            return True
        if request.order and request.order == self.order:
            # Signatures tell whole seconds. After a rollback's Update there is none in the second in which it was sent.
            return self.went_back and request.type == "Update"
        # A time and the end of a signature's life cannot be compared.
        return len(request.order) == len(self.order) and request.order < self.order

    def tags(self) -> dict[str, str]:
        """The same as tags."""
        order = f"{self.order or _NO_TIME}{_BACK if self.went_back else ''}"
        return {
            OWNER_TAG: " ".join((self.owner, *self.former_owners)),
            DIGEST_TAG: self.digest,
            SCOPE_TAG: self.scope,
            STACK_TAG: self.stack_id,
            POLICY_TAG: self.removal_policy,
            REQUEST_TAG: " ".join((order, self.request_id, *self.earlier_request_ids)),
        }


def api_tags(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags as the API takes them, in an order that never changes."""
    return [{"key": key, "value": tags[key]} for key in sorted(tags)]


def read_tags(bedrock: Bedrock, arn: str) -> dict[str, str]:
    """The tags that are on it now."""
    listed = bedrock.list_tags_for_resource(resourceARN=arn).get("tags", [])
    return {tag["key"]: tag["value"] for tag in listed}


def write_tags(bedrock: Bedrock, arn: str, *, tags: dict[str, str], removed: set[str]) -> None:
    """Brings tags up to date. Removed ones go before new ones come: there is room for 50 only.

    Ours go before both: IAM lets a provider remove tags only from what carries its own stack's tag, and what is taken
    over from another stack does not yet.
    """
    gone = sorted(removed - tags.keys())
    if gone:
        ours = {key: value for key, value in tags.items() if key in OUR_TAGS}
        bedrock.tag_resource(resourceARN=arn, tags=api_tags(ours))
        bedrock.untag_resource(resourceARN=arn, tagKeys=gone)
    bedrock.tag_resource(resourceARN=arn, tags=api_tags(tags))


def all_tags(request: Request, ownership: Ownership) -> dict[str, str]:
    """The user's and ours."""
    return {**request.properties.tags, **ownership.tags()}


def owned(bedrock: Bedrock, arn: str) -> Ownership | None:
    """What the tags on it say now."""
    return Ownership.read(read_tags(bedrock, arn))


def take(request: Request, bedrock: Bedrock, arn: str, current: Ownership) -> None:
    """Puts this stack's tag on what still carries another stack's, before it is stopped or deleted.

    IAM lets a provider do either only to what carries its own stack's tag. Without effect on what does already.
    """
    if current.stack_id == request.stack_id:
        return
    tags = current.taken_by(request).tags()
    bedrock.tag_resource(resourceARN=arn, tags=api_tags({key: tags[key] for key in _TAKEN}))
    log.info("adopted from another stack", arn=arn, former_stack=current.stack_id)


def retag(request: Request, bedrock: Bedrock, arn: str, ownership: Ownership) -> None:
    """Writes all tags again, on adoption as on every change in place."""
    removed = request.old_properties.tags.keys() - request.properties.tags.keys()
    write_tags(bedrock, arn, tags=all_tags(request, ownership), removed=set(removed))
