"""A model resource of a template: a training or an import, as it asks Bedrock for it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from bedrock_models.bedrock import lifecycle
from bedrock_models.cloudformation import asset_files, stack
from bedrock_models.cloudformation.physical import Place
from bedrock_models.context import Context
from bedrock_models.contract import (
    CUSTOM_MODEL_TYPE,
    IMPORTED_MODEL_TYPE,
    INVOCATION_LOGGING_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    NESTED_STACK_TYPE,
    RUN_INPUTS,
    SETTINGS,
    TRAINING_JOB,
    TRAINING_JOB_NAME,
    TRAINING_JOB_OUTPUT,
)
from bedrock_models.doctor.logging_resource import LoggingResource
from bedrock_models.doctor.resolved_template import ResolvedTemplate
from bedrock_models.failures import Failure


@dataclass(frozen=True, kw_only=True)
class Data:
    """Records that are trained on or validated with; `local` is the file on this machine that becomes the object."""

    uri: str
    name: str = ""
    is_logs: bool = False
    is_validation: bool = False
    local: Path | None = None


_KEYS: Final = ("customModelKmsKeyId", "modelKmsKeyArn", "importedModelKmsKeyId")
_CONSTRUCTS: Final = {
    MODEL_CUSTOMIZATION_JOB_TYPE: "ModelCustomizationJob",
    CUSTOM_MODEL_TYPE: "CustomModel",
    IMPORTED_MODEL_TYPE: "ImportedModel",
}


@dataclass(frozen=True, kw_only=True)
class ModelResource:
    """One of them, made by `construct`. Empty texts are what was not given; `weights` is the folder of open ones, and
    `training_job` the one of SageMaker AI whose checkpoint is imported, with `training_output` if that is said."""

    path: str
    template: ResolvedTemplate
    construct: str
    trains: bool
    base_model: str
    customization: str
    data: tuple[Data, ...]
    source: str
    training_job: str
    training_output: str
    weights: str
    output: str
    role: str
    key: str
    grader: str
    teacher: str
    waits: bool
    timeout: timedelta = timedelta()
    near: timedelta = lifecycle.NEAR


Examined = ModelResource | LoggingResource


def of_template(context: Context, path: Path, stack_name: str | None) -> list[Examined]:
    """Those of a synthesized template; names of what exists already come from the stack, if one is given."""
    try:
        read = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Failure(
            f"--template must be a synthesized template, got {str(path)!r} ({error}); run cdk synth, and give "
            "cdk.out/NAME.template.json"
        ) from None
    if not isinstance(read, dict) or "Resources" not in read:
        raise Failure(f"--template must be a synthesized template, got {str(path)!r}, which has no Resources")
    names = _names(context, stack_name) if stack_name else {}
    template = ResolvedTemplate(
        template=read,
        place=_place(context),
        names=names,
        directory=path.parent,
        stack_name=stack_name or "",
    )
    return list(_resources(context, template))


def of_stack(context: Context, name: str) -> list[Examined]:
    """Those of a deployed stack."""
    cloudformation = context.aws.client("cloudformation")
    seen = stack.read(cloudformation, name)
    described = cloudformation.describe_stacks(StackName=seen.id)["Stacks"][0]
    given = {
        each["ParameterKey"]: each.get("ResolvedValue") or each.get("ParameterValue", "")
        for each in described.get("Parameters", ())
    }
    template = ResolvedTemplate(
        template=_template(cloudformation, seen.id),
        place=_place(context),
        names=_names(context, seen.id),
        parameters=given,
        stack_name=seen.name,
    )
    return list(_resources(context, template))


def _resources(context: Context, template: ResolvedTemplate) -> Iterator[Examined]:
    for each, resource in template.resources.items():
        if resource["Type"] in _CONSTRUCTS:
            yield _resource(template, each, type=resource["Type"])
        elif resource["Type"] == INVOCATION_LOGGING_TYPE:
            yield LoggingResource.of(template, each)
        elif resource["Type"] == NESTED_STACK_TYPE:
            yield from _nested(context, template, each)


def _nested(context: Context, parent: ResolvedTemplate, id: str) -> Iterator[Examined]:
    if parent.names.get(id):
        yield from of_stack(context, parent.names[id])
        return
    asset = parent.resources[id].get("Metadata", {}).get("aws:asset:path")
    if asset is None or parent.directory is None:
        return
    inner = ResolvedTemplate(
        template=json.loads((parent.directory / asset).read_text()),
        place=parent.place,
        parameters=parent.properties(id).get("Parameters", {}),
        directory=parent.directory,
    )
    yield from _resources(context, inner)


def _resource(template: ResolvedTemplate, id: str, *, type: str) -> ModelResource:
    properties, trains = template.properties(id), type == MODEL_CUSTOMIZATION_JOB_TYPE
    inputs, settings = properties.get(RUN_INPUTS, {}), properties.get(SETTINGS, {})
    asked = {**inputs, **settings.get("Request", {})}
    config = asked.get("customizationConfig", {})
    rft = config.get("rftConfig", {})
    return ModelResource(
        path=settings.get("Path", id),
        template=template,
        construct=_CONSTRUCTS[type],
        trains=trains,
        base_model=inputs.get("baseModelIdentifier", ""),
        customization=inputs.get("customizationType", "FINE_TUNING") if trains else "",
        data=tuple(_data(template, asked)) if trains else (),
        source=asked.get("modelSourceConfig", {}).get("s3DataSource", {}).get("s3Uri", ""),
        training_job=inputs.get(TRAINING_JOB, {}).get(TRAINING_JOB_NAME, ""),
        training_output=inputs.get(TRAINING_JOB, {}).get(TRAINING_JOB_OUTPUT, ""),
        weights=asked.get("modelDataSource", {}).get("s3DataSource", {}).get("s3Uri", ""),
        output=asked.get("outputDataConfig", {}).get("s3Uri", ""),
        role=asked.get("roleArn", ""),
        key=next((asked[name] for name in _KEYS if asked.get(name)), ""),
        grader=rft.get("graderConfig", {}).get("lambdaGrader", {}).get("lambdaArn", ""),
        teacher=config.get("distillationConfig", {}).get("teacherModelConfig", {}).get("teacherModelIdentifier", ""),
        waits=str(settings.get("Wait", True)).lower() != "false",
        timeout=timedelta(seconds=float(settings.get("TimeoutSeconds") or 0)),
    )


def _data(template: ResolvedTemplate, asked: Mapping[str, Any]) -> Iterator[Data]:
    training = asked.get("trainingDataConfig", {})
    logs = training.get("invocationLogsConfig", {}).get("invocationLogSource", {}).get("s3Uri")
    if logs:
        yield Data(uri=logs, is_logs=True)
    elif training.get("s3Uri"):
        yield _object(template, training["s3Uri"], is_validation=False)
    for validator in asked.get("validationDataConfig", {}).get("validators", ()):
        yield _object(template, validator["s3Uri"], is_validation=True)


def _object(template: ResolvedTemplate, uri: str, *, is_validation: bool) -> Data:
    """If a file beside the template will be uploaded as this object, that file says more than the bucket."""
    found = asset_files.find(template.directory, uri.rpartition("/")[2]) if template.directory else None
    if found is None:
        return Data(uri=uri, is_validation=is_validation)
    path, name = found
    return Data(uri=uri, name=name, is_validation=is_validation, local=path)


def _place(context: Context) -> Place:
    partition = str(context.aws.client("bedrock").meta.partition)
    return Place(account=context.aws.account, region=context.aws.region, partition=partition)


def _names(context: Context, stack_name: str) -> dict[str, str]:
    found = stack.read(context.aws.client("cloudformation"), stack_name)
    here = [each for each in found.resources if len(each.path) == 1]
    return {each.logical_id: each.physical_id for each in here if each.physical_id and "DELETE_" not in each.status}


def _template(cloudformation: Any, stack_id: str) -> Mapping[str, Any]:
    body = cloudformation.get_template(StackName=stack_id)["TemplateBody"]
    read: Mapping[str, Any] = json.loads(body) if isinstance(body, str) else body
    return read
