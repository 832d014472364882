"""What kind of trouble an error of AWS is: passing, not yet propagated, missing, or final."""

from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

_PASSING_CODES: Final = {
    "InternalServerException",
    "InternalFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    # The clock or the credentials of this execution environment: neither says anything about the run.
    "RequestExpired",
    "RequestTimeTooSkewed",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "ExpiredTokenException",
}
_DENIED_CODES: Final = {"AccessDenied", "AccessDeniedException", "UnrecognizedClientException"}

# Bedrock checks the service role before it takes a job; IAM may not know a role or a policy made seconds ago.
# In whatever words: nothing was started, so a wrong guess costs five minutes.
_PROPAGATION_TEXTS: Final = (
    "role",
    "assume",
    "permission",
    "perms",
    "denied",
    "authorized",
    "kms",
    "grant",
    "trust",
    "lambda",
    "bucket",
)
# "The provided model identifier is invalid" of a model that was made a moment ago, "could not be found", "not Active".
_NOT_READY_TEXTS: Final = (
    "not found",
    "could not be found",
    "does not exist",
    "only an active",
    "not active",
    "not ready",
)
_SERVER_ERROR: Final = 500


# The quotas of what may be in progress. Which code they are told with is not documented for every call
# (docs/assumptions.md: quota-words).
_QUOTA_CODES: Final = {"ServiceQuotaExceededException", "LimitExceededException"}
_QUOTA_TEXTS: Final = ("quota", "concurrent", "maximum number of", "already in progress", "limit for the number of")
_RATE_TEXTS: Final = ("rate exceeded", "too many requests", "request rate", "requests per", "frequency")


class AmbiguousError(ClientError):  # type: ignore[misc]  # botocore has no types
    """A refusal of a Get for something that a List shows: it may not be visible everywhere yet. It is asked again."""


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
    """The named thing does not exist, by the code that is documented for it."""
    return code(error) == "ResourceNotFoundException"


def may_be_missing(error: Exception) -> bool:
    """The same, or a refusal that is known to be told instead: whoever hears it looks another way."""
    return code(error) in {"ResourceNotFoundException", "ValidationException"}


def is_refusal(error: Exception) -> bool:
    """No other try would help: what the call names is gone, or cannot be had."""
    return code(error) in {"ResourceNotFoundException", "ValidationException"}


def is_passing(error: Exception) -> bool:
    """Worth another try as it is: throttled, a server's fault, or a connection that was lost."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in _PASSING_CODES or int(status) >= _SERVER_ERROR or isinstance(error, AmbiguousError)
    return isinstance(error, BotoCoreError) and not isinstance(error, ParamValidationError)


def is_quota(error: Exception) -> bool:
    """The account has as many of these as it may have, by code or by words; not a rate of requests."""
    text = message(error).lower()
    if code(error) in _QUOTA_CODES:
        return True
    speaks_of_it = any(words in text for words in _QUOTA_TEXTS) and not any(words in text for words in _RATE_TEXTS)
    return speaks_of_it and code(error) in {*_PASSING_CODES, "ValidationException", "ConflictException"}


def is_service_fault(words: str) -> bool:
    """What a run failed of, in the service's words, was the service's own trouble."""
    text = words.lower()
    return any(fault in text for fault in ("internal error", "internal server error", "internal failure"))


def is_denied(error: Exception) -> bool:
    """A permission is missing, or was given so recently that IAM does not know it yet."""
    return code(error) in _DENIED_CODES


def is_unauthorized(error: Exception) -> bool:
    """The same in the words of Amazon EC2, too."""
    return is_denied(error) or code(error) == "UnauthorizedOperation"


def is_propagation(error: Exception) -> bool:
    """Bedrock could not use the service role: not known yet, or wrong."""
    refused = code(error) in {"ValidationException", "ConflictException", *_DENIED_CODES}
    return refused and any(text in message(error).lower() for text in _PROPAGATION_TEXTS)


def is_not_ready(error: Exception) -> bool:
    """What a call names, by its words, is not there yet or not Active yet."""
    said = any(words in message(error).lower() for words in _NOT_READY_TEXTS)
    return is_missing(error) or (code(error) in {"ValidationException", "ConflictException"} and said)


def is_model_name_taken(error: Exception) -> bool:
    """The name of the model, and not that of the job that trains it, is in use."""
    return is_name_taken(error) and "model name" in message(error).lower()


def is_name_taken(error: Exception) -> bool:
    """The name is in use: somebody else's, or our own start whose answer was lost."""
    text = message(error).lower()
    taken = any(words in text for words in ("in use", "already exists", "already been used", "must be unique"))
    return code(error) in {"ConflictException", "ValidationException"} and taken


def is_conflict(error: Exception) -> bool:
    """The thing is busy, or used by another."""
    return code(error) == "ConflictException"


def is_busy(error: Exception) -> bool:
    """The same, also of a call that has no code of its own for it."""
    return is_conflict(error) or "mutating state" in message(error).lower()


def is_final(error: Exception) -> bool:
    """Said about what the call asks for: neither an outage nor a missing permission."""
    return not (is_passing(error) or is_denied(error))
