"""Whole templates: all are pinned and valid as they stand, and what deployed stacks hold on to never changes."""

import json
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    TrainingData,
)
from constructs_lib.core.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    CUSTOM_MODEL_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
    WAIT_TYPE,
)
from tests.support import apps
from tests.support.synth import new_stack, template_of

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = sorted(path.parent.name for path in (apps.ROOT / "examples").glob("*/app.py"))
# cfn-lint reads the CDK's own way of writing an ARN in a pipeline's action as a fault.
NOT_FOR_PIPELINES = ["E3703"]


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, apps.Templates]:
    """What `cdk synth` gives for app.py and the examples: one process, since loading the validation takes longest."""
    modules = ["app", *(f"examples.{name}.app" for name in EXAMPLES)]
    found = apps.synthesize(tmp_path_factory.mktemp("cdk.out"), *modules)
    return dict(zip(["app", *EXAMPLES], found.values(), strict=True))


@pytest.fixture(scope="module")
def template(synthesized: dict[str, apps.Templates]) -> dict[str, Any]:
    return synthesized["app"]["CustomModels"]


@pytest.fixture(params=EXAMPLES)
def templates(request: pytest.FixtureRequest, synthesized: dict[str, apps.Templates]) -> apps.Templates:
    """Those of an example."""
    return synthesized[request.param]


def test_the_examples_template_is_the_pinned_one(template: dict[str, Any], snapshot: SnapshotAssertion):
    assert apps.without_asset_hashes(template) == snapshot(extension_class=JSONSnapshotExtension)


def test_cloudformation_would_take_it(template: dict[str, Any]):
    assert apps.findings(template) == []


def test_every_example_synthesizes_to_the_pinned_templates(
    templates: apps.Templates, snapshot: SnapshotAssertion
) -> None:
    for name, each in templates.items():
        assert apps.without_asset_hashes(_own_part(each)) == snapshot(name=name, extension_class=JSONSnapshotExtension)


def test_cloudformation_would_take_every_example(templates: apps.Templates) -> None:
    for name, each in templates.items():
        but = NOT_FOR_PIPELINES if name == "Pipeline" else []
        assert apps.findings(each, but=but) == [], name


@pytest.mark.parametrize("release", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_stack_of_each_release_can_be_updated(template: dict[str, Any], release: Path):
    """CloudFormation refuses another ServiceToken, and takes another logical id of an owner for another model."""
    golden = json.loads(release.read_text())
    assert _held_for_ever(template) == golden["app"]
    assert _held_for_ever(_everything()) == golden["everything"]


def test_no_property_of_the_events_function_would_replace_it(template: dict[str, Any]):
    function = template["Resources"]["BedrockModelProviderEvents"]["Properties"]
    assert {"FunctionName", "PackageType", "TenancyConfig"}.isdisjoint(function)


def _own_part(template: dict[str, Any]) -> dict[str, Any]:
    """Without the provider, which the snapshot of app.py pins: a change of it would show in every example."""
    resources = template["Resources"]
    own = {name: resource for name, resource in resources.items() if not name.startswith("BedrockModelProvider")}
    return {**template, "Resources": own}


def _held_for_ever(template: dict[str, Any]) -> dict[str, Any]:
    owners = (
        CUSTOM_MODEL_TYPE,
        MODEL_CUSTOMIZATION_JOB_TYPE,
        CUSTOM_MODEL_DEPLOYMENT_TYPE,
        PROVISIONED_MODEL_THROUGHPUT_TYPE,
    )
    held = {
        name: {"Type": resource["Type"], "ServiceToken": resource["Properties"]["ServiceToken"]}
        for name, resource in template["Resources"].items()
        if resource["Type"] in owners
    }
    ready = [name for name in template["Resources"] if re.fullmatch(r"\w+Ready[0-9A-F]{8}", name)]
    waits = [name for name, each in template["Resources"].items() if each["Type"] == WAIT_TYPE and name not in ready]
    return {"Owners": held, "Ready": sorted(ready), "Waits": sorted(waits)}


def _everything() -> dict[str, Any]:
    """One of each kind, in a stack of its own, with nothing but what is asked for."""
    stack = new_stack(env=cdk.Environment(account="111111111111", region="us-east-1"))
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    base = bedrock.FoundationModel.from_foundation_model_id(stack, "Base", nova)
    model = CustomModel(stack, "Model", source=ModelSource.from_s3_uri("s3://customer-escrow-1-smtj-a/model/"))
    ModelCustomizationJob(
        stack,
        "Job",
        base_model=base,
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl"),
        output_data=OutputData.to_s3_uri("s3://data/output/"),
    )
    CustomModelDeployment(stack, "Live", custom_model=model)
    ProvisionedModelThroughput(stack, "Bought", model=model)
    return template_of(stack)
