"""`bedrock-models stop`: ends a training run before its time."""

import json
from collections.abc import Iterable
from typing import Final

from bedrock_models.arguments import Options
from bedrock_models.bedrock.job import IN_PROGRESS
from bedrock_models.bedrock.run import find as find_run
from bedrock_models.commands import confirmation, target
from bedrock_models.context import Context
from bedrock_models.failures import Failure

_LOST: Final = "What it has trained so far is lost and billed; a deployment that waits for it fails and rolls back."
_OF_IMPORT: Final = (
    "an import cannot be stopped, because Amazon Bedrock has no call for it, and nothing is billed for the import "
    "itself. Delete its stack, which waits for the end of the import and then treats the model by its removal policy; "
    "or let it end, and delete the model: aws bedrock delete-imported-model --model-identifier NAME"
)


def run(options: Options, context: Context) -> int:
    """Asks Bedrock to stop it, and does not wait until it has."""
    found = target.one_run(context, options.target, of_import=_OF_IMPORT, among=lambda each: each.status == IN_PROGRESS)
    if found.status != IN_PROGRESS:
        raise Failure(f"only a run that is {IN_PROGRESS} can be stopped, and {found.name!r} is {found.status}")
    if not options.yes:
        lines: Iterable[str] = (f"stop   {found.name}", f"       {found.arn}", _LOST)
        for line in () if options.json else lines:
            context.say(line)
        if not confirmation.is_given(context, "Type stop to go on: ", "stop", doing="the stop"):
            context.say("Nothing was stopped.")
            return 0
    bedrock = context.aws.client("bedrock")
    bedrock.stop_model_customization_job(jobIdentifier=found.arn)
    after = find_run(bedrock, found.arn) or found
    if options.json:
        context.say(json.dumps({"name": after.name, "arn": after.arn, "status": after.status}, indent=2))
    else:
        context.say(f"stopping  {after.name}; see how it ends with: bedrock-models watch {after.name}")
    return 0
