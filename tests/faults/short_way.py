"""The Bedrock in memory without HTTP between: the same checks against botocore's model, twenty times as fast."""

import functools
from collections.abc import Callable
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from local.bedrock import Bedrock, memory_client, routes
from local.bedrock.access import check_caller
from local.bedrock.authorization import authorization
from local.bedrock.errors import ServiceError
from local.bedrock.service import _idempotent
from local.bedrock.store import Request
from local.bedrock.validation import validate
from provider.aws.clients import session


class ShortWay:
    """What the handlers call, as `provider.clients.Bedrock` has it."""

    def __init__(self, bedrock: Bedrock) -> None:
        self._bedrock = bedrock
        self.meta = _client_of_the_lambda().meta

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = _operations()[name]
        return lambda **params: self._perform(operation, params)

    def _perform(self, operation: OperationModel, params: dict[str, Any]) -> dict[str, Any]:
        bedrock, store = self._bedrock, self._bedrock.store()
        now = bedrock.config.clock.now()
        request = Request(operation=operation.name, params=params, caller="provider", store=store, now=now)
        try:
            bedrock.rate_limit.take(operation.name, bedrock.config.quotas, now)
            bedrock.faults.before_effect(operation.name)
            store.settle(now)
            validate(operation.input_shape, params)
            check_caller(bedrock.config.access, "provider", authorization(operation.name, params, store))
            return _idempotent(operation, request)
        except ServiceError as error:
            raise _as_botocore(error, operation) from error


def _as_botocore(error: ServiceError, operation: OperationModel) -> ClientError:
    detail = {"Error": {"Code": error.code, "Message": error.message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(detail, operation.name)


@functools.cache
def _operations() -> dict[str, OperationModel]:
    """Only what the trimmed model of the Lambda has, in the full model's shapes."""
    full, known = routes.service_model("bedrock"), _client_of_the_lambda().meta.service_model.operation_names
    return {xform_name(name): full.operation_model(name) for name in known}


@functools.cache
def _client_of_the_lambda() -> Any:
    return memory_client(Bedrock(_NO_CLOCK), session=session())


class _NoClock:
    def now(self) -> Any:
        raise AssertionError("this client is only asked for its service model")


_NO_CLOCK = _NoClock()
