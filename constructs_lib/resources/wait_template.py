"""The template of the nested stack in which a long wait goes on: the same file for every wait of the same length."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct, IConstruct

from constructs_lib.core.contract import SERVICE_TIMEOUT_SECONDS, WAIT_AFTER, WAIT_ENDED, WAIT_TYPE
from constructs_lib.core.scopes import remembered

# There is nothing behind a wait: Retain saves the calls that would delete it.
_KEPT: Final = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
# What a wait answers, too, that has seen no run end.
_NO_RUN: Final = "-"


@dataclass(frozen=True, kw_only=True)
class TemplateFile:
    """The template as an asset, and where CloudFormation reads it."""

    asset: s3_assets.Asset
    url: str


def template_file(scope: Construct, *, count: int, properties: tuple[str, ...]) -> TemplateFile:
    """One in each scope, whoever asks.

    Written by hand and not by `cdk.NestedStack`, which would make another file, and an asset, for each model.
    """
    files = _files_in(scope)
    if (count, properties) not in files:
        files[count, properties] = _written(scope, count, template(count, properties))
    return files[count, properties]


@remembered
def _files_in(scope: IConstruct) -> dict[tuple[int, tuple[str, ...]], TemplateFile]:  # noqa: ARG001  remembered by it
    return {}


def _written(scope: Construct, count: int, content: Mapping[str, Any]) -> TemplateFile:
    text = json.dumps(content, indent=1)
    name = f"Waits{count}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    file = Path(_stage_of(scope).outdir, f"bedrock-model-{name.lower()}.template.json")
    file.write_text(text, encoding="utf-8")
    label = f"{count} waits for a model of Amazon Bedrock"
    asset = s3_assets.Asset(scope, name, path=str(file), deploy_time=True, display_name=label)
    return TemplateFile(asset=asset, url=asset.http_url)


def template(count: int, properties: Sequence[str]) -> dict[str, Any]:
    """`Wait01`, `Wait02`, ..., one after another; what they wait for comes in as parameters of these names.

    Each is told which run the one before it has seen end, and then answers at once. The first is told of none, which is
    news for one that an older template made: so it answers again, and has an `Ended`, before the second asks for it.
    """
    given = {name: {"Ref": name} for name in properties}
    return {
        "Description": "Waits for a custom model of Amazon Bedrock, one segment after another",
        "Parameters": {name: {"Type": "String"} for name in properties},
        "Resources": {segment_id(number): _wait(number, given) for number in range(1, count + 1)},
    }


def segment_id(number: int) -> str:
    """The id of a segment, counted from 1."""
    return f"Wait{number:02}"


def _wait(number: int, properties: Mapping[str, Any]) -> dict[str, Any]:
    after = {"Fn::GetAtt": [segment_id(number - 1), WAIT_ENDED]} if number > 1 else _NO_RUN
    return {
        "Type": WAIT_TYPE,
        **_KEPT,
        "Properties": {**properties, WAIT_AFTER: after, "ServiceTimeout": SERVICE_TIMEOUT_SECONDS},
    }


def _stage_of(scope: Construct) -> cdk.Stage:
    stage = cdk.Stage.of(scope)
    assert stage is not None  # noqa: S101  a stack stands in an app, and that is a stage
    return stage
