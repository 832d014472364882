"""The permissions of the command line stand on its page: what it calls is named there, and nothing else is."""

import ast
import re
from fnmatch import fnmatchcase
from functools import cache

import botocore.session
import pytest
from botocore import xform_name

from tests.docs.pages import DOCS, ROOT

# The services of the command line, and how IAM calls them.
SERVICES = {
    "bedrock": "bedrock",
    "bedrock-runtime": "bedrock",
    "cloudformation": "cloudformation",
    "iam": "iam",
    "kms": "kms",
    "logs": "logs",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "ssm": "ssm",
    "service-quotas": "servicequotas",
    "stepfunctions": "states",
    "sts": "sts",
}
# Where an operation is allowed by an action of another name.
ACTIONS = {
    "bedrock:Converse": "bedrock:InvokeModel",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
}
# Of a regular expression, and not of SageMaker AI.
PYTHONS_OWN = {"search"}
# The plan runs the provider's handlers, and has a page of its own.
SOURCES = [path for path in (ROOT / "cli").rglob("*.py") if "plan" not in path.relative_to(ROOT).parts]
# Never called: services decrypt for who reads, and ask whether a role may be passed.
ON_BEHALF = {"kms:Decrypt", "iam:PassRole"}


@cache
def operations() -> dict[str, set[str]]:
    """The actions that each method of a client may stand for."""
    found: dict[str, set[str]] = {}
    session = botocore.session.get_session()
    for service, prefix in SERVICES.items():
        for name in session.get_service_model(service).operation_names:
            action = f"{prefix}:{name}"
            found.setdefault(xform_name(name), set()).add(ACTIONS.get(action, action))
    return found


@cache
def called() -> dict[str, set[str]]:
    """The methods that the command line calls, or hands to a paginator by name."""
    known = {name: actions for name, actions in operations().items() if name not in PYTHONS_OWN}
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            name = node.func.attr if is_call else node.value if isinstance(node, ast.Constant) else None  # type: ignore[union-attr, attr-defined]
            if isinstance(name, str) and name in known:
                found[name] = known[name]
    return found


@cache
def on_the_page() -> set[str]:
    """Actions of the table, with `*`; a name without a service belongs to that of the one before."""
    table = (DOCS / "guides" / "command-line.md").read_text().partition("## What it may do")[2]
    found, service = set(), ""
    for service_of, name in re.findall(r"`(?:([a-z0-9]+):)?([A-Z][A-Za-z]*\*?)`", table):
        service = service_of or service
        found.add(f"{service}:{name}")
    return found


@pytest.mark.parametrize("method", sorted(called()))
def test_what_is_called_is_named(method: str) -> None:
    named = on_the_page()
    assert any(fnmatchcase(action, each) for action in called()[method] for each in named)


@pytest.mark.parametrize("action", sorted(on_the_page() - ON_BEHALF))
def test_what_is_named_is_called(action: str) -> None:
    assert any(fnmatchcase(each, action) for actions in called().values() for each in actions)


def test_both_are_read() -> None:
    assert {"list_state_machines", "describe_execution", "get_model_import_job", "converse"} <= called().keys()
    assert {"states:ListStateMachines", "bedrock:Get*", "bedrock:DeleteImportedModel"} <= on_the_page()
