"""Model invocation logging, once for an account and Region: PutModelInvocationLoggingConfiguration."""

import weakref
from collections.abc import Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct, IConstruct, IDependable

from constructs_lib.core import checks
from constructs_lib.core.contract import ADOPT, INVOCATION_LOGGING_TYPE, PATH, PREFIX, REQUEST
from constructs_lib.core.iam_policy import Statement, allow, inline_policy, policy_name
from constructs_lib.core.nag import acknowledge_policies
from constructs_lib.core.scopes import environment_of, path_in_root_stack, stacks_around
from constructs_lib.core.warnings import policy_text
from constructs_lib.data.invocation_log_location import IInvocationLogging
from constructs_lib.provider import permissions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.provider.pass_role import role_arn_of
from constructs_lib.resources.custom_resource import ProvidedResource, removal_policy_text
from constructs_lib.resources.needs_of_retained import retain_with
from constructs_lib.resources.service_role import BEDROCK, bedrock_principal, make_service_role, warn_of_given_role

# Shapes KeyPrefix and LogGroupName of the service model bedrock 2023-04-20.
_PREFIX_MAX: Final = 1024
_NO_RESOURCES: Final = "The configuration of invocation logging is the account's: its three actions know no resources."


class _ImportedInvocationLogging(cdk.Resource):
    """A configuration that is managed elsewhere."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket | None,
        prefix: str | None,
        log_group: logs.ILogGroup | None,
    ) -> None:
        super().__init__(scope, id)
        self._bucket, self._prefix, self._log_group = bucket, prefix, log_group

    @property
    def bucket(self) -> s3.IBucket | None:
        return self._bucket

    @property
    def prefix(self) -> str | None:
        return self._prefix

    @property
    def log_group(self) -> logs.ILogGroup | None:
        return self._log_group


class InvocationLogging(cdk.Resource):
    """Logs what models are asked and what they answer to a bucket, a log group, or both.

    An account has one such configuration in each Region. One that is there already, and is not this construct's, is
    never overwritten without `adopt`; what was overwritten is put back when this goes or its deployment is rolled back.
    What is created beside it: a role for the log group, statements in the policies of the app's buckets and their keys,
    and once in each stack the provider, which writes the SSM parameter `/bedrock-models/invocation-logging`.
    """

    @classmethod
    def from_invocation_logging_attributes(
        cls,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket | None = None,
        prefix: str | None = None,
        log_group: logs.ILogGroup | None = None,
    ) -> IInvocationLogging:
        """A configuration that is managed elsewhere, by where it logs to. Raises `ValueError` for a wrong prefix."""
        _check_prefix("prefix", prefix, "bucket", bucket)
        return _ImportedInvocationLogging(scope, id, bucket=bucket, prefix=prefix, log_group=log_group)

    @staticmethod
    def service_principal(scope: Construct) -> iam.IPrincipal:
        """Whom a role of one's own has to trust: bedrock.amazonaws.com, with `aws:SourceAccount` of this account and
        `aws:SourceArn` of Amazon Bedrock in this Region.
        """
        return bedrock_principal(scope, source_arn=_source_arn(scope))

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        bucket: s3.IBucket | None = None,
        prefix: str | None = None,
        log_group: logs.ILogGroup | None = None,
        role: iam.IRole | None = None,
        large_data_bucket: s3.IBucket | None = None,
        large_data_prefix: str | None = None,
        text_data_delivery_enabled: bool = True,
        image_data_delivery_enabled: bool = True,
        embedding_data_delivery_enabled: bool = True,
        video_data_delivery_enabled: bool = True,
        audio_data_delivery_enabled: bool = True,
        adopt: bool = False,
        adopted_role: iam.IRole | None = None,
        removal_policy: cdk.RemovalPolicy = cdk.RemovalPolicy.DESTROY,
    ) -> None:
        """Configures the logging. All arguments can be changed in place.

        :param bucket: where invocations are logged, of the stack's account and Region. Its policy is extended:
            bedrock.amazonaws.com may s3:PutObject below `<prefix>/AWSLogs/<account>/BedrockModelInvocationLogs/`, and
            kms:GenerateDataKey with the bucket's key. For an imported bucket or key a warning prints the statement.
            Default: none; then `log_group` is needed.
        :param prefix: 1 to 1024 characters out of a-z A-Z 0-9 - ! _ * ' ( ) . and single '/', not at either end.
            Default: the top of the bucket.
        :param log_group: where invocations are logged, of the stack's account and Region, in the stream
            `aws/bedrock/modelinvocations`. Default: none; then `bucket` is needed.
        :param role: the role that writes to the log group; it must trust `service_principal`. Default: a role is made
            that may logs:CreateLogStream and logs:PutLogEvents on that stream.
        :param large_data_bucket: where a log group's entry puts what is larger than 100 KB and binary data; allowed
            like `bucket`. Default: such data is not logged in the log group.
        :param large_data_prefix: as `prefix`. Default: the top of the bucket.
        :param text_data_delivery_enabled: Default: text is logged.
        :param image_data_delivery_enabled: Default: images are logged.
        :param embedding_data_delivery_enabled: Default: embeddings are logged.
        :param video_data_delivery_enabled: Default: videos are logged.
        :param audio_data_delivery_enabled: Default: audio is logged.
        :param adopt: whether a configuration that is there already, and not this construct's, is overwritten; it is
            put back when this goes. Default: the deployment fails, says what is there, and changes nothing.
        :param adopted_role: the role that the configuration to be overwritten names, so that it can be put back: the
            provider is allowed iam:PassRole on it. Default: none; a configuration that names a role is not adopted.
        :param removal_policy: what happens when this is deleted. DESTROY: what was there before is put back, or
            nothing is logged any more. RETAIN: the configuration stays, with the role that was made and the policies of
            the app's buckets; keep buckets, keys, log group and your own role too. Only what is still this construct's
            is touched. Default: DESTROY.
        :raises ValueError: if there is nowhere to log to, an argument belongs to one that is not given, or another
            such construct is for the same account and Region.
        """
        _check_prefix("prefix", prefix, "bucket", bucket)
        _check_prefix("large_data_prefix", large_data_prefix, "large_data_bucket", large_data_bucket)
        checks.require(
            bucket is not None or log_group is not None,
            "invocation logging needs a bucket, a log_group, or both",
            "neither",
            "give bucket=s3.Bucket(...) or log_group=logs.LogGroup(...)",
        )
        _check_belongs("role", role, log_group)
        _check_belongs("large_data_bucket", large_data_bucket, log_group)
        _check_adopted_role(adopted_role, adopt=adopt)
        for argument, place in (("bucket", bucket), ("log_group", log_group), ("large_data_bucket", large_data_bucket)):
            _check_place(scope, argument, place)
        # Refuses a wrong one before anything is made.
        removal_policy_text(removal_policy)
        _check_is_only_one(scope, id)
        super().__init__(scope, id)
        _made_in(scope).add(self)
        self._bucket, self._prefix, self._log_group = bucket, prefix, log_group
        provider = ModelProvider.of(self)
        after: list[IDependable] = [self._allow_provider(provider)]
        config: dict[str, Any] = {
            "textDataDeliveryEnabled": text_data_delivery_enabled,
            "imageDataDeliveryEnabled": image_data_delivery_enabled,
            "embeddingDataDeliveryEnabled": embedding_data_delivery_enabled,
            "videoDataDeliveryEnabled": video_data_delivery_enabled,
            "audioDataDeliveryEnabled": audio_data_delivery_enabled,
        }
        if bucket is not None:
            config["s3Config"] = _s3_config(bucket, prefix)
            after += self._allow_delivery(bucket, prefix)
        self._role = None if log_group is None else self._role_for(log_group, role)
        if log_group is not None and self._role is not None:
            config["cloudWatchConfig"] = {
                "logGroupName": log_group.log_group_name,
                "roleArn": role_arn_of(self._role),
            }
            after += [self._role, provider.allow_pass_role(self, self._role, shared=role is not None)]
            if large_data_bucket is not None:
                large = _s3_config(large_data_bucket, large_data_prefix)
                config["cloudWatchConfig"]["largeDataDeliveryS3Config"] = large
                after += self._allow_delivery(large_data_bucket, large_data_prefix)
        if adopted_role is not None:
            after.append(provider.allow_pass_role(self, adopted_role, shared=True))
        self._resource = ProvidedResource(
            self,
            "Resource",
            type=INVOCATION_LOGGING_TYPE,
            run_inputs={},
            settings={
                PATH: path_in_root_stack(self),
                ADOPT: adopt,
                REQUEST: {
                    "loggingConfig": config,
                    **({"adoptedRoleArn": role_arn_of(adopted_role)} if adopted_role else {}),
                },
            },
            removal_policy=removal_policy,
            tags=None,
            after=after,
        )
        own_role = self._role if role is None else None
        policies = [each.policy for each in (bucket, large_data_bucket) if each is not None]
        retain_with(self._resource, [each for each in (own_role, *policies) if each is not None])

    @property
    def bucket(self) -> s3.IBucket | None:
        """The bucket that invocations are logged to, if there is one."""
        return self._bucket

    @property
    def prefix(self) -> str | None:
        """The prefix in it; None at its top."""
        return self._prefix

    @property
    def log_group(self) -> logs.ILogGroup | None:
        """The log group that invocations are logged to, if there is one."""
        return self._log_group

    @property
    def role(self) -> iam.IRole | None:
        """The role that writes to the log group; None without one."""
        return self._role

    def _allow_provider(self, provider: ModelProvider) -> IDependable:
        """In a policy of the construct's own: CloudFormation deletes it after the resource, whose Delete needs it."""
        statements = permissions.configure_invocation_logging(self)
        acknowledge_policies(self, ["*"], lambda _: _NO_RESOURCES)
        return (
            inline_policy(
                self,
                "ProviderPermissions",
                name=policy_name("InvocationLogging", path_in_root_stack(self)),
                role=provider.role,
                role_name=provider.role.role_name,
                statements=statements,
            )
            or provider.role
        )

    def _role_for(self, log_group: logs.ILogGroup, role: iam.IRole | None) -> iam.IRole:
        statements = [_write_stream(self, log_group)]
        if role is not None:
            warn_of_given_role(self, role, "logs:CreateLogStream and logs:PutLogEvents on the log group")
            allow(role, statements)
            return role
        principal = bedrock_principal(self, source_arn=_source_arn(self))
        return make_service_role(
            self, principal=principal, description="Writes the log of model invocations", statements=statements
        )

    def _allow_delivery(self, bucket: s3.IBucket, prefix: str | None) -> Sequence[IDependable]:
        """Lets Bedrock itself write there: it uses no role for buckets."""
        folder = f"{prefix}/" if prefix else ""
        objects = f"{folder}AWSLogs/{environment_of(self).account}/BedrockModelInvocationLogs/*"
        write = self._as_bedrock("s3:PutObject", bucket.arn_for_objects(objects))
        added = bucket.add_to_resource_policy(write)
        if not added.statement_added:
            cdk.Annotations.of(self).add_warning_v2(f"{PREFIX}importedLogBucket", self._needs("bucket", write))
        key = bucket.encryption_key
        use = self._as_bedrock("kms:GenerateDataKey", "*")
        if key is not None and not key.add_to_resource_policy(use).statement_added:
            cdk.Annotations.of(self).add_warning_v2(f"{PREFIX}importedLogKey", self._needs("key of a bucket", use))
        return [added.policy_dependable] if added.policy_dependable else []

    def _needs(self, what: str, statement: iam.PolicyStatement) -> str:
        return (
            f"The policy of an imported {what} can't be changed from here. Amazon Bedrock logs nothing to it without "
            f"this statement:\n{policy_text(self, [statement.to_statement_json()])}"
        )

    def _as_bedrock(self, action: str, resource: str) -> iam.PolicyStatement:
        # https://docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html
        return iam.PolicyStatement(
            principals=[iam.ServicePrincipal(BEDROCK)],
            actions=[action],
            resources=[resource],
            conditions={
                "StringEquals": {"aws:SourceAccount": environment_of(self).account},
                "ArnLike": {"aws:SourceArn": _source_arn(self)},
            },
        )


