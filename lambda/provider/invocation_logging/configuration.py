"""The configuration of invocation logging in Bedrock: there is one in an account and Region."""

from typing import Any, Final

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Bedrock
from provider.aws.coercion import typed
from provider.cloudformation import log
from provider.cloudformation.contract import LOGGING_RECORD
from provider.cloudformation.request import Request
from provider.lifecycle import starting

Configuration = dict[str, Any]

_REMEDY: Final = (
    "Bedrock must be allowed to write to what the configuration names: the role by its trust and permissions, the "
    "bucket by its policy and its key's."
)


def wanted(request: Request, bedrock: Bedrock) -> Configuration:
    """What the template asks for. Raises `Malformed` if it asks for nothing."""
    operation = bedrock.meta.service_model.operation_model("PutModelInvocationLoggingConfiguration")
    shape = operation.input_shape.members["loggingConfig"]
    return _without_empty(typed(request.required("loggingConfig"), shape))


def current(bedrock: Bedrock) -> Configuration | None:
    """What Bedrock has; None if nothing is configured."""
    return _without_empty(bedrock.get_model_invocation_logging_configuration().get("loggingConfig") or {}) or None


def put(request: Request, bedrock: Bedrock, config: Configuration, *, is_rollback: bool) -> None:
    """Configures this. What a rollback cannot put back, because its bucket or role is gone, does not fail it."""
    try:
        bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    except ClientError as error:
        failure = starting.failure(request.logical_id, error, role_remedy=_REMEDY)
        waits_for_role = failure is not error and request.waited < starting.PROPAGATION_PATIENCE
        if not is_rollback or not errors.is_refusal(error) or waits_for_role:
            raise failure from error
        log.error("the earlier configuration cannot be put back", reason=errors.message(error))
    else:
        log.info("invocation logging configured", record=LOGGING_RECORD)


def put_back(bedrock: Bedrock, before: Configuration | None) -> None:
    """Configures what was there before, or nothing if there was nothing or it cannot be had any more."""
    if before is not None:
        try:
            bedrock.put_model_invocation_logging_configuration(loggingConfig=before)
        except ClientError as error:
            if not errors.is_refusal(error):
                raise
            # Its role, bucket or log group has gone since: there is nothing left that it could log to.
            log.error("what was configured before cannot be put back", reason=errors.message(error))
        else:
            log.info("what was configured before is put back")
            return
    bedrock.delete_model_invocation_logging_configuration()
    log.info("invocation logging is no longer configured")


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    """The same, as it reads back: what is empty is absent (docs/assumptions.md: logging-configuration-reads-back)."""
    parts = {name: _without_empty(part) if isinstance(part, dict) else part for name, part in value.items()}
    return {name: part for name, part in parts.items() if part not in (None, "", {})}
