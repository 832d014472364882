"""Two functions and CDK's `Provider` around them, once for each stack."""

from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import custom_resources
from constructs import Construct

_HANDLERS: Final = Path(__file__).parent / "handlers"
_ID: Final = "ModelsProvider"
QUERY_INTERVAL: Final = "peer:query_interval_seconds"
_ACTIONS: Final = [
    "bedrock:CreateCustomModel",
    "bedrock:GetCustomModel",
    "bedrock:DeleteCustomModel",
    "bedrock:CreateModelCustomizationJob",
    "bedrock:GetModelCustomizationJob",
    "bedrock:StopModelCustomizationJob",
    "bedrock:CreateCustomModelDeployment",
    "bedrock:UpdateCustomModelDeployment",
    "bedrock:GetCustomModelDeployment",
    "bedrock:DeleteCustomModelDeployment",
    "bedrock:TagResource",
    "bedrock:UntagResource",
]


class ModelsProvider(Construct):
    """What the custom resources of one stack name as their service."""

    @classmethod
    def of(cls, scope: Construct) -> "ModelsProvider":
        """The provider of the stack around this scope."""
        stack = cdk.Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, cls) else cls(stack, _ID)

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        code = lambda_.Code.from_asset(str(_HANDLERS), exclude=["**/__pycache__", "**/*.pyc"])
        self._on_event = _function(self, "OnEvent", code)
        self._is_complete = _function(self, "IsComplete", code)
        for function in (self._on_event, self._is_complete):
            function.add_to_role_policy(iam.PolicyStatement(actions=_ACTIONS, resources=["*"]))
        interval = self.node.try_get_context(QUERY_INTERVAL)
        self._provider = custom_resources.Provider(
            self,
            "Provider",
            on_event_handler=self._on_event,
            is_complete_handler=self._is_complete,
            query_interval=cdk.Duration.seconds(int(interval)) if interval else None,
            # The longest that CloudFormation gives a custom resource.
            total_timeout=cdk.Duration.hours(1),
        )

    @property
    def service_token(self) -> str:
        """What the custom resources name."""
        return self._provider.service_token

    def allow_pass_role(self, role: iam.IRole) -> None:
        """Lets the handler hand this role to Bedrock."""
        role.grant_pass_role(self._on_event.grant_principal)


def _function(scope: Construct, id: str, code: lambda_.Code) -> lambda_.Function:
    return lambda_.Function(
        scope,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        architecture=lambda_.Architecture.ARM_64,
        handler=f"index.{'on_event' if id == 'OnEvent' else 'is_complete'}",
        code=code,
        timeout=cdk.Duration.minutes(1),
        memory_size=256,
    )
