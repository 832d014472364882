"""Alarms of a training job, deployed: the provider's own log becomes the metric that the alarm watches."""

import json

import aws_cdk as cdk
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs

from tests.e2e.stage import Stage

METRIC = {"Namespace": "BedrockModels", "MetricName": "TrainingNotStarted"}


def test_a_run_whose_training_does_not_start_sets_off_the_alarm(stage: Stage) -> None:
    stage.script(durations={"job_validation": 1e9})

    def build(stack: cdk.Stack) -> None:
        topic, queue = sns.Topic(stack, "Alerts"), sqs.Queue(stack, "Received")
        topic.add_subscription(subscriptions.SqsSubscription(queue))
        job = stage.job(stack, timeout=cdk.Duration.hours(8))
        job.alarm_on_stall("Stalled", topic=topic, after=cdk.Duration.hours(8))
        cdk.CfnOutput(stack, "Queue", value=queue.queue_url)

    deploying = stage.start(build, segment=None)
    cloudwatch, messages = stage.aws.client("cloudwatch"), stage.aws.client("sqs")

    def dimensions() -> list[list[dict[str, str]]]:
        found = cloudwatch.list_metrics(**METRIC)["Metrics"]
        return [each["Dimensions"] for each in found if any(stage.id in one["Value"] for one in each["Dimensions"])]

    # The lines that the poll function logs while it waits are what the metric filter of the template matches.
    [logged] = stage.until(dimensions)
    [run] = stage.runs
    assert logged == [{"Name": "JobName", "Value": run.name}]
    [alarm] = [
        each for each in cloudwatch.describe_alarms_for_metric(**METRIC)["MetricAlarms"] if each["Dimensions"] == logged
    ]
    assert (alarm["Threshold"], alarm["Statistic"]) == (8 * 3600, "Maximum")

    # Eight hours by the clock of CloudWatch do not pass in a test: the same metric tells of them.
    datum = {"MetricName": METRIC["MetricName"], "Dimensions": logged, "Value": 8 * 3600 + 1, "Unit": "Seconds"}
    cloudwatch.put_metric_data(Namespace=METRIC["Namespace"], MetricData=[datum])
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"

    stage.finish()
    deployed = deploying.result()
    assert deployed.status == "CREATE_COMPLETE"
    [message] = messages.receive_message(QueueUrl=deployed.outputs["Queue"])["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == (alarm["AlarmName"], "ALARM")
    assert "has not started for 8 hours" in told["AlarmDescription"]
