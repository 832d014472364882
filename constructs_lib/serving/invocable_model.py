"""What can be invoked: a deployment of a custom model, or Provisioned Throughput."""

from __future__ import annotations

import abc
import re
from typing import Final, Protocol

import aws_cdk as cdk
import jsii
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from constructs_lib.core import checks
from constructs_lib.serving.grants import grant_invoke
from constructs_lib.serving.inference_metrics import (
    CLIENT_ERRORS,
    INVOCATIONS,
    LATENCY,
    SERVER_ERRORS,
    THROTTLES,
    InferenceMetrics,
)

_DESCRIPTION_MAX: Final = 1024
# https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html
_PARAMETER_NAME: Final = r"(?!/?(?:aws|ssm))(?:[\w.-]+|(?:/[\w.-]+){1,15})"
_PARAMETER_NAME_MAX: Final = 1011


def check_parameter_name(argument: str, name: str) -> None:
    """Raises `ValueError` for what is no name of an SSM parameter."""
    if checks.is_token(name):
        return
    fits = re.fullmatch(_PARAMETER_NAME, name, re.ASCII | re.IGNORECASE) is not None
    checks.require(
        fits and len(name) <= _PARAMETER_NAME_MAX,
        f"{argument} must be a name that AWS Systems Manager takes: 1 to {_PARAMETER_NAME_MAX} letters, digits or any "
        "of . _ - /, a path beginning with '/', at most 15 levels, and neither 'aws' nor 'ssm' in front",
        name,
        "use a name such as '/support/model'",
    )


class IInvocableModel(cdk.IResource, bedrock.IModel, Protocol):
    """Something to give to InvokeModel, InvokeModelWithResponseStream, Converse and ConverseStream by its ARN."""

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model behind, if there is one and it is known."""
        ...

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets the grantee invoke it."""
        ...

    def metric(
        self,
        name: str,
        *,
        statistic: str | None = None,
        period: cdk.Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> cdk.aws_cloudwatch.Metric:
        """A metric of its invocations."""
        ...

    def metric_invocations(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """How often it was invoked."""
        ...

    def metric_client_errors(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """Invocations that failed by the caller's fault."""
        ...

    def metric_server_errors(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """Invocations that failed by Bedrock's fault."""
        ...

    def metric_throttles(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """Invocations that were turned away."""
        ...

    def metric_latency(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """How long answers took."""
        ...

    def add_alarms(self, *, topic: cdk.aws_sns.ITopic | None = None) -> list[cdk.aws_cloudwatch.Alarm]:
        """Alarms on errors and throttles."""
        ...

    def dashboard_widgets(self) -> list[cdk.aws_cloudwatch.IWidget]:
        """Graphs of its metrics."""
        ...


@jsii.implements(bedrock.IModel)
class InvocableModel(cdk.Resource, abc.ABC):
    """What holds for both, made here or not."""

    @property
    @abc.abstractmethod
    def model_arn(self) -> str:
        """What callers give as model id."""

    @property
    @abc.abstractmethod
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model behind, if there is one and it is known."""

    def grant_invoke(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets the grantee invoke it, as a whole answer and as a stream: bedrock:InvokeModel and
        bedrock:InvokeModelWithResponseStream on its ARN, kms:Decrypt and kms:GenerateDataKey on the model's key through
        Bedrock only.

        Converse and ConverseStream need the same. The policy of an imported key may have to allow the grantee too.
        """
        return grant_invoke(grantee, arn=self.model_arn, region=self.env.region, key=self.encryption_key)

    def publish_to(self, parameter_name: str) -> cdk.aws_ssm.StringParameter:
        """An SSM parameter with the ARN to invoke, for consumers that are no CDK apps.

        It is written when this serves its model: it changes after a swap or a replacement is done, and not when that
        fails. `parameter.grant_read(grantee)` lets somebody read it.

        :param parameter_name: 1 to 1011 letters, digits or any of . _ - /; with '/' it begins with one and has at most
            15 levels; not beginning with 'aws' or 'ssm'.
        :raises ValueError: for any other name.
        """
        check_parameter_name("parameter_name", parameter_name)
        is_known = not checks.is_token(parameter_name)
        return cdk.aws_ssm.StringParameter(
            self,
            f"Parameter-{parameter_name}" if is_known else "Parameter",
            parameter_name=parameter_name,
            simple_name=None if is_known else False,
            string_value=self.model_arn,
            description=f"What to invoke for {self.node.path}"[:_DESCRIPTION_MAX],
        )

    def metric(
        self,
        name: str,
        *,
        statistic: str | None = None,
        period: cdk.Duration | None = None,
        label: str | None = None,
        color: str | None = None,
    ) -> cdk.aws_cloudwatch.Metric:
        """A metric of its invocations; `metric.with_(...)` changes more of it.

        :param name: as AWS/Bedrock calls it, for example OutputTokenCount.
        :param statistic: Default: Average for InvocationLatency, Sum for everything else.
        :param period: Default: five minutes.
        :param label: Default: CloudWatch's own.
        :param color: Default: CloudWatch's own.
        """
        return self._metrics.metric(name, statistic=statistic, period=period, label=label, color=color)

    def metric_invocations(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """Invocations, a count. Default: their sum over five minutes."""
        return self.metric(INVOCATIONS, statistic=statistic, period=period, label=label)

    def metric_client_errors(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """InvocationClientErrors, a count: the caller's fault. Default: their sum over five minutes."""
        return self.metric(CLIENT_ERRORS, statistic=statistic, period=period, label=label)

    def metric_server_errors(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """InvocationServerErrors, a count: Bedrock's fault. Default: their sum over five minutes."""
        return self.metric(SERVER_ERRORS, statistic=statistic, period=period, label=label)

    def metric_throttles(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """InvocationThrottles, a count; neither errors nor invocations. Default: their sum over five minutes."""
        return self.metric(THROTTLES, statistic=statistic, period=period, label=label)

    def metric_latency(
        self, *, statistic: str | None = None, period: cdk.Duration | None = None, label: str | None = None
    ) -> cdk.aws_cloudwatch.Metric:
        """InvocationLatency, in milliseconds up to the last token. Default: their average over five minutes."""
        return self.metric(LATENCY, statistic=statistic, period=period, label=label)

    def add_alarms(self, *, topic: cdk.aws_sns.ITopic | None = None) -> list[cdk.aws_cloudwatch.Alarm]:
        """Alarms that go off with the first server error, client error or throttled invocation in five minutes.

        Called again, they are the same alarms, and tell another topic too.

        :param topic: what is told. Default: nothing; add actions to the alarms.
        """
        return self._metrics.add_alarms(self, topic=topic)

    def dashboard_widgets(self) -> list[cdk.aws_cloudwatch.IWidget]:
        """Two graphs that fill a row of a dashboard: invocations with their failures, and latency."""
        return self._metrics.widgets(self.node.id)

    @property
    def _metrics(self) -> InferenceMetrics:
        # Named only where it is known: an imported one may be in another Region, or account, than its stack.
        region, account = self.env.region, self.env.account
        return InferenceMetrics(
            arn=self.model_arn,
            region=None if checks.is_token(region) else region,
            account=None if checks.is_token(account) else account,
        )
