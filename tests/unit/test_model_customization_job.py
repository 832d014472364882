"""ModelCustomizationJob at synth: inputs and settings, the role, the waits, and what is refused."""

import json
import typing
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    IModelCustomizationJob,
    JobStatus,
    ModelCustomizationJob,
    OutputData,
    RollbackBehavior,
    TeacherModel,
    TrainingData,
    ValidationData,
)
from constructs_lib.job.inputs import VALIDATORS_MAX
from constructs_lib.job.network import SECURITY_GROUPS_MAX, SUBNETS_MAX
from local.bedrock.routes import service_model
from tests.support.synth import (
    allowed,
    creation_order,
    is_bound_to_own_stack,
    new_stack,
    only,
    resources,
    statements,
    template_of,
    text,
    warnings,
)

JOB = "Custom::BedrockModelCustomizationJob"
WAIT = "Custom::BedrockModelWait"
DATA = Path(__file__).parents[2] / "examples/fine_tune/data"
NOVA = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
GROUPS = "ServiceRole"


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack(env=cdk.Environment(account="123456789012", region="us-east-1"))


def base(stack: cdk.Stack) -> bedrock.IModel:
    found = stack.node.try_find_child("Base")
    return found or bedrock.FoundationModel.from_foundation_model_id(stack, "Base", NOVA)


def job(stack: cdk.Stack, id: str = "Assistant", **arguments: typing.Any) -> ModelCustomizationJob:
    given = {
        "base_model": base(stack),
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
        "output_data": OutputData.to_s3_uri("s3://output/assistant"),
    }
    return ModelCustomizationJob(stack, id, **{**given, **arguments})


def properties(stack: cdk.Stack) -> dict[str, typing.Any]:
    return only(template_of(stack), JOB)


def grader(stack: cdk.Stack) -> lambda_.Function:
    return lambda_.Function(
        stack,
        "Grader",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): return []"),
        timeout=cdk.Duration.minutes(5),
    )


