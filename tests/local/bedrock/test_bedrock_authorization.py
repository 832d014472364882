from dataclasses import dataclass, field

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/trainer"
PREFIX = "arn:aws:bedrock:us-east-1:123456789012"
BASE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
PASS_ROLE = ("iam:PassRole", ROLE)


@dataclass
class Iam:
    """Allows everything but what is listed."""

    denied: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    assumed: list[tuple[str, str | None]] = field(default_factory=list)

    def allows(self, _caller, permission):
        self.asked.append((permission.action, permission.resource))
        return permission.action not in self.denied

    def may_assume(self, _role_arn, *, source_account, source_arn):
        self.assumed.append((source_account, source_arn))
        return "assume" not in self.denied

    def may_read(self, _role_arn, _s3_uri):
        return "read" not in self.denied

    def may_write(self, _role_arn, _s3_uri):
        return "write" not in self.denied


@pytest.fixture
def iam():
    return Iam()


@pytest.fixture
def guarded(make_world, iam):
    return make_world(access=iam)


def needed(world, operation, **params):
    return [(p.action, p.resource) for p in world.bedrock.authorization(operation, params)]


def test_a_job_needs_the_base_model_the_kinds_it_makes_and_the_role(world, job):
    assert needed(world, "CreateModelCustomizationJob", **job()) == [
        ("bedrock:CreateModelCustomizationJob", BASE),
        ("bedrock:CreateModelCustomizationJob", f"{PREFIX}:model-customization-job/*"),
        ("bedrock:CreateModelCustomizationJob", f"{PREFIX}:custom-model/*"),
        PASS_ROLE,
    ]


def test_tags_in_a_create_call_need_tag_resource_and_are_its_context(world):
    permissions = world.bedrock.authorization(
        "CreateCustomModel", {"modelName": "m", "modelTags": [{"key": "team", "value": "speech"}]}
    )
    assert [p.action for p in permissions] == ["bedrock:CreateCustomModel", "bedrock:TagResource"]
    assert [p.resource for p in permissions] == ["*", f"{PREFIX}:custom-model/*"]
    for permission in permissions:
        assert permission.context == {"aws:RequestTag/team": "speech", "aws:TagKeys": ["team"]}


def test_a_package_is_described_and_read_by_the_caller(world):
    package = "arn:aws:sagemaker:us-east-1:123456789012:model-package/nova/1"
    source = {"modelPackageArnDataSource": {"modelPackageArn": package}}
    assert needed(world, "CreateCustomModel", modelName="m", customModelDataSource=source)[1:] == [
        ("sagemaker:DescribeModelPackage", package),
        ("sagemaker:AccessModelPackageData", package),
    ]


def test_names_are_resolved_and_the_tags_of_the_resource_are_context(world):
    arn = world.start_job(jobTags=[{"key": "owner", "value": "stack"}])
    (permission,) = world.bedrock.authorization("StopModelCustomizationJob", {"jobIdentifier": "run"})
    assert (permission.action, permission.resource) == ("bedrock:StopModelCustomizationJob", arn)
    assert permission.context == {"aws:ResourceTag/owner": "stack"}


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("ListCustomModels", {}, ["*"]),
        ("GetCustomModel", {"modelIdentifier": "m"}, [f"{PREFIX}:custom-model/m"]),
        ("GetFoundationModel", {"modelIdentifier": "amazon.nova-lite-v1:0"}, [BASE]),
        ("GetModelCustomizationJob", {"jobIdentifier": "j"}, [f"{PREFIX}:model-customization-job/j"]),
        (
            "UntagResource",
            {"resourceARN": f"{PREFIX}:provisioned-model/p", "tagKeys": ["a"]},
            [f"{PREFIX}:provisioned-model/p"],
        ),
        (
            "UpdateCustomModelDeployment",
            {
                "customModelDeploymentIdentifier": f"{PREFIX}:custom-model-deployment/d",
                "modelArn": f"{PREFIX}:custom-model/m",
            },
            [f"{PREFIX}:custom-model-deployment/d", f"{PREFIX}:custom-model/m"],
        ),
        (
            "CreateProvisionedModelThroughput",
            {"modelId": "amazon.nova-lite-v1:0"},
            [BASE],
        ),
    ],
)
def test_calls_ask_for_what_they_touch(world, operation, params, expected):
    assert needed(world, operation, **params) == [(f"bedrock:{operation}", arn) for arn in expected]


def test_converse_is_allowed_by_invoke_model(world):
    arn = f"{PREFIX}:custom-model-deployment/aaaaaaaaaaaa"
    assert needed(world, "Converse", modelId=arn) == [("bedrock:InvokeModel", arn)]


@pytest.mark.parametrize("action", ["bedrock:CreateModelCustomizationJob", "iam:PassRole", "bedrock:TagResource"])
def test_a_caller_without_permission_is_denied_by_name(guarded, iam, action):
    iam.denied.add(action)
    with pytest.raises(guarded.client.exceptions.AccessDeniedException, match=f"not authorized to perform: {action}"):
        guarded.start_job(jobTags=[{"key": "a", "value": "b"}])
    assert guarded.bedrock.training_runs() == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("assume", "Could not assume provided IAM role"),
        ("read", "Could not validate GetObject permissions to access Amazon S3 bucket: data at key train.jsonl"),
        ("write", "Could not validate PutObject permissions to access S3 bucket: data at key out/"),
    ],
)
def test_a_role_that_is_not_ready_is_refused_and_works_later(guarded, iam, what, text):
    iam.denied.add(what)
    with pytest.raises(ClientError, match=f"ValidationException.*{text}"):
        guarded.start_job()
    iam.denied.clear()
    guarded.start_job()


@pytest.mark.parametrize("what", ["assume", "read"])
def test_an_import_from_s3_uses_its_role(guarded, iam, what):
    iam.denied.add(what)
    with pytest.raises(guarded.client.exceptions.ValidationException, match="Could not"):
        guarded.start_import()


def test_a_job_comes_with_its_arn_and_an_import_with_the_account_only(guarded, iam):
    guarded.start_import()
    arn = guarded.start_job()
    assert iam.assumed == [("123456789012", None), ("123456789012", arn)]


def test_a_role_that_goes_away_fails_the_run(guarded, iam):
    guarded.start_job()
    iam.denied.add("assume")
    guarded.wait(days=1)
    answer = guarded.client.get_model_customization_job(jobIdentifier="run")
    assert (answer["status"], answer["failureMessage"]) == ("Failed", "Could not assume provided IAM role")


def test_a_refused_start_does_not_use_a_script_up(guarded, iam):
    guarded.bedrock.script("run", fail="no", times=1)
    iam.denied.add("assume")
    with pytest.raises(ClientError):
        guarded.start_job()
    iam.denied.clear()
    guarded.start_job()
    guarded.wait(days=1)
    assert guarded.client.get_model_customization_job(jobIdentifier="run")["failureMessage"] == "no"
