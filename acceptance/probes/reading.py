"""Step 0: reads, which cost nothing and change nothing."""

import itertools
from collections.abc import Iterator
from typing import Any, Final

from acceptance.answers import ask
from acceptance.probe import NotPossible, Told, probe
from acceptance.run import Run

_BOOTSTRAP: Final = "CDKToolkit"
_JOBS: Final = "customization jobs"


@probe(
    "foundation-model",
    step=0,
    settles=(
        "foundation-model-with-context-length",
        "foundation-model-lifecycle",
        "foundation-models-list-customizable",
    ),
)
def foundation_model(run: Run) -> Iterator[Told]:
    found = ask(run.bedrock.get_foundation_model, modelIdentifier=run.base_model)
    yield "foundation-model-with-context-length", found.is_ok, str(found)
    life = found.value.get("modelDetails", {}).get("modelLifecycle", {})
    yield "foundation-model-lifecycle", "status" in life if found.is_ok else None, f"modelLifecycle: {life}"
    listed = ask(run.bedrock.list_foundation_models, byCustomizationType="FINE_TUNING")
    ids = [each["modelId"] for each in listed.value.get("modelSummaries", ())]
    yield "foundation-models-list-customizable", run.base_model in ids, f"{len(ids)} listed: {', '.join(ids[:20])}"


@probe("quotas", step=0, settles=("quota-of-jobs-is-listed",))
def quotas(run: Run) -> Iterator[Told]:
    listed = ask(run.aws.client("service-quotas").list_service_quotas, ServiceCode="bedrock")
    found = [f"{each['QuotaName']}: {each['Value']:g}" for each in _quotas(run) if listed.is_ok] if listed.is_ok else []
    yield "quota-of-jobs-is-listed", bool(found) if listed.is_ok else None, "; ".join(found) or str(listed)


def _quotas(run: Run) -> Iterator[dict[str, Any]]:
    for page in run.aws.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="bedrock"):
        yield from (each for each in page["Quotas"] if _JOBS in each["QuotaName"].lower())


@probe(
    "unknown-stacks",
    step=0,
    settles=("missing-stack-words", "missing-stack-resource-words", "unknown-physical-id-words"),
)
def unknown_stacks(run: Run) -> Iterator[Told]:
    cloudformation = run.cloudformation
    stack = ask(cloudformation.describe_stacks, StackName=run.nobody)
    yield "missing-stack-words", stack.code == "ValidationError" and "does not exist" in stack.message, str(stack)
    resource = ask(cloudformation.describe_stack_resource, StackName=_BOOTSTRAP, LogicalResourceId="Nobody")
    yield "missing-stack-resource-words", "does not exist" in resource.message, str(resource)
    held = ask(cloudformation.describe_stack_resources, PhysicalResourceId=run.nobody)
    yield "unknown-physical-id-words", "does not exist" in held.message, str(held)


@probe("stack-events", step=0, settles=("stack-events-newest-first",))
def stack_events(run: Run) -> Iterator[Told]:
    events = ask(run.cloudformation.describe_stack_events, StackName=_BOOTSTRAP).value.get("StackEvents", [])
    times = [event["Timestamp"] for event in events]
    if len(times) < 2:  # noqa: PLR2004  an order needs two
        raise NotPossible(f"the stack {_BOOTSTRAP} has no events any more")
    ordered = all(later >= earlier for later, earlier in itertools.pairwise(times))
    yield "stack-events-newest-first", ordered, f"first {times[0]}, last {times[-1]}"


@probe("unknown-training-job", step=0, settles=("unknown-training-job-code",))
def unknown_training_job(run: Run) -> Iterator[Told]:
    answer = ask(run.aws.client("sagemaker").describe_training_job, TrainingJobName=run.nobody)
    yield "unknown-training-job-code", answer.code in ("ResourceNotFound", "ValidationException"), str(answer)
