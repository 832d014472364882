"""`bedrock-models adopt`: the code that brings something that exists into a CDK app."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from bedrock_models import failures
from bedrock_models.arguments import Options
from bedrock_models.bedrock import account
from bedrock_models.bedrock import run as training
from bedrock_models.commands.adopt import import_code
from bedrock_models.context import Context
from bedrock_models.failures import Failure

_ARN: Final = re.compile(r"arn:[^:]+:bedrock:([^:]*):\d*:([a-z-]+)/.+")


def run(options: Options, context: Context) -> int:
    """Prints it, and nothing but it: comments say the rest."""
    named = _ARN.fullmatch(options.arn)
    if named is None or named[2] not in _KINDS:
        raise Failure(
            f"ARN must be one of a {', '.join(_KINDS)}, got {options.arn!r}; list them with: bedrock-models list --json"
        )
    if named[1] != context.aws.region:
        raise Failure(
            f"{options.arn!r} is in {named[1]}, and this looks at {context.aws.region}; add --region {named[1]}"
        )
    bedrock = context.aws.client("bedrock")
    try:
        code = _KINDS[named[2]](bedrock, options).rstrip()
        context.say(json.dumps({"arn": options.arn, "code": code}, indent=2) if options.json else code)
    except bedrock.exceptions.ClientError as error:
        if failures.is_missing(error) or failures.is_wrong_input(error):
            raise Failure(f"there is no {options.arn!r} in this account and Region") from error
        raise
    return 0


def _model(bedrock: Any, options: Options) -> str:
    found = bedrock.get_custom_model(modelIdentifier=options.arn)
    tags = account.tags(bedrock, found["modelArn"])
    return import_code.of_model(found["modelName"], found["modelArn"], key=found.get("modelKmsKeyArn", ""), tags=tags)


def _imported_model(bedrock: Any, options: Options) -> str:
    found = bedrock.get_imported_model(modelIdentifier=options.arn)
    return import_code.of_imported_model(found["modelName"], found["modelArn"], key=found.get("modelKmsKeyArn", ""))


def _deployment(bedrock: Any, options: Options) -> str:
    found = bedrock.get_custom_model_deployment(customModelDeploymentIdentifier=options.arn)
    key = _key_of_model(bedrock, found["modelArn"])
    return import_code.of_deployment(found["modelDeploymentName"], found["customModelDeploymentArn"], key=key)


def _throughput(bedrock: Any, options: Options) -> str:
    found = bedrock.get_provisioned_model_throughput(provisionedModelId=options.arn)
    key = _key_of_model(bedrock, found["modelArn"])
    return import_code.of_throughput(found["provisionedModelName"], found["provisionedModelArn"], key=key)


def _job(bedrock: Any, options: Options) -> str:
    found = training.find(bedrock, options.arn)
    if found is None:
        raise Failure(f"there is no {options.arn!r} in this account and Region")
    tags = account.tags(bedrock, found.arn)
    return import_code.of_run(
        found, tags, lock_id=options.lock_id or "", key=found.details.get("outputModelKmsKeyArn", "")
    )


def _key_of_model(bedrock: Any, model_arn: str) -> str:
    """Throughput may serve a foundation model, which has no key of the user's."""
    if ":custom-model/" not in model_arn:
        return ""
    return str(bedrock.get_custom_model(modelIdentifier=model_arn).get("modelKmsKeyArn", ""))


_KINDS: Final[Mapping[str, Callable[[Any, Options], str]]] = {
    "custom-model": _model,
    "imported-model": _imported_model,
    "model-customization-job": _job,
    "custom-model-deployment": _deployment,
    "provisioned-model": _throughput,
}
