"""The waiter's definition is Amazon States Language, by a validator that nobody here wrote."""

import copy
import functools
import itertools
import json
import subprocess
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from constructs_lib import CustomModel, ModelProvider, ModelSource
from local import toolchain
from tests.support.apps import ROOT
from tests.support.synth import new_stack, only, template_of

SOURCE = ModelSource.from_s3_uri("s3://customer-escrow-111122223333-smtj-0123456789ab/nova-lite/checkpoint/")
PARTITIONS = {"us-east-1": "aws", "us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn"}


def problems_of(*definitions: dict[str, Any]) -> list[list[dict[str, Any]]]:
    ran = subprocess.run(
        [str(toolchain.node()), str(ROOT / "tests" / "node" / "validate_asl.cjs"), str(toolchain.node_tools())],
        input=json.dumps(definitions),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stderr}\nRun `make setup` if a module cannot be found."
    found: list[list[dict[str, Any]]] = json.loads(ran.stdout)
    return found


def definition(stack: cdk.Stack) -> dict[str, Any]:
    """As CloudFormation hands it over: parameters and references are texts, pseudo parameters those of the Region."""
    CustomModel(stack, "Model", source=SOURCE)
    region = "us-east-1" if cdk.Token.is_unresolved(stack.region) else stack.region
    values = {"AWS::AccountId": "111122223333", "AWS::Partition": PARTITIONS[region], "AWS::Region": region}
    parts = only(template_of(stack), "AWS::StepFunctions::StateMachine")["DefinitionString"]["Fn::Join"][1]
    whole = "".join(each if isinstance(each, str) else values.get(each.get("Ref", ""), "reference") for each in parts)
    rendered: dict[str, Any] = json.loads(whole)
    return rendered


@functools.cache
def rendered(region: str, configured: str = "by default") -> dict[str, Any]:
    stack = new_stack(env=cdk.Environment(account="111122223333", region=region))
    if configured == "with everything":
        ModelProvider.of(stack).configure(encryption_key=kms.Key(stack, "Key"), tracing=True)
    return definition(stack)


@pytest.fixture(scope="module")
def problems() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """All in one process of Node.js: to start one takes longer than to validate."""
    cases = list(itertools.product(PARTITIONS, ("by default", "with everything")))
    return dict(zip(cases, problems_of(*itertools.starmap(rendered, cases)), strict=True))


@pytest.mark.parametrize("region", PARTITIONS)
@pytest.mark.parametrize("configured", ["by default", "with everything"])
def test_the_definition_is_valid(
    problems: dict[tuple[str, str], list[dict[str, Any]]], region: str, configured: str
) -> None:
    assert problems[region, configured] == []


@pytest.mark.parametrize(("region", "partition"), PARTITIONS.items())
def test_tasks_name_resources_of_the_partition_that_the_machine_runs_in(region: str, partition: str) -> None:
    """Any other is a States.Runtime error, which nothing catches."""
    tasks = {name: state["Resource"] for name, state in rendered(region)["States"].items() if state["Type"] == "Task"}
    assert tasks
    assert {name: resource for name, resource in tasks.items() if resource.split(":")[1] != partition} == {}


@pytest.fixture(scope="module")
def valid() -> dict[str, Any]:
    return definition(new_stack())


def broken(valid: dict[str, Any], *path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(valid)
    inner: Any = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return changed


def test_the_validator_finds_what_is_broken(valid: dict[str, Any]) -> None:
    """A gate that finds nothing in anything would be none."""
    found = problems_of(
        broken(valid, "StartAt", value="Nowhere"),
        broken(valid, "States", "Wait", "SecondsPath", value="no path"),
        broken(valid, "States", "Poll", "Retry", value=[{"MaxAttempts": 2}]),
        broken(valid, "States", "Abort", "Type", value="Job"),
    )
    assert [bool(each) for each in found] == [True] * 4
