"""The answer to CloudFormation: its size, where it may go, and what the logs may show."""

import http.server
import json
import threading
import time
from pathlib import Path

import pytest

from provider.aws import clients
from provider.cloudformation import response, response_url
from tests.functional.conftest import RESPONSE_URL

ROOT = Path(__file__).parents[3]
EVENT = {
    "ResponseURL": RESPONSE_URL,
    "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/Models/1",
    "RequestId": "request",
    "LogicalResourceId": "Assistant",
}


def sent(**content) -> dict:
    bodies = []
    response.send(
        {**EVENT, **content.pop("event", {})},
        **{"status": "FAILED", "physical_id": "id", **content},
        put=lambda _url, body: bodies.append(body) or True,
    )
    assert len(bodies[0]) <= 4096
    return json.loads(bodies[0])


def never(_url: str, _body: bytes) -> bool:
    raise AssertionError("nothing may be sent")


def errors(capsys) -> str:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any(line["level"] == "ERROR" for line in lines)
    return " ".join(str(line) for line in lines if line["level"] == "ERROR")


@pytest.mark.parametrize("reason", ["x" * 100_000, "\N{PILE OF POO}" * 25_000, '"\\\n' * 30_000, "\ud800" * 60_000])
def test_a_long_reason_is_cut_at_the_last_character_that_fits(reason):
    answered = sent(reason=reason)
    assert answered["Reason"].endswith(" ...")
    kept = answered["Reason"].removesuffix(" ...")
    assert reason.replace("\ud800", "?").startswith(kept)
    longer = json.dumps(
        {**answered, "Reason": reason.replace("\ud800", "?")[: len(kept) + 1] + " ..."}, ensure_ascii=False
    )
    assert len(longer.encode()) > 4096


def test_a_short_reason_stays_as_it_is():
    assert sent(reason="naïve: no such bucket\n\ttry another")["Reason"] == "naïve: no such bucket\n\ttry another"


def test_control_characters_which_no_stack_event_can_hold_become_spaces():
    assert sent(reason="a\x00b\x1b[31mc\r")["Reason"] == "a b [31mc "


def test_an_answer_that_does_not_fit_even_without_its_reason_is_not_sent_but_logged(capsys):
    response.send(EVENT, status="SUCCESS", physical_id="id", data={"A": "x" * 5000}, put=never)
    assert "CloudFormation takes 4096" in errors(capsys)


