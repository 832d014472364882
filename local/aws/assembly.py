"""Puts the server together: ministack, our Bedrock, CloudFormation brought into line. For the server process only."""

import json
from collections.abc import Callable
from typing import cast

from local.aws import access, seams, step_functions
from local.aws.bedrock_service import BedrockService
from local.aws.cloudformation import engine, responses
from local.aws.cloudformation.custom_resource import Delivery
from local.aws.function_logs import FunctionLogs
from local.aws.gateway import Application, Endpoint, Gateway
from local.aws.permissions import AskedPermissions
from local.aws.settings import Settings


def application(settings: Settings, *, ready: Callable[[], None], stop: Callable[[], None]) -> Gateway:
    def stopping(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, object]:
        stop()
        return 200, {}

    def health(_path: str, _headers: dict[str, str], _body: bytes) -> tuple[int, object]:
        return 200, {"account": settings.account, "region": settings.region}

    seams.check_version()
    bedrock = BedrockService(settings)
    bedrock.install()
    step_functions.refuse_other_partitions()
    if settings.auth:
        step_functions.install(settings.region)
        access.know_security_groups(settings.account, settings.region)
    asked = AskedPermissions()
    asked.install()
    logs = FunctionLogs()
    logs.install()

    def review(path: str, _headers: dict[str, str], body: bytes) -> tuple[int, object]:
        return 200, asked.review(path, json.loads(body))

    endpoints: dict[str, Endpoint] = {
        "/_local/health": health,
        "/_local/stop": stopping,
        "/_local/bedrock": bedrock.administer,
        "/_local/permissions": review,
        "/_local/logs": logs.read,
        responses.PATH: responses.open_requests.receive,
    }
    delivery = Delivery(2 if settings.deliver_twice else 1, settings.longest_answer)
    engine.install(delivery, cleanup_attempts=settings.cleanup_attempts)
    seams.take("core.hypercorn_compat", "install")()
    return Gateway(cast("Application", seams.take("app", "app")), endpoints, ready)


def stop_workers() -> None:
    seams.take("core.lambda_runtime", "reset")()
