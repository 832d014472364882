"""The response URL of an event: where an answer may go, and when CloudFormation sent it. Only the standard library.

An answer goes to Amazon S3, over https, in the partition of the stack.

Not to one bucket of S3: its name is documented for VPC endpoints, but a Region where it is called otherwise would leave
every stack there waiting for an hour, and whoever may invoke the function learns nothing from an answer to himself.
"""

import os
import re
import urllib.parse
from datetime import datetime
from typing import Final

_DOMAINS: Final = {
    "aws": "amazonaws.com",
    "aws-us-gov": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}
# s3, s3.eu-west-1, s3.dualstack.eu-west-1, s3-eu-west-1, s3-fips.us-gov-west-1, s3-external-1. No more: a load balancer
# may be called s3-something.
_REGION: Final = r"[a-z]{2,5}(?:-[a-z]{1,20}){1,3}-\d{1,2}"
_S3: Final = re.compile(rf"s3(?:-external-1|-{_REGION}|(?:-fips)?(?:\.dualstack)?(?:\.{_REGION})?)")
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_LONGEST: Final = 8192

# The time of an event stands nowhere else in it. Signatures of version 2 tell the end of their own life only.
_SIGNED: Final = re.compile(r"[?&]X-Amz-Date=(\d{8}T\d{6}Z)(?:&|$)")
_EXPIRES: Final = re.compile(r"[?&]Expires=(\d{10})(?:&|$)")
_ORDER: Final = re.compile(r"\d{8}T\d{6}Z|\d{10}")


def signed_at(url: str) -> datetime | None:
    """When CloudFormation signed the URL, to the second; None if the URL does not say."""
    found = _SIGNED.search(url)
    try:
        return datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def order(url: str) -> str:
    """A text that sorts as CloudFormation signed; empty if the URL does not say. Compare those of one length only."""
    found = _SIGNED.search(url) or _EXPIRES.search(url)
    return found[1] if found else ""


def is_order(text: str) -> bool:
    """Whether `order` may have told this."""
    return bool(_ORDER.fullmatch(text))


def is_allowed(url: str, stack_id: str) -> bool:
    """Whether an answer for this stack may be sent there. Raises nothing, whatever it is given."""
    # Two readers of one URL may disagree about anything but this; and no error of theirs may show it.
    if len(url) > _LONGEST or not re.fullmatch(r"https?://[\w.:\[\]-]+/[!-~]*", url, re.ASCII):
        return False
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if _is_local(host):
        return True
    return parts.scheme == "https" and port in (None, 443) and _is_s3(host, _partition(stack_id))


def _partition(stack_id: str) -> str:
    return stack_id.split(":", 2)[1] if ":" in stack_id else ""


def _is_s3(host: str, partition: str) -> bool:
    domain = _DOMAINS.get(partition)
    if domain is None or not host.endswith(f".{domain}"):
        return False
    bucket, found, service = f".{host.removesuffix(f'.{domain}')}".rpartition(".s3")
    return bool(found and _S3.fullmatch(f"s3{service}") and (not bucket or _BUCKET.fullmatch(bucket[1:])))


def _is_local(host: str) -> bool:
    # Lambda never sets this variable by itself and no template of this library does; an AWS that runs on the
    # developer's own machine does.
    endpoint = urllib.parse.urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or ""
    return endpoint in _LOOPBACK and host in _LOOPBACK
