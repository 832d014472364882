"""Requests of the provider, of a job and of a caller, put to an evaluator of IAM policies that nobody here wrote.

`@cloud-copilot/iam-simulate` knows the service authorization reference: it refuses an action on a resource that the
action does not take, and tells which condition keys it ignored.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

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
from local import toolchain
from tests.support.apps import ROOT
from tests.support.policies import ACCOUNT, REGION, STACK_ID, Template
from tests.support.synth import template_of

OWN = STACK_ID
AGAIN = STACK_ID.replace("11111111-", "99999999-")
OTHER = STACK_ID.replace("/Models/", "/Models2/")

PLACE = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
MODEL = f"{PLACE}:custom-model/imported/abc123def456"
JOB = f"{PLACE}:model-customization-job/amazon.nova-lite-v1:0:300k/abc123def456"
DEPLOYMENT = f"{PLACE}:custom-model-deployment/abc123def456"
THROUGHPUT = f"{PLACE}:provisioned-model/abc123def456"
NOVA = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0:300k"
MICRO = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-micro-v1:0"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
PACKAGE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/nova/1"
ROLE, GROUP = f"arn:aws:iam::{ACCOUNT}:role/kept", f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-1"

EVENTS, POLL, SERVICE, CALLER = "EventsRole", "PollRole", "TrainedServiceRole", "Caller"
# The events function of a stack with a job that trains a construct's model further.
FURTHER = "EventsRole of another stack"
BEDROCK, S3 = (f"{service}.{REGION}.amazonaws.com" for service in ("bedrock", "s3"))

CHANGES = [
    ("bedrock:DeleteCustomModel", MODEL),
    ("bedrock:StopModelCustomizationJob", JOB),
    ("bedrock:DeleteCustomModelDeployment", DEPLOYMENT),
    ("bedrock:DeleteProvisionedModelThroughput", THROUGHPUT),
    ("bedrock:UpdateCustomModelDeployment", DEPLOYMENT),
    ("bedrock:UpdateProvisionedModelThroughput", THROUGHPUT),
    *(("bedrock:UntagResource", arn) for arn in (MODEL, JOB, DEPLOYMENT, THROUGHPUT)),
    ("iam:DeleteRole", ROLE),
    ("iam:DeleteRolePolicy", ROLE),
    ("iam:DetachRolePolicy", ROLE),
    ("iam:ListRoleTags", ROLE),
    ("ec2:DeleteSecurityGroup", GROUP),
]
MAKING = [
    ("bedrock:CreateCustomModel", "*"),
    ("bedrock:CreateModelCustomizationJob", f"{PLACE}:custom-model/new"),
    ("bedrock:CreateCustomModelDeployment", MODEL),
    ("bedrock:CreateProvisionedModelThroughput", MODEL),
    ("bedrock:CreateProvisionedModelThroughput", MICRO),
    *(("bedrock:TagResource", arn) for arn in (MODEL, JOB, DEPLOYMENT, THROUGHPUT)),
]


@dataclass(frozen=True)
class Request:
    """What somebody asks of AWS, and whether IAM is to allow it."""

    who: str
    action: str
    resource: str
    allowed: bool
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        verb = "may" if self.allowed else "may not"
        named = self.resource.replace(ACCOUNT, "").split(":", 5)[-1]
        told = " ".join(f"{key}={value.split('stack/')[-1]}" for key, value in self.context.items())
        return f"{self.who} {verb} {self.action} {named} {told}".rstrip()


def resource_tag(stack: str) -> dict[str, str]:
    return {"aws:ResourceTag/bedrock-models:stack": stack}


def request_tag(stack: str) -> dict[str, str]:
    return {"aws:RequestTag/bedrock-models:stack": stack}


def via(service: str) -> dict[str, str]:
    return {"kms:ViaService": service}


def of_the_events_function() -> Iterator[Request]:
    for action, arn in CHANGES:
        yield Request(EVENTS, action, arn, True, resource_tag(OWN))
        # The stack was deleted and made again under its name.
        yield Request(EVENTS, action, arn, True, resource_tag(AGAIN))
        yield Request(EVENTS, action, arn, False, resource_tag(OTHER))
        yield Request(EVENTS, action, arn, False)
    for action, arn in MAKING:
        yield Request(EVENTS, action, arn, True, request_tag(OWN))
        yield Request(EVENTS, action, arn, False, request_tag(OTHER))
        yield Request(EVENTS, action, arn, False)
    # What is adopted from another stack is tagged first: IAM cannot tell that from anything else.
    yield Request(EVENTS, "bedrock:TagResource", MODEL, True, {**resource_tag(OTHER), **request_tag(OWN)})
    yield from _of_training()
    yield from _of_keys(EVENTS, "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")
    for action in ("DescribeModelPackage", "AccessModelPackage"):
        yield Request(EVENTS, f"sagemaker:{action}", PACKAGE, True)
        yield Request(EVENTS, f"sagemaker:{action}", PACKAGE.replace("nova/1", "nova/2"), False)
    for stack, allowed in ((OWN, True), (OTHER, False)):
        yield Request(EVENTS, "cloudformation:DescribeStacks", stack, allowed)
        yield Request(EVENTS, "cloudformation:DeleteStack", stack, False)


def _of_training() -> Iterator[Request]:
    train = "bedrock:CreateModelCustomizationJob"
    yield Request(EVENTS, train, NOVA, True, request_tag(OWN))
    yield Request(EVENTS, train, MICRO, False, request_tag(OWN))
    yield Request(EVENTS, train, MODEL, False, {**request_tag(OWN), **resource_tag(OTHER)})
    # Whether Bedrock takes the tags of the request for those of what is being made is documented nowhere.
    yield Request(EVENTS, train, MODEL, True, {**request_tag(OWN), **resource_tag(OWN)})
    role_arn = f"arn:aws:iam::{ACCOUNT}:role/{{}}"
    for role, service, allowed in (
        (SERVICE, "bedrock.amazonaws.com", True),
        (SERVICE, "lambda.amazonaws.com", False),
        ("Admin", "bedrock.amazonaws.com", False),
    ):
        yield Request(EVENTS, "iam:PassRole", role_arn.format(role), allowed, {"iam:PassedToService": service})


def of_further_training() -> Iterator[Request]:
    train = "bedrock:CreateModelCustomizationJob"
    for stack in (OWN, OTHER):
        yield Request(FURTHER, train, MODEL, True, resource_tag(stack))
    yield Request(FURTHER, train, MODEL, False)
    yield Request(FURTHER, train, MODEL, False, request_tag(OTHER))


def _of_keys(who: str, *actions: str) -> Iterator[Request]:
    for action in actions:
        yield Request(who, action, KEY, True, via(BEDROCK))
        yield Request(who, action, KEY, False, via(S3))
        yield Request(who, action, KEY, False)


def of_the_poll_function() -> Iterator[Request]:
    for action, arn in (
        ("GetCustomModel", MODEL),
        ("GetModelCustomizationJob", JOB),
        ("GetCustomModelDeployment", DEPLOYMENT),
        ("GetProvisionedModelThroughput", THROUGHPUT),
    ):
        yield Request(POLL, f"bedrock:{action}", arn, True)
    for action, arn in CHANGES:
        yield Request(POLL, action, arn, False, resource_tag(OWN))
    for action, arn in MAKING:
        yield Request(POLL, action, arn, False, request_tag(OWN))


def of_the_jobs_role() -> Iterator[Request]:
    for action, path, allowed in (
        ("GetObject", "data/train.jsonl", True),
        ("GetObject", "data/other.jsonl", False),
        ("GetObject", "output/run/metrics.csv", True),
        ("PutObject", "output/run/metrics.csv", True),
        ("PutObject", "data/train.jsonl", False),
        ("DeleteObject", "output/run/metrics.csv", False),
    ):
        yield Request(SERVICE, f"s3:{action}", f"arn:aws:s3:::{path}", allowed)
    yield from _of_keys(SERVICE, "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant")


def of_a_caller() -> Iterator[Request]:
    for action in ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"):
        yield Request(CALLER, action, DEPLOYMENT, True)
        yield Request(CALLER, action, DEPLOYMENT.replace("abc", "xyz"), False)
        yield Request(CALLER, action, THROUGHPUT, False)
    yield from _of_keys(CALLER, "kms:Decrypt", "kms:GenerateDataKey")
    yield Request(CALLER, "kms:CreateGrant", KEY, False, via(BEDROCK))


REQUESTS = [
    *of_the_events_function(),
    *of_further_training(),
    *of_the_poll_function(),
    *of_the_jobs_role(),
    *of_a_caller(),
]


@pytest.fixture(scope="module")
def answers() -> list[dict[str, Any]]:
    template = Template(template_of(stack()))
    service_role = template.role(SERVICE)
    policies = {who: template.of_role(who) for who in (EVENTS, POLL, SERVICE, CALLER)}
    policies[FURTHER] = Template(template_of(further())).of_role(EVENTS)
    requests = [
        {
            "who": each.who,
            "action": each.action,
            "resource": each.resource.replace(SERVICE, service_role),
            "context": {**each.context},
        }
        for each in REQUESTS
    ]
    script, packages = ROOT / "tests" / "node" / "simulate.cjs", toolchain.node_tools()
    ran = subprocess.run(
        [str(toolchain.node()), str(script), str(packages)],
        input=json.dumps({"account": ACCOUNT, "policies": policies, "requests": requests}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def stack() -> cdk.Stack:
    """One of each kind, with a customer's key where it can have one."""
    env = cdk.Environment(account=ACCOUNT, region=REGION)
    stack = cdk.Stack(cdk.App(), "Models", env=env)
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    micro = bedrock.FoundationModelIdentifier("amazon.nova-micro-v1:0")
    job(stack, "Trained", bedrock.FoundationModel.from_foundation_model_id(stack, "Nova", nova), encryption_key=key)
    escrow = ModelSource.from_s3_uri(f"s3://customer-escrow-{ACCOUNT}-smtj-abc/model/")
    imported = CustomModel(stack, "Imported", source=escrow, encryption_key=key)
    CustomModel(stack, "Packaged", source=ModelSource.from_model_package_arn(PACKAGE))
    CustomModelDeployment(stack, "Live", custom_model=imported)
    ProvisionedModelThroughput(stack, "Bought", model=imported)
    base = bedrock.FoundationModel.from_foundation_model_id(stack, "Micro", micro)
    ProvisionedModelThroughput(stack, "Base", model=base)
    served = CustomModelDeployment.from_custom_model_deployment_attributes(
        stack, "Served", custom_model_deployment_arn=DEPLOYMENT, encryption_key=key
    )
    served.grant_invoke(iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal()))
    return stack


def further() -> cdk.Stack:
    """A job that trains the model of another one."""
    stack = cdk.Stack(cdk.App(), "Models", env=cdk.Environment(account=ACCOUNT, region=REGION))
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    first = job(stack, "First", bedrock.FoundationModel.from_foundation_model_id(stack, "Nova", nova))
    job(stack, "Second", first.custom_model)
    return stack


def job(stack: cdk.Stack, id: str, base_model: bedrock.IModel, **arguments: Any) -> ModelCustomizationJob:
    return ModelCustomizationJob(
        stack,
        id,
        base_model=base_model,
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl"),
        output_data=OutputData.to_s3_uri("s3://output/run/"),
        **arguments,
    )


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=map(str, REQUESTS))
def test_iam_answers_as_the_page_says(answers: list[dict[str, Any]], number: int) -> None:
    answer = answers[number]
    assert answer["errors"] is None
    assert (answer["result"] == "Allowed") is REQUESTS[number].allowed, answer


def test_every_condition_key_of_these_requests_is_known_to_the_reference(answers: list[dict[str, Any]]) -> None:
    ignored = {(REQUESTS[number].action, key) for number, answer in enumerate(answers) for key in answer["ignored"]}
    assert ignored == set()
