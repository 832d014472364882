"""Steps 3 and 4: one smallest training run, stopped after its start, or a whole one."""

import json
from collections.abc import Iterator
from typing import Any, Final

from acceptance.answers import Answer, ask, until
from acceptance.deployment import deployed, output
from acceptance.probe import Told, probe
from acceptance.run import TAG, Run

_VISIBLE: Final = 300
_STOPPING: Final = 2 * 3600
_STACK: Final = "Trained"
_ENDED: Final = ("Completed", "Failed", "Stopped")


@probe(
    "job-started",
    step=3,
    settles=("job-role-source-arn", "get-job-by-name", "tags-at-create-of-a-job", "hyper-parameters-come-back-as-sent"),
)
def job_started(run: Run) -> Iterator[Told]:
    done = deployed(run, _STACK)
    arn, name = done.outputs["JobArn"], done.outputs["JobName"]
    seen = _job(run, arn)
    # Its role lets Amazon Bedrock in only with a SourceArn of a job.
    yield "job-role-source-arn", seen.is_ok, f"accepted under {seen.value.get('roleArn')}"
    named = _job(run, name)
    yield "get-job-by-name", named.value.get("jobArn") == arn, str(named)
    tags = ask(run.bedrock.list_tags_for_resource, resourceARN=arn)
    yield "tags-at-create-of-a-job", {"key": TAG, "value": run.id} in tags.value.get("tags", ()), str(tags)
    sent = {"epochCount": "1", "learningRate": "0.00001"}
    echoed = seen.value.get("hyperParameters", {})
    is_same = all(echoed.get(key) == value for key, value in sent.items())
    yield "hyper-parameters-come-back-as-sent", is_same, str(echoed)


@probe("job-stopped", step=3, settles=("stop-job-by-name", "stop-ended-job-code", "event-fields"))
def job_stopped(run: Run) -> Iterator[Told]:
    arn, name = output(run, _STACK, "JobArn"), output(run, _STACK, "JobName")
    stopped = ask(run.bedrock.stop_model_customization_job, jobIdentifier=name)
    if not stopped.is_ok:
        by_arn = ask(run.bedrock.stop_model_customization_job, jobIdentifier=arn)
        # What ARN and name are refused for alike says nothing about names.
        stopped = stopped if by_arn.is_ok else by_arn
    yield (
        "stop-job-by-name",
        stopped.is_ok or (None if _job(run, arn).value.get("status") in _ENDED else False),
        str(stopped),
    )
    until(lambda: _job(run, arn).value.get("status") in _ENDED, seconds=_STOPPING, pause=run.pause)
    again = ask(run.bedrock.stop_model_customization_job, jobIdentifier=arn)
    yield "stop-ended-job-code", again.code == "ConflictException", str(again)
    event = until(lambda: _event(run), seconds=_VISIBLE, pause=min(run.pause, 5))
    fields = {"jobName", "jobArn", "jobStatus"}
    detail = event.get("detail", {}) if event else {}
    yield "event-fields", fields <= set(detail) if event else None, f"fields: {', '.join(sorted(detail)) or 'no event'}"


@probe(
    "whole-run",
    step=4,
    settles=("job-tells-its-model", "metrics-are-csv", "trained-model-is-deployed", "finished-hyper-parameters"),
)
def whole_run(run: Run) -> Iterator[Told]:
    done = deployed(run, "Whole")
    job = _job(run, done.outputs["JobArn"])
    yield "job-tells-its-model", job.value.get("outputModelArn") == done.outputs["ModelArn"], str(job)
    keys = _files(run, done.outputs["DataBucket"])
    yield "metrics-are-csv", any(key.endswith("step_wise_training_metrics.csv") for key in keys), "; ".join(keys)
    deployment = ask(
        run.bedrock.get_custom_model_deployment, customModelDeploymentIdentifier=done.outputs["DeploymentArn"]
    )
    yield "trained-model-is-deployed", deployment.value.get("status") == "Active", str(deployment)
    rate = job.value.get("hyperParameters", {}).get("learningRate")
    yield "finished-hyper-parameters", rate == "0.00001", f"learningRate={rate}"


def _job(run: Run, identifier: str) -> Answer:
    return ask(run.bedrock.get_model_customization_job, jobIdentifier=identifier)


def _event(run: Run) -> dict[str, Any] | None:
    url = output(run, _STACK, "QueueUrl")
    messages = run.aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", ())
    return next((dict(json.loads(each["Body"])) for each in messages), None)


def _files(run: Run, bucket: str) -> list[str]:
    pages = run.aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="output/")
    return [each["Key"] for page in pages for each in page.get("Contents", ())]
