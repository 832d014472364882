"""The page about permissions and the templates say the same: actions, resources and condition keys, both ways."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    ModelProvider,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    TeacherModel,
    TrainingData,
)
from tests.docs.pages import DOCS
from tests.support.policies import ACCOUNT, REGION, UNKNOWN, Template
from tests.support.synth import template_of

PAGE = DOCS / "guides" / "permissions.md"
PLACE = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
ENV = cdk.Environment(account=ACCOUNT, region=REGION)
ACTION = re.compile(r"[a-z0-9]+:[A-Z]\w+")
CODE = re.compile(r"`([^`]+)`")

# The roles of the templates below, and the sections of the page that are about them.
CONFIGURED = "With `ModelProvider.configure`"
SECTIONS = {
    "EventsRole": ("Events function", CONFIGURED),
    "PollRole": ("Poll function", CONFIGURED),
    "WaiterRole": ("Waiter", CONFIGURED),
    "ServiceRole": ("Of a job", "Of an import from S3"),
    "Caller": ("Who invokes",),
}


@dataclass(frozen=True, order=True)
class Allowed:
    """One action on one kind of resource, and the condition keys that it is bound by."""

    action: str
    resource: str
    keys: tuple[str, ...]


def in_templates(*templates: Mapping[str, Any]) -> dict[str, set[Allowed]]:
    """What each kind of role is allowed."""
    found: dict[str, set[Allowed]] = {kind: set() for kind in SECTIONS}
    for content in templates:
        template = Template(content)
        roles = [name for name, each in content["Resources"].items() if each["Type"] == "AWS::IAM::Role"]
        for role in roles:
            kind = next((each for each in SECTIONS if each in role), None)
            # A grader has a role of its own.
            for document in template.of_role(role) if kind else ():
                found[kind or ""] |= {each for statement in document["Statement"] for each in _of_statement(statement)}
    return found


def _of_statement(statement: Mapping[str, Any]) -> Iterator[Allowed]:
    keys = tuple(sorted(key for operator in statement.get("Condition", {}).values() for key in operator))
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Allowed(action, _kind(resource), keys)


def _kind(resource: str) -> str:
    """An ARN, or a pattern, as the page writes it: `role/<name>`, `custom-model/*`, `<bucket>/<key>`."""
    if resource in ("*", UNKNOWN):
        return resource
    service, name = resource.split(":")[2], resource.split(":", 5)[5]
    if service == "s3":
        return "<bucket>/<key>" if "/" in name else "<bucket>"
    if service == "execute-api":
        return name
    head, separator, rest = re.split(r"([:/])", name, maxsplit=1)
    if rest == "*":
        return name
    return f"{head}{separator}<name>{rest[-2:] if rest.endswith('*') else ''}"


def on_the_page() -> dict[str, set[Allowed]]:
    """The rows of the tables, by the kind of role. A row holds for each of its actions on each of its resources."""
    sections = _sections()
    return {kind: {each for name in names for each in _rows(sections[name])} for kind, names in SECTIONS.items()}


def _sections() -> dict[str, str]:
    parts = re.split(r"^#{2,4} (.+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _rows(section: str) -> Iterator[Allowed]:
    for line in section.splitlines():
        cells = line.strip("|").split("|") if line.startswith("|") else []
        actions = [each for each in CODE.findall(cells[0]) if ACTION.fullmatch(each)] if cells else []
        if not actions:
            continue
        resources = [each for each in CODE.findall(cells[1]) if each == "*" or re.search(r"[/:<]", each)]
        condition = CODE.findall(cells[2]) if len(cells) > 2 else []
        keys = tuple(sorted(each for each in condition if ":" in each))
        yield from (Allowed(action, resource, keys) for action in actions for resource in resources)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def allowed() -> dict[str, set[Allowed]]:
    plain, configured = serving(), everything()
    return in_templates(template_of(plain), template_of(configured))


def serving() -> cdk.Stack:
    """What is known by its ARN alone is served, trained further and invoked."""
    stack = cdk.Stack(cdk.App(), "Serving", env=ENV)
    key = kms.Key.from_key_arn(stack, "Key", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/model")
    model = CustomModel.from_custom_model_attributes(
        stack, "Model", custom_model_arn=f"{PLACE}:custom-model/imported/abc123def456", encryption_key=key
    )
    CustomModelDeployment(stack, "Live", custom_model=model)
    ProvisionedModelThroughput(stack, "Bought", model=model)
    nova = bedrock.FoundationModelIdentifier("amazon.nova-micro-v1:0")
    ProvisionedModelThroughput(
        stack, "Base", model=bedrock.FoundationModel.from_foundation_model_id(stack, "Micro", nova)
    )
    _job(stack, "Further", base_model=model)
    caller = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
    CustomModelDeployment.from_custom_model_deployment_attributes(
        stack,
        "Served",
        custom_model_deployment_arn=f"{PLACE}:custom-model-deployment/abc123def456",
        encryption_key=key,
    ).grant_invoke(caller)
    ProvisionedModelThroughput.from_provisioned_model_arn(
        stack, "Throughput", f"{PLACE}:provisioned-model/abc123def456"
    ).grant_invoke(caller)
    return stack


def everything() -> cdk.Stack:
    """All kinds, all settings of the provider, in a VPC and with keys."""
    stack = cdk.Stack(cdk.App(), "Models", env=ENV)
    key, vpc = kms.Key(stack, "Key"), ec2.Vpc(stack, "Vpc", max_azs=1)
    ModelProvider.of(stack).configure(vpc=vpc, encryption_key=key, tracing=True)
    escrow = ModelSource.from_s3_uri(f"s3://customer-escrow-{ACCOUNT}-smtj-abc/model/")
    imported = CustomModel(stack, "Imported", source=escrow, encryption_key=key)
    package = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/nova/1"
    CustomModel(stack, "Packaged", source=ModelSource.from_model_package_arn(package))
    CustomModelDeployment(stack, "Live", custom_model=imported)
    _job(stack, "Further", base_model=_trained(stack, key, vpc).custom_model)
    teacher = bedrock.FoundationModelIdentifier("amazon.nova-pro-v1:0")
    profile = TeacherModel.from_inference_profile(
        f"us.{teacher.model_id}", model=bedrock.FoundationModel.from_foundation_model_id(stack, "Teacher", teacher)
    )
    _job(stack, "Distilled", customization=Customization.distillation(teacher_model=profile))
    return stack


def _trained(stack: cdk.Stack, key: kms.IKey, vpc: ec2.IVpc) -> ModelCustomizationJob:
    """With a grader, in a VPC, with data in buckets that have keys."""
    code = lambda_.Code.from_inline("def handler(samples, context):\n    return []\n")
    grader = lambda_.Function(
        stack,
        "Grader",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=code,
        timeout=cdk.Duration.minutes(1),
    )
    bucket = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS, encryption_key=kms.Key(stack, "DataKey"))
    return _job(
        stack,
        "Graded",
        customization=Customization.reinforcement_fine_tuning(grader=grader),
        training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        output_data=OutputData.to_bucket(bucket, "graded"),
        encryption_key=key,
        vpc=vpc,
    )


def _job(stack: cdk.Stack, id: str, **arguments: Any) -> ModelCustomizationJob:
    nova = bedrock.FoundationModelIdentifier("amazon.nova-2-lite-v1:0:256k")
    given = {
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
        "output_data": OutputData.to_s3_uri("s3://data/output/"),
        **arguments,
    }
    if "base_model" not in given:
        given["base_model"] = bedrock.FoundationModel.from_foundation_model_id(stack, f"{id}Base", nova)
    return ModelCustomizationJob(stack, id, **given)


@pytest.mark.parametrize("role", SECTIONS)
def test_what_a_role_is_allowed_stands_on_the_page(role: str, allowed: dict[str, set[Allowed]]) -> None:
    assert sorted(allowed[role] - on_the_page()[role]) == []


@pytest.mark.parametrize("role", SECTIONS)
def test_what_stands_on_the_page_is_allowed(role: str, allowed: dict[str, set[Allowed]]) -> None:
    """Of a row that holds for several actions and resources, each action and each resource is somewhere."""
    known = on_the_page()
    # What `configure` adds is for some of the three roles.
    others = {each for kind in ("EventsRole", "PollRole", "WaiterRole") for each in allowed[kind]}
    there = allowed[role] | (others if CONFIGURED in SECTIONS[role] else set())
    pairs = {(each.action, each.keys) for each in there}, {(each.resource, each.keys) for each in there}
    stale = [each for each in sorted(known[role]) if (each.action, each.keys) not in pairs[0]]
    stale += [each for each in sorted(known[role]) if (each.resource, each.keys) not in pairs[1]]
    assert stale == []


def test_the_page_is_read() -> None:
    assert Path(PAGE).is_file()
    assert all(on_the_page().values())