class TestInputs:
    def test_what_makes_another_run_is_one_group_and_the_rest_another(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        job(
            stack,
            customization=Customization.fine_tuning(hyper_parameters={"epochCount": 2, "learningRate": 0.00001}),
            validation_data=[ValidationData.from_s3_uri("s3://data/validation.jsonl")],
            custom_model_name="assistant",
            encryption_key=key,
            revision="2",
        )
        rendered = properties(stack)
        assert rendered["RunInputs"] == {
            "baseModelIdentifier": base_arn(rendered),
            "customizationType": "FINE_TUNING",
            "hyperParameters": {"epochCount": "2", "learningRate": "0.00001"},
            "trainingDataConfig": {"s3Uri": "s3://data/train.jsonl"},
            "validationDataConfig": {"validators": [{"s3Uri": "s3://data/validation.jsonl"}]},
            "customModelName": "assistant",
            "customModelKmsKeyId": KEY_ARN,
            "revision": "2",
        }
        assert set(rendered["Settings"]["Request"]) == {
            "roleArn",
            "trainingDataConfig",
            "validationDataConfig",
            "outputDataConfig",
        }

    def test_a_local_file_counts_by_its_content_and_not_by_its_place(self, stack):
        job(stack, training_data=TrainingData.from_asset(DATA / "train.jsonl"))
        rendered = properties(stack)
        assert list(rendered["RunInputs"]["trainingDataConfig"]) == ["contentSha256"]
        assert "assets" in json.dumps(rendered["Settings"]["Request"]["trainingDataConfig"]["s3Uri"])

    def test_a_grader_counts_by_its_unqualified_arn(self, stack):
        function = grader(stack)
        job(stack, customization=Customization.reinforcement_fine_tuning(grader=function.current_version))
        rendered = properties(stack)
        counted = rendered["RunInputs"]["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
        used = rendered["Settings"]["Request"]["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
        assert counted["lambdaArn"] == stack.resolve(function.function_arn)
        assert "CurrentVersion" in json.dumps(used)
        assert "CurrentVersion" not in json.dumps(counted)

    def test_every_member_of_the_api_is_reachable(self, stack):
        """Except the name and the token, which the provider makes, and the tags, which have a group of their own."""
        vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
        job(
            stack,
            customization=Customization.distillation(teacher_model=TeacherModel.from_model(base(stack))),
            validation_data=[ValidationData.from_s3_uri("s3://data/validation.jsonl")],
            custom_model_name="assistant",
            encryption_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN),
            vpc=vpc,
            tags={"a": "a"},
            custom_model_tags={"a": "b"},
        )
        job(stack, "Other", customization=Customization.fine_tuning(hyper_parameters={"epochCount": 1}))
        template = template_of(stack)
        reached: set[str] = set()
        for resource in resources(template, JOB).values():
            reached |= set(resource["Properties"]["RunInputs"]) | set(resource["Properties"]["Settings"]["Request"])
        members = set(service_model("bedrock").shape_for("CreateModelCustomizationJobRequest").members)
        assert members - reached == {"jobName", "clientRequestToken", "jobTags", "customModelTags"}
        assert {"Tags", "CustomModelTags"} <= set(next(iter(resources(template, JOB).values()))["Properties"])

    @pytest.mark.parametrize(
        ("limit", "shape"),
        [(VALIDATORS_MAX, "Validators"), (SUBNETS_MAX, "SubnetIds"), (SECURITY_GROUPS_MAX, "SecurityGroupIds")],
    )
    def test_limits_are_those_of_the_service_model(self, limit, shape):
        assert service_model("bedrock").shape_for(shape).metadata["max"] == limit

    def test_settings_carry_what_the_provider_decides_by(self, stack):
        job(
            stack,
            job_name_prefix="support",
            rollback_behavior=RollbackBehavior.STOP_RUNNING,
            retrain_protection=True,
            max_attempts=3,
            lock_id="assistant",
            wait=False,
        )
        settings = properties(stack)["Settings"]
        del settings["Request"]
        assert settings == {
            "NamePrefix": "support",
            "Path": "Assistant",
            "LockId": "assistant",
            "MaxAttempts": 3,
            "TimeoutSeconds": 86400,
            "RollbackBehavior": "stop-running",
            "RetrainProtection": True,
            "Wait": False,
            "Kept": {"For": "assistant", "RoleArn": arn_of_role(stack)},
        }

    def test_tags_reach_the_job_and_more_of_them_the_model(self, stack):
        made = job(stack, tags={"one": "1", "two": "1"}, custom_model_tags={"two": "2"})
        cdk.Tags.of(made).add("three", "3")
        rendered = properties(stack)
        as_map = {group: {tag["Key"]: tag["Value"] for tag in rendered[group]} for group in ("Tags", "CustomModelTags")}
        assert as_map["Tags"] == {"one": "1", "two": "1", "three": "3"}
        assert as_map["CustomModelTags"] == {"two": "2"}


def arn_of_role(stack: cdk.Stack) -> Any:
    (name,) = [name for name in resources(template_of(stack), "AWS::IAM::Role") if name.startswith("Assistant")]
    return {"Fn::GetAtt": [name, "Arn"]}


def logical_id(stack: cdk.Stack, made: ModelCustomizationJob) -> str:
    return stack.get_logical_id(made.node.find_child("Resource"))


def base_arn(rendered: dict[str, typing.Any]) -> typing.Any:
    arn = rendered["RunInputs"]["baseModelIdentifier"]
    assert text(arn).endswith(":bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k")
    return arn


class TestServiceRole:
    def test_only_jobs_of_this_account_and_region_may_assume_it(self, stack):
        made = job(stack)
        role = resources(template_of(stack), "AWS::IAM::Role")[stack.get_logical_id(made.role.node.default_child)]
        (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
        assert text(trust["Condition"]["ArnEquals"]["aws:SourceArn"]).endswith(
            ":bedrock:us-east-1:123456789012:model-customization-job/*"
        )

    def test_it_reads_and_writes_exactly_what_the_job_names(self, stack):
        job(stack)
        found = [(s["Action"], text(s["Resource"])) for s in statements(template_of(stack), GROUPS)]
        assert found == [
            ("s3:GetObject", "arn:<AWS::Partition>:s3:::data/train.jsonl"),
            ("s3:ListBucket", "arn:<AWS::Partition>:s3:::data arn:<AWS::Partition>:s3:::output"),
            (["s3:GetObject", "s3:PutObject"], "arn:<AWS::Partition>:s3:::output/assistant/*"),
        ]

    def test_keys_of_the_buckets_are_allowed_in_the_roles_own_policy(self, stack):
        bucket = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.KMS)
        job(stack, training_data=TrainingData.from_bucket(bucket, "a"), output_data=OutputData.to_bucket(bucket, "b"))
        template = template_of(stack)
        assert allowed(template, GROUPS, "kms:GenerateDataKey")
        (key,) = resources(template, "AWS::KMS::Key").values()
        assert "ServiceRole" not in json.dumps(key)

    def test_a_bucket_of_another_stack_is_no_cycle(self):
        app = cdk.App()
        data, models = cdk.Stack(app, "Data"), cdk.Stack(app, "Models")
        bucket = s3.Bucket(data, "Bucket", encryption=s3.BucketEncryption.KMS)
        job(models, training_data=TrainingData.from_bucket(bucket, "a"), output_data=OutputData.to_bucket(bucket, "b"))
        dependencies = app.synth().get_stack_artifact("Data").dependencies
        assert [artifact.id for artifact in dependencies] == ["Data.assets"]

    def test_vpc_permissions_only_with_a_vpc(self, stack):
        job(stack)
        assert "ec2:" not in json.dumps(statements(template_of(stack), GROUPS))

    def test_vpc_permissions_are_the_documented_set(self, stack):
        job(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=2))
        template = template_of(stack)
        found = [s for s in statements(template, GROUPS) if "ec2:" in json.dumps(s["Action"])]
        assert [s["Action"] for s in found] == [
            [
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeVpcs",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
            ],
            "ec2:CreateNetworkInterface",
            "ec2:CreateNetworkInterface",
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            "ec2:CreateTags",
        ]
        tagged, anywhere, managing, tagging = found[1:]
        assert tagged["Condition"]["StringEquals"] == {"aws:RequestTag/BedrockManaged": ["true"]}
        assert "Condition" not in anywhere
        assert managing["Condition"]["StringEquals"] == {"ec2:ResourceTag/BedrockManaged": "true"}
        assert len(managing["Condition"]["ArnEquals"]["ec2:Subnet"]) == 2
        assert tagging["Condition"]["StringEquals"] == {"ec2:CreateAction": ["CreateNetworkInterface"]}
        request = only(template, JOB)["Settings"]["Request"]["vpcConfig"]
        assert (len(request["subnetIds"]), len(request["securityGroupIds"])) == (2, 1)

    def test_a_teacher_behind_a_profile_is_allowed_on_the_profile_and_in_its_regions(self, stack):
        teacher = TeacherModel.from_inference_profile(
            "us.amazon.nova-pro-v1:0",
            model=bedrock.FoundationModel.from_foundation_model_id(
                stack, "Teacher", bedrock.FoundationModelIdentifier("amazon.nova-pro-v1:0")
            ),
            regions=["us-east-1", "us-west-2"],
        )
        job(stack, customization=Customization.distillation(teacher_model=teacher))
        arns = [text(arn) for arn in allowed(template_of(stack), GROUPS, "bedrock:InvokeModel")["Resource"]]
        assert sum("inference-profile/us.amazon.nova-pro" in arn for arn in arns) == 1
        regions = {arn.replace("AWS::", "").split(":")[3] for arn in arns if "foundation-model" in arn}
        assert regions == {"us-east-1", "us-west-2"}

    def test_a_grader_may_be_invoked(self, stack):
        job(stack, customization=Customization.reinforcement_fine_tuning(grader=grader(stack)))
        [named] = [allowed(template_of(stack), GROUPS, "lambda:InvokeFunction")["Resource"]]
        assert text(named).endswith(".Arn>")

    def test_a_custom_model_as_base_may_be_decrypted(self, stack):
        key = kms.Key(stack, "Key")
        first = job(stack, "First", encryption_key=key)
        job(stack, "Second", base_model=first.custom_model)
        template = template_of(stack)
        decrypting = allowed(template, "SecondServiceRole", "kms:Decrypt")
        assert decrypting["Action"] == ["kms:Decrypt", "kms:DescribeKey"]
        inputs = {
            name: resource["Properties"]["RunInputs"]["baseModelIdentifier"]
            for name, resource in resources(template, JOB).items()
        }
        (ready,) = [arn["Fn::GetAtt"] for arn in inputs.values() if isinstance(arn, dict) and "Fn::GetAtt" in arn]
        assert "FirstReady" in ready[0]

    def test_a_role_of_ones_own_is_allowed_the_same_without_a_warning(self, stack):
        role = iam.Role(stack, "Own", assumed_by=ModelCustomizationJob.service_principal(stack))
        role.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        made = job(stack, role=role)
        assert made.role is role
        assert allowed(template_of(stack), "Own", "s3:PutObject")
        assert warnings(stack) == []

    def test_an_imported_role_is_warned_of(self, stack):
        job(stack, role=iam.Role.from_role_arn(stack, "Own", "arn:aws:iam::123456789012:role/own"))
        assert "trust policy" in warnings(stack)[0]

    def test_one_job_can_be_made_to_wait_for_another(self, stack):
        """Nothing that everything waits for may name what only one job has: that would be a cycle."""
        first, second = job(stack, "First"), job(stack, "Second")
        second.node.add_dependency(first)
        order = creation_order(template_of(stack))
        assert order.index(logical_id(stack, first)) < order.index(logical_id(stack, second))

    def test_it_starts_after_the_policies_exist(self, stack):
        job(stack)
        (resource,) = resources(template_of(stack), JOB).values()
        assert "AssistantServiceRolePermissions" in " ".join(resource["DependsOn"])


class TestKept:
    """What a kept run needs outlives the rollback of a first create."""

    def policies(self, stack: cdk.Stack) -> dict[str, str]:
        found = template_of(stack)["Resources"].items()
        return {name: each.get("DeletionPolicy", "Delete") for name, each in found if name.startswith("Assistant")}

    def test_the_librarys_own_role_and_group_are_retained_for_a_long_run(self, stack):
        job(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        retained = {name for name, policy in self.policies(stack).items() if policy == "Retain"}
        assert {name.rstrip("0123456789ABCDEF") for name in retained if "Wait" not in name and "Ready" not in name} == {
            "AssistantServiceRole",
            "AssistantServiceRolePermissions",
            "AssistantSecurityGroup",
        }
        kept = properties(stack)["Settings"]["Kept"]
        assert set(kept) == {"For", "RoleArn", "SecurityGroupIds"}
        assert kept["RoleArn"] == arn_of_role(stack)

    def test_rules_that_other_stacks_add_to_the_group_go_as_they_came(self, stack):
        env = cdk.Environment(region=stack.region, account=stack.account)
        others = cdk.Stack(cdk.App.of(stack), "Others", env=env)
        vpc = ec2.Vpc(others, "Vpc", max_azs=1)
        theirs = ec2.SecurityGroup(others, "Group", vpc=vpc)
        made = job(stack, vpc=vpc)
        made.connections.allow_to(theirs, ec2.Port.tcp(443))
        made.connections.add_security_group(theirs)
        assert len(made.connections.security_groups) == 2, "the same object at each access"
        found = [each for each in template_of(stack)["Resources"].values() if each["Type"].startswith("AWS::EC2")]
        assert {each["Type"] for each in found} > {"AWS::EC2::SecurityGroup"}
        kept = {each["Type"] for each in found if each.get("DeletionPolicy") == "Retain"}
        assert kept == {"AWS::EC2::SecurityGroup"}

    @pytest.mark.parametrize("named", ["nothing", "groups"])
    def test_a_role_of_another_stack_cannot_name_subnets_and_groups_of_this_one(self, stack, named):
        data = cdk.Stack(cdk.App.of(stack), "Data", env=cdk.Environment(region=stack.region, account=stack.account))
        role = iam.Role(data, "Role", assumed_by=ModelCustomizationJob.service_principal(data))
        vpc = ec2.Vpc(data, "Vpc", max_azs=1)
        groups = {"security_groups": [ec2.SecurityGroup(stack, "Group", vpc=vpc)]} if named == "groups" else {}
        with pytest.raises(ValueError, match="role must be of the job's own stack"):
            job(stack, role=role, vpc=vpc, **groups)

    def test_a_role_of_another_stack_names_what_stands_beside_it(self, stack):
        data = cdk.Stack(cdk.App.of(stack), "Data", env=cdk.Environment(region=stack.region, account=stack.account))
        role = iam.Role(data, "Role", assumed_by=ModelCustomizationJob.service_principal(data))
        vpc = ec2.Vpc(data, "Vpc", max_azs=1)
        job(stack, role=role, vpc=vpc, security_groups=[ec2.SecurityGroup(data, "Group", vpc=vpc)])
        assert "Kept" not in properties(stack)["Settings"]

    def test_what_serves_a_model_is_not_trained_further(self, stack):
        live = CustomModelDeployment(stack, "Live", custom_model=job(stack).custom_model)
        with pytest.raises(ValueError, match="base_model must be a foundation model or a custom model"):
            job(stack, "Further", base_model=live)

    @pytest.mark.parametrize("kind", ["custom-model-deployment", "provisioned-model"])
    def test_nor_is_what_is_known_by_its_arn_alone(self, stack, kind):
        arn = f"arn:aws:bedrock:us-east-1:111122223333:{kind}/abcdefghijkl"
        base = bedrock.ProvisionedModel.from_provisioned_model_arn(stack, "Base", arn)
        with pytest.raises(ValueError, match=f"got 'a {kind}'"):
            job(stack, base_model=base)

    def test_policies_that_the_cdk_splits_off_are_not_retained(self, stack):
        made = job(stack)
        for number in range(60):
            s3.Bucket(stack, f"Bucket{number}").grant_read(made)
        found = resources(template_of(stack), "AWS::IAM::ManagedPolicy")
        assert found
        assert {each.get("DeletionPolicy", "Delete") for each in found.values()} == {"Delete"}

    def test_beside_a_group_of_the_librarys_a_role_of_ones_own_is_not_named(self, stack):
        role = iam.Role(stack, "Own", assumed_by=ModelCustomizationJob.service_principal(stack))
        job(stack, role=role, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        assert set(properties(stack)["Settings"]["Kept"]) == {"For", "SecurityGroupIds"}

    def test_nor_is_one_that_somebody_else_makes(self, stack):
        iam.Role.customize_roles(stack, prevent_synthesis=True, use_precreated_roles={})
        job(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        assert set(properties(stack)["Settings"]["Kept"]) == {"For", "SecurityGroupIds"}

    def test_what_a_user_grants_the_role_is_retained_with_it(self, stack):
        s3.Bucket(stack, "Images").grant_read(job(stack))
        assert [policy for name, policy in self.policies(stack).items() if "DefaultPolicy" in name] == ["Retain"]

    def test_the_role_carries_the_tag_that_lets_the_provider_remove_it(self, stack):
        job(stack)
        template = template_of(stack)
        (role,) = [r for name, r in resources(template, "AWS::IAM::Role").items() if name.startswith("Assistant")]
        assert role["Properties"]["Tags"] == [
            {"Key": "bedrock-models:kept-for", "Value": "Assistant"},
            {"Key": "bedrock-models:stack", "Value": {"Ref": "AWS::StackId"}},
        ]
        assert is_bound_to_own_stack(allowed(template, "Events", "iam:DeleteRole"), "Resource")

    def test_a_short_timeout_ends_the_wait_and_not_the_run(self, stack):
        job(stack, timeout=cdk.Duration.minutes(10))
        assert {policy for name, policy in self.policies(stack).items() if "ServiceRole" in name} == {"Retain"}

    def test_a_role_of_ones_own_is_not_touched(self, stack):
        role = iam.Role(stack, "Own", assumed_by=ModelCustomizationJob.service_principal(stack))
        job(stack, role=role)
        (own,) = [r for name, r in resources(template_of(stack), "AWS::IAM::Role").items() if name.startswith("Own")]
        assert "DeletionPolicy" not in own
        assert "Kept" not in properties(stack)["Settings"]


class TestProvider:
    def test_training_is_allowed_on_exactly_the_base_model(self, stack):
        job(stack)
        found = [
            text(statement["Resource"])
            for statement in statements(template_of(stack), "Events")
            if statement["Action"] == "bedrock:CreateModelCustomizationJob" and "Condition" not in statement
        ]
        assert found == ["arn:<AWS::Partition>:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0:300k"]

    def test_only_runs_of_ours_may_be_stopped(self, stack):
        job(stack)
        stopping = allowed(template_of(stack), "Events", "bedrock:StopModelCustomizationJob")
        assert is_bound_to_own_stack(stopping, "Resource")

    def test_a_custom_model_of_another_stack_is_no_base_model_unless_a_job_names_one(self, stack):
        job(stack)
        (making,) = [
            statement
            for statement in statements(template_of(stack), "Events")
            if statement["Action"] == "bedrock:CreateModelCustomizationJob" and "Condition" in statement
        ]
        assert is_bound_to_own_stack(making, "Request")
        (other,) = making["Condition"]["StringLikeIfExists"].items()
        assert other == (
            "aws:ResourceTag/bedrock-models:stack",
            making["Condition"]["StringLike"]["aws:RequestTag/bedrock-models:stack"],
        )

    def test_a_customer_key_is_allowed_to_both_and_to_the_service(self, stack):
        job(stack, encryption_key=kms.Key(stack, "Key"))
        template = template_of(stack)
        for role in (GROUPS, "Events"):
            assert allowed(template, role, "kms:CreateGrant")["Condition"]["StringEquals"]["kms:ViaService"]
        policy = only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        assert any(s["Principal"] == {"Service": "bedrock.amazonaws.com"} for s in policy)


class TestWait:
    def test_ready_keeps_its_logical_id_and_its_properties(self):
        def ready(hours: int) -> dict[str, typing.Any]:
            stack = new_stack()
            job(stack, timeout=cdk.Duration.hours(hours))
            found = resources(template_of(stack), WAIT)
            return {name: wait["Properties"] for name, wait in found.items() if "Ready" in name}

        assert ready(2) == ready(30)

    def test_attributes_are_those_of_the_end_of_the_wait(self, stack):
        made = job(stack, validation_data=[ValidationData.from_s3_uri(f"s3://data/{n}.jsonl") for n in range(2)])
        assert stack.resolve(made.training_loss)["Fn::GetAtt"][1] == "TrainingLoss"
        assert stack.resolve(made.job_arn)["Fn::GetAtt"][1] == "JobArn"
        assert stack.resolve(made.custom_model.custom_model_arn)["Fn::GetAtt"][1] == "ModelArn"
        assert len(made.validation_losses) == 2
        assert stack.resolve(made.job_name) == {"Ref": stack.get_logical_id(made.node.find_child("Resource"))}

    @pytest.mark.parametrize("attribute", ["custom_model", "training_loss", "validation_losses"])
    def test_without_a_wait_what_only_a_wait_knows_is_refused(self, stack, attribute):
        made = job(stack, wait=False)
        assert resources(template_of(stack), WAIT) == {}
        with pytest.raises(ValueError, match=f"{attribute} is known only after a wait, got 'wait=False'; leave"):
            getattr(made, attribute)
        assert "JobArn" in json.dumps(stack.resolve(made.job_arn))


class TestInterfaces:
    def test_the_trained_model_is_a_model_for_cdks_own_consumers(self, stack):
        made = job(stack)
        task = tasks.BedrockInvokeModel(stack, "Invoke", model=made.custom_model, body=sfn.TaskInput.from_object({}))
        sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
        machines = resources(template_of(stack), "AWS::StepFunctions::StateMachine")
        assert any("AssistantReady" in json.dumps(m) for name, m in machines.items() if name.startswith("Machine"))

    def test_it_is_a_grantee(self, stack):
        bucket = s3.Bucket(stack, "Media")
        bucket.grant_read(job(stack))
        assert allowed(template_of(stack), GROUPS, "s3:GetBucket*")

    def test_it_is_connectable(self, stack):
        made = job(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        group = ec2.SecurityGroup(stack, "Database", vpc=stack.node.find_child("Vpc"))
        group.connections.allow_from(made, ec2.Port.HTTPS)
        (rule,) = resources(template_of(stack), "AWS::EC2::SecurityGroupIngress").values()
        assert "AssistantSecurityGroup" in json.dumps(rule["Properties"]["SourceSecurityGroupId"])

    def test_without_a_vpc_there_is_nothing_to_connect(self, stack):
        with pytest.raises(ValueError, match="connections need a vpc"):
            _ = job(stack).connections

    def test_an_imported_job_has_its_arn_and_its_events(self, stack):
        arn = "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abc123def456"
        imported = ModelCustomizationJob.from_job_arn(stack, "Imported", arn)
        imported.on_state_change("Changed")
        assert imported.job_arn == arn
        assert only(template_of(stack), "AWS::Events::Rule")["EventPattern"]["detail"] == {"jobArn": [arn]}

    def test_an_imported_job_has_an_alarm_too(self, stack):
        arn = "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abc123def456"
        imported: IModelCustomizationJob = ModelCustomizationJob.from_job_arn(stack, "Imported", arn)
        imported.alarm_on_failure("Failed")
        rule = only(template_of(stack), "AWS::Events::Rule")
        assert rule["EventPattern"]["detail"] == {"jobArn": [arn], "jobStatus": ["Failed", "Stopped"]}

    @pytest.mark.parametrize(("region", "warned"), [("us-east-1", 0), ("us-west-2", 1), (None, 0)])
    def test_the_events_of_another_region_are_a_warning(self, region, warned):
        stack = new_stack(env=cdk.Environment(region=region))
        arn = "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/amazon.nova-lite-v1:0:300k/abc123def456"
        ModelCustomizationJob.from_job_arn(stack, "Imported", arn).on_state_change("Changed")
        assert len([each for each in warnings(stack) if "eventsOfAnotherRegion" in each]) == warned


class TestEvents:
    def test_a_rule_matches_this_jobs_changes_only(self, stack):
        made = job(stack)
        queue = sqs.Queue(stack, "Queue")
        made.on_state_change(
            "Changed", target=targets.SqsQueue(queue), statuses=[JobStatus.COMPLETED, JobStatus.FAILED], rule_name="r"
        )
        rule = only(template_of(stack), "AWS::Events::Rule")
        assert rule["EventPattern"] == {
            "source": ["aws.bedrock"],
            "detail-type": ["Model Customization Job State Change"],
            "detail": {"jobName": [stack.resolve(made.job_name)], "jobStatus": ["Completed", "Failed"]},
        }
        assert rule["Name"] == "r"
        assert len(rule["Targets"]) == 1

    def test_the_statuses_are_those_of_the_service_model(self):
        shape = service_model("bedrock").shape_for("ModelCustomizationJobStatus")
        assert {str(status) for status in JobStatus} == set(shape.enum)

    def test_an_alarm_goes_off_when_it_fails(self, stack):
        job(stack).alarm_on_failure("Failed", topic=sns.Topic(stack, "Topic"))
        template = template_of(stack)
        alarm = only(template, "AWS::CloudWatch::Alarm")
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Events", "MatchedEvents")
        assert alarm["AlarmActions"]
        assert only(template, "AWS::Events::Rule")["EventPattern"]["detail"]["jobStatus"] == ["Failed", "Stopped"]

    def test_an_alarm_goes_off_when_its_training_does_not_start(self, stack):
        made = job(stack)
        made.alarm_on_stall("Stalled", topic=sns.Topic(stack, "Topic"), after=cdk.Duration.hours(8))
        template = template_of(stack)
        alarm, found = only(template, "AWS::CloudWatch::Alarm"), only(template, "AWS::Logs::MetricFilter")
        [metric] = found["MetricTransformations"]
        assert (alarm["Namespace"], alarm["MetricName"]) == (metric["MetricNamespace"], metric["MetricName"])
        assert alarm["Dimensions"] == [{"Name": "JobName", "Value": stack.resolve(made.job_name)}]
        assert metric["Dimensions"] == [{"Key": "JobName", "Value": "$.attributes.JobName"}]
        assert metric["MetricValue"] == "$.not_started_seconds"
        assert (alarm["Threshold"], alarm["TreatMissingData"]) == (8 * 3600, "notBreaching")
        assert alarm["AlarmActions"]
        assert "PollLog" in found["LogGroupName"]["Ref"]
        assert json.dumps(found["FilterPattern"]).count(stack.resolve(made.job_name)["Ref"]) == 1

    def test_without_a_wait_nobody_sees_that_it_does_not_start(self, stack):
        with pytest.raises(ValueError, match="alarm_on_stall is known only after a wait"):
            job(stack, wait=False).alarm_on_stall("Stalled")

    @pytest.mark.parametrize("after", [cdk.Duration.minutes(14), cdk.Duration.millis(5)])
    def test_a_queue_of_minutes_is_no_stall(self, stack, after):
        with pytest.raises(ValueError, match="after must be 15 minutes or more"):
            job(stack).alarm_on_stall("Stalled", after=after)


class TestWarnings:
    def test_the_default_path_is_silent(self, stack):
        job(stack, training_data=TrainingData.from_asset(DATA / "train.jsonl"))
        assert warnings(stack) == []

    def test_a_bucket_of_another_account_prints_the_policy_that_it_needs(self, stack):
        bucket = s3.Bucket.from_bucket_attributes(
            stack, "Foreign", bucket_arn="arn:aws:s3:::theirs", account="999999999999"
        )
        job(stack, training_data=TrainingData.from_bucket(bucket, "train.jsonl"))
        (warning,) = warnings(stack)
        assert "999999999999" in warning
        assert "theirs/train.jsonl" in warning

    def test_what_a_rollback_would_take_from_a_kept_run_is_warned_of(self, stack):
        bucket = s3.Bucket(stack, "Output", removal_policy=cdk.RemovalPolicy.DESTROY)
        role = iam.Role(stack, "Own", assumed_by=ModelCustomizationJob.service_principal(stack))
        key = kms.Key(stack, "Key", removal_policy=cdk.RemovalPolicy.DESTROY)
        vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
        job(stack, role=role, encryption_key=key, output_data=OutputData.to_bucket(bucket), vpc=vpc)
        (warning,) = warnings(stack)
        for part in ("the role", "the key", "the bucket 'Output'", "the VPC"):
            assert part in warning

    def test_what_is_retained_or_of_another_stack_is_not(self, stack):
        data = cdk.Stack(cdk.App.of(stack), "Data", env=cdk.Environment(account="123456789012", region="us-east-1"))
        bucket = s3.Bucket(data, "Output", removal_policy=cdk.RemovalPolicy.DESTROY)
        job(stack, encryption_key=kms.Key(stack, "Key"), output_data=OutputData.to_bucket(bucket))
        assert not any("rolled back" in warning for warning in warnings(stack))

    @pytest.mark.parametrize("synthesizer", [cdk.CliCredentialsStackSynthesizer, cdk.LegacyStackSynthesizer])
    def test_a_stack_on_the_deployers_own_session_is_warned_of(self, synthesizer):
        stack = new_stack(synthesizer=synthesizer())
        job(stack)
        assert "credentials of whoever runs the CDK" in warnings(stack)[0]

    def test_validation_data_that_nova_2_does_not_read_is_warned_of(self, stack):
        nova_2 = bedrock.FoundationModelIdentifier("amazon.nova-2-lite-v1:0:256k")
        model = bedrock.FoundationModel.from_foundation_model_id(stack, "Nova2", nova_2)
        validation = [ValidationData.from_s3_uri(f"s3://data/{n}.jsonl") for n in range(2)]
        job(stack, base_model=model, validation_data=validation)
        (warning,) = warnings(stack)
        assert "Validation data is not used" in warning

    def test_the_quota_counts_the_records_of_both_files(self, stack, tmp_path):
        record = (
            '{"schemaVersion": "v", "messages": [{"role": "user", "content": [{"text": "q"}]}, '
            '{"role": "assistant", "content": [{"text": "a"}]}]}\n'
        )
        files = {"train": 19_000, "validate": 1_001}
        for name, records in files.items():
            (tmp_path / f"{name}.jsonl").write_text(record * records)
        training, validation = (tmp_path / f"{name}.jsonl" for name in files)
        job(
            stack,
            training_data=TrainingData.from_asset(training),
            validation_data=[ValidationData.from_asset(validation)],
        )
        (warning,) = warnings(stack)
        assert "20,001 records together" in warning


class TestBadInput:
    @pytest.mark.parametrize(
        ("arguments", "rule"),
        [
            ({"custom_model_name": "my model"}, "custom_model_name must be 1 to 63"),
            ({"job_name_prefix": "my job"}, "job_name_prefix must be 1 to 24 .*use 'my-job'"),
            ({"job_name_prefix": "-a"}, "job_name_prefix must be"),
            ({"job_name_prefix": "x" * 25}, "job_name_prefix must be"),
            (
                {"validation_data": [ValidationData.from_s3_uri("s3://data/v.jsonl")] * 11},
                "validation_data must have 0 to 10",
            ),
            ({"max_attempts": 0}, "max_attempts must be"),
            ({"max_attempts": 100}, "max_attempts must be"),
            ({"timeout": cdk.Duration.days(15)}, "timeout must be above zero and at most 14 days"),
            ({"timeout": cdk.Duration.seconds(0)}, "timeout must be above zero"),
            ({"tags": {"aws:a": "b"}}, "prefix 'aws:'"),
            ({"custom_model_tags": {"bedrock-models:a": "b"}}, "custom_model_tags must not use this library's"),
            ({"lock_id": "two words"}, "lock_id must be"),
            ({"removal_policy": cdk.RemovalPolicy.SNAPSHOT}, "removal_policy must be"),
            ({"vpc_subnets": ec2.SubnetSelection()}, "vpc_subnets goes with vpc"),
            ({"security_groups": []}, "security_groups goes with vpc"),
        ],
    )
    def test_is_refused_with_rule_got_and_remedy(self, stack, arguments, rule):
        with pytest.raises(ValueError, match=rule) as refusal:
            job(stack, **arguments)
        assert ", got " in str(refusal.value)
        assert "; " in str(refusal.value)
        assert stack.node.try_find_child("Assistant") is None

    def test_too_many_subnets(self, stack):
        vpc = ec2.Vpc.from_vpc_attributes(
            stack,
            "Vpc",
            vpc_id="vpc-1",
            availability_zones=["us-east-1a"],
            private_subnet_ids=[f"subnet-{n}" for n in range(17)],
        )
        with pytest.raises(ValueError, match="vpc_subnets must have 1 to 16 entries"):
            job(stack, vpc=vpc)

    def test_too_many_security_groups(self, stack):
        vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
        groups = [ec2.SecurityGroup.from_security_group_id(stack, f"G{n}", f"sg-{n}") for n in range(6)]
        with pytest.raises(ValueError, match="security_groups must have 1 to 5"):
            job(stack, vpc=vpc, security_groups=groups)

    def test_a_bucket_of_another_region(self, stack):
        bucket = s3.Bucket.from_bucket_attributes(stack, "Far", bucket_arn="arn:aws:s3:::far", region="eu-west-1")
        with pytest.raises(ValueError, match=r"s3://.* must be in the stack's Region, us-east-1, got 'eu-west-1'"):
            job(stack, training_data=TrainingData.from_bucket(bucket, "train.jsonl"))

    def test_a_line_of_a_local_file_that_does_not_fit_is_named(self, stack, tmp_path):
        path = tmp_path / "train.jsonl"
        path.write_text('{"prompt": "a", "completion": "b"}\n')
        with pytest.raises(ValueError, match=r"train\.jsonl.*1"):
            job(stack, training_data=TrainingData.from_asset(path))

    def test_a_timeout_that_is_a_token(self, stack):
        timeout = cdk.Duration.hours(cdk.CfnParameter(stack, "Hours", type="Number").value_as_number)
        with pytest.raises(ValueError, match="timeout must be known at synth"):
            job(stack, timeout=timeout)

    def test_an_alias_as_key(self, stack):
        with pytest.raises(ValueError, match="not an alias"):
            job(stack, encryption_key=kms.Alias.from_alias_name(stack, "Alias", "alias/x"))

    def test_an_arn_of_something_else_than_a_job(self, stack):
        with pytest.raises(ValueError, match="job_arn must be an ARN like"):
            ModelCustomizationJob.from_job_arn(stack, "Imported", "arn:aws:bedrock:us-east-1::foundation-model/x")

    def test_tokens_pass_all_checks_unharmed(self, stack):
        def token(name: str) -> str:
            return cdk.CfnParameter(stack, name).value_as_string

        job(
            stack,
            base_model=CustomModel.from_custom_model_arn(stack, "Model", token("Base0")),
            customization=Customization.fine_tuning(hyper_parameters={"epochCount": token("Epochs")}),
            training_data=TrainingData.from_s3_uri(token("Train")),
            validation_data=[ValidationData.from_s3_uri(token("Validate"))],
            output_data=OutputData.to_s3_uri(token("Write")),
            custom_model_name=token("Name"),
            job_name_prefix=token("Prefix"),
            encryption_key=kms.Key.from_key_arn(stack, "Key", token("KeyArn")),
            lock_id=token("Lock"),
            revision=token("Revision"),
            max_attempts=typing.cast("int", cdk.CfnParameter(stack, "Most", type="Number").value_as_number),
            tags={"team": token("Team")},
        )
        rendered = properties(stack)
        assert rendered["RunInputs"]["customModelName"] == {"Ref": "Name"}
        assert rendered["RunInputs"]["trainingDataConfig"] == {"s3Uri": {"Ref": "Train"}}
        assert rendered["RunInputs"]["hyperParameters"] == {"epochCount": {"Ref": "Epochs"}}
        assert rendered["Settings"]["NamePrefix"] == {"Ref": "Prefix"}
        assert rendered["Settings"]["MaxAttempts"] == {"Ref": "Most"}
