"""A model of open weights that Amazon Bedrock imports and serves itself: CreateModelImportJob."""

from __future__ import annotations

import abc
import functools
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    IMPORTED_MODEL_TYPE,
    JOB_ARN,
    KEPT,
    LOCK_ID,
    MODEL_ARN,
    MODEL_NAME,
    NAME_PREFIX,
    PATH,
    PREFIX,
    REQUEST,
    ROLLBACK_BEHAVIOR,
    TIMEOUT_SECONDS,
    USER_TAG_LIMIT,
)
from constructs_lib.core.cross_stack_arn import warn_of_cross_stack_model_arn
from constructs_lib.core.iam_policy import allow, customizes_roles
from constructs_lib.core.kms_keys import check_model_key, model_key_statement
from constructs_lib.core.lock_ids import warn_of_shared_lock
from constructs_lib.core.members import without_none
from constructs_lib.core.names import check_job_name_prefix, job_name_prefix_of
from constructs_lib.core.scopes import environment_of, path_in_root_stack
from constructs_lib.data import model_config
from constructs_lib.data.data_source import BoundData
from constructs_lib.data.open_weights_source import OpenWeightsSource
from constructs_lib.job import import_role, warnings
from constructs_lib.job.network import check_network, check_role, place
from constructs_lib.job.retained_role import retain
from constructs_lib.model_customization_job import RollbackBehavior
from constructs_lib.provider import permissions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.provider.pass_role import role_arn_of
from constructs_lib.resources.custom_resource import ProvidedResource, removal_policy_text
from constructs_lib.resources.service_role import (
    allow_model_key,
    bedrock_principal,
    make_service_role,
    warn_of_given_role,
)
from constructs_lib.resources.wait_chain import WaitChain, timeout_seconds
from constructs_lib.serving.invocable_model import IInvocableModel, InvocableModel

# An import takes tens of minutes, but an account runs one at a time, which no quota raises: the others wait in line.
_DEFAULT_TIMEOUT: Final = 24 * 60 * 60


class IImportedModel(IInvocableModel, Protocol):
    """An imported model. Callers invoke it by its own ARN; a new import is another model under another ARN."""

    @property
    def imported_model_arn(self) -> str:
        """The model's ARN, which is what callers invoke."""
        ...


class _ImportedModelBase(InvocableModel):
    """What holds for every imported model, made here or not."""

    @property
    @abc.abstractmethod
    def imported_model_arn(self) -> str:
        """The model's ARN, which is what callers invoke."""

    @property
    def model_arn(self) -> str:
        """The model's ARN, under the name that `bedrock.IModel` gives it."""
        return self.imported_model_arn


class _ExistingImportedModel(_ImportedModelBase):
    """An imported model that exists already."""

    def __init__(self, scope: Construct, id: str, *, arn: str, encryption_key: kms.IKey | None) -> None:
        super().__init__(scope, id, environment_from_arn=arn)
        self._arn = arn
        self._encryption_key = encryption_key

    @property
    def imported_model_arn(self) -> str:
        return self._arn

    @property
    def encryption_key(self) -> kms.IKey | None:
        return self._encryption_key


