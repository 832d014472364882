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

import constructs_lib
from constructs_lib.core import checks
from local.bedrock.routes import service_model
from provider.aws import clients

ROOT = Path(__file__).parents[3]


def test_the_lambda_keeps_the_same_contract():
    ours, theirs = ROOT / "lambda/provider/cloudformation/contract.py", ROOT / "constructs_lib/core/contract.py"
    assert ours.read_text() == theirs.read_text()


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


# Words that both sides write all the same: most because AWS has them, and not because they agreed.
_ELSEWHERE = {
    "Key": "a tag's",
    "Parameter": "of Systems Manager's GetParameter, and the id of the construct of one",
    "String": "the type of a parameter in AWS Systems Manager, and a CloudFormation type",
    "Value": "a tag's",
    "Version": "of a policy document, and of Systems Manager's GetParameter",
    "Creating": "a status of the service model",
    "Active": "a status of the service model",
    "Completed": "a status of the service model",
    "Failed": "a status of the service model",
    "InProgress": "a status of the service model",
    "Stopped": "a status of the service model",
    "Stopping": "a status of the service model",
    "MaxAttempts": "of the Amazon States Language, in the state machine's definition",
    "CreateModelCustomizationJob": "an operation of the service model",
    "Payload": "of Lambda's Invoke, and of the Amazon States Language",
    "Abort": "the entry point of the abort path imports nothing, so that nothing can fail there",
}


def _literals(folder: str) -> set[str]:
    """Names of properties, attributes and environment variables that are written out in a program."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / folder).rglob("*.py") if path.name != "contract.py"]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    notes = [node.returns for node in nodes if isinstance(node, ast.FunctionDef)]
    notes += [node.annotation for node in nodes if isinstance(node, ast.arg | ast.AnnAssign)]
    of_types = {id(part) for note in notes if note is not None for part in ast.walk(note)}
    texts = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {node.value for node in texts if id(node) not in of_types and _WORD.fullmatch(node.value)}


_WORD = re.compile(r"([A-Z][a-z]+)+|[A-Z]+(_[A-Z]+)+")


def test_what_both_sides_have_to_agree_on_is_written_in_the_contract_alone():
    public = set(constructs_lib.__all__)
    shared = (_literals("constructs_lib") - public) & _literals("lambda")
    assert shared - _ELSEWHERE.keys() == set()
