"""`bedrock-models list`: whose configuration of invocation logging is live, and where it logs to."""

from typing import Any

from botocore.exceptions import ClientError

from bedrock_models import contract, failures
from bedrock_models.bedrock import invocation_logging
from bedrock_models.bedrock.invocation_logging import InvocationLogging
from bedrock_models.context import Context


def show(context: Context) -> None:
    """A line. What these credentials may not read is said in it, and ends nothing."""
    try:
        found = invocation_logging.read(context.aws)
    except ClientError as error:
        if not failures.is_denied(error):
            raise
        context.say(f"Invocation logging: not shown, these credentials may not do {failures.action(error)}")
        return
    if not found.current:
        context.say("Invocation logging: not configured")
        return
    context.say(f"Invocation logging: to {invocation_logging.destinations(found.current)}, {_whose(found)}")


def plain(context: Context) -> list[dict[str, Any]]:
    """The same for programs, with the keys that everything in the list has; nothing if nothing is configured."""
    found = invocation_logging.read(context.aws)
    stack_id = found.owner.tags.get(contract.STACK_TAG, "") if found.owner else ""
    made = {
        "kind": invocation_logging.KIND,
        "name": invocation_logging.NAME,
        "arn": None,
        "status": "Active",
        "created": None,
        "baseModel": None,
        "baseModelStatus": None,
        "baseModelEnds": None,
        "customizationType": None,
        "modelArn": None,
        "stack": contract.stack_name(stack_id) if stack_id else None,
        "stackId": stack_id or None,
        "tags": dict(found.owner.tags) if found.owner else {},
        "loggingConfig": found.current,
    }
    return [made] if found.current else []


def _whose(found: InvocationLogging) -> str:
    if found.unread:
        return found.unread
    if found.owner is None:
        return "not by these constructs"
    return f"put by the stack {contract.stack_name(found.owner.tags.get(contract.STACK_TAG, ''))}"
