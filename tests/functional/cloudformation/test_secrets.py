"""What must not be read in any log line or answer, even when an error of the SDK quotes it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from provider.cloudformation import log, response
from tests.functional.conftest import RESPONSE_URL, SIGNATURE, Cloud

TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN//////////wEaCXVzLWVhc3QtMSJH"
KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)


class Quoting:
    """A Bedrock whose errors quote what they got, as the one for a wrong signature really does."""

    def __init__(self, code: str) -> None:
        self._error = {
            "Code": code,
            "Message": "The request signature we calculated does not match the signature you provided.\n\n"
            "The Canonical String for this request should have been\n"
            f"'GET\n/\n\nx-amz-security-token:{TOKEN}\n\nhost' {KEY} {RESPONSE_URL}",
        }

    def __getattr__(self, operation: str) -> Any:
        def fail(**_request: Any) -> None:
            raise ClientError({"Error": self._error}, operation)

        return fail


@pytest.mark.parametrize("code", ["InvalidSignatureException", "ValidationException"])
def test_an_error_that_quotes_credentials_is_told_without_them(cloud: Cloud, properties, logged, code):
    cloud.outside.bedrock = Quoting(code)
    told = cloud.create(properties)["Reason"]
    assert "does not match the signature" in told
    assert "x-amz-security-token:[hidden]" in told
    for text in (told, json.dumps(logged)):
        assert not any(secret in text for secret in (TOKEN, KEY, RESPONSE_URL, SIGNATURE))


def test_a_wrong_signature_is_trouble_of_the_function_and_passes(cloud: Cloud, properties):
    bedrock, cloud.outside.bedrock = cloud.outside.bedrock, Quoting("InvalidSignatureException")
    cloud.invoke(cloud.event("Create", properties))
    cloud.waiter.step()
    cloud.outside.bedrock = bedrock
    cloud.waiter.run()
    assert [response["Status"] for response in cloud.answers] == ["SUCCESS"]


def test_the_traceback_of_a_defect_is_logged_without_the_signed_url(cloud: Cloud, properties, logged):
    class Broken:
        def __getattr__(self, _operation: str) -> Any:
            raise RuntimeError(f"cannot send to {RESPONSE_URL}")

    cloud.outside.bedrock = Broken()
    assert cloud.create(properties)["Reason"] == "The provider failed: RuntimeError. Its log has the details."
    (defect,) = [line for line in logged if line["event"] == "defect"]
    assert "X-Amz-Security-Token=[hidden]&X-Amz-Signature=[hidden]" in defect["traceback"]


def test_a_secret_is_hidden_before_the_line_is_cut(logged):
    log.bind({"ResponseURL": RESPONSE_URL})
    log.error("long", text=f"{'x' * 3980}{RESPONSE_URL}", parts=[RESPONSE_URL, {"url": SIGNATURE}])
    assert logged[-1]["text"] == f"{'x' * 3980}[hidden]"
    assert logged[-1]["parts"] == ["[hidden]", {"url": "[hidden]"}]


def test_a_long_text_is_cut_in_the_log(logged):
    log.error("long", text="x" * 1_000_000)
    assert len(logged[-1]["text"]) < 5000


def test_short_values_that_could_stand_anywhere_are_not_searched_for(monkeypatch, logged):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    log.bind({"ResponseURL": "https://x/?a"})
    log.info("a test", text="a test at https://y/?a")
    assert logged[-1]["text"] == "a test at https://y/?a"


@pytest.mark.parametrize("failure", [OSError(RESPONSE_URL), ValueError(RESPONSE_URL)])
def test_an_undelivered_answer_is_told_without_its_url(failure, logged, monkeypatch):
    event = {"ResponseURL": RESPONSE_URL, "StackId": "arn:aws:cloudformation:r:1:stack/M/1", "RequestId": "r"}
    event["LogicalResourceId"] = "Assistant"
    monkeypatch.setattr("urllib.request.urlopen", _raise(failure))
    log.bind(event)
    with pytest.raises((response.NotDeliveredError, ValueError)) as raised:
        response.send(event, status="SUCCESS", physical_id="id", sleep=lambda _: None)
    assert isinstance(failure, ValueError) or RESPONSE_URL not in str(raised.value)


def _raise(error: Exception) -> Any:
    def act(*_: Any, **__: Any) -> None:
        raise error

    return act
