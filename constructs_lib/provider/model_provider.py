"""The provider behind the custom resources: how to configure it, and what constructs need of it. One in each stack."""

import functools
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct, IConstruct, IDependable

from constructs_lib.core import checks
from constructs_lib.core.iam_policy import Statement, inline_policy, policy_name
from constructs_lib.core.kms_keys import model_key_statement
from constructs_lib.core.scopes import path_in_root_stack, stack_of
from constructs_lib.provider import permissions
from constructs_lib.provider.pass_role import PassRole
from constructs_lib.provider.resources import ProviderResources
from constructs_lib.provider.settings import ProviderSettings

# Deployed stacks hold logical ids that are made of it.
_ID: Final = "BedrockModelProvider"


class ModelProvider(Construct):
    """Two Lambda functions and a Step Functions workflow, once in each stack that has a model, job, deployment or
    throughput. They are made when the first of these is; use `ModelProvider.of` to configure them before.
    """

    @classmethod
    def of(cls, scope: Construct) -> "ModelProvider":
        """The provider of the stack around this scope. Above all stacks: what can be said for every stack below."""
        home = _home_of(scope)
        return _made_at.get(home) or cls(home, _ID)

    def __init__(self, scope: Construct, id: str) -> None:
        """Use `ModelProvider.of`."""
        super().__init__(scope, id)
        self._home = scope
        _made_at[scope] = self
        self._said = ProviderSettings()
        self._made: ProviderResources | None = None
        self._allowed: set[str] = set()
        self._pass_role: PassRole | None = None

    def configure(
        self,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        encryption_key: kms.IKey | None = None,
        log_retention: logs.RetentionDays | None = None,
        reserved_concurrent_executions: int | None = None,
        tracing: bool | None = None,
    ) -> None:
        """Settings for the providers of an app, a stage, a stack, or any scope that holds stacks.

        For each setting the nearest scope's value holds; on a construct within a stack it is said for that stack. What
        is left out stays open. All of it can be changed later: nothing here replaces the events function.

        :param vpc: where both functions stand. They need a way to the APIs of Amazon Bedrock, Step Functions and
            CloudFormation, and to the bucket that takes CloudFormation's answers, over NAT or over VPC endpoints:
            `bedrock`, `states`, `cloudformation`, `logs`, a gateway for `s3` whose policy allows s3:PutObject on
            `cloudformation-custom-resource-response-<region without dashes>`, with `tracing` also `xray`. A job that
            is deleted also takes `ec2` and IAM, which has no endpoint in most Regions: there, NAT, or a `role` and
            `security_groups` of your own. Without a way out, events are lost and each resource fails after an hour.
            Endpoints of the VPC in the same stack, or in its own, come before the functions and go after them. The
            roles are allowed ec2:CreateNetworkInterface, DescribeNetworkInterfaces, DescribeSubnets,
            DeleteNetworkInterface, AssignPrivateIpAddresses, UnassignPrivateIpAddresses. Default: no VPC.
        :param vpc_subnets: not public ones. Default: the private ones.
        :param security_groups: 1 to 5. Default: one is made that lets HTTPS out and nothing in.
        :param encryption_key: a symmetric customer key, no alias, for the functions' environment, the workflow and its
            executions, and the log groups. The functions are allowed kms:Decrypt through Lambda; the workflow and who
            starts it kms:Decrypt and kms:GenerateDataKey for its executions; the key's policy lets CloudWatch Logs use
            it for log groups of this account. For an imported key a warning prints these statements. Default: keys
            that AWS owns.
        :param log_retention: Default: three months.
        :param reserved_concurrent_executions: for each of the two functions, from 1, out of what the account has (100
            must stay unreserved). The events function needs one for each model that is deployed at the same time: with
            fewer, events wait, and those that wait for 15 minutes are dropped, so that their resources fail after an
            hour. Default: none is reserved.
        :param tracing: AWS X-Ray for functions and workflow: xray:PutTraceSegments, PutTelemetryRecords,
            GetSamplingRules, GetSamplingTargets. False ends what a wider scope began. Default: no tracing.
        :raises ValueError: if a value can't be meant, or a model of the scope exists already.
        """
        said = ProviderSettings(
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            encryption_key=encryption_key,
            log_retention=log_retention,
            reserved_concurrent_executions=reserved_concurrent_executions,
            tracing=tracing,
        )
        said.check()
        in_use = next((each for each in _below(self._home) if each._made), None)
        checks.require(
            in_use is None,
            "configure comes before the first model, job, deployment or throughput, which puts a provider into use",
            in_use.node.path if in_use else "",
            "call ModelProvider.of(scope).configure(...) as soon as the scope is made",
        )
        self._said = said.over(self._said)

    @property
    def service_token(self) -> str:
        """The ARN that custom resources name."""
        return self._resources.service_token

    @property
    def permission(self) -> IDependable:
        """What custom resources have to come after: with it the provider is complete."""
        return self._resources.permission

    @property
    def poll_log(self) -> logs.ILogGroup:
        """Where each look at what is waited for is told, one JSON object a line."""
        return self._resources.poll_log

    @property
    def role(self) -> iam.Role:
        """The role of the events function: the caller of every request to Bedrock that writes."""
        return self._resources.events_role.role

    def allow(self, *statements: Statement | iam.PolicyStatement) -> None:
        """Lets the events function do this. A statement of the CDK's own is judged by rule packs as ever."""
        self._resources.events_role.allow(*(each for each in statements if isinstance(each, Statement)))
        for each in statements:
            if isinstance(each, iam.PolicyStatement):
                self.role.add_to_policy(each)

    def allow_once(self, what: str, statements: Callable[[], Iterable[Statement]]) -> None:
        """The same, for statements that every resource of a kind needs: in the policy once, however many there are."""
        if what not in self._allowed:
            self._allowed.add(what)
            self.allow(*statements())

    def allow_key(self, scope: Construct, key: kms.IKey) -> None:
        """Lets the events function use a model's key, through Bedrock only."""
        self.allow_once(f"key {key.node.addr}", lambda: [model_key_statement(scope, key)])

    def allow_use_of_key(self, scope: Construct, key: kms.IKey) -> None:
        """Lets the events function serve models of a key, through Bedrock only."""
        self.allow_once(f"use of key {key.node.addr}", lambda: [permissions.use_key(scope, key)])

    def allow_checks(self, scope: Construct) -> None:
        """Lets the functions start and read the model checks of this stack."""
        key = self.settings.encryption_key
        self.allow_once("ModelCheck", lambda: permissions.start_checks(scope, key))
        self._resources.poll_role.allow(permissions.read_checks(scope))

    def allow_pass_role(self, scope: Construct, role: iam.IRole, *, shared: bool) -> IDependable:
        """Lets the events function hand exactly this role to Bedrock. Returns what the resource comes after.

        A role that was not made for this scope alone is `shared`.
        """
        if self._pass_role is None:
            self._pass_role = PassRole(self, self.role)
        return self._pass_role.allow(scope, role, shared=shared)

    def allow_later(self, construct: Construct, id: str, statements: Sequence[Statement]) -> IDependable:
        """Lets the events function do what only a look-up tells, in a policy that stands with the construct.

        In the function's own policy it would be a cycle: the look-up comes after that. Returns what comes after it.
        """
        name = policy_name(id, path_in_root_stack(construct))
        policy = inline_policy(
            construct, id, name=name, role=self.role, role_name=self.role.role_name, statements=statements
        )
        return policy or self.role

    @property
    def _resources(self) -> ProviderResources:
        if self._made is None:
            in_stack = isinstance(self._home, cdk.Stack)
            checks.require(
                in_stack,
                "models, jobs, deployments and throughput stand in a stack",
                "" if in_stack else self._home.node.path,
                "make them in a cdk.Stack",
            )
            self._made = ProviderResources(self, self.settings)
        return self._made

    @property
    def settings(self) -> ProviderSettings:
        """Each from the nearest scope that says it."""
        around = [_made_at[scope]._said for scope in self._home.node.scopes if scope in _made_at]
        return functools.reduce(lambda wider, nearer: nearer.over(wider), around, ProviderSettings())


def _below(scope: IConstruct) -> Iterator[ModelProvider]:
    return (each for each in scope.node.find_all() if isinstance(each, ModelProvider))


_made_at: Final[weakref.WeakKeyDictionary[IConstruct, ModelProvider]] = weakref.WeakKeyDictionary()


def _home_of(scope: Construct) -> Construct:
    if isinstance(scope, cdk.Stage):
        return scope
    try:
        return stack_of(scope)
    except RuntimeError:
        # Above all stacks: the CDK raises for what is in none.
        return scope
