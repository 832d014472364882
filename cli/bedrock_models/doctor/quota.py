"""How many jobs run, and how many may."""

from collections.abc import Iterator

from bedrock_models.bedrock import account, job_quota
from bedrock_models.bedrock.account import Filters
from bedrock_models.bedrock.job import IN_PROGRESS, STOPPING
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource


def check(context: Context, resources: list[ModelResource]) -> Iterator[Finding]:
    """Of the account, so once for all."""
    trained = [each for each in resources if each.trains]
    if not trained:
        return
    bedrock = context.aws.client("bedrock")
    running = sum(
        1 for status in (IN_PROGRESS, STOPPING) for _ in account.resources(bedrock, "jobs", Filters(status=status))
    )
    now = f"{running} job{'s' if running != 1 else ''} going on"
    quota = job_quota.read(context)
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
