"""Whole templates: the example's is pinned, every one is valid, and what deployed stacks hold on to never changes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from constructs_lib.contract import CUSTOM_MODEL_TYPE, MODEL_CUSTOMIZATION_JOB_TYPE
from tests.support import apps

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `cdk synth` gives for app.py."""
    return apps.synthesize(tmp_path_factory.mktemp("cdk.out"), "app")["app"]["CustomModels"]


def test_the_examples_template_is_the_pinned_one(template: dict[str, Any], snapshot: SnapshotAssertion):
    assert apps.without_asset_hashes(template) == snapshot(extension_class=JSONSnapshotExtension)


def test_cloudformation_would_take_it(template: dict[str, Any]):
    assert apps.findings(template) == []


@pytest.mark.parametrize("release", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_stack_of_each_release_can_be_updated(template: dict[str, Any], release: Path):
    """CloudFormation refuses another ServiceToken, and takes another logical id of an owner for another model."""
    assert _held_for_ever(template) == json.loads(release.read_text())


def test_no_property_of_the_events_function_would_replace_it(template: dict[str, Any]):
    function = template["Resources"]["BedrockModelProviderEvents"]["Properties"]
    assert {"FunctionName", "PackageType", "TenancyConfig"}.isdisjoint(function)


def _held_for_ever(template: dict[str, Any]) -> dict[str, Any]:
    owners = (CUSTOM_MODEL_TYPE, MODEL_CUSTOMIZATION_JOB_TYPE)
    held = {
        name: {"Type": resource["Type"], "ServiceToken": resource["Properties"]["ServiceToken"]}
        for name, resource in template["Resources"].items()
        if resource["Type"] in owners
    }
    ready = [name for name in template["Resources"] if re.fullmatch(r"\w+Ready[0-9A-F]{8}", name)]
    return {"Owners": held, "Ready": sorted(ready)}
