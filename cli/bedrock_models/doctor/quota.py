"""How many jobs run, and how many may."""

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models import account
from bedrock_models.account import Filters
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.subject import Subject
from bedrock_models.run import IN_PROGRESS, STOPPING
from bedrock_models.world import World

# Names differ with time and have no documented codes: these words are what they have in common.
_SECTION: Final = "(model customization)"
_JOBS: Final = "customization jobs"


def check(world: World, subjects: list[Subject]) -> Iterator[Finding]:
    """Of the account, so once for all."""
    trained = [each for each in subjects if each.trains]
    if not trained:
        return
    bedrock = world.aws.client("bedrock")
    running = sum(
        1 for status in (IN_PROGRESS, STOPPING) for _ in account.resources(bedrock, "jobs", Filters(status=status))
    )
    now = f"{running} job{'s' if running != 1 else ''} going on"
    quota = of_jobs(world)
    if quota is None:
        yield warning("quota", f"{now}; Service Quotas did not tell how many may", "look it up in the console")
        return
    name, limit = quota
    if running + len(trained) <= limit:
        yield ok("quota", f"{now}, {limit:g} allowed ({name})")
    elif all(each.waits for each in trained):
        yield warning("quota", f"{now}, {limit:g} allowed ({name})", "the runs will queue until there is room")
    else:
        yield problem("quota", f"{now}, {limit:g} allowed ({name})", "wait for room, or leave wait=False out to queue")


def of_jobs(world: World) -> tuple[str, float] | None:
    """The account's quota of training jobs in progress, by its name; None if Service Quotas does not tell."""
    try:
        found = [each for each in _quotas(world.aws.client("service-quotas")) if _JOBS in each["QuotaName"].lower()]
    except (ClientError, BotoCoreError):
        return None
    least = min(found, key=lambda each: each["Value"], default=None)
    return (least["QuotaName"], least["Value"]) if least else None


def _quotas(client: Any) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator("list_service_quotas").paginate(ServiceCode="bedrock"):
        yield from (each for each in page["Quotas"] if each["QuotaName"].lower().startswith(_SECTION))
