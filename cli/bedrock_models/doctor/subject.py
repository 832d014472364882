"""What is examined: a training or an import, as its resource asks Bedrock for it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bedrock_models.bedrock import lifecycle
from bedrock_models.cloudformation import asset_files, stack
from bedrock_models.context import Context
from bedrock_models.contract import MODEL_CUSTOMIZATION_JOB_TYPE, NESTED_STACK_TYPE, RUN_INPUTS, SETTINGS
from bedrock_models.doctor.blueprint import Blueprint
from bedrock_models.failures import Failure

CUSTOM_MODEL_TYPE: Final = "Custom::BedrockCustomModel"


@dataclass(frozen=True, kw_only=True)
class Data:
    """Records that are trained on or validated with; `local` is the file on this machine that becomes the object."""

    uri: str
    name: str = ""
    is_logs: bool = False
    is_validation: bool = False
    local: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One of them. Empty texts are what was not given."""

    path: str
    blueprint: Blueprint
    trains: bool
    base_model: str
    customization: str
    data: tuple[Data, ...]
    source: str
    output: str
    role: str
    key: str
    grader: str
    teacher: str
    waits: bool
    timeout: timedelta = timedelta()
    near: timedelta = lifecycle.NEAR


def of_template(context: Context, path: Path, stack_name: str | None) -> list[Subject]:
    """Those of a synthesized template; names of what exists already come from the stack, if one is given."""
    try:
        template = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Failure(
            f"--template must be a synthesized template, got {str(path)!r} ({error}); run cdk synth, and give "
            "cdk.out/NAME.template.json"
        ) from None
    if not isinstance(template, dict) or "Resources" not in template:
        raise Failure(f"--template must be a synthesized template, got {str(path)!r}, which has no Resources")
    names = _names(context, stack_name) if stack_name else {}
    blueprint = Blueprint(
        template=template,
        account=context.aws.account,
        region=context.aws.region,
        names=names,
        directory=path.parent,
        stack_name=stack_name or "",
    )
    return list(_subjects(context, blueprint))


def of_stack(context: Context, name: str) -> list[Subject]:
    """Those of a deployed stack."""
    cloudformation = context.aws.client("cloudformation")
    seen = stack.read(cloudformation, name)
    described = cloudformation.describe_stacks(StackName=seen.id)["Stacks"][0]
    given = {each["ParameterKey"]: each.get("ParameterValue", "") for each in described.get("Parameters", ())}
    blueprint = Blueprint(
        template=_template(cloudformation, seen.id),
        account=context.aws.account,
        region=context.aws.region,
        names=_names(context, seen.id),
        parameters=given,
        stack_name=seen.name,
    )
    return list(_subjects(context, blueprint))


def _subjects(context: Context, blueprint: Blueprint) -> Iterator[Subject]:
    for each, resource in blueprint.resources.items():
        if resource["Type"] in (MODEL_CUSTOMIZATION_JOB_TYPE, CUSTOM_MODEL_TYPE):
            yield _subject(blueprint, each, trains=resource["Type"] == MODEL_CUSTOMIZATION_JOB_TYPE)
        elif resource["Type"] == NESTED_STACK_TYPE:
            yield from _nested(context, blueprint, each)


def _nested(context: Context, parent: Blueprint, id: str) -> Iterator[Subject]:
    if parent.names.get(id):
        yield from of_stack(context, parent.names[id])
        return
    asset = parent.resources[id].get("Metadata", {}).get("aws:asset:path")
    if asset is None or parent.directory is None:
        return
    inner = Blueprint(
        template=json.loads((parent.directory / asset).read_text()),
        account=parent.account,
        region=parent.region,
        parameters={name: str(value) for name, value in parent.properties(id).get("Parameters", {}).items()},
        directory=parent.directory,
    )
    yield from _subjects(context, inner)


def _subject(blueprint: Blueprint, id: str, *, trains: bool) -> Subject:
    properties = blueprint.properties(id)
    inputs, settings = properties.get(RUN_INPUTS, {}), properties.get(SETTINGS, {})
    asked = {**inputs, **settings.get("Request", {})}
    config = asked.get("customizationConfig", {})
    rft = config.get("rftConfig", {})
    return Subject(
        path=settings.get("Path", id),
        blueprint=blueprint,
        trains=trains,
        base_model=inputs.get("baseModelIdentifier", ""),
        customization=inputs.get("customizationType", "FINE_TUNING") if trains else "",
        data=tuple(_data(blueprint, asked)) if trains else (),
        source=asked.get("modelSourceConfig", {}).get("s3DataSource", {}).get("s3Uri", ""),
        output=asked.get("outputDataConfig", {}).get("s3Uri", ""),
        role=asked.get("roleArn", ""),
        key=asked.get("customModelKmsKeyId") or asked.get("modelKmsKeyArn") or "",
        grader=rft.get("graderConfig", {}).get("lambdaGrader", {}).get("lambdaArn", ""),
        teacher=config.get("distillationConfig", {}).get("teacherModelConfig", {}).get("teacherModelIdentifier", ""),
        waits=str(settings.get("Wait", True)).lower() != "false",
        timeout=timedelta(seconds=float(settings.get("TimeoutSeconds") or 0)),
    )


def _data(blueprint: Blueprint, asked: Mapping[str, Any]) -> Iterator[Data]:
    training = asked.get("trainingDataConfig", {})
    logs = training.get("invocationLogsConfig", {}).get("invocationLogSource", {}).get("s3Uri")
    if logs:
        yield Data(uri=logs, is_logs=True)
    elif training.get("s3Uri"):
        yield _object(blueprint, training["s3Uri"], is_validation=False)
    for validator in asked.get("validationDataConfig", {}).get("validators", ()):
        yield _object(blueprint, validator["s3Uri"], is_validation=True)


def _object(blueprint: Blueprint, uri: str, *, is_validation: bool) -> Data:
    """If a file beside the template will be uploaded as this object, that file says more than the bucket."""
    found = asset_files.find(blueprint.directory, uri.rpartition("/")[2]) if blueprint.directory else None
    if found is None:
        return Data(uri=uri, is_validation=is_validation)
    path, name = found
    return Data(uri=uri, name=name, is_validation=is_validation, local=path)


def _names(context: Context, stack_name: str) -> dict[str, str]:
    found = stack.read(context.aws.client("cloudformation"), stack_name)
    here = [each for each in found.resources if len(each.path) == 1]
    return {each.logical_id: each.physical_id for each in here if each.physical_id and "DELETE_" not in each.status}


def _template(cloudformation: Any, stack_id: str) -> Mapping[str, Any]:
    body = cloudformation.get_template(StackName=stack_id)["TemplateBody"]
    read: Mapping[str, Any] = json.loads(body) if isinstance(body, str) else body
    return read