@jsii.implements(ec2.IConnectable, iam.IGrantable, cdk.ITaggableV2)
class ImportedModel(_ImportedModelBase):
    """Imports open weights into Amazon Bedrock and waits until the model is there.

    The same inputs are never imported twice while the model of one import is usable: the job's name is made of them,
    and an import that an earlier deployment left behind is adopted. Tags, role, network and policies change in place;
    other inputs are another import and another model. What is created beside it: a service role, with a VPC a security
    group, one wait for each 50 minutes of the timeout, and once in each stack the provider.

    There is nothing to stop an import with. A Delete while it runs waits for its end, as long as CloudFormation's hour
    allows, and then deletes the model.
    """

    @classmethod
    def from_imported_model_arn(cls, scope: Construct, id: str, imported_model_arn: str) -> IImportedModel:
        """A model that exists already, by its ARN. Raises `ValueError` for an ARN of anything else."""
        return cls.from_imported_model_attributes(scope, id, imported_model_arn=imported_model_arn)

    @classmethod
    def from_imported_model_attributes(
        cls, scope: Construct, id: str, *, imported_model_arn: str, encryption_key: kms.IKey | None = None
    ) -> IImportedModel:
        """The same, with the customer's key that encrypts it: who invokes the model has to decrypt with it."""
        checks.arn(
            "imported_model_arn",
            imported_model_arn,
            service="bedrock",
            resource="imported-model/.+",
            example="arn:aws:bedrock:us-east-1:123456789012:imported-model/abc123def456",
        )
        return _ExistingImportedModel(scope, id, arn=imported_model_arn, encryption_key=encryption_key)

    @staticmethod
    def service_principal(scope: Construct) -> iam.IPrincipal:
        """Whom a role of one's own has to trust: bedrock.amazonaws.com, with `aws:SourceAccount` of this account.

        No `aws:SourceArn`: when Bedrock checks the role the job has no ARN yet, so a condition on it never holds.
        """
        # docs/assumptions.md: import-role-without-source-arn
        return bedrock_principal(scope)

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        source: OpenWeightsSource,
        imported_model_name: str | None = None,
        job_name_prefix: str | None = None,
        role: iam.IRole | None = None,
        encryption_key: kms.IKey | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.RETAIN,
        timeout: cdk.Duration | None = None,
        revision: str | None = None,
        rollback_behavior: RollbackBehavior = RollbackBehavior.KEEP,
        lock_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        imported_model_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Imports the model.

        :param source: the folder with the model. Its URI is one of the inputs; what lies there is not, see `revision`.
            The role may read below it (s3:GetObject, s3:ListBucket with aws:ResourceAccount of the bucket's account,
            kms:Decrypt on the bucket's key).
        :param imported_model_name: 1 to 63 letters or digits, separated by single '-' or '_'. If a model has that name
            and is not this construct's, the deployment fails before anything starts: with changed inputs give another
            name, too. Default: the job's name.
        :param job_name_prefix: up to 24 letters, digits, '+', '-' or '.'; the job's name goes on with a hash of stack
            and path, and one of the inputs. Default: the end of the construct's path.
        :param role: the service role; it must trust `service_principal`. Default: a role is made with what the
            arguments here need.
        :param encryption_key: a symmetric customer key for the model, no alias. Service role and provider are allowed
            kms:Decrypt, kms:GenerateDataKey, kms:DescribeKey, kms:CreateGrant through Bedrock. Part of the inputs.
            Default: a key that AWS owns.
        :param vpc: the job's network interfaces are made there. Default: the data goes over the network of AWS.
        :param vpc_subnets: 1 to 16 subnets. Default: the private ones.
        :param security_groups: 1 to 5. Default: one is made that lets everything out and nothing in.
        :param removal_policy: what happens to the model when it is replaced or deleted. A rollback never deletes a
            finished one. Default: it is retained, and billed per month of storage.
        :param timeout: how long to wait until the model is there, above zero and at most 14 days, no token; above 50
            minutes it is rounded up to whole times 50 minutes. When it ends the deployment fails, and the import goes
            on. The time in the queue counts: an account imports one model at a time. Default: 24 hours.
        :param revision: any text; another one imports the same URI again, which is how other weights under the same
            prefix are taken up. Part of the inputs. Default: none.
        :param rollback_behavior: what a rollback does to the import that the rolled back deployment started: KEEP, or
            DELETE for its finished model; an import can't be stopped. Default: it is kept for the next deployment.
        :param lock_id: a name, unique in account and Region, for who owns the model, in place of the stack's name and
            the construct's path: with it a construct may be renamed or moved. Default: stack name and path.
        :param tags: at most 44, for job and model. Default: only the stack's tags.
        :param imported_model_tags: more tags for the model, over all others. Default: those of the job.
        :raises ValueError: if an argument breaks a rule of the API that can be seen at synth.
        """
        checks.name("imported_model_name", imported_model_name)
        check_job_name_prefix(job_name_prefix)
        checks.tags("tags", tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        checks.tags("imported_model_tags", imported_model_tags, limit=USER_TAG_LIMIT, reserved=PREFIX)
        checks.lock_id("lock_id", lock_id)
        seconds = timeout_seconds(timeout, default=_DEFAULT_TIMEOUT)
        checks.require(
            rollback_behavior != RollbackBehavior.STOP_RUNNING,
            "rollback_behavior of an import must be KEEP or DELETE, because Amazon Bedrock can't stop one",
            rollback_behavior.name,
            "use RollbackBehavior.DELETE to delete the model of a rolled back import",
        )
        check_model_key(scope, encryption_key)
        check_network(scope, vpc, vpc_subnets, security_groups)
        check_role(scope, role, vpc, security_groups)
        removal_policy_text(removal_policy)

        super().__init__(scope, id)
        warn_of_shared_lock(self, lock_id)
        warnings.warn_of_deployers_session(self)
        self._warn(source)
        self._encryption_key = encryption_key
        bound = source.bind(self)
        warnings.check_buckets(self, [bound])
        self._network = (
            place(self, vpc=vpc, vpc_subnets=vpc_subnets, security_groups=security_groups, what="model import job")
            if vpc
            else None
        )
        self._connections = ec2.Connections(security_groups=self._network.security_groups) if self._network else None
        self._role = self._service_role(role, bound)
        provider = ModelProvider.of(self)
        provider.allow_once("import open weights", lambda: [permissions.import_model(self)])
        if encryption_key:
            # Imported models take no Provisioned Throughput, for which alone Bedrock itself reads a model.
            allow_model_key(self, encryption_key, self._role, provisioned=False)
        used = {"the role": role, "the key": encryption_key, "the VPC": vpc}
        warnings.warn_of_prerequisites_a_rollback_deletes(self, used, [bound])
        kept = retain(
            job=lock_id or path_in_root_stack(self),
            role=self._role if role is None and not customizes_roles(self) else None,
            security_groups=self._network.security_groups if self._network and not security_groups else [],
        )

        inputs = {
            "modelDataSource": {"s3DataSource": bound.identity},
            "importedModelName": imported_model_name,
            "importedModelKmsKeyId": encryption_key.key_arn if encryption_key else None,
            "revision": revision,
        }
        request = {
            "roleArn": role_arn_of(self._role),
            "vpcConfig": self._network.request if self._network else None,
        }
        settings = {
            NAME_PREFIX: job_name_prefix or job_name_prefix_of(self),
            PATH: path_in_root_stack(self),
            LOCK_ID: lock_id,
            TIMEOUT_SECONDS: seconds,
            ROLLBACK_BEHAVIOR: str(rollback_behavior),
            KEPT: kept,
            REQUEST: without_none(request),
        }
        pass_role = provider.allow_pass_role(self, self._role, shared=role is not None)
        self._resource = ProvidedResource(
            self,
            "Resource",
            type=IMPORTED_MODEL_TYPE,
            run_inputs=without_none(inputs),
            settings=without_none(settings),
            removal_policy=removal_policy,
            tags=tags,
            model_tags=imported_model_tags,
            model_tags_argument="imported_model_tags",
            # An import that starts before its role's policies are attached fails in Bedrock.
            after=[self._role, pass_role],
        )
        self._wait = WaitChain(self, waited_for=self._resource, seconds=seconds)

    @property
    def imported_model_arn(self) -> str:
        """The model's ARN, which is what callers invoke; known when the import has ended."""
        return self._arn

    @functools.cached_property
    def _arn(self) -> str:
        arn = self._wait.reference(MODEL_ARN)
        warn_of_cross_stack_model_arn(self, arn, is_invoked=True)
        return arn.to_string()

    @property
    def imported_model_name(self) -> str:
        """The model's name, known when the import has ended."""
        return self._wait.attribute(MODEL_NAME)

    @property
    def job_name(self) -> str:
        """The import job's name, known as soon as the job is started or queued."""
        return self._resource.ref

    @property
    def job_arn(self) -> str:
        """The import job's ARN, known when the import has ended."""
        return self._wait.attribute(JOB_ARN)

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
        """The service role, for `bucket.grant_read(model)` and the like."""
        return self._role

    @property
    def encryption_key(self) -> kms.IKey | None:
        """The customer's key that encrypts the model."""
        return self._encryption_key

    @property
    def connections(self) -> ec2.Connections:
        """The import job's security groups. Raises `ValueError` without a VPC."""
        checks.require(self._connections is not None, "connections need a vpc", "no vpc", "give the job a vpc")
        assert self._connections is not None  # noqa: S101  just checked
        return self._connections

    def _warn(self, source: OpenWeightsSource) -> None:
        for each in source.check():
            cdk.Annotations.of(self).add_warning_v2(*each)
        facts, region = model_config.documented(), environment_of(self).region
        if not checks.is_token(region) and region not in facts["regions"]:
            cdk.Annotations.of(self).add_warning_v2(
                f"{PREFIX}importRegion",
                f"Custom Model Import is documented for {', '.join(facts['regions'])} (read on {facts['read']}), and "
                f"this stack is in {region}: move the stack, or acknowledge this if it has come there by now.",
            )

    def _service_role(self, role: iam.IRole | None, source: BoundData) -> iam.IRole:
        statements = import_role.statements(self, source=source, network=self._network)
        if self._encryption_key:
            statements.append(model_key_statement(self, self._encryption_key))
        if role is None:
            principal = bedrock_principal(self)
            what = "Reads the weights of a model import job"
            return make_service_role(self, principal=principal, description=what, statements=statements)
        warn_of_given_role(self, role, "s3:GetObject and s3:ListBucket on the source, and what key and VPC need")
        allow(role, statements)
        return role
