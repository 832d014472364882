"""What every model customization job is, started here or not: an ARN, and events that Amazon Bedrock sends of it."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import aws_cdk as cdk
from aws_cdk import aws_events as events

from constructs_lib.job.events import JobStatus, failure_alarm, state_change_rule


class IModelCustomizationJob(cdk.IResource, Protocol):
    """A model customization job of Amazon Bedrock."""

    @property
    def job_arn(self) -> str:
        """The job's ARN."""
        ...

    def on_state_change(
        self,
        id: str,
        *,
        target: events.IRuleTarget | None = None,
        statuses: Sequence[JobStatus] = (),
        rule_name: str | None = None,
        description: str | None = None,
    ) -> events.Rule:
        """A rule for the events that Amazon Bedrock sends, at best effort, when the job's state changes."""
        ...

    def alarm_on_failure(self, id: str, *, topic: cdk.aws_sns.ITopic | None = None) -> cdk.aws_cloudwatch.Alarm:
        """An alarm, with a rule behind it, that goes off when the job fails or is stopped."""
        ...


class ModelCustomizationJobBase(cdk.Resource, abc.ABC):
    """What holds for every job, started here or not."""

    @property
    @abc.abstractmethod
    def job_arn(self) -> str:
        """The job's ARN."""

    @property
    @abc.abstractmethod
    def _event_filter(self) -> Mapping[str, Any]:
        """What tells this job's events from those of others."""

    def on_state_change(
        self,
        id: str,
        *,
        target: events.IRuleTarget | None = None,
        statuses: Sequence[JobStatus] = (),
        rule_name: str | None = None,
        description: str | None = None,
    ) -> events.Rule:
        """A rule for the events that Amazon Bedrock sends, at best effort, when the job's state changes.

        :param target: what the events go to. Default: add one with `rule.add_target`.
        :param statuses: only changes to one of these. Default: to any.
        :param rule_name: Default: CloudFormation makes a name.
        :param description: Default: none.
        """
        return state_change_rule(
            self,
            id,
            job=self._event_filter,
            target=target,
            statuses=statuses,
            rule_name=rule_name,
            description=description,
        )

    def alarm_on_failure(self, id: str, *, topic: cdk.aws_sns.ITopic | None = None) -> cdk.aws_cloudwatch.Alarm:
        """An alarm, with a rule behind it, that goes off when the job fails or is stopped.

        :param topic: what is told. Default: nothing; add an action to the alarm.
        """
        return failure_alarm(self, id, job=self._event_filter, topic=topic)
