"""A configuration of invocation logging whose stack is gone: it still logs, or would be put back one day."""

from typing import Any

from botocore.exceptions import ClientError

from bedrock_models import contract, failures
from bedrock_models.bedrock import invocation_logging
from bedrock_models.bedrock.invocation_logging import Layer
from bedrock_models.failures import Failure


def name_of(layer: Layer) -> str:
    """What it is called among orphans: there may be one of each stack."""
    return f"{invocation_logging.NAME}/{contract.stack_name(layer.tags.get(contract.STACK_TAG, ''))}"


def remove(aws: Any, name: str) -> None:
    """Takes the layer out of the record. If it is live, what lies below it is put back, or logging is turned off.

    bedrock:PutModelInvocationLoggingConfiguration or DeleteModelInvocationLoggingConfiguration, iam:PassRole on the
    role of what is put back, and ssm:PutParameter or ssm:DeleteParameter.
    """
    found, bedrock = invocation_logging.read(aws), aws.client("bedrock")
    gone = next((each for each in found.layers if each.tags and name_of(each) == name), None)
    if gone is None:
        raise Failure(f"{name} is no longer in the record of invocation logging; see: bedrock-models orphans")
    rest = tuple(each for each in found.layers if each is not gone)
    if found.live is gone:
        below = next(reversed(found.layers[: found.layers.index(gone)]), None)
        if below:
            _put_back(bedrock, below)
        else:
            bedrock.delete_model_invocation_logging_configuration()
    invocation_logging.write(aws, found, rest)


def _put_back(bedrock: Any, below: Layer) -> None:
    try:
        bedrock.put_model_invocation_logging_configuration(loggingConfig=below.configuration)
    except ClientError as error:
        if not failures.is_wrong_input(error):
            raise
        raise Failure(
            f"what was configured before can't be put back: {failures.message(error)}; nothing was changed. Give "
            "Amazon Bedrock access again, or turn logging off "
            "(aws bedrock delete-model-invocation-logging-configuration), then run this again"
        ) from None
