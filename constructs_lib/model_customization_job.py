"""A training run of Amazon Bedrock and the model that comes out of it: CreateModelCustomizationJob."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
import jsii
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct, IDependable

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    JOB_ARN,
    KEPT,
    LOCK_ID,
    MAX_ATTEMPTS,
    MODEL_ARN,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    NAME_PREFIX,
    PATH,
    PREFIX,
    REQUEST,
    RETRAIN_PROTECTION,
    ROLLBACK_BEHAVIOR,
    ROLLBACK_DELETE,
    ROLLBACK_KEEP,
    ROLLBACK_STOP,
    TIMEOUT_SECONDS,
    TRAINING_LOSS,
    USER_TAG_LIMIT,
    VALIDATION_LOSSES,
    WAIT,
)
from constructs_lib.core.iam_policy import allow, customizes_roles
from constructs_lib.core.kms_keys import model_key_statement
from constructs_lib.core.lock_ids import warn_of_shared_lock
from constructs_lib.core.members import without_none
from constructs_lib.core.names import check_job_name_prefix, job_name_prefix_of
from constructs_lib.core.scopes import path_in_root_stack
from constructs_lib.custom_model import TrainedModel
from constructs_lib.custom_model_base import ICustomModel
from constructs_lib.customization.customization import Customization
from constructs_lib.data.output_data import OutputData
from constructs_lib.data.training_data import TrainingData
from constructs_lib.data.validation_data import ValidationData
from constructs_lib.job import role as job_role
from constructs_lib.job import warnings
from constructs_lib.job.events import JobStatus, stall_alarm
from constructs_lib.job.inputs import TrainingInputs
from constructs_lib.job.job_base import IModelCustomizationJob, ModelCustomizationJobBase
from constructs_lib.job.network import check_network, check_role, place
from constructs_lib.job.retained_role import retain
from constructs_lib.model_customization_job_lookup import ModelCustomizationJobLookup
from constructs_lib.provider import permissions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.provider.pass_role import role_arn_of
from constructs_lib.resources.custom_resource import ProvidedResource, removal_policy_text
from constructs_lib.resources.model_reference import arn_of, inputs_of, is_looked_up, key_of, root_arn_of
from constructs_lib.resources.service_role import allow_model_key, make_service_role, warn_of_given_role
from constructs_lib.resources.wait_chain import WaitChain, timeout_seconds

_DEFAULT_TIMEOUT: Final = 24 * 60 * 60
_STALLED_AFTER_HOURS: Final = 6
_STALLED_LEAST: Final = 15 * 60
_ATTEMPTS_MAX: Final = 99


class RollbackBehavior(enum.StrEnum):
    """What a rollback does to the run that the rolled back deployment started."""

    KEEP = ROLLBACK_KEEP
    """Nothing: the next deployment of the same inputs adopts it."""
    STOP_RUNNING = ROLLBACK_STOP
    """A run that is still going on is stopped, a finished model is kept."""
    DELETE = ROLLBACK_DELETE
    """A run that is still going on is stopped, a finished model is deleted."""


class _ImportedJob(ModelCustomizationJobBase):
    """A job that exists already."""

    def __init__(self, scope: Construct, id: str, *, arn: str) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self._arn = arn

    @property
    def job_arn(self) -> str:
        return self._arn

    @property
    def _event_filter(self) -> Mapping[str, Any]:
        # The ARN ends in an id; the name, by which other jobs are filtered, is not in it.
        return {"jobArn": [self._arn]}


@jsii.implements(ec2.IConnectable, iam.IGrantable, cdk.ITaggableV2)
class ModelCustomizationJob(ModelCustomizationJobBase):
    """Trains a model and waits until it is there.

    The same inputs are never trained twice while one run of them is usable: the job's name is made of them, and a run
    that an earlier deployment left behind is adopted. Tags, role, network, output and policies change in place;
    other inputs are another run, and are paid for. What is created beside it: a service role, with a VPC a security
    group, one wait for each 50 minutes of the timeout, and once in each stack the provider.
    """

    @classmethod
    def from_job_arn(cls, scope: Construct, id: str, job_arn: str) -> IModelCustomizationJob:
        """A job that exists already, by its ARN. Raises `ValueError` for an ARN of anything else."""
        checks.arn(
            "job_arn",
            job_arn,
            service="bedrock",
            resource="model-customization-job/.+",
            example="arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abc123",
        )
        return _ImportedJob(scope, id, arn=job_arn)

    @classmethod
    def from_newest(
        cls,
        scope: Construct,
        id: str,
        *,
        status: JobStatus | None = None,
        name_contains: str | None = None,
        created_after: str | dt.datetime | None = None,
        created_before: str | dt.datetime | None = None,
        encryption_key: kms.IKey | None = None,
        refresh: str | None = None,
    ) -> ModelCustomizationJobLookup:
        """The newest job of the stack's account and Region that all filters let through, found by the deployment.

        The provider asks with bedrock:ListModelCustomizationJobs and GetModelCustomizationJob. If no job fits, the
        deployment fails and says which there are. The answer stays until a filter or `refresh` changes; a rollback goes
        back to the one before.

        :param status: only a Completed job has a `custom_model`. Default: any status.
        :param name_contains: a part of the name, of 1 to 63 letters, digits, '+', '-' or '.'. Default: any name.
        :param created_after: a time with its zone, as `datetime` or in ISO 8601; a day is its midnight in UTC.
            Default: any time.
        :param created_before: the same. Default: any time.
        :param encryption_key: the customer's key that encrypts the model: who uses `custom_model` may decrypt with it.
            With another key than the model's the deployment fails. Default: the model has none.
        :param refresh: any text of one line, as a build's number; another one asks again. Default: it is asked once,
            and again when a filter changes.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        return ModelCustomizationJobLookup(
            scope,
            id,
            status=status,
            name_contains=name_contains,
            created_after=created_after,
            created_before=created_before,
            encryption_key=encryption_key,
            refresh=refresh,
        )

    @staticmethod
    def service_principal(scope: Construct) -> iam.IPrincipal:
        """What your own role must trust: Bedrock, with `aws:SourceAccount` and `aws:SourceArn` of jobs."""
        return job_role.job_principal(scope)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        base_model: bedrock.IModel,
        customization: Customization,
        training_data: TrainingData,
        output_data: OutputData,
        validation_data: Sequence[ValidationData] = (),
        custom_model_name: str | None = None,
        job_name_prefix: str | None = None,
        role: iam.IRole | None = None,
        encryption_key: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN,
        timeout: cdk.Duration | None = None,
        wait: bool = True,
        revision: str | None = None,
        retrain_protection: bool = False,
        max_attempts: int = 2,
        rollback_behavior: RollbackBehavior = RollbackBehavior.KEEP,
        lock_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        custom_model_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Trains the model.

        :param base_model: a foundation model, or a custom model to train further: one that another job of the app
            trains is waited for, and its key may be used. Part of the run's inputs.
        :param customization: the type of training and its settings. Part of the inputs.
        :param training_data: JSONL in S3, a local file, or invocation logs. Part of the inputs. The role may read
            (s3:GetObject, s3:ListBucket, kms:Decrypt on the bucket's key) exactly that.
        :param output_data: where losses and metrics are written (s3:GetObject, s3:PutObject, s3:ListBucket,
            kms:GenerateDataKey, kms:Decrypt). Taken up by the next run.
        :param validation_data: at most 10. Part of the inputs. Default: no validation.
        :param custom_model_name: 1 to 63 letters or digits, separated by single '-' or '_'. A change of this alone is
            refused unless `revision` changes too. Default: the job's name.
        :param job_name_prefix: up to 24 letters, digits, '+', '-' or '.'; the job's name goes on with a hash of stack
            and path, and one of the inputs. Default: the end of the construct's path.
        :param role: the service role; it must trust `service_principal`. Default: a role is made with what the
            arguments here need.
        :param encryption_key: a symmetric customer key for the model, no alias. A change of this alone is refused
            unless `revision` changes too. Default: a key that AWS owns.
        :param vpc: the job's network interfaces are made there. Default: the data goes over the network of AWS.
        :param vpc_subnets: 1 to 16 subnets. Default: the private ones.
        :param security_groups: 1 to 5. Default: one is made that lets everything out and nothing in.
        :param removal_policy: what happens to the model when it is replaced or deleted. A run that still goes on is
            stopped by an explicit delete in any case. Default: the model is retained, and billed per month of storage.
        :param timeout: how long to wait, above zero and at most 14 days, no token; above 50 minutes it is rounded up
            to whole times 50 minutes. When it ends the deployment fails, and the run goes on. The time in the queue
            counts, if the account's quota of concurrent jobs is full. Default: 24 hours.
        :param wait: whether the deployment waits for the model. Without, `custom_model` and the losses are not
            available, and a full quota of concurrent jobs fails the deployment. Default: it waits.
        :param revision: any text; another one trains the same inputs again. Part of the inputs. Default: none.
        :param retrain_protection: refuses every deployment that would start a paid run where one was trained before.
            Default: changed inputs are trained without asking.
        :param max_attempts: how often deployments may train the same inputs until a run is usable. Default: 2.
        :param rollback_behavior: what a rollback does to the run. Default: it is kept for the next deployment.
        :param lock_id: a name, unique in account and Region, for who owns the run, in place of the stack's name and
            the construct's path: with it a construct may be renamed or moved. Default: stack name and path.
        :param tags: at most 44, for job and model. Default: only the stack's tags.
        :param custom_model_tags: more tags for the model, over all others. Default: those of the job.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        inputs = TrainingInputs(
            base_model=base_model,
            customization=customization,
            training_data=training_data,
            validation_data=validation_data,
            custom_model_name=custom_model_name,
            encryption_key=encryption_key,
            revision=revision,
        )
        # All checks come first: an argument that is refused leaves nothing half made in the construct tree.
        check_job_name_prefix(job_name_prefix)
        checks.integer("max_attempts", max_attempts, 1, _ATTEMPTS_MAX)
        checks.tags("tags", tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        checks.tags("custom_model_tags", custom_model_tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        checks.lock_id("lock_id", lock_id)
        removal_policy_text(removal_policy)
        check_network(scope, vpc, vpc_subnets, security_groups)
        check_role(scope, role, vpc, security_groups)
        seconds = timeout_seconds(timeout, default=_DEFAULT_TIMEOUT)
        found = inputs.check(scope)

        super().__init__(scope, id)
        warn_of_shared_lock(self, lock_id)
        for each in found:
            cdk.Annotations.of(self).add_warning_v2(*each)
        warnings.warn_of_deployers_session(self)
        self._inputs = inputs.bind(self)
        self._output = output_data.bind(self)
        self._network = place(self, vpc=vpc, vpc_subnets=vpc_subnets, security_groups=security_groups) if vpc else None
        self._connections = ec2.Connections(security_groups=self._network.security_groups) if self._network else None
        warnings.check_buckets(self, self._inputs.data, self._output)
        self._role = self._service_role(role)
        permission = self._allow_provider()
        used = {"the role": role, "the key": encryption_key, "the VPC": vpc}
        warnings.warn_of_prerequisites_a_rollback_deletes(self, used, [*self._inputs.data, self._output])
        kept = retain(
            job=lock_id or path_in_root_stack(self),
            role=self._role if role is None and not customizes_roles(self) else None,
            security_groups=self._network.security_groups if self._network and not security_groups else [],
        )

        request = {
            "roleArn": role_arn_of(self._role),
            **self._inputs.request(),
            "outputDataConfig": self._output.request,
            "vpcConfig": self._network.request if self._network else None,
        }
        settings = {
            NAME_PREFIX: job_name_prefix or job_name_prefix_of(self),
            PATH: path_in_root_stack(self),
            LOCK_ID: lock_id,
            MAX_ATTEMPTS: max_attempts,
            TIMEOUT_SECONDS: seconds,
            ROLLBACK_BEHAVIOR: str(rollback_behavior),
            RETRAIN_PROTECTION: retrain_protection,
            WAIT: wait,
            KEPT: kept,
            REQUEST: without_none(request),
            **inputs_of(base_model),
        }
        pass_role = ModelProvider.of(self).allow_pass_role(self, self._role, shared=role is not None)
        self._resource = ProvidedResource(
            self,
            "Resource",
            type=MODEL_CUSTOMIZATION_JOB_TYPE,
            run_inputs=self._inputs.identity(),
            settings=without_none(settings),
            removal_policy=removal_policy,
            tags=tags,
            model_tags=custom_model_tags,
            # A run that starts before its role's policies are attached fails in Bedrock.
            after=[self._role, pass_role, *permission],
        )
        self._wait = WaitChain(self, waited_for=self._resource, seconds=seconds) if wait else None
        self._custom_model: ICustomModel | None = None

    @property
    def job_name(self) -> str:
        """The job's name, known as soon as the job is started or queued."""
        return self._resource.ref

    @property
    def job_arn(self) -> str:
        """The job's ARN, known when the wait is over, or without one as soon as the job is started."""
        return self._wait.attribute(JOB_ARN) if self._wait else self._resource.get_att(JOB_ARN).to_string()

    def alarm_on_stall(
        self, id: str, *, topic: cdk.aws_sns.ITopic | None = None, after: cdk.Duration | None = None
    ) -> cdk.aws_cloudwatch.Alarm:
        """An alarm, with a metric filter on the provider's log, that goes off when the training does not start.

        Jobs have been seen in progress for days before their training began. The metric is `TrainingNotStarted` in
        seconds, namespace `BedrockModels`, dimension `JobName`; it is there only while the deployment waits.

        :param topic: what is told. Default: nothing; add an action to the alarm.
        :param after: how long the training has not started, since the job was created: 15 minutes or more, no token.
            Default: 6 hours.
        :raises ValueError: with wait=False, since nobody looks then; for less than 15 minutes.
        """
        self._require_wait("alarm_on_stall")
        after = after or cdk.Duration.hours(_STALLED_AFTER_HOURS)
        checks.require(
            not after.is_unresolved() and after.to_seconds(integral=False) >= _STALLED_LEAST,
            "after must be 15 minutes or more, and no token",
            "a token" if after.is_unresolved() else after.to_human_string(),
            "use cdk.Duration.hours(6)",
        )
        return stall_alarm(
            self, id, job_name=self.job_name, log_group=ModelProvider.of(self).poll_log, after=after, topic=topic
        )

    @property
    def custom_model(self) -> ICustomModel:
        """The trained model. Raises `ValueError` with wait=False."""
        wait = self._require_wait("custom_model")
        if self._custom_model is None:
            self._custom_model = TrainedModel(
                self,
                "CustomModel",
                arn=wait.reference(MODEL_ARN),
                encryption_key=self.encryption_key,
                inputs_digest=self._resource.inputs_digest,
                root_model_arn=root_arn_of(self._inputs.given.base_model),
            )
        return self._custom_model

    @property
    def training_loss(self) -> str:
        """The final training loss, as text, as far as Bedrock reports it. Raises `ValueError` with wait=False."""
        return self._require_wait("training_loss").attribute(TRAINING_LOSS)

    @property
    def validation_losses(self) -> list[str]:
        """The validation losses, one for each validator. Raises `ValueError` with wait=False."""
        losses = self._require_wait("validation_losses").attribute(VALIDATION_LOSSES)
        return [cdk.Fn.select(index, cdk.Fn.split(",", losses)) for index in range(len(self._inputs.validation))]

    @property
    def cdk_tag_manager(self) -> cdk.TagManager:
        """What `cdk.Tags.of` writes to."""
        return self._resource.tag_manager

    @property
    def role(self) -> iam.IRole:
        """The service role."""
        return self._role

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The service role, for `bucket.grant_read(job)` and the like."""
        return self._role

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model."""
        return self._inputs.given.encryption_key

    @property
    def connections(self) -> ec2.Connections:
        """The job's security groups. Raises `ValueError` without a VPC."""
        checks.require(self._connections is not None, "connections need a vpc", "no vpc", "give the job a vpc")
        assert self._connections is not None  # noqa: S101  just checked
        return self._connections

    @property
    def _event_filter(self) -> Mapping[str, Any]:
        return {"jobName": [self.job_name]}

    def _require_wait(self, attribute: str) -> WaitChain:
        checks.require(
            self._wait is not None, f"{attribute} is known only after a wait", "wait=False", "leave wait=False out"
        )
        assert self._wait is not None  # noqa: S101  just checked
        return self._wait

    def _service_role(self, role: iam.IRole | None) -> iam.IRole:
        given = self._inputs.given
        statements = job_role.statements(
            self,
            read=self._inputs.data,
            written=self._output,
            customization=given.customization,
            base_key=key_of(given.base_model),
            network=self._network,
        )
        if given.encryption_key:
            statements.append(model_key_statement(self, given.encryption_key))
        if role is None:
            principal = job_role.job_principal(self)
            what = "Reads the data of a model customization job and writes its output"
            return make_service_role(self, principal=principal, description=what, statements=statements)
        warn_of_given_role(self, role, "the data, the output, their keys and what else the job uses")
        allow(role, statements)
        return role

    def _allow_provider(self) -> list[IDependable]:
        """Returns what the job has to come after."""
        provider, base_model = ModelProvider.of(self), self._inputs.given.base_model
        provider.allow_once("CreateModelCustomizationJob", lambda: [permissions.create_job(self)])
        after: list[IDependable] = []
        base_model_arn = arn_of(base_model)
        if is_looked_up(base_model):
            after.append(provider.allow_later(self, "TrainBaseModel", [permissions.train_model(base_model_arn)]))
        elif inputs_of(base_model):
            # Its ARN comes out of a wait, which comes after the function that this is for.
            provider.allow_once("train our models", lambda: [permissions.train_our_models(self)])
        else:
            provider.allow_once(f"train {base_model_arn}", lambda: [permissions.train_model(base_model_arn)])
        if self.encryption_key:
            allow_model_key(self, self.encryption_key, self._role)
        return after
