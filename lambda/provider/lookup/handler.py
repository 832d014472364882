"""Custom::BedrockModelLookup: asks when it is created, and again when its question or its `Refresh` changes.

It starts, changes and deletes nothing, so every event may be handled any number of times, and none comes too late.
"""

from provider.aws.clients import Bedrock, Clients
from provider.cloudformation import log
from provider.cloudformation.request import Request
from provider.cloudformation.result import Answer, Refused
from provider.lifecycle import stack_status
from provider.lookup import memory
from provider.lookup.memory import Remembered
from provider.lookup.query import Query, digest
from provider.lookup.subject import Found, subject_of, subject_of_arn


def create(request: Request, clients: Clients) -> Answer:
    """Asks. Raises `Refused` with what there is if nothing is found."""
    return _answer(request, _ask(Query.of(request.properties), clients), before=None)


def update(request: Request, clients: Clients) -> Answer:
    """Asks again if the question has changed. A rollback goes back to the earlier answer, whatever is newest now."""
    known = memory.read(request.physical_id)
    is_asked = bool(known) and known[0].digest == digest(request.properties)
    if stack_status.is_rolling_back(clients.cloudformation, request):
        return _roll_back(request, clients, known)
    query = Query.of(request.properties)
    if is_asked and (found := subject_of(query).again(clients.bedrock, known[0].arn)):
        _require_key(query, found)
        return Answer(physical_id=request.failure_id, data=found.attributes)
    # After a rollback that was continued without this resource, the present answer is not the template's.
    before = _of_digest(known, digest(request.old_properties)) or (known[0] if known else None)
    return _answer(request, _ask(query, clients), before=before)


def delete(request: Request, clients: Clients) -> Answer:  # noqa: ARG001  the handlers' signature
    """There is nothing to delete."""
    return Answer(physical_id=request.failure_id)


def answered(bedrock: Bedrock, physical_id: str) -> Found | None:
    """What the answer that the physical id remembers is now; None if it is gone or there was none."""
    known = memory.read(physical_id)
    return subject_of_arn(known[0].arn).again(bedrock, known[0].arn) if known else None


def _ask(query: Query, clients: Clients) -> Found:
    subject = subject_of(query)
    found = subject.by_name(clients.bedrock, query) if query.name else subject.newest(clients.bedrock, query)
    _require_key(query, found)
    log.info("found", arn=found.arn, by=str(query))
    return found


def _require_key(query: Query, found: Found) -> None:
    """Whoever uses the model has to decrypt with its key, which the app allows before the answer is known."""
    if query.key_arn is None or found.key_arn == query.key_arn:
        return
    said = f"encryption_key is {query.key_arn}" if query.key_arn else "encryption_key was not given"
    is_encrypted = f"is encrypted with the key {found.key_arn}" if found.key_arn else "has no key of the account"
    remedy = f'kms.Key.from_key_arn(scope, id, "{found.key_arn}")' if found.key_arn else "None"
    raise Refused(
        f"What was found, {found.arn}, {is_encrypted}, but {said}: give encryption_key={remedy} to the look-up."
    )


def _roll_back(request: Request, clients: Clients, known: list[Remembered]) -> Answer:
    """Fails for nothing: what is gone is answered with its ARN alone."""
    query, wanted = Query.of(request.properties), digest(request.properties)
    subject = subject_of(query)
    earlier = _of_digest(known, wanted)
    if earlier:
        found = subject.again(clients.bedrock, earlier.arn) or subject.last_known(earlier.arn)
        return Answer(physical_id=memory.physical_id(earlier, None), data=found.attributes)
    try:
        return _answer(request, _ask(query, clients), before=None)
    except Refused as refusal:
        log.info("not found in a rollback", because=str(refusal))
        return Answer(physical_id=request.failure_id, data=subject.last_known(known[0].arn if known else "").attributes)


def _of_digest(known: list[Remembered], wanted: str) -> Remembered | None:
    return next((each for each in known if each.digest == wanted), None)


def _answer(request: Request, found: Found, *, before: Remembered | None) -> Answer:
    present = Remembered(arn=found.arn, digest=digest(request.properties))
    return Answer(physical_id=memory.physical_id(present, before), data=found.attributes)
