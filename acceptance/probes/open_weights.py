"""Imports of open weights: unknown names (steps 0 and 1), refused starts (step 1), and one import of yours (step 5)."""

from collections.abc import Iterator
from typing import Any, Final

from acceptance.answers import Answer, ask, until
from acceptance.deployment import deployed, output
from acceptance.probe import NotPossible, Told, probe
from acceptance.run import PREFIX, TAG, Run

_STACK: Final = "Weights"
_MISSING: Final = "ResourceNotFoundException"
_ENDED: Final = ("Completed", "Failed")
_LONGEST: Final = 3 * 3600
# Looks for what comes minutes late, each after a pause.
_LOOKS: Final = 60
# What step 5 counts as the cost of a call is for so many units.
_UNITS: Final = 2
# The provider takes a refusal with one of these words for a role that has not propagated.
_OF_ROLES: Final = ("role", "assume", "permission", "perms", "denied", "authorized", "trust")
_OF_NAMES: Final = ("in use", "already exists", "must be unique")
_OF_QUOTAS: Final = ("quota", "concurrent", "limit")
_NOT_READY: Final = "ModelNotReadyException"


@probe("unknown-imports", step=0, settles=("get-unknown-imported-model", "get-unknown-import-job"))
def unknown_imports(run: Run) -> Iterator[Told]:
    model = ask(run.bedrock.get_imported_model, modelIdentifier=run.nobody)
    yield "get-unknown-imported-model", _is_missing(model), str(model)
    job = _job(run, run.nobody)
    yield "get-unknown-import-job", _is_missing(job), str(job)


@probe("unknown-imports-written", step=1, settles=("delete-unknown-imported-model",))
def unknown_imports_written(run: Run) -> Iterator[Told]:
    answer = ask(run.bedrock.delete_imported_model, modelIdentifier=run.nobody)
    yield "delete-unknown-imported-model", _is_missing(answer), str(answer)


@probe(
    "refused-imports",
    step=1,
    settles=("import-role-refusal-words", "refused-import-starts-nothing", "import-job-name-pattern"),
)
def refused_imports(run: Run) -> Iterator[Told]:
    nobody, uri = f"arn:{run.partition}:iam::{run.aws.account}:role/{run.nobody}", f"s3://{run.nobody}/"
    role = _start(run, "refused", role=nobody, uri=uri)
    yield "import-role-refusal-words", _is_refused(role, _OF_ROLES), str(role)
    left = _job(run, f"{PREFIX}-{run.id}-refused")
    yield "refused-import-starts-nothing", None if role.is_ok else not left.is_ok, str(left)
    underscore = _start(run, "with_underscore", role=nobody, uri=uri)
    yield "import-job-name-pattern", underscore.code == "ValidationException", str(underscore)


@probe(
    "weights-imported",
    step=5,
    settles=("import-role-source-account", "import-job-by-name", "tags-of-an-imported-model"),
)
def weights_imported(run: Run) -> Iterator[Told]:
    done = deployed(run, _STACK)
    model = ask(run.bedrock.get_imported_model, modelIdentifier=done.outputs["ModelArn"])
    yield "import-role-source-account", model.is_ok, str(model)
    job = _job(run, done.outputs["JobName"])
    yield "import-job-by-name", job.value.get("importedModelArn") == done.outputs["ModelArn"], str(job)
    tags = ask(run.bedrock.list_tags_for_resource, resourceARN=done.outputs["ModelArn"])
    yield "tags-of-an-imported-model", _has_tag(run, tags), str(tags)


@probe("weights-called", step=5, settles=("imported-model-arn-is-invoked", "imported-model-metrics"))
def weights_called(run: Run) -> Iterator[Told]:
    arn = output(run, _STACK, "ModelArn")
    model = ask(run.bedrock.get_imported_model, modelIdentifier=arn).value
    units = model.get("customModelUnits", {}).get("customModelUnitsPerModelCopy")
    if not model.get("instructSupported") or (units or 0) > _UNITS:
        raise NotPossible(f"it is called only if it knows Converse and takes up to {_UNITS} units: {model}")
    answer = _until(run, lambda: _unless_cold(_converse(run, arn))) or _converse(run, arn)
    yield "imported-model-arn-is-invoked", answer.is_ok, str(answer)
    found = _until(run, lambda: _metrics(run, arn)) if answer.is_ok else []
    # That there are none yet decides nothing.
    yield "imported-model-metrics", True if found else None, f"metrics: {found}"


@probe("weights-names", step=5, settles=("import-name-never-freed",))
def weights_names(run: Run) -> Iterator[Told]:
    name = output(run, _STACK, "JobName")
    again = _start(run, "again", role=output(run, _STACK, "RoleArn"), job=name)
    yield "import-name-never-freed", _is_refused(again, _OF_NAMES), str(again)
    _undo(run, again)


