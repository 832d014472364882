"""IAM as the local Bedrock enforces it, over TLS, with real signatures."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from local.aws import LocalAws, RunningAws, Settings

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def aws() -> Iterator[RunningAws]:
    with LocalAws(Settings(time_scale=36000)) as running:
        yield running


@pytest.fixture(scope="module")
def escrow(aws: RunningAws) -> str:
    uri: str = aws.bedrock("escrow")["uri"]
    return uri


def test_an_import_goes_through_with_exact_permissions(aws: RunningAws, escrow: str) -> None:
    role = _role(aws, "exact", _trust(aws.settings.account), *_reading(escrow))
    _import(aws.client("bedrock"), "exact", role, escrow)


@pytest.mark.parametrize(
    ("flaw", "message"),
    [
        ("account", "Could not assume provided IAM role"),
        ("service", "Could not assume provided IAM role"),
        ("object", "Could not validate GetObject permissions to access Amazon S3 bucket: customer-escrow"),
        ("list", "Could not validate GetObject permissions to access Amazon S3 bucket: customer-escrow"),
        ("denied", "Could not validate GetObject permissions to access Amazon S3 bucket: customer-escrow"),
    ],
)
def test_an_import_fails_on_a_flaw_of_its_role(aws: RunningAws, escrow: str, flaw: str, message: str) -> None:
    account = "444455556666" if flaw == "account" else aws.settings.account
    trust = _trust(account, "sagemaker.amazonaws.com" if flaw == "service" else "bedrock.amazonaws.com")
    reading = _reading(escrow)
    statements = {"object": reading[1:], "list": reading[:1], "denied": [*reading, {**ALL, "Effect": "Deny"}]}
    role = _role(aws, f"flaw-{flaw}", trust, *statements.get(flaw, reading))

    with pytest.raises(ClientError, match=message):
        _import(aws.client("bedrock"), f"flaw-{flaw}", role, escrow)


@pytest.mark.parametrize(
    ("action", "resource"),
    [("bedrock:CreateCustomModel", "*"), ("iam:PassRole", "*"), ("kms:CreateGrant", "*"), ("bedrock:TagResource", "*")],
)
def test_the_caller_needs_each_permission(aws: RunningAws, escrow: str, action: str, resource: str) -> None:
    name = action.split(":")[1]
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    using = {**ALL, "Action": "kms:*", "Resource": key}
    role = _role(aws, f"for-{name}", _trust(aws.settings.account), *_reading(escrow), using)
    denied = {"Effect": "Deny", "Action": action, "Resource": resource}

    with pytest.raises(ClientError, match=f"is not authorized to perform: {action}"):
        _import(_user(aws, name, ALL, denied), name, role, escrow, modelKmsKeyArn=key)


def test_pass_role_may_be_bound_to_bedrock(aws: RunningAws, escrow: str) -> None:
    role = _role(aws, "bound", _trust(aws.settings.account), *_reading(escrow))
    bedrock = {"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}
    condition = {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": condition}

    _import(_user(aws, "bound", bedrock, passing), "bound", role, escrow)


def test_a_jobs_role_needs_the_models_key(aws: RunningAws) -> None:
    account = aws.settings.account
    _bucket(aws, "training-data")
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    data = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    without = _role(aws, "without-key", _trust(account, job=True), data)
    with_key = _role(aws, "with-key", _trust(account, job=True), data, {**ALL, "Action": "kms:*", "Resource": key})

    with pytest.raises(ClientError, match="without-key is not authorized to perform: kms:DescribeKey"):
        _train(aws, "without-key", without, customModelKmsKeyId=key)
    _train(aws, "with-key", with_key, customModelKmsKeyId=key)


def test_a_job_reads_and_writes_encrypted_buckets_with_their_keys(aws: RunningAws) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    _bucket(aws, "encrypted-data", key)
    data, account = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, aws.settings.account
    decrypting = {**data, "Action": "kms:Decrypt", "Resource": key}
    reads = _role(aws, "reads-encrypted", _trust(account, job=True), data, decrypting)
    nothing = _role(aws, "no-data-key", _trust(account, job=True), data)

    with pytest.raises(ClientError, match=r"Could not validate GetObject permissions .* encrypted-data at key train"):
        _train(aws, "no-data-key", nothing, bucket="encrypted-data")
    with pytest.raises(ClientError, match=r"Could not validate PutObject permissions .* encrypted-data at key output"):
        _train(aws, "reads-encrypted", reads, bucket="encrypted-data")


@pytest.mark.parametrize(
    ("what", "action"),
    [
        ({"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, "ec2:DescribeNetworkInterfaces"),
        (
            {
                "baseModelIdentifier": "amazon.nova-2-lite-v1:0:256k",
                "customizationType": "REINFORCEMENT_FINE_TUNING",
                "customizationConfig": {
                    "rftConfig": {
                        "graderConfig": {
                            "lambdaGrader": {"lambdaArn": "arn:aws:lambda:us-east-1:111122223333:function:grader"}
                        }
                    }
                },
            },
            "lambda:InvokeFunction",
        ),
        (
            {
                "customizationType": "DISTILLATION",
                "customizationConfig": {
                    "distillationConfig": {"teacherModelConfig": {"teacherModelIdentifier": "amazon.nova-pro-v1:0"}}
                },
            },
            "bedrock:InvokeModel",
        ),
    ],
)
def test_a_jobs_role_needs_what_the_job_uses(aws: RunningAws, what: dict[str, Any], action: str) -> None:
    name = action.replace(":", "-")
    _bucket(aws, "training-data")
    role = _role(aws, name, _trust(aws.settings.account, job=True), {**ALL, "Action": "s3:*"})

    with pytest.raises(ClientError, match=f"role/{name} is not authorized to perform: {action}"):
        _train(aws, name, role, **what)


def test_throughput_needs_the_keys_policy_to_let_bedrock_in(aws: RunningAws, escrow: str) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    reading = [*_reading(escrow), {**ALL, "Action": "kms:*", "Resource": key}]
    role = _role(aws, "served", _trust(aws.settings.account), *reading)
    bedrock = aws.client("bedrock")
    _import(bedrock, "served", role, escrow, modelKmsKeyArn=key)
    aws.bedrock("finish", {"name_pattern": "served"})
    wanted = {"provisionedModelName": "served", "modelId": "served", "modelUnits": 1}

    with pytest.raises(ClientError, match=r"does not allow bedrock\.amazonaws\.com to perform: kms:Decrypt"):
        bedrock.create_provisioned_model_throughput(**wanted)
    aws.client("kms").put_key_policy(KeyId=key, Policy=_document(_OWNER, _SERVING))
    bedrock.create_provisioned_model_throughput(**wanted)


def test_who_invokes_a_model_of_a_key_needs_both_of_its_actions(aws: RunningAws, escrow: str) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    reading = [*_reading(escrow), {**ALL, "Action": "kms:*", "Resource": key}]
    role = _role(aws, "invoked", _trust(aws.settings.account), *reading)
    bedrock = aws.client("bedrock")
    _import(bedrock, "invoked", role, escrow, modelKmsKeyArn=key)
    aws.bedrock("finish", {"name_pattern": "invoked"})
    model = bedrock.get_custom_model(modelIdentifier="invoked")["modelArn"]
    made = bedrock.create_custom_model_deployment(modelDeploymentName="invoked", modelArn=model)
    aws.bedrock("finish", {"name_pattern": "invoked"})
    arn = made["customModelDeploymentArn"]
    invoking = {**ALL, "Action": "bedrock:InvokeModel", "Resource": arn}
    via = {"StringEquals": {"kms:ViaService": f"bedrock.{aws.settings.region}.amazonaws.com"}}
    decrypting = {**ALL, "Action": "kms:Decrypt", "Resource": key, "Condition": via}
    using = {**decrypting, "Action": ["kms:Decrypt", "kms:GenerateDataKey"]}

    with pytest.raises(ClientError, match="is not authorized to perform: kms:GenerateDataKey"):
        _invoke(_user(aws, "decrypts", invoking, decrypting, service="bedrock-runtime"), arn)
    _invoke(_user(aws, "uses", invoking, using, service="bedrock-runtime"), arn)


def _invoke(runtime: Any, arn: str) -> None:
    runtime.invoke_model(modelId=arn, body=b"{}")


_OWNER = {**ALL, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*"}
_SERVING = {
    **ALL,
    "Principal": {"Service": "bedrock.amazonaws.com"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Condition": {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:bedrock:custom-model"}},
}


def test_a_lost_connection_is_a_closed_one(aws: RunningAws) -> None:
    aws.bedrock("faults", {"operation": "ListCustomModels", "fault": "lost_before_effect"})

    with pytest.raises(ConnectionClosedError):
        _client(aws, "test", "test").list_custom_models()


def _trust(account: str, service: str = "bedrock.amazonaws.com", *, job: bool = False) -> dict[str, Any]:
    source = f"arn:aws:bedrock:us-east-1:{account}:model-customization-job/*"
    condition: dict[str, Any] = {"StringEquals": {"aws:SourceAccount": account}}
    condition |= {"ArnEquals": {"aws:SourceArn": source}} if job else {}
    principal = {"Service": service}
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}


def _reading(uri: str) -> list[dict[str, Any]]:
    bucket, prefix = uri.removeprefix("s3://").split("/", 1)
    arn = f"arn:aws:s3:::{bucket}"
    condition = {"StringLike": {"s3:prefix": f"{prefix}*"}}
    return [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/{prefix}*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn, "Condition": condition},
    ]


def _role(aws: RunningAws, name: str, trust: dict[str, Any], *statements: dict[str, Any]) -> str:
    iam = aws.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=_document(*statements))
    arn: str = role["Arn"]
    return arn


def _user(aws: RunningAws, name: str, *statements: dict[str, Any], service: str = "bedrock") -> Any:
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=_document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return _client(aws, key["AccessKeyId"], key["SecretAccessKey"], service)


def _client(aws: RunningAws, key_id: str, secret: str, service: str = "bedrock") -> Any:
    return boto3.client(
        service,
        endpoint_url=aws.endpoint,
        region_name=aws.settings.region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        verify=str(aws.directory.certificate),
        config=Config(retries={"total_max_attempts": 1}),
    )


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _import(bedrock: Any, name: str, role: str, uri: str, **more: Any) -> None:
    bedrock.create_custom_model(
        modelName=name,
        roleArn=role,
        modelSourceConfig={"s3DataSource": {"s3Uri": uri}},
        modelTags=[{"key": "made", "value": "by-test"}],
        **more,
    )


def _train(aws: RunningAws, name: str, role: str, *, bucket: str = "training-data", **more: Any) -> None:
    given = {"baseModelIdentifier": "amazon.nova-lite-v1:0:300k", **more}
    aws.client("bedrock").create_model_customization_job(
        jobName=name,
        customModelName=name,
        roleArn=role,
        trainingDataConfig={"s3Uri": f"s3://{bucket}/train.jsonl"},
        outputDataConfig={"s3Uri": f"s3://{bucket}/output/"},
        **given,
    )


def _bucket(aws: RunningAws, name: str, key: str = "") -> None:
    """A bucket with training data in it, encrypted with the key."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="train.jsonl", Body=b"{}")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    if key:
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
