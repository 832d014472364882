"""What the provider's two functions have in common."""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.core.assets import handler_code
from constructs_lib.core.iam_policy import Statement
from constructs_lib.provider import permissions
from constructs_lib.provider.encryption import read_environment
from constructs_lib.provider.network import place, use_network
from constructs_lib.provider.settings import ProviderSettings

# `CustomResourceConfig` looks for it, and the CDK sets it on the handlers of its own custom resources.
_RUNTIME_MARK: Final = "aws:cdk:is-custom-resource-handler-runtime-family"


class ProviderFunctions:
    """Makes them: of the same code, in the same network, under the same key."""

    def __init__(self, scope: Construct, settings: ProviderSettings) -> None:
        self._scope = scope
        self._settings = settings
        self._code, self._placement = handler_code(), place(scope, settings)
        self._runtime, self._architecture = lambda_.Runtime.PYTHON_3_14, lambda_.Architecture.ARM_64
        self.principal: Final = iam.ServicePrincipal("lambda.amazonaws.com")

    def needs(self, log_group: logs.ILogGroup) -> list[Statement]:
        """What the role of each of them is allowed."""
        settings = self._settings
        return [
            permissions.write_log(log_group.log_group_arn),
            *([use_network()] if settings.vpc else []),
            *([read_environment(self._scope, settings.encryption_key)] if settings.encryption_key else []),
            *([permissions.trace()] if settings.tracing else []),
        ]

    def make(
        self,
        id: str,
        *,
        handler: str,
        role: iam.IRole,
        log_group: logs.ILogGroup,
        environment: Mapping[str, str],
        timeout: cdk.Duration,
        max_event_age: cdk.Duration | None = None,
    ) -> lambda_.Function:
        """One of them."""
        function = lambda_.Function(
            self._scope,
            id,
            description=f"Amazon Bedrock custom models: {id.lower()} function of the provider",
            runtime=self._runtime,
            architecture=self._architecture,
            code=self._code,
            handler=handler,
            role=role,
            log_group=log_group,
            environment=environment,
            timeout=timeout,
            memory_size=256,
            max_event_age=max_event_age,
            retry_attempts=2 if max_event_age else None,
            environment_encryption=self._settings.encryption_key,
            reserved_concurrent_executions=self._settings.reserved_concurrent_executions,
            **self._placement,
        )
        node = function.node
        node.add_metadata(_RUNTIME_MARK, lambda_.RuntimeFamily.PYTHON)
        if self._settings.tracing:
            # Not with the CDK's own argument, which makes another policy for it.
            resource = node.default_child
            assert isinstance(resource, lambda_.CfnFunction)  # noqa: S101  what CDK's own class is made of
            resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        return function
