"""The gate over policies can fail: what AWS's service authorization reference does not know is found.

`template_of` holds the template of every test against it, `apps.synthesize` those of the examples.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import aws_cdk as cdk
import pytest

from tests.support import authorization, complete
from tests.support.synth import template_of

MODEL = "arn:aws:bedrock:us-east-1:111122223333:custom-model/*"
OWNED = {"StringLike": {"aws:ResourceTag/bedrock-models:stack": "x"}}


def flaws(
    actions: Sequence[str], resources: Sequence[Any], condition: dict[str, Any] | None = None, **more: Any
) -> list[str]:
    statement = {"Action": actions, "Effect": "Allow", "Resource": resources, **more}
    document = {"Statement": [{**statement, **({"Condition": condition} if condition else {})}]}
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyDocument": document}}
    key = {"Type": "AWS::KMS::Key", "Properties": {}}
    return authorization.flaws({"Resources": {"Policy": policy, "Key": key}})


@pytest.mark.parametrize(
    ("actions", "resources", "condition", "flaw"),
    [
        (["bedrock:DeleteModel"], [MODEL], None, "bedrock:DeleteModel does not exist"),
        (["badrock:GetCustomModel"], [MODEL], None, "badrock:GetCustomModel does not exist"),
        (["bedrock:Destroy*"], [MODEL], None, "bedrock:Destroy* does not exist"),
        (["bedrock:CreateCustomModel"], [MODEL], None, "bedrock:CreateCustomModel takes no resource but '*'"),
        (["bedrock:StopModelCustomizationJob"], [MODEL], None, "takes model-customization-job, got"),
        (["bedrock:GetCustomModel"], [MODEL, "arn:aws:s3:::data"], None, "bedrock:GetCustomModel does not take data"),
        (["bedrock:CreateCustomModel"], ["*"], OWNED, "does not know the condition key aws:ResourceTag"),
        (["bedrock:DeleteCustomModel"], [MODEL], {"StringEquals": {"aws:RequestTag/a": "b"}}, "aws:RequestTag/a"),
        (["kms:Decrypt"], [{"Fn::GetAtt": ["Key", "Arn"]}], {"StringEquals": {"kms:Via": "b"}}, "kms:Via"),
        (["s3:GetObject"], [{"Fn::GetAtt": ["Key", "Arn"]}], None, "s3:GetObject takes"),
    ],
)
def test_it_is_found(actions: list[str], resources: list[Any], condition: dict[str, Any], flaw: str) -> None:
    assert any(flaw in found for found in flaws(actions, resources, condition))


@pytest.mark.parametrize(
    ("actions", "resources", "condition"),
    [
        (["bedrock:DeleteCustomModel", "bedrock:UntagResource"], [MODEL], OWNED),
        (["bedrock:GetCustomModel"], [MODEL.replace("arn:aws:", "arn:aws-us-gov:")], None),
        (["bedrock:Get*"], [MODEL], None),
        (["kms:Decrypt"], [{"Fn::GetAtt": ["Key", "Arn"]}], {"StringEquals": {"kms:ViaService": "b"}}),
        (["bedrock:InvokeModel"], [{"Fn::ImportValue": "Model"}], None),
        (["logs:PutLogEvents"], ["arn:aws:logs:us-east-1:111122223333:log-group:events:*"], None),
        (["bedrock:GetCustomModel"], [MODEL], {"Bool": {"aws:SecureTransport": "true"}}),
    ],
)
def test_what_is_right_is_not(actions: list[str], resources: list[Any], condition: dict[str, Any]) -> None:
    assert flaws(actions, resources, condition) == []


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize("build", [complete.serving, complete.everything])
def test_all_that_the_library_can_be_asked_for_is_known_in_every_partition(
    build: Callable[[cdk.Environment], cdk.Stack], region: str
) -> None:
    template = template_of(build(cdk.Environment(account="111122223333", region=region)))
    assert "bedrock:CreateModelCustomizationJob" in json.dumps(template)


def test_the_policy_of_a_key_speaks_of_the_key() -> None:
    statement = {"Action": "kms:*", "Effect": "Allow", "Principal": {"AWS": "root"}, "Resource": "*"}
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [statement]}}}
    assert authorization.flaws({"Resources": {"Key": key}}) == []


def test_each_exception_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the reference knows by now needs none."""
    job = MODEL.replace("custom-model", "model-customization-job")
    connection = "arn:aws:codeconnections:us-east-1:111122223333:connection/01234567-89ab-cdef-0123-456789abcdef"
    log_group = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:log-group:*"}}
    monkeypatch.setattr(authorization, "EXCEPTIONS", {})
    # What other tests asked was answered with the exceptions.
    authorization._flaws.cache_clear()
    found = [
        *flaws(["sagemaker:AccessModelPackageData"], ["*"]),
        *flaws(["bedrock:CreateModelCustomizationJob"], [MODEL, job]),
        *flaws(["kms:DescribeKey"], ["*"], log_group),
        *flaws(["codestar-connections:UseConnection"], [connection]),
    ]
    authorization._flaws.cache_clear()
    monkeypatch.undo()
    assert {flaw.removeprefix("Policy: ") for flaw in found} == authorization.EXCEPTIONS.keys()