def _s3_config(bucket: s3.IBucket, prefix: str | None) -> dict[str, str]:
    return {"bucketName": bucket.bucket_name, **({"keyPrefix": prefix} if prefix else {})}


def _write_stream(scope: IConstruct, log_group: logs.ILogGroup) -> Statement:
    stream = f"log-group:{log_group.log_group_name}:log-stream:aws/bedrock/modelinvocations"
    return Statement(
        actions=["logs:CreateLogStream", "logs:PutLogEvents"],
        resources=[environment_of(scope).arn("logs", stream)],
    )


def _source_arn(scope: IConstruct) -> str:
    return environment_of(scope).arn("bedrock", "*")


def _check_prefix(argument: str, prefix: str | None, of: str, bucket: s3.IBucket | None) -> None:
    if prefix is None:
        return
    checks.require(bucket is not None, f"{argument} belongs to {of}", prefix, f"give {of} too, or leave it out")
    checks.s3_key(argument, prefix)
    if not checks.is_token(prefix):
        checks.require(
            len(prefix) <= _PREFIX_MAX and not prefix.endswith("/"),
            f"{argument} must have at most {_PREFIX_MAX} characters and no '/' at its end",
            prefix,
            f"use {prefix.rstrip('/')[:_PREFIX_MAX]!r}",
        )


