"""Metrics and log groups of CloudWatch in ministack."""

from local.aws.patches.names.private_name import Function, Value

metric_filters = Value("services.cloudwatch_logs._metric_filters", "AccountRegionScopedDict")
put_metric_data = Function("services.cloudwatch._put_metric_data", "(params, cbor_data, is_cbor, is_json=False)")