@probe("weights-bound-role", step=5, settles=("import-role-without-source-arn",))
def weights_bound_role(run: Run) -> Iterator[Told]:
    bound = _start(run, "bound", role=output(run, _STACK, "BoundRoleArn"))
    yield "import-role-without-source-arn", _is_refused(bound, _OF_ROLES), str(bound)
    _undo(run, bound)


@probe(
    "weights-raw",
    step=5,
    settles=(
        "import-job-is-readable-at-once",
        "tags-at-create-of-an-import-job",
        "import-quota-words",
        "deleted-imported-model-is-gone-at-once",
    ),
)
def weights_raw(run: Run) -> Iterator[Told]:
    role = output(run, _STACK, "RoleArn")
    made = _start(run, "raw", role=role)
    if not made.is_ok:
        raise NotPossible(f"CreateModelImportJob: {made}")
    arn = str(made.value["jobArn"])
    seen, tags = _job(run, arn), ask(run.bedrock.list_tags_for_resource, resourceARN=arn)
    yield "import-job-is-readable-at-once", seen.is_ok, str(seen)
    yield "tags-at-create-of-an-import-job", _has_tag(run, tags), str(tags)
    second = _start(run, "second", role=role)
    # One that has ended in the meantime leaves its place.
    is_running = _job(run, arn).value.get("status") not in _ENDED
    yield "import-quota-words", _is_refused(second, _OF_QUOTAS) if is_running else None, str(second)
    _undo(run, second)
    model = _undo(run, made)
    if not model:
        raise NotPossible(f"the import {arn} left no model: {_job(run, arn)}")
    left = ask(run.bedrock.get_imported_model, modelIdentifier=model)
    yield "deleted-imported-model-is-gone-at-once", left.code in (_MISSING, "ValidationException"), str(left)


def _start(run: Run, name: str, *, role: str, uri: str = "", job: str = "") -> Answer:
    """Asks for an import. Nothing stops one that Amazon Bedrock takes: its tag lets the clean-up find its model."""
    return ask(
        run.bedrock.create_model_import_job,
        jobName=job or f"{PREFIX}-{run.id}-{name}",
        importedModelName=f"{PREFIX}-{run.id}-{name.replace('_', '-')}",
        roleArn=role,
        modelDataSource={"s3DataSource": {"s3Uri": uri or run.weights}},
        jobTags=run.tags,
        importedModelTags=run.tags,
    )


def _is_refused(answer: Answer, words: tuple[str, ...]) -> bool | None:
    """Whether it was refused for this reason; None if it was refused for another."""
    if answer.is_ok:
        return False
    return True if any(word in f"{answer.code} {answer.message}".lower() for word in words) else None


def _is_missing(answer: Answer) -> bool | None:
    """Whether the answer says so; None in a Region without Custom Model Import."""
    return None if answer.code == "UnknownOperationException" else answer.code == _MISSING


def _undo(run: Run, started: Answer) -> str:
    """Waits for the end of an import, if one was started, and deletes its model: the ARN, empty if there was none."""
    if not started.is_ok:
        return ""
    job = str(started.value["jobArn"])
    until(lambda: _job(run, job).value.get("status") in _ENDED, seconds=_LONGEST, pause=run.pause)
    model = str(_job(run, job).value.get("importedModelArn", ""))
    if model:
        ask(run.bedrock.delete_imported_model, modelIdentifier=model)
    return model


def _job(run: Run, identifier: str) -> Answer:
    return ask(run.bedrock.get_model_import_job, jobIdentifier=identifier)


def _has_tag(run: Run, tags: Answer) -> bool:
    return {"key": TAG, "value": run.id} in tags.value.get("tags", ())


def _converse(run: Run, arn: str) -> Answer:
    return ask(
        run.aws.client("bedrock-runtime").converse,
        modelId=arn,
        messages=[{"role": "user", "content": [{"text": "Say yes."}]}],
        inferenceConfig={"maxTokens": 10},
    )


def _unless_cold(answer: Answer) -> Answer | None:
    return None if answer.code == _NOT_READY else answer


def _metrics(run: Run, arn: str) -> list[str]:
    dimensions = [{"Name": "ModelId", "Value": arn}]
    listed = run.aws.client("cloudwatch").list_metrics(Namespace="AWS/Bedrock", Dimensions=dimensions)
    return [each["MetricName"] for each in listed["Metrics"]]


def _until(run: Run, look: Any) -> Any:
    return until(look, seconds=_LOOKS * run.pause, pause=run.pause)
