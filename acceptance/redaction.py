"""Redaction of what a run publishes: nothing in it identifies the account, its people, or gives access to anything."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

ACCOUNT: Final = "111122223333"
REDACTED: Final = "REDACTED"
_PATTERNS: Final = (
    # A signed URL is a secret for as long as it is valid. What it points to may name a stack or a bucket.
    (re.compile(r"https?://[^\s\"'<>?]+\?[^\s\"'<>]*"), f"https://{REDACTED}"),
    # Who called: names of people, of their roles and their sessions.
    (re.compile(r"(arn:[\w-]+:(?:iam|sts)::\d{12}:)user/[^\s\"',]+"), rf"\1user/{REDACTED}"),
    (re.compile(r"(arn:[\w-]+:sts::\d{12}:)(assumed-role|federated-user)/[^\s\"',]+"), rf"\1\2/{REDACTED}"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), f"{REDACTED}@example.com"),
    # Access keys and unique ids of principals: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    (re.compile(r"\b(ABIA|ACCA|AGPA|AIDA|AIPA|AKIA|ANPA|ANVA|APKA|AROA|ASCA|ASIA)[A-Z0-9]{12,}\b"), rf"\1{REDACTED}"),
    # Session tokens begin like this, in headers as in error messages.
    (re.compile(r"\b(?:IQoJ|FwoG|AQoD)[\w+/=%-]{40,}"), REDACTED),
    (re.compile(r"\b(?:vpc|vpce|subnet|sg|eni)-[0-9a-f]{8,17}\b"), REDACTED),
    (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), REDACTED),
    # Last, since the patterns above read the account in an ARN. URLs carry it after %3A, so a letter may precede it.
    (re.compile(r"(?<!\d)\d{12}(?!\d)"), ACCOUNT),
)


class Redactor:
    """Replaces what identifies an account or a person, and the names that it is told of."""

    def __init__(self, names: Mapping[str, str]) -> None:
        # The longest first: one name may hold another.
        longest_first = sorted(filter(None, names), key=lambda name: -len(name))
        self._names = [(_whole(name), names[name]) for name in longest_first]

    def __call__(self, text: str) -> str:
        for pattern, instead in (*self._names, *_PATTERNS):
            text = pattern.sub(instead, text)
        return text


def _whole(name: str) -> re.Pattern[str]:
    """The name where it stands as a word: a profile may be called "a"."""
    after = r"(?![A-Za-z0-9])" if name[-1].isalnum() else ""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}{after}")


def names_in(uri: str, instead: str) -> dict[str, str]:
    """An S3 URI as Amazon Bedrock may tell it: whole, or as its bucket and its key."""
    if not uri:
        return {}
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {uri: f"s3://{instead}/", bucket: instead, key: f"{instead}-key/", key.rstrip("/"): f"{instead}-key"}


def to_json(value: Any, redact: Redactor) -> str:
    """The value as JSON, every text in it redacted; each by itself, before quotes and backslashes are escaped."""
    return json.dumps(_redacted(json.loads(json.dumps(value, default=str)), redact), indent=2, ensure_ascii=False)


def _redacted(value: Any, redact: Redactor) -> Any:
    match value:
        case str():
            return redact(value)
        case list():
            return [_redacted(each, redact) for each in value]
        case dict():
            return {redact(name): _redacted(each, redact) for name, each in value.items()}
    return value
