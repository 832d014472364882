"""What CloudWatch is told about the invocations of a model.

https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from constructs import Construct

from constructs_lib.core.alarms import alarm, tell

INVOCATIONS: Final = "Invocations"
CLIENT_ERRORS: Final = "InvocationClientErrors"
SERVER_ERRORS: Final = "InvocationServerErrors"
THROTTLES: Final = "InvocationThrottles"
LATENCY: Final = "InvocationLatency"

_HALF_A_ROW: Final = 12


@dataclass(frozen=True, kw_only=True)
class InferenceMetrics:
    """The metrics of one deployment or throughput. Bedrock counts by the id that callers give, and that is its ARN."""

    arn: str
    region: str | None = None
    account: str | None = None

    def metric(
        self,
        name: str,
        *,
        statistic: str | None = None,
        period: cdk.Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> cdk.aws_cloudwatch.Metric:
        """A metric of AWS/Bedrock. No unit is asked for: CloudWatch would hide all data of any other."""
        return cdk.aws_cloudwatch.Metric(
            namespace="AWS/Bedrock",
            metric_name=name,
            dimensions_map={"ModelId": self.arn},
            statistic=statistic or default_statistic(name),
            period=period or cdk.Duration.minutes(5),
            label=label,
            color=color,
            region=self.region,
            account=self.account,
        )

    def add_alarms(self, scope: Construct, *, topic: cdk.aws_sns.ITopic | None) -> list[cdk.aws_cloudwatch.Alarm]:
        """One each for server errors, client errors and throttles, from the first one in five minutes on."""
        return [
            self._alarm(scope, alarm_id, name, f"{what} of {{path}}", topic)
            for alarm_id, name, what in (
                ("ServerErrorsAlarm", SERVER_ERRORS, "Server errors in invocations"),
                ("ClientErrorsAlarm", CLIENT_ERRORS, "Client errors in invocations"),
                ("ThrottlesAlarm", THROTTLES, "Throttled invocations"),
            )
        ]

    def _alarm(
        self, scope: Construct, id: str, name: str, says: str, topic: cdk.aws_sns.ITopic | None
    ) -> cdk.aws_cloudwatch.Alarm:
        """The alarm of that id: asked for again, it tells another topic too."""
        found = scope.node.try_find_child(id)
        if isinstance(found, cdk.aws_cloudwatch.Alarm):
            tell(found, topic)
            return found
        return alarm(scope, id, metric=self.metric(name), threshold=1, says=says, topic=topic)

    def widgets(self, title: str) -> list[cdk.aws_cloudwatch.IWidget]:
        """How much is invoked and what of it fails; how long it takes."""
        counted = [self.metric(name) for name in (CLIENT_ERRORS, SERVER_ERRORS, THROTTLES)]
        lasting = [self.metric(LATENCY, statistic=statistic, label=statistic) for statistic in ("p50", "p90", "p99")]
        return [
            cdk.aws_cloudwatch.GraphWidget(
                title=f"{title}: invocations",
                left=[self.metric(INVOCATIONS)],
                right=counted,
                left_y_axis=cdk.aws_cloudwatch.YAxisProps(label="Count", min=0, show_units=False),
                right_y_axis=cdk.aws_cloudwatch.YAxisProps(label="Failures", min=0, show_units=False),
                width=_HALF_A_ROW,
            ),
            cdk.aws_cloudwatch.GraphWidget(
                title=f"{title}: latency",
                left=lasting,
                left_y_axis=cdk.aws_cloudwatch.YAxisProps(label="Milliseconds", min=0, show_units=False),
                width=_HALF_A_ROW,
            ),
        ]


def default_statistic(name: str) -> str:
    """Latency is averaged, everything else is counted."""
    # Older releases of the CDK say nothing of its type.
    statistic: str = cdk.aws_cloudwatch.Stats.AVERAGE if name == LATENCY else cdk.aws_cloudwatch.Stats.SUM
    return statistic