@pytest.mark.parametrize(
    "url",
    [
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x?X-Amz-Signature=0a%2F~_-.&y=+",
        "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com:443/x",
        "https://cloudformation-custom-resource-response-euwest1.s3.eu-west-1.amazonaws.com/x",
        "https://cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com/x",
        "https://cloudformation-custom-resource-response-apse7.s3.dualstack.ap-southeast-7.amazonaws.com/x",
        "https://s3-us-west-2.amazonaws.com/bucket/x",
        "https://s3.us-west-2.amazonaws.com/bucket/x",
        "https://s3.amazonaws.com/bucket/x",
        "https://bucket.s3-external-1.amazonaws.com/x",
        "https://bucket.s3.s3.us-east-1.amazonaws.com/x",
    ],
)
def test_s3_of_the_partition_is_written_to(url):
    assert sent(event={"ResponseURL": url})["Status"] == "FAILED"


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws-us-gov", "s3.us-gov-west-1.amazonaws.com"),
        ("aws-us-gov", "s3-fips.us-gov-east-1.amazonaws.com"),
        ("aws-cn", "s3.cn-north-1.amazonaws.com.cn"),
        ("aws-iso", "s3.us-iso-east-1.c2s.ic.gov"),
        ("aws-iso-b", "s3.us-isob-east-1.sc2s.sgov.gov"),
        ("aws-iso-e", "s3.eu-isoe-west-1.cloud.adc-e.uk"),
        ("aws-iso-f", "s3.us-isof-south-1.csp.hci.ic.gov"),
        ("aws-eusc", "s3.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_each_partition_has_its_own_domain_and_no_other(partition, host):
    url = f"https://cloudformation-custom-resource-response-x.{host}/x"
    other = "aws-cn" if partition == "aws-us-gov" else "aws"
    assert response_url.is_allowed(url, f"arn:{partition}:cloudformation:region:123456789012:stack/Models/1")
    assert not response_url.is_allowed(url, f"arn:{other}:cloudformation:region:123456789012:stack/Models/1")


def test_every_partition_that_botocore_knows_is_known():
    known = json.loads((clients.MODELS / "endpoints.json").read_text())["partitions"]
    for partition in known:
        url = f"https://bucket.s3.{partition['dnsSuffix']}/x"
        assert response_url.is_allowed(url, f"arn:{partition['partition']}:cloudformation:r:1:stack/Models/1")


@pytest.mark.parametrize(
    "url",
    [
        "http://bucket.s3.amazonaws.com/x",
        "ftp://bucket.s3.amazonaws.com/x",
        "https://example.com/x",
        "https://bucket.s3.amazonaws.com.example.com/x",
        "https://amazonaws.com/x",
        "https://ec2.amazonaws.com/x",
        "https://s3-mine-1234567890.us-east-1.elb.amazonaws.com/x",
        "https://s3-mine.us-east-1.amazonaws.com/x",
        "https://mine.s3-website-us-east-1.amazonaws.com/x",
        "https://mine.s3-object-lambda.us-east-1.amazonaws.com/x",
        "https://s3.execute-api.us-east-1.amazonaws.com/x",
        "https://bucket.s3.cn-north-1.amazonaws.com.cn/x",
        "https://bucket.s3.amazonaws.com:8443/x",
        "https://bucket.s3.amazonaws.com:99999/x",
        "https://somebody@bucket.s3.amazonaws.com/x",
        "https://example.com\\@bucket.s3.amazonaws.com/x",
        "https://example.com#@bucket.s3.amazonaws.com/x",
        "https://bucket.s3.amazonaws.com\n.example.com/x",
        "https://bucket.s3.amazonaws.com/x y",
        "https://bucket.s3.amazonaws.com/\r\nHost: example.com",
        "https://bucket.s3.amazonaws.com/\N{SNOWMAN}",
        "https://[bucket.s3.amazonaws.com/x",
        "https://-.s3.amazonaws.com/x",
        "https://bucket.s3.amazonaws.com/" + "x" * 10_000,
        "http://127.0.0.1:4566/x",
        "http://169.254.169.254/latest/x",
        "http://[::1]:9001/x",
        "file:///etc/passwd",
        "s3.amazonaws.com",
        "",
    ],
)
def test_anything_else_is_never_called(url, monkeypatch, capsys):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    event = {**EVENT, "ResponseURL": url}
    assert not response.is_possible(event)
    response.send(event, status="SUCCESS", physical_id="id", put=never)
    assert "ResponseURL" in errors(capsys)


def test_a_local_aws_is_answered_only_by_a_function_that_was_told_of_one(monkeypatch):
    url = "http://127.0.0.1:4566/x"
    for endpoint in ("", "https://bucket.s3.amazonaws.com", "http://10.0.0.1:4566", "http://127.0.0.1.example.com"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        assert not response_url.is_allowed(url, EVENT["StackId"])
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:4566")
    assert response_url.is_allowed(url, EVENT["StackId"])
    assert not response_url.is_allowed("http://bucket.s3.amazonaws.com/x", EVENT["StackId"])


def test_no_template_tells_a_function_of_a_local_aws():
    texts = [*(ROOT / "tests/unit/__snapshots__").rglob("*.json"), *(ROOT / "constructs_lib").rglob("*.py")]
    assert len(texts) > 20
    assert not [path.name for path in texts if "ENDPOINT_URL" in path.read_text()]


def test_a_bucket_that_fails_is_tried_again_for_a_minute():
    tries, pauses = [], []
    with pytest.raises(response.NotDeliveredError):
        response.send(
            EVENT, status="SUCCESS", physical_id="id", put=lambda *_: bool(tries.append(1)), sleep=pauses.append
        )
    assert 60 <= sum(pauses) < 90
    assert len(tries) == len(pauses) + 1


class _Bucket(http.server.BaseHTTPRequestHandler):
    statuses: list[int]
    seen: list[tuple[str, bytes]]
    paths: list[str]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.headers["Content-Type"], body))
        self.paths.append(self.path)
        status = self.statuses.pop(0)
        if not status:
            self.wfile.write(b"no HTTP\r\n\r\n")
            return
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket(monkeypatch):
    _Bucket.statuses, _Bucket.seen, _Bucket.paths = [], [], []
    server = http.server.HTTPServer(("127.0.0.1", 0), _Bucket)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield server
    server.shutdown()
    server.server_close()


def test_over_http_it_is_a_put_with_an_empty_content_type_and_survives_server_errors(bucket):
    _Bucket.statuses += [503, 200]
    url = f"http://127.0.0.1:{bucket.server_port}/response"
    response.send({**EVENT, "ResponseURL": url}, status="SUCCESS", physical_id="id", data={"A": "1"}, sleep=time.sleep)
    (first_type, first), (_, second) = _Bucket.seen
    assert first_type == ""
    assert first == second
    assert json.loads(second)["Data"] == {"A": "1"}


@pytest.mark.parametrize("status", [403, 404])
def test_an_expired_signature_and_a_bucket_that_is_gone_are_told_at_once_and_not_tried_again(bucket, capsys, status):
    _Bucket.statuses += [status]
    url = f"http://127.0.0.1:{bucket.server_port}/response"
    response.send({**EVENT, "ResponseURL": url}, status="SUCCESS", physical_id="id", sleep=no_sleep)
    assert str(status) in errors(capsys)
    assert len(_Bucket.seen) == 1


def test_no_answer_follows_a_redirection(bucket):
    _Bucket.statuses += [307, 200]
    url = f"http://127.0.0.1:{bucket.server_port}/response"
    response.send({**EVENT, "ResponseURL": url}, status="SUCCESS", physical_id="id", sleep=lambda _: None)
    assert _Bucket.paths == ["/response", "/response"]


def no_sleep(_seconds: float) -> None:
    raise AssertionError("nothing to wait for")


def test_a_connection_that_breaks_off_is_tried_again(bucket):
    _Bucket.statuses += [0, 200]
    url = f"http://127.0.0.1:{bucket.server_port}/response"
    response.send({**EVENT, "ResponseURL": url}, status="SUCCESS", physical_id="id", sleep=lambda _: None)
    assert len(_Bucket.seen) == 2
