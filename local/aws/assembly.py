"""The server, put together: ministack with its patches, our Bedrock, our endpoints. For the server process only."""

import json
from collections.abc import Callable, Sequence
from typing import cast

from local.aws.bedrock_service import BedrockService
from local.aws.cloudformation import responses
from local.aws.cloudformation.custom_resource import Delivery
from local.aws.gateway import Application, Endpoint, Gateway
from local.aws.patches.asgi_application import AsgiApplication
from local.aws.patches.bedrock_api import BedrockApi
from local.aws.patches.bucket_encryption import BucketEncryption
from local.aws.patches.change_set_details import ChangeSetDetails
from local.aws.patches.change_set_equality import ChangeSetEquality
from local.aws.patches.cloudformation_engine import CloudFormationEngine
from local.aws.patches.custom_resources import CustomResources
from local.aws.patches.evaluated_requests import EvaluatedRequests
from local.aws.patches.execution_environments import ExecutionEnvironments
from local.aws.patches.function_logs import FunctionLogs
from local.aws.patches.metric_filters import MetricFilters
from local.aws.patches.names import lambda_functions, server
from local.aws.patches.nested_stack_deletion import NestedStackDeletion
from local.aws.patches.patch import Patch, apply_all
from local.aws.patches.policy_simulation import PolicySimulation
from local.aws.patches.resource_account import ResourceAccount
from local.aws.patches.sagemaker_api import SageMakerApi
from local.aws.patches.security_group_tags import SecurityGroupTags
from local.aws.patches.service_quotas_api import ServiceQuotasApi
from local.aws.patches.stack_descriptions import StackDescriptions
from local.aws.patches.stack_events import StackEvents
from local.aws.patches.stack_status_rules import StackStatusRules
from local.aws.patches.state_machine_role import StateMachineRole
from local.aws.patches.task_partition import TaskPartition
from local.aws.patches.unsupported_services import UnsupportedServices
from local.aws.sagemaker_service import SageMakerService
from local.aws.service_quotas import ServiceQuotas
from local.aws.settings import Settings


def patches(
    settings: Settings,
    bedrock: BedrockService,
    sagemaker: SageMakerService,
    requests: EvaluatedRequests,
    logs: FunctionLogs,
) -> Sequence[Patch]:
    """Every correction of ministack, in the order in which they are applied."""
    under_iam: list[Patch] = [
        StateMachineRole(settings.region),
        SecurityGroupTags(settings.account, settings.region),
        ResourceAccount(),
    ]
    return [
        AsgiApplication(),
        BedrockApi(bedrock),
        ServiceQuotasApi(ServiceQuotas(bedrock.quotas)),
        SageMakerApi(sagemaker, bedrock),
        TaskPartition(),
        UnsupportedServices(),
        *(under_iam if settings.auth else []),
        requests,
        ExecutionEnvironments(),
        logs,
        MetricFilters(logs),
        StackEvents(),
        StackDescriptions(),
        StackStatusRules(),
        ChangeSetEquality(),
        ChangeSetDetails(),
        CustomResources(Delivery(2 if settings.deliver_twice else 1, settings.longest_answer)),
        CloudFormationEngine(cleanup_attempts=settings.cleanup_attempts),
        NestedStackDeletion(),
        BucketEncryption(),
        PolicySimulation(),
    ]


def application(settings: Settings, *, ready: Callable[[], None], stop: Callable[[], None]) -> Gateway:
    """Raises `IncompatibleMinistackError` if the installed ministack is not the one that this was written for."""
    bedrock, requests, logs = BedrockService(settings), EvaluatedRequests(), FunctionLogs()
    sagemaker = SageMakerService(settings.account, settings.region)
    apply_all(patches(settings, bedrock, sagemaker, requests, logs))

    def stopping(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, object]:
        stop()
        return 200, {}

    def health(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, object]:
        return 200, {"account": settings.account, "region": settings.region}

    def review(path: str, _headers: dict[str, str], body: bytes) -> tuple[int, object]:
        return 200, requests.review(path, json.loads(body))

    endpoints: dict[str, Endpoint] = {
        "/_local/health": health,
        "/_local/stop": stopping,
        "/_local/bedrock": bedrock.administer,
        "/_local/sagemaker": sagemaker.administer,
        "/_local/permissions": review,
        "/_local/logs": logs.read,
        responses.PATH: responses.open_requests.receive,
    }
    return Gateway(cast("Application", server.app), endpoints, ready)


def stop_workers() -> None:
    lambda_functions.reset_workers()
