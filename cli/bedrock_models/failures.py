"""What went wrong between this machine and AWS, in words that say what to do."""

import re
from typing import Final

from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

_DENIED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_MISSING: Final = {"ResourceNotFoundException", "NoSuchEntity", "NoSuchBucket", "NoSuchKey", "NotFound", "404"}
# CloudFormation has no code of its own for what is not there.
_INPUT: Final = {"ValidationError", "ValidationException"}
_EXPIRED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_INVALID: Final = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId"}
# The first that fits counts.
_REMEDIES: Final = (
    (NoRegionError, "A Region is needed, got none; add --region us-east-1, or set AWS_REGION."),
    (InvalidRegionError, "{error} Check --region, AWS_REGION and the profile; a Region is written like us-east-1."),
    (
        (SSOTokenLoadError, TokenRetrievalError, UnauthorizedSSOTokenError),
        "The SSO session has ended ({error}); log in with: aws sso login",
    ),
    (
        (NoCredentialsError, PartialCredentialsError),
        "Credentials are needed, got none; add --profile NAME, or log in with: aws sso login --profile NAME",
    ),
    (ProfileNotFound, "{error}; list the profiles there are with: aws configure list-profiles"),
    (EndpointConnectionError, "{error} Check --region and --endpoint-url, and the way to the network."),
)


class Failure(Exception):  # noqa: N818  what the user reads, and no defect
    """The command can't go on; the text says rule, got, remedy."""


def code(error: Exception) -> str:
    """The service's error code, or the class of an error that no service answered."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def message(error: Exception) -> str:
    """The service's own words."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Message") or error)
    return str(error)


def is_missing(error: Exception) -> bool:
    """The named thing does not exist."""
    if code(error) in _INPUT:
        return "does not exist" in message(error) or "could not be found" in message(error)
    return code(error) in _MISSING


def is_wrong_input(error: Exception) -> bool:
    """The service can't read what it was given, as a name that none of its resources could have."""
    return code(error) in _INPUT


def is_denied(error: Exception) -> bool:
    """The credentials don't allow the call."""
    return code(error) in _DENIED


def action(error: ClientError) -> str:
    """The IAM action that was refused, as far as the service names it."""
    named = re.search(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)", message(error))
    return named[1] if named else str(error.operation_name)


def explain(error: Exception) -> str:
    """One or two sentences for a person at a terminal."""
    if isinstance(error, ClientError):
        return _of_service(error)
    known = next((text for kind, text in _REMEDIES if isinstance(error, kind)), "{error}")
    return known.format(error=error)


def _of_service(error: ClientError) -> str:
    if is_denied(error):
        return (
            f"These credentials may not do {action(error)}; allow it, or use another --profile. AWS says: "
            + message(error)
        )
    if code(error) in _EXPIRED:
        return "The credentials have expired; get new ones, for example with: aws sso login"
    if code(error) in _INVALID:
        return f"AWS does not know these credentials ({message(error)}); check --profile and the AWS_ variables."
    return f"{error.operation_name} failed: {message(error)} ({code(error)})"
