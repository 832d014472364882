"""The template of the nested stack in which a long wait goes on: the same file for every wait of the same length."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from constructs_lib.contract import SERVICE_TIMEOUT_SECONDS, WAIT_TYPE

# There is nothing behind a wait: Retain saves the calls that would delete it.
_KEPT: Final = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def template_asset(scope: Construct, *, count: int, properties: Sequence[str]) -> s3_assets.Asset:
    """The template as an asset. One in each scope, whoever asks.

    Written by hand and not by `cdk.NestedStack`, which would make another file, and an asset, for each model.
    """
    text = json.dumps(template(count, properties), indent=1)
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = f"Waits{count}-{digest[:8]}"
    found = scope.node.try_find_child(name)
    if isinstance(found, s3_assets.Asset):
        return found
    file = Path(_stage_of(scope).outdir, f"bedrock-model-{name.lower()}.template.json")
    file.write_text(text, encoding="utf-8")
    label = f"{count} waits for a model of Amazon Bedrock"
    return s3_assets.Asset(scope, name, path=str(file), deploy_time=True, display_name=label)


def template(count: int, properties: Sequence[str]) -> dict[str, Any]:
    """`Wait01`, `Wait02`, ..., one after another; what they wait for comes in as parameters of these names."""
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
    return {
        "Type": WAIT_TYPE,
        **({"DependsOn": [segment_id(number - 1)]} if number > 1 else {}),
        **_KEPT,
        "Properties": {**properties, "ServiceTimeout": SERVICE_TIMEOUT_SECONDS},
    }


def _stage_of(scope: Construct) -> cdk.Stage:
    stage = cdk.Stage.of(scope)
    assert stage is not None  # noqa: S101  a stack stands in an app, and that is a stage
    return stage
