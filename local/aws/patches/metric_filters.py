"""Metric filters: metrics of the lines that Lambda functions log."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from local.aws import filter_pattern
from local.aws.patches.function_logs import FunctionLogs
from local.aws.patches.names import cloudwatch
from local.aws.patches.patch import Patch

_log = logging.getLogger(__name__)


class MetricFilters(Patch):
    corrects = "ministack keeps metric filters and makes no metrics of what they match."
    aws = (
        "Each event of the log group that matches is a data point of the metric, with the event's members as value "
        "and dimensions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"
    )
    uses = (cloudwatch.metric_filters, cloudwatch.put_metric_data)

    def __init__(self, logs: FunctionLogs) -> None:
        self._logs = logs

    def apply(self) -> None:
        self._logs.subscribe(_publish)


def _publish(log_group: str, lines: Iterable[str]) -> None:
    filters = [each for (group, _), each in list(cloudwatch.metric_filters.value.items()) if group == log_group]
    events = [event for line in lines if filters and (event := filter_pattern.parsed(line)) is not None]
    for one in filters:
        try:
            matches = filter_pattern.compiled(one["filterPattern"])
        except ValueError as error:
            _log.warning("The metric filter %s makes no metric here: %s", one["filterName"], error)
            continue
        for event in filter(matches, events):
            for transformation in one["metricTransformations"]:
                _put(transformation, event)


def _put(transformation: Mapping[str, Any], event: Any) -> None:
    value = _selected(transformation["metricValue"], event)
    dimensions = transformation.get("dimensions", {})
    datum = {
        "MetricName": transformation["metricName"],
        "Value": float(value),
        "Unit": transformation.get("unit", "None"),
        "Dimensions": [{"Name": name, "Value": str(_selected(text, event))} for name, text in dimensions.items()],
    }
    request = {"Namespace": transformation["metricNamespace"], "MetricData": [datum]}
    cloudwatch.put_metric_data({}, request, is_cbor=False, is_json=True)


def _selected(text: str, event: Any) -> Any:
    return filter_pattern.member(event, text) if text.startswith("$") else text
