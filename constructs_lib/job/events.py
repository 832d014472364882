"""What Amazon Bedrock tells EventBridge about a job, and an alarm made of it.

https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-eventbridge.html
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.alarms import alarm
from constructs_lib.core.contract import JOB_NAME, METRICS_NAMESPACE, PREFIX
from constructs_lib.core.scopes import stack_of

_NOT_STARTED: Final = "TrainingNotStarted"


class JobStatus(enum.StrEnum):
    """Shape ModelCustomizationJobStatus of the service model."""

    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


def state_change_rule(
    scope: cdk.Resource,
    id: str,
    *,
    job: Mapping[str, Any],
    target: events.IRuleTarget | None,
    statuses: Sequence[JobStatus],
    rule_name: str | None,
    description: str | None,
) -> events.Rule:
    """A rule for changes of one job's state. The events' field is `jobStatus`, not `status`."""
    region, own = scope.env.region, stack_of(scope).region
    if checks.is_another(region, own):
        cdk.Annotations.of(scope).add_warning_v2(
            f"{PREFIX}eventsOfAnotherRegion",
            f"The job is in {region}, and Amazon Bedrock sends its events to EventBridge there: a rule in {own} never "
            f"sees one. Make the rule in a stack of {region}, or forward the events from there.",
        )
    of_status = {"jobStatus": [str(status) for status in statuses]} if statuses else {}
    return events.Rule(
        scope,
        id,
        rule_name=rule_name,
        description=description,
        event_pattern=events.EventPattern(
            source=["aws.bedrock"],
            detail_type=["Model Customization Job State Change"],
            detail={**job, **of_status},
        ),
        targets=[target] if target else None,
    )


def failure_alarm(
    scope: cdk.Resource, id: str, *, job: Mapping[str, Any], topic: cdk.aws_sns.ITopic | None
) -> cdk.aws_cloudwatch.Alarm:
    """An alarm on a rule that matches when the job fails or is stopped."""
    rule = state_change_rule(
        scope,
        f"{id}Rule",
        job=job,
        target=None,
        statuses=(JobStatus.FAILED, JobStatus.STOPPED),
        rule_name=None,
        description="Counts failures of a model customization job",
    )
    # EventBridge itself counts what a rule matches, so no function has to.
    metric = cdk.aws_cloudwatch.Metric(
        namespace="AWS/Events",
        metric_name="MatchedEvents",
        dimensions_map={"RuleName": rule.rule_name},
        statistic=cdk.aws_cloudwatch.Stats.SUM,
        period=cdk.Duration.minutes(5),
    )
    says = "Model customization job {path} failed or was stopped"
    return alarm(scope, id, metric=metric, threshold=1, says=says, topic=topic)


def stall_alarm(
    scope: Construct,
    id: str,
    *,
    job_name: str,
    log_group: logs.ILogGroup,
    after: cdk.Duration,
    topic: cdk.aws_sns.ITopic | None,
) -> cdk.aws_cloudwatch.Alarm:
    """An alarm on how long the training of a job has not started, out of the looks that its wait logs.

    A metric filter costs nothing, and its metric only for the hours in which there is something to tell.
    """
    logs.MetricFilter(
        scope,
        f"{id}Filter",
        log_group=log_group,
        filter_pattern=logs.FilterPattern.all(
            logs.FilterPattern.string_value("$.attributes.JobName", "=", job_name),
            logs.FilterPattern.exists("$.not_started_seconds"),
        ),
        metric_namespace=METRICS_NAMESPACE,
        metric_name=_NOT_STARTED,
        metric_value="$.not_started_seconds",
        dimensions={JOB_NAME: "$.attributes.JobName"},
        unit=cdk.aws_cloudwatch.Unit.SECONDS,
    )
    metric = cdk.aws_cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=_NOT_STARTED,
        dimensions_map={JOB_NAME: job_name},
        statistic=cdk.aws_cloudwatch.Stats.MAXIMUM,
        unit=cdk.aws_cloudwatch.Unit.SECONDS,
        # Longer than the pause between two looks, so that the alarm does not go on and off.
        period=cdk.Duration.minutes(15),
    )
    # No more looks: it has started, or ended. So silence is no breach.
    return alarm(
        scope,
        id,
        metric=metric,
        threshold=after.to_seconds(),
        says=f"The training of {{path}} has not started for {after.to_human_string()}: Amazon Bedrock has no capacity, "
        "or the run is stuck",
        topic=topic,
    )
