"""What two programs share is equal on both sides, and what is copied from the service model is equal to it."""

import ast
import importlib.util
import json
import re
from pathlib import Path

import pytest
from botocore import xform_name
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib import checks
from local.bedrock.routes import service_model
from provider import clients

ROOT = Path(__file__).parents[2]

# From the ground up: a module imports from its own floor and those below.
FLOORS = [
    {
        "_version", "advice", "alarms", "arguments", "assets", "at_synthesis", "buckets", "checks", "contract",
        "findings", "stacks", "stack_tags", "statement", "subnets",
    },
    {
        "names", "encryption", "base_models", "base_model_ids", "data_source", "inputs_digest", "lock_ids",
        "metadata_filter", "hyper_parameters", "jsonl", "jsonl_forms", "jsonl_nova", "jsonl_records", "jsonl_values",
        "jsonl_schema", "model_source", "output_data", "provided_resource", "provider", "provider_permissions",
        "provider_findings", "provider_functions", "provider_key", "provider_network", "provider_resources",
        "provider_role", "provider_settings",
        "provider_waiter", "pass_role", "crossing", "job_events", "job_network", "job_warnings", "kept",
        "reinforcement", "teacher_model", "training_data",
        "validation_data", "wait_chain", "wait_template", "customization", "inference_metrics", "served_model",
    },
    {"roles", "job_role"},
    {"custom_model", "grants", "invocable_model", "model_customization_job"},
    {"custom_model_deployment", "provisioned_model_throughput"},
]  # fmt: skip


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def test_the_lambda_keeps_the_same_contract():
    assert (ROOT / "lambda/provider/contract.py").read_text() == (ROOT / "constructs_lib/contract.py").read_text()


def test_the_lambdas_service_models_are_what_the_generator_writes():
    spec = importlib.util.spec_from_file_location("trim", ROOT / "scripts/trim_service_model.py")
    trim = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(trim)
    assert {path: path.read_text() for path in clients.MODELS.rglob("*.json")} == trim.wanted()


def test_the_narrow_interface_names_operations_of_the_service():
    operations = {xform_name(name) for name in service_model("bedrock").operation_names}
    assert {name for name in vars(clients.Bedrock) if not name.startswith("_")} - {"meta"} <= operations


def test_the_lambdas_own_client_speaks_that_model():
    client = clients.session().client(
        "bedrock", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    trimmed = json.loads((clients.MODELS / "bedrock/2023-04-20/service-2.json").read_text())
    assert set(client.meta.service_model.operation_names) == set(trimmed["operations"])
    assert client.meta.endpoint_url == "https://bedrock.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("shape", "member", "pattern", "limit"),
    [
        ("CreateCustomModelRequest", "modelName", checks.NAME_PATTERN, checks.NAME_MAX),
        ("OutputDataConfig", "s3Uri", checks.S3_URI_PATTERN, checks.S3_URI_MAX),
        ("Tag", "key", checks.TAG_PATTERN, checks.TAG_KEY_MAX),
        ("Tag", "value", checks.TAG_PATTERN, checks.TAG_VALUE_MAX),
    ],
)
def test_patterns_and_limits_are_those_of_the_service_model(shape, member, pattern, limit):
    metadata = service_model("bedrock").shape_for(shape).members[member].metadata
    assert (metadata["pattern"], metadata["max"]) == (pattern, limit)


@given(st.text("aZ0+-. _", max_size=8))
def test_the_cheaper_pattern_of_job_names_says_the_same(text):
    official = service_model("bedrock").shape_for("JobName").metadata["pattern"]
    assert bool(re.fullmatch(official, text)) == bool(re.fullmatch(checks.JOB_NAME_PATTERN, text))


@given(st.text(max_size=80))
def test_a_suggested_name_is_always_a_name(text):
    suggestion = checks.suggest_name(text)
    assert suggestion == "" or re.fullmatch(checks.NAME_PATTERN, suggestion)


def test_each_module_has_a_floor_and_imports_downwards_only():
    level = {name: number for number, floor in enumerate(FLOORS) for name in floor}
    for path in (ROOT / "constructs_lib").glob("[a-z]*.py"):
        assert path.stem in level, f"{path.stem} has no floor yet"
        above = [
            name
            for name in (imported.removeprefix("constructs_lib.") for imported in _imports(path))
            if level.get(name, -1) > level[path.stem]
        ]
        assert above == [], f"{path.stem} imports from an upper floor"


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("constructs_lib", {"boto3", "botocore", "provider", "local", "index"}),
        ("lambda", {"aws_cdk", "constructs", "jsii", "constructs_lib", "local"}),
    ],
)
def test_no_import_crosses_from_one_program_to_another(folder, forbidden):
    for path in (ROOT / folder).rglob("*.py"):
        crossing = {name.split(".")[0] for name in _imports(path)} & forbidden
        assert crossing == set(), path
