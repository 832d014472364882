"""CloudWatch alarms, as all constructs of the library make them."""

# CloudWatch's module is loaded for those who make an alarm, and not for its names here.
from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from constructs import Construct

_DESCRIPTION_MAX: Final = 1024


def alarm(
    scope: Construct,
    id: str,
    *,
    metric: cdk.aws_cloudwatch.IMetric,
    threshold: float,
    says: str,
    topic: cdk.aws_sns.ITopic | None,
) -> cdk.aws_cloudwatch.Alarm:
    """An alarm on one period at or above the threshold. Silence is no breach: nothing here sends zeros.

    `says` is the description, with `{path}` where the construct's path goes.
    """
    made = cdk.aws_cloudwatch.Alarm(
        scope,
        id,
        alarm_description=_description(says, scope.node.path),
        metric=metric,
        threshold=threshold,
        evaluation_periods=1,
        comparison_operator=cdk.aws_cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=cdk.aws_cloudwatch.TreatMissingData.NOT_BREACHING,
    )
    tell(made, topic)
    return made


def tell(alarm: cdk.aws_cloudwatch.Alarm, topic: cdk.aws_sns.ITopic | None) -> None:
    """Makes the topic one of those that the alarm tells."""
    if topic:
        alarm.add_alarm_action(cdk.aws_cloudwatch_actions.SnsAction(topic))


def _description(says: str, path: str) -> str:
    # CloudWatch takes 1,024 characters. Of a path that is too long the end is what people know it by.
    room = _DESCRIPTION_MAX - len(says.format(path=""))
    return says.format(path=path if len(path) <= room else f"...{path[-(room - 3) :]}")
