"""The Lambda's own clients: made of the data beside the code, and speaking as botocore's own would."""

import json
from itertools import product
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointVariantError
from botocore.regions import EndpointResolver

from provider.aws.clients import INTERFACES, MODELS, Clients, session

# One harmless call of each service.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "bedrock": ("get_custom_model", {"modelIdentifier": "a/b"}),
    "stepfunctions": ("list_executions", {"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:w"}),
    "cloudformation": ("describe_stacks", {"StackName": "Models"}),
    "iam": ("delete_role_policy", {"RoleName": "r", "PolicyName": "p"}),
    "ec2": ("delete_security_group", {"GroupId": "sg-1"}),
    "ssm": ("get_parameter", {"Name": "/bedrock-models/invocation-logging"}),
    "sagemaker": ("describe_training_job", {"TrainingJobName": "nova"}),
    "s3": ("get_object", {"Bucket": "output", "Key": "nova/manifest.json"}),
}
KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
# One of each partition; the last one is newer than any data.
REGIONS = [
    *("us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1"),
    *("us-isof-south-1", "eusc-de-east-1", "eu-west-9"),
]
NEWER = ["eu-west-9", "cn-west-9", "us-gov-north-9", "us-iso-north-9", "us-isob-north-9", "eusc-de-west-9", "xx-new-1"]


ERRORS = {
    "bedrock": ({"x-amzn-errortype": "ConflictException"}, '{"message": "Taken."}'),
    "stepfunctions": ({}, '{"__type": "com.amazonaws.swf#ExecutionDoesNotExist", "message": "Taken."}'),
    "cloudformation": ({}, "<ErrorResponse><Error><Code>Odd</Code><Message>Taken.</Message></Error></ErrorResponse>"),
    "iam": ({}, "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>Taken.</Message></Error></ErrorResponse>"),
    "ssm": ({}, '{"__type": "ParameterNotFound", "message": "Taken."}'),
    "sagemaker": ({}, '{"__type": "ResourceNotFound", "message": "Taken."}'),
    "s3": ({}, "<Error><Code>NoSuchKey</Code><Message>Taken.</Message></Error>"),
    "ec2": ({}, "<Response><Errors><Error><Code>InUse</Code><Message>Taken.</Message></Error></Errors></Response>"),
}


class Sent(Exception):  # noqa: N818  no error: it ends the call where the network would begin
    """The request that would have gone out."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


def request_of(client: Any, call: tuple[str, dict[str, Any]]) -> tuple[str, str, Any, str]:
    def stop(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        raise Sent(request)

    client.meta.events.register("before-send", stop)
    with pytest.raises(Sent) as sent:
        getattr(client, call[0])(**call[1])
    request = sent.value.request
    scope = request.headers["Authorization"].decode().split("/", 2)[2].split(",")[0]
    return request.method, request.url, request.body, scope


@pytest.fixture(scope="module")
def ours():
    return session()


@pytest.fixture(scope="module")
def botocores():
    return botocore.session.Session()


@pytest.mark.parametrize("service", sorted(INTERFACES))
def test_a_request_goes_where_botocores_own_client_would_send_it(service, ours, botocores):
    for region in REGIONS:
        made = ours.client(service, region_name=region, **KEYS)
        full = botocores.create_client(service, region_name=region, **KEYS)
        assert request_of(made, CALLS[service]) == request_of(full, CALLS[service]), region


def error_of(client: Any, service: str) -> dict[str, Any]:
    headers, body = ERRORS[service]

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        response = AWSResponse(request.url, 400, headers, None)
        response._content = body.encode()
        return response

    client.meta.events.register("before-send", answer)
    name, request = CALLS[service]
    with pytest.raises(ClientError) as raised:
        getattr(client, name)(**request)
    return raised.value.response["Error"]


@pytest.mark.parametrize("service", sorted(INTERFACES))
def test_an_error_is_read_as_botocores_own_client_reads_it(service, ours, botocores):
    made = ours.client(service, region_name="us-east-1", **KEYS)
    error = error_of(made, service)
    assert error == error_of(botocores.create_client(service, region_name="us-east-1", **KEYS), service)
    assert error["Message"] == "Taken."


def endpoint_of(data: str, prefix: str, region: str, dual: bool, fips: bool) -> Any:
    # A resolver writes into the data that it was given.
    resolver = EndpointResolver(json.loads(data))
    try:
        endpoint = resolver.construct_endpoint(prefix, region, None, dual, fips)
    except EndpointVariantError as error:
        return str(error)
    return endpoint and {key: value for key, value in endpoint.items() if key != "variants"}


@pytest.mark.parametrize("prefix", ["api.sagemaker", "bedrock", "cloudformation", "ec2", "iam", "s3", "ssm", "states"])
def test_every_region_has_the_endpoints_that_all_the_data_of_botocore_give_it(prefix, botocores):
    full = botocores.get_component("data_loader").load_data("endpoints")
    partitions = [
        {**partition, "services": {name: body for name, body in partition["services"].items() if name == prefix}}
        for partition in full["partitions"]
    ]
    ours, everything = (MODELS / "endpoints.json").read_text(), json.dumps({"partitions": partitions})
    regions = [*(region for partition in partitions for region in partition["regions"]), *NEWER]
    assert len(regions) > 45
    for region, dual, fips in product(regions, (False, True), (False, True)):
        expected = endpoint_of(everything, prefix, region, dual, fips)
        assert endpoint_of(ours, prefix, region, dual, fips) == expected, (region, dual, fips)


def test_every_interface_is_all_that_its_client_can_do(ours):
    for service, interface in INTERFACES.items():
        client = ours.client(service, region_name="us-east-1", **KEYS)
        named = {name for name in vars(interface) if not name.startswith("_")} - {"meta"}
        assert set(client.meta.method_to_api_mapping) == named


def test_the_calls_are_few_and_short_so_that_a_hanging_api_leaves_time_for_the_answer(ours):
    config = ours.client("bedrock", region_name="us-east-1", **KEYS).meta.config
    longest = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
    assert longest <= 60


def test_no_other_service_can_be_asked_for(ours):
    with pytest.raises(Exception, match="Unknown service: 'sts'"):
        ours.client("sts", region_name="us-east-1", config=Config())


def test_a_client_is_made_when_it_is_first_used_and_only_once(monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    clients = Clients()
    assert not set(vars(clients)) & {"bedrock", "states", "cloudformation", "iam", "ec2"}
    assert clients.bedrock is clients.bedrock
    assert set(vars(clients)) == {"_session", "bedrock"}
