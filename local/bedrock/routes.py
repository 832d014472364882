"""Routes: which operation a request means, by the request URIs of botocore's service models."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

SERVICES = ("bedrock", "bedrock-runtime")

# An HTTP server may hand the path on decoded, and then the slashes of an ARN can't be told from those of the URI.
LABEL = r"(arn:.+|[^/]+)"


class Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    labels: list[str]
    operation: OperationModel


class Match(NamedTuple):
    operation: OperationModel
    labels: Mapping[str, str]


@cache
def service_model(service: str) -> ServiceModel:
    # Only botocore's own data: with AWS_DATA_PATH set, a session would find the trimmed model of the Lambda instead.
    loader = Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


def match(method: str, path: str) -> Match | None:
    decoded = unquote(path)
    for route in _routes():
        if route.method == method and (found := route.pattern.fullmatch(decoded)):
            return Match(route.operation, dict(zip(route.labels, found.groups(), strict=True)))
    return None


@cache
def _routes() -> list[Route]:
    # The longer the fixed part, the narrower the route: `/x/{id}/stop` has to be asked before `/x/{id}`.
    return sorted(_all_routes(), key=lambda route: -len(route.pattern.pattern.replace(LABEL, "")))


def _all_routes() -> Iterator[Route]:
    for service in SERVICES:
        model = service_model(service)
        for name in model.operation_names:
            yield _route(model.operation_model(name))


def _route(operation: OperationModel) -> Route:
    parts = re.split(r"\{(\w+)\+?\}", operation.http["requestUri"])
    pattern = LABEL.join(re.escape(part) for part in parts[::2])
    return Route(operation.http["method"], re.compile(pattern), parts[1::2], operation)
