"""The answer to CloudFormation: its size, where it may go, and what the logs may show."""

import http.server
import json
import threading
import time

import pytest

from provider import answer
from tests.functional.conftest import RESPONSE_URL, Cloud

EVENT = {
    "ResponseURL": RESPONSE_URL,
    "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/Models/1",
    "RequestId": "request",
    "LogicalResourceId": "Assistant",
}


def sent(**content) -> dict:
    bodies = []
    answer.send(
        {**EVENT, **content.pop("event", {})},
        **{"status": "FAILED", "physical_id": "id", **content},
        put=lambda _url, body: bodies.append(body) or True,
    )
    assert len(bodies[0]) <= 4096
    return json.loads(bodies[0])


@pytest.mark.parametrize("reason", ["x" * 10_000, "\N{PILE OF POO}" * 5_000, '"\\\n' * 5_000, "\ud800" * 6_000])
def test_a_long_reason_is_cut_until_the_answer_fits(reason):
    assert sent(reason=reason)["Reason"].endswith(" ...")


def test_a_short_reason_stays_as_it_is():
    assert sent(reason="naïve: no such bucket")["Reason"] == "naïve: no such bucket"


@pytest.mark.parametrize(
    "url",
    [
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x",
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/x",
        "https://s3-us-west-2.amazonaws.com/bucket/x",
        "https://bucket.s3.us-gov-west-1.amazonaws.com/x",
    ],
)
def test_s3_of_the_partition_is_written_to(url):
    assert sent(event={"ResponseURL": url})["Status"] == "FAILED"


@pytest.mark.parametrize(
    "url",
    [
        "http://bucket.s3.amazonaws.com/x",
        "https://example.com/x",
        "https://bucket.s3.amazonaws.com.example.com/x",
        "https://ec2.amazonaws.com/x",
        "https://bucket.s3.cn-north-1.amazonaws.com.cn/x",
        "http://127.0.0.1:4566/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_anything_else_is_never_called(url, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(ValueError, match="nothing was sent"):
        sent(event={"ResponseURL": url})


def test_china_has_its_own_domain():
    stack = "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/Models/1"
    url = "https://bucket.s3.cn-north-1.amazonaws.com.cn/x"
    assert sent(event={"StackId": stack, "ResponseURL": url})
    with pytest.raises(ValueError, match="nothing was sent"):
        sent(event={"StackId": stack})


def test_a_bucket_that_fails_is_tried_again_for_a_minute():
    tries, pauses = [], []
    with pytest.raises(TimeoutError):
        answer.send(
            EVENT, status="SUCCESS", physical_id="id", put=lambda *_: bool(tries.append(1)), sleep=pauses.append
        )
    assert 60 <= sum(pauses) < 90
    assert len(tries) == len(pauses) + 1


class _Bucket(http.server.BaseHTTPRequestHandler):
    statuses: list[int]
    seen: list[tuple[str, bytes]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.headers["Content-Type"], body))
        self.send_response(self.statuses.pop(0))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket(monkeypatch):
    _Bucket.statuses, _Bucket.seen = [], []
    server = http.server.HTTPServer(("127.0.0.1", 0), _Bucket)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    server.server_close()


def test_over_http_it_is_a_put_with_an_empty_content_type_and_survives_server_errors(bucket):
    _Bucket.statuses += [503, 200]
    url = f"http://127.0.0.1:{bucket.server_port}/response"
    answer.send({**EVENT, "ResponseURL": url}, status="SUCCESS", physical_id="id", data={"A": "1"}, sleep=time.sleep)
    (first_type, first), (_, second) = _Bucket.seen
    assert first_type == ""
    assert first == second
    assert json.loads(second)["Data"] == {"A": "1"}


def test_no_log_line_holds_the_signed_url_or_a_whole_event(cloud: Cloud, properties, capsys):
    name = cloud.create(properties)["PhysicalResourceId"]
    cloud.wait_for(name)
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(json.loads(line)["request_id"] for line in lines)
    assert "secret" not in "".join(lines)
    assert "ResponseURL" not in "".join(lines)
