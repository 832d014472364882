"""`bedrock-models invoke`: a prompt to a deployed or imported model, through Converse."""

import json
import sys
from typing import Any, Final

from bedrock_models.arguments import Options
from bedrock_models.bedrock import account, import_job, served
from bedrock_models.bedrock.account import Filters
from bedrock_models.cloudformation import stack
from bedrock_models.context import Context
from bedrock_models.failures import Failure

_INVOCABLE: Final = (":custom-model-deployment/", ":provisioned-model/", ":imported-model/")
_ANY_MODEL: Final = (":foundation-model/", ":inference-profile/", ":application-inference-profile/")


def run(options: Options, context: Context) -> int:
    """Prints the answer's text, or all of it as JSON."""
    prompt = sys.stdin.read() if options.prompt == "-" else options.prompt
    if not prompt.strip():
        raise Failure("PROMPT must have some text, got none")
    model = _resolve(context, options.target)
    answer = context.aws.client("bedrock-runtime").converse(modelId=model, **_request(options, prompt))
    answer.pop("ResponseMetadata", None)
    if options.json:
        context.say(json.dumps({"modelId": model, **answer}, indent=2, default=str))
    else:
        context.say("\n".join(block["text"] for block in answer["output"]["message"]["content"] if "text" in block))
    return 0


def _request(options: Options, prompt: str) -> dict[str, Any]:
    limits = {"maxTokens": options.max_tokens, "temperature": options.temperature}
    given = {name: value for name, value in limits.items() if value is not None}
    return {
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        **({"system": [{"text": options.system}]} if options.system else {}),
        **({"inferenceConfig": given} if given else {}),
    }


def _resolve(context: Context, text: str) -> str:
    """The ARN of a deployment, a throughput or an imported model, by ARN or name, or of the only one of a stack."""
    if text.startswith("arn:"):
        if not any(kind in text for kind in (*_INVOCABLE, *_ANY_MODEL)):
            raise Failure(
                f"a custom model is invoked through its deployment or Provisioned Throughput, got {text!r}; "
                "see: bedrock-models list deployments"
            )
        return text
    return _only(text, _named(context, text) or _of_stack(context, text))


def _named(context: Context, name: str) -> list[str]:
    bedrock, filters = context.aws.client("bedrock"), Filters(name_contains=name)
    kinds = ("deployments", "throughput", "imported-models")
    return [each.arn for kind in kinds for each in account.resources(bedrock, kind, filters) if each.name == name]


def _of_stack(context: Context, name: str) -> list[str]:
    around = stack.find(context.aws.client("cloudformation"), name)
    if around is None:
        raise Failure(
            f"no stack, deployment, throughput or imported model is named {name!r} in this account and Region "
            f"({context.aws.region}); see: bedrock-models list deployments"
        )
    bedrock = context.aws.client("bedrock")
    jobs = [import_job.find(bedrock, each.physical_id) for each in around.imports if each.physical_id]
    found = [*(each.arn for each in served.of_stack(bedrock, around)), *(job.model_arn for job in jobs if job)]
    return [arn for arn in found if any(kind in arn for kind in _INVOCABLE)]


def _only(text: str, arns: list[str]) -> str:
    if len(arns) == 1:
        return arns[0]
    if not arns:
        raise Failure(f"the stack {text!r} has no deployment, Provisioned Throughput or imported model to invoke")
    raise Failure(
        f"{text!r} has {len(arns)} that can be invoked; name one of them:" + "".join(f"\n  {arn}" for arn in arns)
    )
