"""ImportedModel at synth: what it renders, whom it allows what, what it warns of, and what it refuses."""

import json
import typing
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from botocore.loaders import Loader

from constructs_lib import (
    Customization,
    IImportedModel,
    ImportedModel,
    ModelCustomizationJob,
    OpenWeightsSource,
    OutputData,
    RollbackBehavior,
    TrainingData,
)
from constructs_lib.data import model_config
from provider.cloudformation.request import Properties
from tests.support.synth import (
    allowed,
    is_bound_to_own_stack,
    new_stack,
    only,
    resources,
    statements,
    template_of,
    text,
    warnings,
)

URI = "s3://open-weights/llama/v1/"
MODEL = "Custom::BedrockImportedModel"
WAIT = "Custom::BedrockModelWait"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:imported-model/abc123def456"
SHAPES: dict[str, typing.Any] = Loader().load_service_model("bedrock", "service-2", "2023-04-20")["shapes"]
LLAMA = {"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 131072}


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def model(stack: cdk.Stack, id: str = "Writer", **arguments: typing.Any) -> ImportedModel:
    return ImportedModel(stack, id, **{"source": OpenWeightsSource.from_s3_uri(URI), **arguments})


def config(folder: Path, **content: typing.Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({**LLAMA, **content}))
    return path


class TestResource:
    def test_run_inputs_are_the_members_of_the_api(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        model(stack, imported_model_name="writer", encryption_key=key, revision="2")
        inputs = only(template_of(stack), MODEL)["RunInputs"]
        assert inputs == {
            "modelDataSource": {"s3DataSource": {"s3Uri": URI}},
            "importedModelName": "writer",
            "importedModelKmsKeyId": KEY_ARN,
            "revision": "2",
        }
        members = SHAPES["CreateModelImportJobRequest"]["members"]
        assert inputs.keys() - {"revision"} <= members.keys()

    def test_the_request_has_what_the_next_import_takes_up(self, stack):
        vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
        model(stack, vpc=vpc)
        request = only(template_of(stack), MODEL)["Settings"]["Request"]
        assert set(request) == {"roleArn", "vpcConfig"}
        assert set(request) <= SHAPES["CreateModelImportJobRequest"]["members"].keys()

    def test_the_settings_are_those_of_the_contract(self, stack):
        model(stack, lock_id="writer", rollback_behavior=RollbackBehavior.DELETE, job_name_prefix="w")
        settings = only(template_of(stack), MODEL)["Settings"]
        assert set(settings) == {
            "NamePrefix", "Path", "LockId", "TimeoutSeconds", "RollbackBehavior", "Kept", "Request",
        }  # fmt: skip
        assert (settings["NamePrefix"], settings["Path"], settings["LockId"]) == ("w", "Writer", "writer")
        assert (settings["RollbackBehavior"], settings["TimeoutSeconds"]) == ("delete", 24 * 60 * 60)

    @pytest.mark.parametrize("uri", [URI, URI.rstrip("/")])
    def test_a_final_slash_makes_no_other_source(self, stack, uri):
        model(stack, source=OpenWeightsSource.from_s3_uri(uri))
        assert only(template_of(stack), MODEL)["RunInputs"]["modelDataSource"] == {"s3DataSource": {"s3Uri": URI}}

    def test_a_bucket_and_a_prefix_are_the_same_source_as_their_uri(self, stack):
        bucket = s3.Bucket.from_bucket_name(stack, "Open", "open-weights")
        model(stack, source=OpenWeightsSource.from_bucket(bucket, "llama/v1"))
        assert only(template_of(stack), MODEL)["RunInputs"]["modelDataSource"] == {"s3DataSource": {"s3Uri": URI}}

    def test_the_models_own_tags_are_apart(self, stack):
        model(stack, tags={"team": "search"}, imported_model_tags={"stage": "prod"})
        properties = only(template_of(stack), MODEL)
        assert properties["Tags"] == [{"Key": "team", "Value": "search"}]
        assert properties["CustomModelTags"] == [{"Key": "stage", "Value": "prod"}]

    def test_tags_of_the_cdk_reach_it(self, stack):
        cdk.Tags.of(model(stack)).add("team", "search")
        assert {"Key": "team", "Value": "search"} in only(template_of(stack), MODEL)["Tags"]

    def test_attributes_come_from_the_end_of_the_wait(self, stack):
        made = model(stack)
        for name, value in (("Arn", made.model_arn), ("Name", made.imported_model_name), ("Job", made.job_arn)):
            cdk.CfnOutput(stack, name, value=value)
        template = template_of(stack)
        ready = next(name for name, each in resources(template, WAIT).items() if each["Properties"].get("Last"))
        assert {name: each["Value"]["Fn::GetAtt"] for name, each in template["Outputs"].items()} == {
            "Arn": [ready, "ModelArn"],
            "Name": [ready, "ModelName"],
            "Job": [ready, "JobArn"],
        }

    def test_the_jobs_name_is_known_before_the_wait(self, stack):
        cdk.CfnOutput(stack, "Name", value=model(stack).job_name)
        template = template_of(stack)
        (resource,) = resources(template, MODEL)
        assert template["Outputs"]["Name"]["Value"] == {"Ref": resource}

    def test_the_wait_says_what_it_waits_for(self, stack):
        model(stack, timeout=cdk.Duration.minutes(50))
        template = template_of(stack)
        (resource,) = resources(template, MODEL)
        wait = only(template, WAIT)
        assert (wait["For"], wait["Name"], wait["Last"]) == (MODEL, {"Ref": resource}, True)

    def test_it_is_created_after_the_policies_of_its_role_and_of_the_provider(self, stack):
        model(stack)
        (resource,) = resources(template_of(stack), MODEL).values()
        depends = " ".join(resource["DependsOn"])
        assert "WriterServiceRolePermissions" in depends
        assert "WriterPassRole" in depends
        assert "BedrockModelProviderWaiterPermission" in depends

    @pytest.mark.parametrize(
        ("policy", "told"),
        [
            (cdk.RemovalPolicy.RETAIN, "retain"),
            (cdk.RemovalPolicy.DESTROY, "destroy"),
            (cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "retain"),
        ],
    )
    def test_the_removal_policy_is_the_providers_and_cloudformations_stays_delete(self, stack, policy, told):
        model(stack, removal_policy=policy)
        (resource,) = resources(template_of(stack), MODEL).values()
        assert resource["Properties"]["RemovalPolicy"] == told
        assert resource["DeletionPolicy"] == "Delete"

    def test_the_provider_can_read_every_property(self, stack):
        model(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1), lock_id="writer", revision="2")
        assert Properties.of(only(template_of(stack), MODEL)).run_inputs["revision"] == "2"


class TestRole:
    def test_it_trusts_bedrock_by_account_alone(self, stack):
        made = model(stack)
        role = template_of(stack)["Resources"][stack.get_logical_id(made.role.node.default_child)]
        (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}

    def test_it_may_read_below_the_prefix_of_a_bucket_of_the_account(self, stack):
        model(stack)
        reads = [each for each in statements(template_of(stack), "WriterServiceRole") if "s3:" in text(each["Action"])]
        assert [text(each["Resource"]).rpartition(":")[2] for each in reads] == [
            "open-weights/llama/v1/*",
            "open-weights",
        ]
        own = {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
        assert [each["Condition"] for each in reads] == [own, own]

    def test_a_bucket_of_another_account_is_read_as_that_accounts(self):
        stack = new_stack(env=cdk.Environment(account="111111111111", region="us-east-1"))
        bucket = s3.Bucket.from_bucket_attributes(stack, "Open", bucket_name="open-weights", account="222222222222")
        model(stack, source=OpenWeightsSource.from_bucket(bucket, "llama"))
        reads = [each for each in statements(template_of(stack), "WriterServiceRole") if "s3:" in text(each["Action"])]
        assert {each["Condition"]["StringEquals"]["aws:ResourceAccount"] for each in reads} == {"222222222222"}
        assert any("belongs to account 222222222222" in each for each in warnings(stack))

    def test_it_may_decrypt_with_the_buckets_key(self, stack):
        bucket = s3.Bucket(stack, "Open", encryption=s3.BucketEncryption.KMS)
        model(stack, source=OpenWeightsSource.from_bucket(bucket))
        decrypt = allowed(template_of(stack), "WriterServiceRole", "kms:Decrypt")
        assert decrypt["Resource"]["Fn::GetAtt"][0] == stack.get_logical_id(bucket.encryption_key.node.default_child)

    def test_its_network_interfaces_are_those_of_imports(self, stack):
        model(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        policy = json.dumps(statements(template_of(stack), "WriterServiceRole"))
        assert "BedrockModelImportJobArn" in policy
        assert ":model-import-job/*" in policy
        assert "ustomization" not in policy

    def test_role_and_security_group_are_kept_for_the_import(self, stack):
        model(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        template = template_of(stack)
        kept = only(template, MODEL)["Settings"]["Kept"]
        assert set(kept) == {"For", "RoleArn", "SecurityGroupIds"}
        groups = resources(template, "AWS::EC2::SecurityGroup").items()
        assert {each["DeletionPolicy"] for name, each in groups if name.startswith("Writer")} == {"Retain"}

    def test_a_role_of_the_users_own_gets_the_statements_and_is_not_kept(self, stack):
        role = iam.Role(stack, "Own", assumed_by=ImportedModel.service_principal(stack))
        made = model(stack, role=role)
        template = template_of(stack)
        assert made.role is role
        assert text(allowed(template, "Own", "s3:GetObject")["Resource"]).endswith(":open-weights/llama/v1/*")
        assert "Kept" not in only(template, MODEL)["Settings"]

    def test_it_is_a_principal_to_grant_to(self, stack):
        s3.Bucket(stack, "More").grant_read(model(stack))
        assert allowed(template_of(stack), "WriterServiceRole", "s3:GetObject*")

    def test_connections_are_those_of_its_security_groups(self, stack):
        made = model(stack, vpc=ec2.Vpc(stack, "Vpc", max_azs=1))
        made.connections.allow_to_any_ipv4(ec2.Port.tcp(443))
        assert len(made.connections.security_groups) == 1
        with pytest.raises(ValueError, match="connections need a vpc"):
            _ = model(stack, "Other").connections


class TestProvider:
    def test_it_may_start_imports_with_the_stacks_tag(self, stack):
        model(stack)
        start = allowed(template_of(stack), "BedrockModelProviderEventsRole", "bedrock:CreateModelImportJob")
        assert start["Resource"] == "*"
        assert is_bound_to_own_stack(start, "Request")

    def test_it_deletes_only_models_of_its_own_stack(self, stack):
        model(stack)
        delete = allowed(template_of(stack), "BedrockModelProviderEventsRole", "bedrock:DeleteImportedModel")
        assert is_bound_to_own_stack(delete, "Resource")
        assert any(text(each).endswith(":imported-model/*") for each in delete["Resource"])

    def test_a_key_is_the_callers_and_the_roles_and_nothing_of_throughput(self, stack):
        key = kms.Key(stack, "Key")
        model(stack, encryption_key=key)
        template = template_of(stack)
        for role in ("WriterServiceRole", "BedrockModelProviderEventsRole"):
            use = allowed(template, role, "kms:CreateGrant")
            assert use["Resource"]["Fn::GetAtt"][0] == stack.get_logical_id(key.node.default_child)
        (resource,) = resources(template, "AWS::KMS::Key").values()
        assert "custom-model" not in json.dumps(resource["Properties"]["KeyPolicy"])

    def test_an_imported_keys_policy_is_printed_without_throughput(self, stack):
        model(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN))
        (said,) = [each for each in warnings(stack) if "importedKey" in each]
        assert "kms:CreateGrant" in said
        assert "Throughput" not in said


class TestInvoking:
    def test_a_grant_is_for_exactly_the_model(self, stack):
        caller = iam.Role(stack, "Caller", assumed_by=iam.AccountRootPrincipal())
        made = model(stack, encryption_key=kms.Key(stack, "Key"))
        made.grant_invoke(caller)
        template = template_of(stack)
        invoke, use = statements(template, "Caller")
        assert invoke["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
        assert invoke["Resource"]["Fn::GetAtt"][1] == "ModelArn"
        assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]

    def test_a_step_functions_task_takes_it_for_a_model(self, stack):
        task = tasks.BedrockInvokeModel(
            stack, "Ask", model=model(stack), body=sfn.TaskInput.from_object({"prompt": "Hello"})
        )
        sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
        machines = resources(template_of(stack), "AWS::StepFunctions::StateMachine")
        (machine,) = [each for name, each in machines.items() if name.startswith("Machine")]
        assert "ModelArn" in json.dumps(machine["Properties"]["DefinitionString"])

    def test_a_parameter_tells_others_what_to_invoke(self, stack):
        model(stack).publish_to("/search/writer")
        assert only(template_of(stack), "AWS::SSM::Parameter")["Value"]["Fn::GetAtt"][1] == "ModelArn"

    def test_another_stack_is_told_to_read_a_parameter(self):
        app = cdk.App()
        made = model(cdk.Stack(app, "Models"))
        cdk.CfnOutput(cdk.Stack(app, "Callers"), "Arn", value=made.imported_model_arn)
        app.synth()
        (said,) = [each for each in warnings(cdk.Stack.of(made)) if "modelArnCrossesStacks" in each]
        assert "publish_to" in said
        assert "CustomModelDeployment" not in said

    def test_an_existing_one_is_known_by_its_arn(self, stack):
        found: IImportedModel = ImportedModel.from_imported_model_arn(stack, "Found", MODEL_ARN)
        assert found.imported_model_arn == found.model_arn == MODEL_ARN
        assert found.env.region == "us-east-1"

    def test_an_arn_of_something_else_is_refused(self, stack):
        with pytest.raises(ValueError, match=r"imported_model_arn must be an ARN like .*imported-model/"):
            ImportedModel.from_imported_model_arn(stack, "Found", MODEL_ARN.replace("imported-model", "custom-model"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"imported_model_name": "my model"}, "imported_model_name must be 1 to 63.*use 'my-model'"),
            ({"job_name_prefix": "a b"}, "job_name_prefix must be 1 to 24"),
            (
                {"rollback_behavior": RollbackBehavior.STOP_RUNNING},
                "must be KEEP or DELETE.*STOP_RUNNING",
            ),
            ({"imported_model_tags": {"aws:x": "y"}}, "imported_model_tags must not use the prefix 'aws:'"),
            ({"timeout": cdk.Duration.days(15)}, "timeout must be above zero and at most 14 days"),
            ({"vpc_subnets": ec2.SubnetSelection()}, "vpc_subnets goes with vpc"),
            ({"removal_policy": cdk.RemovalPolicy.SNAPSHOT}, "removal_policy must be"),
            ({"lock_id": "a b"}, "lock_id must be 1 to 128"),
        ],
    )
    def test_bad_arguments_are_refused_before_anything_is_made(self, stack, arguments, message):
        with pytest.raises(ValueError, match=message):
            model(stack, **arguments)
        assert stack.node.children == []

    def test_too_many_tags_of_the_model_are_told_by_the_name_of_its_argument(self, stack):
        made = model(stack, imported_model_tags={f"own{number}": "x" for number in range(40)})
        for number in range(10):
            cdk.Tags.of(made).add(f"more{number}", "x")
        with pytest.raises(RuntimeError, match="imported_model_tags"):
            cdk.App.of(stack).synth()

    @pytest.mark.parametrize(
        ("uri", "message"),
        [
            ("s3://open-weights/llama/model-00001-of-00002.safetensors", "uri must be the folder.*give the prefix"),
            ("s3://open-weights/llama/config.json", "uri must be the folder"),
            (
                "s3://customer-escrow-1-smtj-a/model/",
                "uri must be a bucket of your own.*CustomModel",
            ),
            ("open-weights/llama", "uri must be s3://bucket/key"),
        ],
    )
    def test_a_uri_that_is_no_folder_of_weights_is_refused(self, uri, message):
        with pytest.raises(ValueError, match=message):
            OpenWeightsSource.from_s3_uri(uri)

    def test_nothing_is_trained_on_it(self, stack):
        with pytest.raises(ValueError, match=r"base_model must be a foundation model or a custom model"):
            ModelCustomizationJob(stack, "Job", base_model=model(stack), **_job_arguments())


class TestConfig:
    def advice(self, path: Path) -> dict[str, str]:
        stack = new_stack()
        model(stack, source=OpenWeightsSource.from_s3_uri(URI, config=path))
        said = [each for each in warnings(stack) if "bedrock-models:import" in each]
        return {each.rpartition("bedrock-models:")[2].rstrip("]"): each for each in said}

    def test_what_is_documented_is_not_warned_of(self, tmp_path):
        assert self.advice(config(tmp_path)) == {}

    def test_an_architecture_that_is_not_documented_is(self, tmp_path):
        said = self.advice(config(tmp_path, architectures=["GemmaForCausalLM"]))
        assert set(said) == {"importArchitecture"}
        assert "got GemmaForCausalLM" in said["importArchitecture"]
        assert "LlamaForCausalLM" in said["importArchitecture"]

    @pytest.mark.parametrize("content", [{"max_position_embeddings": 262144}, {"text_config": {"n_positions": 262144}}])
    def test_a_longer_context_is(self, tmp_path, content):
        said = self.advice(config(tmp_path, **content))
        assert set(said) == {"importContext"}
        assert "131072 tokens, got 262144" in said["importContext"]

    @pytest.mark.parametrize(
        ("architecture", "gigabytes", "warned"),
        [
            ("LlamaForCausalLM", 199, False),
            ("LlamaForCausalLM", 200, True),
            ("MllamaForConditionalGeneration", 99, False),
            ("MllamaForConditionalGeneration", 100, True),
        ],
    )
    def test_weights_beyond_the_limit_of_their_kind_are(self, tmp_path, architecture, gigabytes, warned):
        index = {"metadata": {"total_size": gigabytes * 10**9}, "weight_map": {}}
        (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
        said = self.advice(config(tmp_path, architectures=[architecture]))
        assert set(said) == ({"importSize"} if warned else set())

    def test_without_an_index_the_files_are_counted(self, tmp_path):
        (tmp_path / "model.safetensors").write_bytes(b"x" * 1000)
        assert model_config.ModelConfig.read(config(tmp_path)).weights_bytes == 1000

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            ("{", r"config must be a JSON object in UTF-8 \("),
            ("[]", "config must be a JSON object in UTF-8, got"),
            ('{"model_type": "llama"}', "config must name the model's architectures in a list, got None; give"),
            ('{"architectures": "LlamaForCausalLM"}', "config must name the model's architectures in a list"),
            ('{"peft_type": "LORA"}', "config must be that of a whole model.*merge the adapter"),
        ],
    )
    def test_a_file_that_is_no_models_config_is_refused(self, tmp_path, written, message):
        path = tmp_path / "config.json"
        path.write_text(written)
        with pytest.raises(ValueError, match=message):
            OpenWeightsSource.from_s3_uri(URI, config=path)

    def test_a_file_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match=r"config must be a file that exists, and none is at .*give the path"):
            OpenWeightsSource.from_s3_uri(URI, config=tmp_path / "config.json")

    @pytest.mark.parametrize(("region", "warned"), [("us-east-1", False), ("eu-central-1", False), ("eu-west-1", True)])
    def test_a_region_without_imports_is_warned_of(self, region, warned):
        stack = new_stack(env=cdk.Environment(account="111111111111", region=region))
        model(stack)
        assert any("importRegion" in each for each in warnings(stack)) == warned


def _job_arguments() -> dict[str, typing.Any]:
    return {
        "customization": Customization.fine_tuning(),
        "training_data": TrainingData.from_s3_uri("s3://data/train.jsonl"),
        "output_data": OutputData.to_s3_uri("s3://data/output/"),
    }
