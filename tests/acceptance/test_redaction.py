"""Redaction of an acceptance run: what its report and recordings must not tell, in the places where AWS says it."""

import json
import re

import pytest

from acceptance.redaction import ACCOUNT, Redactor, names_in, to_json

URI = "s3://acme-secret-escrow/jane/project-x/"
REDACTOR = Redactor({"acme-prod": "profile", **names_in(URI, "artifacts")})


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("arn:aws:bedrock:us-east-1:123456789012:custom-model/abc", ["123456789012"]),
        ("bucket cdk-hnb659fds-assets-123456789012-us-east-1 and data_123456789012_x", ["123456789012"]),
        ("arn%3Aaws%3Acloudformation%3Aus-east-1%3A123456789012%3Astack", ["123456789012"]),
        ("User: arn:aws:iam::123456789012:user/eng/jane.doe is not authorized", ["jane", "123456789012"]),
        (
            "arn:aws-us-gov:sts::123456789012:assumed-role/AWSReservedSSO_Acme_0123456789abcdef/jane@acme.example",
            ["jane", "acme", "Acme", "123456789012"],
        ),
        ("arn:aws:sts::123456789012:federated-user/jane", ["jane"]),
        ("mail to jane.doe+ml@mail.acme.example, please", ["jane", "acme"]),
        ("AROAIOSFODNN7EXAMPLE:jane used ASIAIOSFODNN7EXAMPLE and AKIAIOSFODNN7EXAMPLE", ["IOSFODNN7"]),
        (
            "https://responses.s3.amazonaws.com/arn%3Aaws%3Astack%2Facme?X-Amz-Signature=0123456789abcdef&X-Amz-Date=2026",
            ["acme", "0123456789abcdef", "X-Amz"],
        ),
        (f"The security token {'IQoJb3JpZ2luX2Vj' * 4} is expired", ["IQoJb3JpZ2lu"]),
        ("subnet-0123456789abcdef0 in vpc-01234567 with sg-0123456789abcdef0", ["01234567"]),
        ("denied for the source address 203.0.113.17", ["203.0.113"]),
        ("profile acme-prod, s3://acme-secret-escrow/jane/project-x/manifest.json", ["acme", "jane", "project-x"]),
        ("access Amazon S3 bucket: acme-secret-escrow at key jane/project-x", ["acme", "jane", "project-x"]),
    ],
)
def test_what_identifies_an_account_or_a_person_does_not_get_through(text: str, secrets: list[str]) -> None:
    found = REDACTOR(text)
    assert [secret for secret in secrets if secret in found] == []
    published = to_json({"request": {text: [text]}, "error": {"message": text}}, REDACTOR)
    assert [secret for secret in secrets if secret in published] == []
    assert REDACTOR(found) == found


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0:128k",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model/amazon.nova-micro-v1:0/abc123def456",
        f"arn:aws:iam::{ACCOUNT}:role/BedrockAcceptanceImported-FirstServiceRole-1A2B3C",
        "ValidationException: The provided job name is currently in use.",
        "acceptance-20261126t200718-nobody was read at 2026-11-26 20:07:18.123456+00:00",
        "see https://docs.aws.amazon.com/bedrock/latest/userguide/model-customization.html",
    ],
)
def test_what_a_reader_needs_stays(text: str) -> None:
    assert REDACTOR(text) == text


def test_a_name_is_replaced_as_a_whole_word_only() -> None:
    redact = Redactor({"a": "profile", "": "nothing"})
    assert redact("a model, data and 'a'") == "profile model, data and 'profile'"


def test_texts_are_redacted_before_json_escapes_them() -> None:
    redact = Redactor({'jane "the boss" müller': "somebody", r"acme\jane": "somebody"})
    told = json.loads(to_json({"message": r'by jane "the boss" müller or acme\jane'}, redact))
    assert told["message"] == "by somebody or somebody"


def test_numbers_and_times_of_a_recording_are_not_account_ids() -> None:
    exchange = {"status": 400, "error": None, "answer": {"maxTokens": 10, "isOwned": True}}
    assert json.loads(to_json(exchange, REDACTOR)) == exchange
    assert not re.search(r"\d{12}", to_json({"at": "2026-11-26T20:07:18Z"}, REDACTOR))
