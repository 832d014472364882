"""A training run started by CloudFormation: waited for over segments, failed, timed out, used by what comes after."""

import json

import aws_cdk as cdk
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm

from constructs_lib import OutputData, ValidationData
from tests.e2e.stage import DATA_BUCKET, NOVA, Stage, failure

HOURS = cdk.Duration.hours


def test_a_run_is_waited_for_over_four_segments(stage: Stage) -> None:
    stage.hold()
    deploying = stage.start(lambda stack: stage.job(stack, timeout=HOURS(8)), segment=None)
    stage.until_segment(3, "CREATE_COMPLETE")
    stage.finish()

    deployed = stage.seen(deploying.result())

    [run] = deployed.runs
    assert (deployed.status, run.status) == ("CREATE_COMPLETE", "Completed")
    assert deployed.arns_of("") == [deployed.arn()]


def test_a_failure_in_a_later_segment_is_told_in_one_line(stage: Stage) -> None:
    stage.script(fail="Maximum input token count 4097 exceeds limit of 4096", durations={"job_training": 1e9})
    deploying = stage.start(lambda stack: stage.job(stack, timeout=HOURS(8)), segment=None)
    stage.until_segment(1, "CREATE_COMPLETE")
    stage.finish()

    deployed = deploying.result()

    [run] = stage.runs
    assert (deployed.status, run.status) == ("ROLLBACK_COMPLETE", "Failed")
    [line] = [line for line in failure(deployed).splitlines() if run.name in line]
    assert f"Model customization job '{run.name}' is Failed after" in line
    assert f"({run.arn}): Maximum input token count 4097 exceeds limit of 4096" in line


def test_the_next_deployment_attaches_to_a_run_that_outlived_the_timeout(stage: Stage) -> None:
    stage.hold()
    timed_out = stage.deploy(lambda stack: stage.job(stack, timeout=HOURS(1.5)), segment=None)
    [running] = stage.runs
    stage.delete()

    attaching = stage.start(lambda stack: stage.job(stack, timeout=HOURS(8)), segment=None)
    stage.until_segment(1, "CREATE_IN_PROGRESS")
    stage.finish()

    attached = attaching.result()
    assert timed_out.status == "ROLLBACK_COMPLETE"
    assert "was still InProgress when the timeout ended. It was left running" in failure(timed_out)
    assert running.status == "InProgress"
    assert attached.status == "CREATE_COMPLETE"
    assert [(run.arn, run.status) for run in stage.runs] == [(running.arn, "Completed")]
    # What the first stack left for the run goes with the second.
    stage.delete()
    assert stage.roles == []


def test_what_comes_after_gets_the_model(stage: Stage) -> None:
    def build(stack: cdk.Stack) -> None:
        data = ValidationData.from_s3_uri(f"s3://{DATA_BUCKET}/train.jsonl")
        output = s3.Bucket(stack, "Output")
        job = stage.job(stack, validation_data=[data], output_data=OutputData.to_bucket(output, "losses"))
        changes = sqs.Queue(stack, "Changes")
        job.on_state_change("OnChange", target=targets.SqsQueue(changes))
        ssm.StringParameter(stack, "Arn", parameter_name=stage.id, string_value=job.custom_model.custom_model_arn)
        cdk.CfnOutput(stack, "Loss", value=f"{job.training_loss} {job.validation_losses[0]}")
        cdk.CfnOutput(stack, "JobArn", value=job.job_arn)
        cdk.CfnOutput(stack, "Bucket", value=output.bucket_name)
        cdk.CfnOutput(stack, "Queue", value=changes.queue_url)

    outputs = stage.deploy(build).outputs

    [run] = stage.runs
    assert stage.aws.client("ssm").get_parameter(Name=stage.id)["Parameter"]["Value"] == outputs["ModelArn"]
    assert (outputs["JobArn"], outputs["Loss"]) == (run.arn, "0.25 0.375")
    files = stage.aws.client("s3").list_objects_v2(Bucket=outputs["Bucket"], Prefix="losses/")["Contents"]
    assert sorted(file["Key"].rsplit("/", 1)[1] for file in files) == [
        "step_wise_training_metrics.csv",
        "validation_metrics.csv",
    ]
    stage.until(lambda: "Completed" in _told(stage, outputs["Queue"]))


def _told(stage: Stage, queue: str) -> list[str]:
    messages = stage.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["detail"]["jobStatus"] for message in messages]


def test_a_model_that_is_trained_further_is_waited_for(stage: Stage) -> None:
    def build(stack: cdk.Stack) -> None:
        first = stage.job(stack, "First")
        stage.job(stack, "Second", base_model=first.custom_model)

    deployed = stage.seen(stage.deploy(build))

    assert deployed.status == "CREATE_COMPLETE"
    [first], [second] = deployed.runs_of("First"), deployed.runs_of("Second")
    starts = [call["params"] for call in stage.calls("CreateModelCustomizationJob")]
    trained_further = {start["baseModelIdentifier"] for start in starts if start["jobName"] == second.name}
    assert trained_further == {first.description["outputModelArn"]}
    assert first.description["baseModelArn"].endswith(NOVA.model_id)


def test_three_stacks_at_once_one_of_them_with_two_models(stage: Stage) -> None:
    both = stage.template(lambda stack: [stage.job(stack, which) for which in ("A", "B")])
    one = stage.template(stage.job)

    deploying = [stage.start_template(both, name=f"{stage.id}Both")]
    deploying += [stage.start_template(one, name=f"{stage.id}{number}") for number in range(2)]

    assert {deployment.result().status for deployment in deploying} == {"CREATE_COMPLETE"}
    assert len({run.name for run in stage.runs}) == len({model.name for model in stage.models}) == 4
