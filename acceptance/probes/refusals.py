"""Step 1: requests that are refused before they cost anything."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from acceptance.answers import Answer, ask
from acceptance.deployment import deploy
from acceptance.probe import NotPossible, Told, probe
from acceptance.run import PREFIX, Run
from bedrock_models.bedrock import account
from bedrock_models.bedrock.account import Filters

_MISSING: Final = "ResourceNotFoundException"
_REFUSED: Final = ("ValidationException", "AccessDeniedException", "ConflictException")
# The provider takes a refusal with one of these words for a role that has not propagated.
_OF_ROLES: Final = ("role", "assume", "permission", "perms", "denied", "authorized", "trust")
_SIGNED: Final = re.compile(r"[?&]X-Amz-Date=(\d{8}T\d{6}Z)")
_SLACK_SECONDS: Final = 30
_OTHER_REGIONS: Final = ("us-west-2", "us-east-1")


@probe(
    "refused-starts",
    step=1,
    settles=("role-refusal-words", "unknown-base-model-code", "other-regions-model-is-refused", "job-name-pattern"),
)
def refused_starts(run: Run) -> Iterator[Told]:
    role = _start(run, "role")
    named = role.code in _REFUSED and any(word in role.message.lower() for word in _OF_ROLES)
    yield "role-refusal-words", named, str(role)
    unknown = _start(run, "base", baseModelIdentifier="amazon.no-such-model-v1:0")
    yield "unknown-base-model-code", unknown.code in ("ValidationException", _MISSING), str(unknown)
    region = next(each for each in _OTHER_REGIONS if each != run.aws.region)
    elsewhere = f"arn:{run.partition}:bedrock:{region}::foundation-model/{run.base_model}"
    other = _start(run, "region", baseModelIdentifier=elsewhere)
    yield "other-regions-model-is-refused", not other.is_ok, str(other)
    underscore = _start(run, "with_underscore")
    yield "job-name-pattern", underscore.code == "ValidationException", str(underscore)


@probe("legacy-base", step=1, settles=("legacy-base-takes-no-new-jobs",))
def legacy_base(run: Run) -> Iterator[Told]:
    listed = ask(run.bedrock.list_foundation_models, byCustomizationType="FINE_TUNING").value.get("modelSummaries", ())
    legacy = [each["modelId"] for each in listed if each.get("modelLifecycle", {}).get("status") == "LEGACY"]
    if not legacy:
        raise NotPossible("this Region lists no Legacy model that can be fine-tuned")
    answer = _start(run, "legacy", baseModelIdentifier=legacy[0])
    # The role is refused too; only words about the model tell which of the two was looked at.
    speaks_of_it = any(word in answer.message.lower() for word in ("legacy", "end of its life", "end of life"))
    yield "legacy-base-takes-no-new-jobs", True if speaks_of_it else None, f"{legacy[0]}: {answer}"


def _start(run: Run, name: str, **changed: str) -> Answer:
    """Asks for a job under a role that does not exist. If Amazon Bedrock should take it all the same, it is stopped."""
    request = {
        "jobName": f"{PREFIX}-{run.id}-{name}",
        "customModelName": f"{PREFIX}-{run.id}-{name.replace('_', '-')}",
        "roleArn": f"arn:{run.partition}:iam::{run.aws.account}:role/{run.nobody}",
        "baseModelIdentifier": run.base_model,
        "customizationType": "FINE_TUNING",
        "jobTags": run.tags,
        "customModelTags": run.tags,
        "trainingDataConfig": {"s3Uri": f"s3://{run.nobody}/train.jsonl"},
        "outputDataConfig": {"s3Uri": f"s3://{run.nobody}/output"},
        "hyperParameters": {"epochCount": "1"},
        **changed,
    }
    answer = ask(run.bedrock.create_model_customization_job, **request)
    if answer.is_ok:
        run.bedrock.stop_model_customization_job(jobIdentifier=answer.value["jobArn"])
    return answer


@probe(
    "refused-deployment",
    step=1,
    settles=(
        "data-refusal-words",
        "refused-start-starts-nothing",
        "failed-create-is-deleted",
        "root-status-reason-words",
        "creation-time-is-the-operations",
        "response-url-date",
    ),
)
def refused_deployment(run: Run) -> Iterator[Told]:
    signed: list[datetime] = []
    before = _jobs(run)
    done = deploy(run, "Refused", meanwhile=lambda name: _note_signature(run, name, signed))
    if done.status == "CREATE_COMPLETE":
        raise NotPossible(f"{done.stack} was deployed although its data does not exist")
    words = ("GetObject", "bucket", "S3")
    yield "data-refusal-words", any(word in done.failure for word in words), done.failure
    started = _jobs(run) - before
    yield "refused-start-starts-nothing", not started, f"jobs since then: {', '.join(sorted(started)) or 'none'}"
    deleted = [
        f"{each['LogicalResourceId']} ({each['PhysicalResourceId']}) {each['ResourceStatus']}"
        for each in done.events
        if each["ResourceType"] == "Custom::BedrockModelCustomizationJob"
        and each["ResourceStatus"].startswith("DELETE_")
    ]
    yield "failed-create-is-deleted", any("not-started-" in each for each in deleted), "; ".join(deleted)
    reasons = [str(each["StackStatusReason"]) for each in done.seen if each.get("StackStatusReason")]
    said = any("failed to create" in each for each in reasons) if reasons else None
    yield "root-status-reason-words", said, "; ".join(reasons) or f"no reason in: {_times(done.seen)}"
    times = {str(each["CreationTime"]) for each in done.seen}
    yield "creation-time-is-the-operations", len(times) == 1 if times else None, f"seen: {_times(done.seen)}"
    began = done.seen[0]["CreationTime"] if done.seen else None
    late = [each for each in signed if began and (began - each).total_seconds() > _SLACK_SECONDS]
    shown = f"signed {', '.join(map(str, signed)) or 'nowhere seen'}; the creation began {began}"
    yield "response-url-date", not late if signed else None, shown


def _jobs(run: Run) -> set[str]:
    """The names of the jobs that the stack's construct may have started, whatever became of them."""
    return {each.name for each in account.resources(run.bedrock, "jobs", Filters(name_contains="Job-"))}


def _times(seen: list[dict[str, Any]]) -> str:
    return "; ".join(f"{each['StackStatus']} LastUpdatedTime={each.get('LastUpdatedTime')}" for each in seen)


def _note_signature(run: Run, stack: str, signed: list[datetime]) -> bool:
    """Notes when CloudFormation signed what the provider's waiter carries; the URL itself is a secret."""
    states, begun = run.aws.client("stepfunctions"), _begun(run, stack)
    pages = run.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = [each for page in pages for each in page["StackResourceSummaries"]]
    machines = [each for each in resources if each["ResourceType"] == "AWS::StepFunctions::StateMachine"]
    for machine in (each["PhysicalResourceId"] for each in machines if each.get("PhysicalResourceId")):
        executions = states.list_executions(stateMachineArn=machine)["executions"]
        for execution in (each for each in executions if each["startDate"] >= begun):
            given = json.loads(states.describe_execution(executionArn=execution["executionArn"]).get("input") or "{}")
            if found := _SIGNED.search(_url(given)):
                signed.append(datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC))
    return bool(signed)


def _begun(run: Run, stack: str) -> datetime:
    begun: datetime = run.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["CreationTime"]
    return begun


def _url(given: Mapping[str, Any]) -> str:
    return str(given.get("Event", {}).get("ResponseURL", ""))
