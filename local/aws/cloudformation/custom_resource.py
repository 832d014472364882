"""Custom resources: one request to the provider function and its response, with the rules that ministack leaves out."""

import contextvars
import dataclasses
import math
import os
import secrets
import string
import time
import uuid
from collections.abc import Mapping
from typing import Any

from local.aws.cloudformation import emulated_providers
from local.aws.cloudformation.responses import PATH, Cancellation, OpenRequest, open_requests
from local.aws.patches.names import cloudformation as ministack
from local.aws.patches.names import lambda_functions

CANCELLATION: contextvars.ContextVar[Cancellation | None] = contextvars.ContextVar("cancellation", default=None)
# Seconds, also the default of ServiceTimeout.
_LONGEST_TIMEOUT = 3600
_SIGNED = "%Y%m%dT%H%M%SZ"
_END_OF_INVOCATION = 0.02
# By stack and logical id.
_last_signed: dict[tuple[str, str], int] = {}


class CustomResourceFailedError(Exception):
    """The event was sent; `physical_id` is the id that CloudFormation uses for this resource from now on."""

    def __init__(self, reason: str, physical_id: str) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


@dataclasses.dataclass(frozen=True)
class Delivery:
    """How events reach the Lambda functions."""

    times: int = 1
    longest_answer: int = 3600

    def send(self, service_token: str, event: dict[str, Any]) -> None:
        """Lambda's asynchronous invocation: at least once, and again after a raise."""
        record, config, _ = lambda_functions.get_func_record_for_ref(service_token)
        if record is None or config is None:
            raise ValueError(f"Invalid service token: {service_token} names no Lambda function")
        function = lambda_functions.execution_record_for_config(record, config)
        for _ in range(self.times):
            lambda_functions.invoke_async_with_retry(function, event)


_delivery = Delivery()


def deliver_by(delivery: Delivery) -> None:
    global _delivery  # noqa: PLW0603 - ministack keeps its services in module globals, and so does what hooks into them
    _delivery = delivery


def invoke(  # noqa: PLR0917 - ministack's signature
    request_type: str,
    logical_id: str,
    props: Mapping[str, Any],
    stack_name: str,
    stack_id: str,
    resource_type: str,
    physical_id: str | None = None,
    old_props: Mapping[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Send the event and wait for its response: blocks, so never on the event loop."""
    if emulated := emulated_providers.BY_TYPE.get(resource_type):
        emulated(request_type, props)
        return physical_id or invented_id(stack_name, logical_id), {}
    event = {
        "RequestType": request_type,
        "RequestId": str(uuid.uuid4()),
        "StackId": stack_id,
        "ResourceType": resource_type,
        "LogicalResourceId": logical_id,
        "ResourceProperties": _as_strings(props),
    }
    if physical_id is not None:
        event["PhysicalResourceId"] = physical_id
    if old_props is not None:
        event["OldResourceProperties"] = _as_strings(old_props)
    response = _send(event, str(props.get("ServiceToken", "")), _timeout(props), stack_name)
    return str(response["PhysicalResourceId"]), dict(response.get("Data") or {})


def _signed(event: Mapping[str, Any]) -> str:
    """When CloudFormation signs the URL of this event, to the second.

    Real operations take seconds, and a wait an hour. Here an operation takes parts of a second, and a wait as few of
    them: rounded down, the signature would take a part of the wait away, and two events would share one.
    """
    resource = (event["StackId"], event["LogicalResourceId"])
    _last_signed[resource] = max(math.ceil(time.time()), _last_signed.get(resource, 0) + 1)
    return time.strftime(_SIGNED, time.gmtime(_last_signed[resource]))


def _send(event: dict[str, Any], service_token: str, timeout: int, stack_name: str) -> dict[str, Any]:
    request = OpenRequest(event)
    # Its signature is the one place that tells when CloudFormation sent an event.
    event["ResponseURL"] = f"{_gateway()}{PATH}/{request.token}?X-Amz-Date={_signed(event)}"
    # Deletes are part of a rollback or a clean-up, which a failure elsewhere does not cancel.
    cancellation = None if event["RequestType"] == "Delete" else CANCELLATION.get()
    if cancellation:
        cancellation.watch(request.answered)
    open_requests.open(request)
    try:
        _delivery.send(service_token, event)
        request.answered.wait(timeout)
        # The function answers just before it ends: the next event, sent at once, would start another worker for it.
        time.sleep(_END_OF_INVOCATION)
    finally:
        open_requests.close(request)
    return _result(request, stack_name, cancelled=bool(cancellation and cancellation.requested))


def _result(request: OpenRequest, stack_name: str, *, cancelled: bool) -> dict[str, Any]:
    event, response = request.event, request.response
    known_id = event.get("PhysicalResourceId") or invented_id(stack_name, event["LogicalResourceId"])
    if response is None:
        verb = {"Create": "creation", "Update": "update", "Delete": "deletion"}[event["RequestType"]]
        reason = f"Resource {verb} cancelled" if cancelled else _NO_ANSWER
        raise CustomResourceFailedError(reason, known_id)
    answered_id = str(response.get("PhysicalResourceId") or "")
    if response.get("Status") != "SUCCESS":
        reason = f"Received response status [FAILED] from custom resource. Message returned: {response.get('Reason')}"
        raise CustomResourceFailedError(
            response["Reason"] if not answered_id and response.get("Reason") else reason, answered_id or known_id
        )
    # A Delete may leave the id out; a Create or Update that succeeds without one is a failure.
    if not answered_id and event["RequestType"] != "Delete":
        raise CustomResourceFailedError("Invalid PhysicalResourceId", known_id)
    return response | {"PhysicalResourceId": answered_id or known_id}


_NO_ANSWER = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId. "
    "If you are using the Python cfn-response module, you may need to update your Lambda function code."
)


def invented_id(stack_name: str, logical_id: str) -> str:
    """The id CloudFormation gives a resource that never told its own."""
    suffix = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))
    return f"{stack_name}-{logical_id}-{suffix}"


def is_custom(resource_type: str) -> bool:
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"


def _timeout(props: Mapping[str, Any]) -> int:
    try:
        return min(max(int(props.get("ServiceTimeout", _LONGEST_TIMEOUT)), 1), _delivery.longest_answer)
    except ValueError:
        return _delivery.longest_answer


def _as_strings(value: Any) -> Any:
    return ministack.normalise_resource_properties(value)


def _gateway() -> str:
    scheme = "https" if os.environ.get("USE_SSL") else "http"
    return f"{scheme}://{os.environ['MINISTACK_HOST']}:{os.environ['GATEWAY_PORT']}"