def _check_belongs(argument: str, value: object, log_group: logs.ILogGroup | None) -> None:
    rule = f"{argument} belongs to log_group: Amazon Bedrock writes to a bucket by the bucket's own policy"
    checks.require(value is None or log_group is not None, rule, "no log_group", f"leave {argument} out")


def _check_adopted_role(role: iam.IRole | None, *, adopt: bool) -> None:
    rule = "adopted_role belongs to adopt=True: it is the role of the configuration that is overwritten and put back"
    checks.require(role is None or adopt, rule, "adopt=False", "leave adopted_role out, or give adopt=True")


def _check_place(scope: Construct, argument: str, place: s3.IBucket | logs.ILogGroup | None) -> None:
    if place is not None:
        own = environment_of(scope)
        remedy = "Amazon Bedrock logs only within an account and Region; give one of them"
        checks.same_region(argument, place.env.region, own.region, remedy)
        checks.same_account(argument, place.env.account, own.account, remedy)


# Of each app.
_made: Final[weakref.WeakKeyDictionary[IConstruct, "weakref.WeakSet[InvocationLogging]"]] = weakref.WeakKeyDictionary()


def _made_in(scope: Construct) -> "weakref.WeakSet[InvocationLogging]":
    return _made.setdefault(scope.node.root, weakref.WeakSet())


def _check_is_only_one(scope: Construct, id: str) -> None:
    """Stacks whose account or Region only the deployment knows may be two: there the provider refuses the second."""
    other = next((each for each in _made_in(scope) if _is_for_same_place(scope, each)), None)
    checks.require(
        other is None,
        "an account has one configuration of invocation logging in each Region, so there can be one InvocationLogging "
        f"for it, and {other.node.path if other else ''} is there",
        f"{scope.node.path}/{id}",
        "give that one all destinations, or make this one in another Region's stack",
    )


def _is_for_same_place(scope: Construct, other: InvocationLogging) -> bool:
    if stacks_around(scope)[-1] is stacks_around(other)[-1]:
        return True
    own, its = environment_of(scope), environment_of(other)
    known = not any(checks.is_token(text) for text in (own.account, own.region, its.account, its.region))
    return known and own == its
