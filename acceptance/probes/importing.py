"""Step 2: an import of the user's own artifacts, a deployment, a call, tags, a swap, a deletion."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from acceptance.answers import Answer, ask, until
from acceptance.deployment import deployed, output
from acceptance.probe import NotPossible, Told, probe
from acceptance.run import PREFIX, TAG, Run

_HOUR: Final = 3600
_VISIBLE: Final = 300
_MISSING: Final = ("ResourceNotFoundException", "ValidationException")
_STACK: Final = "Imported"


@probe(
    "import-deployed",
    step=2,
    settles=("import-role-trust", "deployment-of-imported-model", "physical-id-finds-the-holder"),
)
def import_deployed(run: Run) -> Iterator[Told]:
    done = deployed(run, _STACK, stage="first")
    model = ask(run.bedrock.get_custom_model, modelIdentifier=done.outputs["ModelArn"])
    yield "import-role-trust", model.value.get("modelStatus") == "Active", str(model)
    deployment = ask(
        run.bedrock.get_custom_model_deployment, customModelDeploymentIdentifier=done.outputs["DeploymentArn"]
    )
    yield "deployment-of-imported-model", deployment.value.get("status") == "Active", str(deployment)
    name = str(deployment.value.get("modelDeploymentName", run.nobody))
    held = ask(run.cloudformation.describe_stack_resources, PhysicalResourceId=name)
    holders = [
        f"{each['StackName']}/{each['LogicalResourceId']}"
        for each in held.value.get("StackResources", ())
        if each.get("PhysicalResourceId") == name
    ]
    yield "physical-id-finds-the-holder", bool(holders), f"{name}: {', '.join(holders) or held}"


@probe("served-call", step=2, settles=("deployment-arn-is-invoked",))
def served_call(run: Run) -> Iterator[Told]:
    answer = _converse(run, output(run, _STACK, "DeploymentArn"))
    yield "deployment-arn-is-invoked", answer.is_ok, str(answer)


@probe(
    "raw-import",
    step=2,
    settles=(
        "model-is-readable-at-once",
        "tags-at-create-of-a-model",
        "get-model-by-name",
        "repeated-token-returns-the-first",
        "deployment-is-readable-at-once",
        "deployment-mutating-words",
        "model-in-use-code",
        "deleted-deployment-is-gone-at-once",
        "deleted-model-is-gone-at-once",
    ),
)
def raw_import(run: Run) -> Iterator[Told]:
    bedrock, name = run.bedrock, f"{PREFIX}-{run.id}-raw"
    request = {
        "modelName": name,
        "modelSourceConfig": {"s3DataSource": {"s3Uri": run.source}},
        "roleArn": output(run, _STACK, "RoleArn"),
        "modelTags": run.tags,
        "clientRequestToken": name,
    }
    made = ask(bedrock.create_custom_model, **request)
    if not made.is_ok:
        raise NotPossible(f"CreateCustomModel: {made}")
    arn = str(made.value["modelArn"])
    seen, tags = _model(run, arn), ask(bedrock.list_tags_for_resource, resourceARN=arn)
    yield "model-is-readable-at-once", seen.is_ok, str(seen)
    yield "tags-at-create-of-a-model", {"key": TAG, "value": run.id} in tags.value.get("tags", ()), str(tags)
    # A read that lags says nothing about names and tokens.
    until(lambda: _model(run, arn).is_ok, seconds=_VISIBLE, pause=min(run.pause, 5))
    named = _model(run, name)
    yield "get-model-by-name", named.value.get("modelArn") == arn, str(named)
    again = ask(bedrock.create_custom_model, **request)
    yield "repeated-token-returns-the-first", again.value.get("modelArn") == arn, str(again)
    _wait_for(run, lambda: _model(run, arn), "modelStatus")
    yield from _raw_deployment(run, arn)
    ask(bedrock.delete_custom_model, modelIdentifier=arn)
    left = _model(run, arn)
    yield "deleted-model-is-gone-at-once", left.code in _MISSING, str(left)


def _raw_deployment(run: Run, model_arn: str) -> Iterator[Told]:
    bedrock, name = run.bedrock, f"{PREFIX}-{run.id}-raw"
    made = ask(
        bedrock.create_custom_model_deployment,
        modelDeploymentName=name,
        modelArn=model_arn,
        tags=run.tags,
        clientRequestToken=name,
    )
    if not made.is_ok:
        raise NotPossible(f"CreateCustomModelDeployment: {made}")
    arn = str(made.value["customModelDeploymentArn"])
    seen = _deployment(run, arn)
    yield "deployment-is-readable-at-once", seen.is_ok, str(seen)
    early = ask(bedrock.delete_custom_model_deployment, customModelDeploymentIdentifier=arn)
    yield "deployment-mutating-words", "mutating state" in early.message.lower(), str(early)
    used = ask(bedrock.delete_custom_model, modelIdentifier=model_arn)
    yield "model-in-use-code", used.code == "ConflictException", str(used)
    _wait_for(run, lambda: _deployment(run, arn), "status")
    ask(bedrock.delete_custom_model_deployment, customModelDeploymentIdentifier=arn)
    left = _deployment(run, arn)
    yield "deleted-deployment-is-gone-at-once", left.code in _MISSING, str(left)
    until(lambda: not _deployment(run, arn).is_ok, seconds=_HOUR, pause=run.pause)


@probe(
    "swap-and-tags",
    step=2,
    settles=("swap-keeps-the-deployments-arn", "tags-change-in-place", "last-updated-time-is-the-beginning"),
)
def swap_and_tags(run: Run) -> Iterator[Told]:
    before, first = output(run, _STACK, "DeploymentArn"), output(run, _STACK, "FirstModelArn")
    done = deployed(run, _STACK, stage="second")
    now = _deployment(run, done.outputs["DeploymentArn"])
    swapped = done.outputs["DeploymentArn"] == before and now.value.get("modelArn") == done.outputs["ModelArn"] != first
    yield "swap-keeps-the-deployments-arn", swapped, str(now)
    tags = ask(run.bedrock.list_tags_for_resource, resourceARN=first)
    yield "tags-change-in-place", {"key": "stage", "value": "second"} in tags.value.get("tags", ()), str(tags)
    during = [each for each in done.seen if each["StackStatus"].startswith("UPDATE_")]
    times = {str(each.get("LastUpdatedTime")) for each in during}
    shown = "; ".join(f"{each['StackStatus']} {each.get('LastUpdatedTime')}" for each in during)
    yield "last-updated-time-is-the-beginning", len(times) == 1 if len(during) > 1 else None, shown


def _wait_for(run: Run, look: Callable[[], Answer], member: str) -> None:
    """Until it is Active. Raises `NotPossible` if it fails, or takes more than an hour."""

    def ended() -> Answer | None:
        seen = look()
        return seen if seen.value.get(member) in ("Active", "Failed") else None

    found: Any = until(ended, seconds=_HOUR, pause=run.pause)
    if not found or found.value.get(member) != "Active":
        raise NotPossible(f"it did not become Active within an hour: {found or look()}")


def _model(run: Run, identifier: str) -> Answer:
    return ask(run.bedrock.get_custom_model, modelIdentifier=identifier)


def _deployment(run: Run, arn: str) -> Answer:
    return ask(run.bedrock.get_custom_model_deployment, customModelDeploymentIdentifier=arn)


def _converse(run: Run, arn: str) -> Answer:
    content = [{"text": "Say yes."}]
    return ask(
        run.aws.client("bedrock-runtime").converse,
        modelId=arn,
        messages=[{"role": "user", "content": content}],
        inferenceConfig={"maxTokens": 10},
    )
