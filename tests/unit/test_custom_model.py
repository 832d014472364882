"""CustomModel at synth: what it renders, whom it allows what, and what it refuses."""

import json
import typing
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from constructs_lib import CustomModel, ICustomModel, ModelSource
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

URI = "s3://customer-escrow-123456789012-smtj-abc/model/"
PACKAGE = "arn:aws:sagemaker:us-east-1:123456789012:model-package/nova/1"
MODEL = "Custom::BedrockCustomModel"
WAIT = "Custom::BedrockModelWait"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456"

READING = ("bedrock:Get", "bedrock:List")


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def model(stack: cdk.Stack, id: str = "Assistant", **arguments: typing.Any) -> CustomModel:
    return CustomModel(stack, id, **{"source": ModelSource.from_s3_uri(URI), **arguments})


class TestResource:
    def test_run_inputs_are_the_members_of_the_api(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        model(stack, custom_model_name="assistant", encryption_key=key)
        assert only(template_of(stack), MODEL)["RunInputs"] == {
            "modelSourceConfig": {"s3DataSource": {"s3Uri": URI}},
            "modelName": "assistant",
            "modelKmsKeyArn": KEY_ARN,
        }

    def test_a_bucket_and_a_prefix_are_the_same_source_as_their_uri(self, stack):
        bucket = s3.Bucket.from_bucket_name(stack, "Escrow", "customer-escrow-123456789012-smtj-abc")
        model(stack, source=ModelSource.from_bucket(bucket, "model/"))
        source = only(template_of(stack), MODEL)["RunInputs"]["modelSourceConfig"]
        assert source == {"s3DataSource": {"s3Uri": URI}}

    def test_a_model_package_takes_no_role(self, stack):
        made = model(stack, source=ModelSource.from_model_package_arn(PACKAGE))
        properties = only(template_of(stack), MODEL)
        assert properties["RunInputs"] == {
            "customModelDataSource": {"modelPackageArnDataSource": {"modelPackageArn": PACKAGE}}
        }
        assert "Request" not in properties["Settings"]
        assert made.role is None

    def test_the_generated_name_starts_with_the_constructs_path(self, stack):
        model(stack, "My nice_model!")
        assert only(template_of(stack), MODEL)["Settings"]["NamePrefix"] == "My-nice_model"

    def test_the_path_is_the_same_in_whatever_stage_the_stack_stands(self):
        stage = cdk.Stage(cdk.App(), "Prod")
        stack = cdk.Stack(stage, "Models")
        model(stack)
        template = stage.synth().get_stack_by_name("Prod-Models").template
        assert only(template, MODEL)["Settings"]["Path"] == "Assistant"

    def test_a_lock_id_is_passed_on(self, stack):
        model(stack, lock_id="assistant")
        assert only(template_of(stack), MODEL)["Settings"]["LockId"] == "assistant"

    def test_attributes_come_from_the_end_of_the_wait(self, stack):
        made = model(stack)
        cdk.CfnOutput(stack, "Arn", value=made.model_arn)
        cdk.CfnOutput(stack, "Name", value=made.custom_model_name)
        template = template_of(stack)
        (ready,) = resources(template, WAIT)
        assert template["Outputs"]["Arn"]["Value"] == {"Fn::GetAtt": [ready, "ModelArn"]}
        assert template["Outputs"]["Name"]["Value"] == {"Fn::GetAtt": [ready, "ModelName"]}

    def test_it_is_created_after_the_policies_of_its_role_and_of_the_provider(self, stack):
        model(stack)
        template = template_of(stack)
        (resource,) = resources(template, MODEL).values()
        depends = " ".join(resource["DependsOn"])
        assert "AssistantServiceRolePermissions" in depends
        assert "BedrockModelProviderWaiterPermission" in depends

    def test_a_nested_stack_tells_its_parents(self):
        parent = new_stack("Parent")
        nested = cdk.NestedStack(parent, "Nested")
        model(nested)
        folder = Path(cdk.App.of(parent).synth().directory)
        (path,) = folder.glob("*.nested.template.json")
        template = json.loads(path.read_text())
        properties = only(template, MODEL)
        assert len(properties["ParentStacks"]) == 1
        assert only(template, WAIT)["ParentStacks"] == properties["ParentStacks"]
        assert properties["Settings"]["Path"] == "Nested/Assistant"

    def test_two_models_share_one_provider(self, stack):
        model(stack, "One")
        model(stack, "Two")
        template = template_of(stack)
        assert len(resources(template, "AWS::StepFunctions::StateMachine")) == 1
        assert len(resources(template, "AWS::Lambda::Function")) == 2


class TestRemovalPolicy:
    @pytest.mark.parametrize(
        ("policy", "rendered"),
        [
            (cdk.RemovalPolicy.DESTROY, "destroy"),
            (cdk.RemovalPolicy.RETAIN, "retain"),
            (cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, "retain"),
        ],
    )
    @pytest.mark.parametrize("door", ["argument", "method", "aspect"])
    def test_all_three_doors_end_in_the_same_property(self, stack, door, policy, rendered):
        made = model(stack, **({"removal_policy": policy} if door == "argument" else {}))
        if door == "method":
            made.apply_removal_policy(policy)
        if door == "aspect":
            of = cdk.RemovalPolicies.of(made)
            {
                cdk.RemovalPolicy.DESTROY: of.destroy,
                cdk.RemovalPolicy.RETAIN: of.retain,
                cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: of.retain_on_update_or_delete,
            }[policy]()
        (resource,) = resources(template_of(stack), MODEL).values()
        assert resource["Properties"]["RemovalPolicy"] == rendered
        # With a Retain of CloudFormation's own the provider would never hear of the delete.
        assert resource["DeletionPolicy"] == "Delete"
        assert "UpdateReplacePolicy" not in resource

    def test_the_default_is_retain(self, stack):
        model(stack)
        assert only(template_of(stack), MODEL)["RemovalPolicy"] == "retain"

    def test_a_snapshot_is_refused(self, stack):
        with pytest.raises(ValueError, match="removal_policy must be DESTROY, RETAIN"):
            model(stack, removal_policy=cdk.RemovalPolicy.SNAPSHOT)


class TestTags:
    def tags(self, stack: cdk.Stack) -> dict[str, str]:
        """As the provider reads them."""
        properties = Properties.of(only(template_of(stack), MODEL))
        assert properties.model_tags == properties.tags
        return properties.tags

    def test_the_stacks_own_yield_to_the_argument_and_that_to_tags_of(self):
        stack = new_stack(tags={"one": "stack", "two": "stack", "three": "stack"})
        made = model(stack, tags={"two": "argument", "three": "argument"})
        cdk.Tags.of(made).add("three", "tags-of")
        assert self.tags(stack) == {"one": "stack", "two": "argument", "three": "tags-of"}

    def test_tags_of_the_app_arrive(self, stack):
        model(stack)
        cdk.Tags.of(cdk.App.of(stack)).add("team", "ml")
        assert self.tags(stack) == {"team": "ml"}

    def test_those_that_the_stack_is_given_later_arrive_below_the_models_own(self, stack):
        model(stack, tags={"two": "argument"})
        stack.tags.set_tag("one", "stack")
        stack.tags.set_tag("two", "stack")
        assert self.tags(stack) == {"one": "stack", "two": "argument"}

    def test_a_value_that_only_the_deployment_knows_passes(self, stack):
        cdk.Tags.of(model(stack)).add("where", cdk.Aws.REGION)
        tags = only(template_of(stack), MODEL)["Tags"]
        assert tags == [{"Key": "where", "Value": {"Ref": "AWS::Region"}}]

    def test_a_resource_type_filter_is_obeyed(self, stack):
        made = model(stack)
        cdk.Tags.of(made).add("mine", "yes", include_resource_types=[MODEL])
        cdk.Tags.of(made).add("other", "no", exclude_resource_types=[MODEL])
        assert self.tags(stack) == {"mine": "yes"}

    def test_those_of_a_root_reach_models_in_nested_stacks_below_the_nested_stacks_own(self):
        root = new_stack(tags={"one": "root", "two": "root"})
        nested = cdk.NestedStack(root, "Nested")
        model(nested, tags={"three": "argument"})
        nested.tags.set_tag("two", "nested")
        root.tags.set_tag("three", "late")
        (written,) = Path(cdk.App.of(root).synth().directory).glob("*nested.template.json")
        (resource,) = resources(json.loads(written.read_text()), MODEL).values()
        properties = {name: value for name, value in resource["Properties"].items() if name != "ParentStacks"}
        assert Properties.of(properties).tags == {"one": "root", "two": "nested", "three": "argument"}

    def test_a_stack_without_tags_adds_no_property(self, stack):
        model(stack, tags={"mine": "yes"})
        assert "StackTags" not in only(template_of(stack), MODEL)

    def test_an_override_survives_what_the_stack_is_given_later(self, stack):
        made = model(stack, tags={"two": "argument"})
        made.node.default_child.add_property_override("Tags", [{"Key": "two", "Value": "override"}])
        stack.tags.set_tag("one", "stack")
        assert self.tags(stack) == {"one": "stack", "two": "override"}

    def test_too_many_from_everywhere_are_refused(self, stack):
        made = model(stack, tags={f"argument{number}": "" for number in range(30)})
        for number in range(30):
            cdk.Tags.of(made).add(f"of{number}", "")
        with pytest.raises(RuntimeError, match=r"tags \(with .*\) must have at most 44 entries .*got '60 entries'"):
            template_of(stack)

    def test_a_tag_of_tags_of_is_checked_too(self, stack):
        cdk.Tags.of(model(stack)).add("naïve", "x")
        with pytest.raises(RuntimeError, match=r"tags \(with .*\) key must be 1 to 128 letters"):
            template_of(stack)


class TestServiceRole:
    def test_only_bedrock_for_this_account_may_assume_it(self, stack):
        made = model(stack)
        trust = resources(template_of(stack), "AWS::IAM::Role")[stack.get_logical_id(made.role.node.default_child)]
        assert trust["Properties"]["AssumeRolePolicyDocument"]["Statement"] == [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": "bedrock.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
            }
        ]

    def test_it_may_read_below_the_source_and_nothing_else(self, stack):
        model(stack)
        found = statements(template_of(stack), "ServiceRole")
        assert [(s["Action"], text(s["Resource"])) for s in found] == [
            ("s3:GetObject", "arn:<AWS::Partition>:s3:::customer-escrow-123456789012-smtj-abc/model/*"),
            ("s3:ListBucket", "arn:<AWS::Partition>:s3:::customer-escrow-123456789012-smtj-abc"),
        ]

    def test_a_source_known_only_at_deployment_is_narrowed_just_as_well(self, stack):
        uri = cdk.CfnParameter(stack, "Source").value_as_string
        model(stack, source=ModelSource.from_s3_uri(uri))
        reading = allowed(template_of(stack), "ServiceRole", "s3:GetObject")
        split = {"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": "Source"}]}]}
        assert reading["Resource"]["Fn::Join"][1][-2:] == [split, "*"]

    def test_a_role_of_ones_own_is_used_and_allowed_the_same(self, stack):
        role = iam.Role(stack, "Own", assumed_by=CustomModel.service_principal(stack))
        made = model(stack, role=role)
        template = template_of(stack)
        assert made.role is role
        assert allowed(template, "Own", "s3:GetObject")
        assert warnings(stack) == []

    def test_an_imported_role_comes_with_a_warning_of_what_it_needs(self, stack):
        model(stack, role=iam.Role.from_role_arn(stack, "Own", "arn:aws:iam::123456789012:role/own"))
        (warning,) = warnings(stack)
        assert "trust policy" in warning
        assert "s3:GetObject" in warning

    def test_a_role_beside_a_model_package_is_warned_of(self, stack):
        role = iam.Role(stack, "Own", assumed_by=CustomModel.service_principal(stack))
        model(stack, source=ModelSource.from_model_package_arn(PACKAGE), role=role)
        (warning,) = warnings(stack)
        assert "role is not used" in warning


class TestProviderPermissions:
    def test_only_the_models_own_role_may_be_passed_and_to_bedrock_only(self, stack):
        one, two = model(stack, "One"), model(stack, "Two")
        passing = [s for s in statements(template_of(stack), "Events") if s["Action"] == "iam:PassRole"]
        assert [s["Resource"] for s in passing] == [stack.resolve(made.role.role_arn) for made in (one, two)]
        assert all(
            s["Condition"] == {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}} for s in passing
        )

    def test_a_key_that_two_models_share_is_in_the_policy_once(self, stack):
        key = kms.Key(stack, "Key")
        model(stack, "One", encryption_key=key)
        model(stack, "Two", encryption_key=key)
        assert allowed(template_of(stack), "Events", "kms:CreateGrant")

    @pytest.mark.parametrize("action", ["bedrock:DeleteCustomModel", "bedrock:UntagResource"])
    def test_what_is_not_ours_cannot_be_deleted_or_untagged(self, stack, action):
        model(stack)
        assert is_bound_to_own_stack(allowed(template_of(stack), "Events", action), "Resource")

    @pytest.mark.parametrize("action", ["bedrock:TagResource", "bedrock:CreateCustomModel"])
    def test_nothing_is_made_or_tagged_without_our_tag(self, stack, action):
        model(stack)
        assert is_bound_to_own_stack(allowed(template_of(stack), "Events", action), "Request")

    def test_a_model_is_made_on_any_resource_because_the_action_has_none(self, stack):
        model(stack)
        assert allowed(template_of(stack), "Events", "bedrock:CreateCustomModel")["Resource"] == "*"

    def test_the_package_is_read_by_the_provider(self, stack):
        model(stack, source=ModelSource.from_model_package_arn(PACKAGE))
        reading = allowed(template_of(stack), "Events", "sagemaker:AccessModelPackageData")
        assert reading["Resource"] == PACKAGE

    def test_the_poll_function_only_reads(self, stack):
        model(stack)
        found = [statement["Action"] for statement in statements(template_of(stack), "Poll")]
        actions = {each for action in found for each in ([action] if isinstance(action, str) else action)}
        changing = {each for each in actions if each.startswith("bedrock:") and not each.startswith(READING)}
        assert changing == set()

    def test_no_role_may_create_a_log_group(self, stack):
        model(stack)
        assert "logs:CreateLogGroup" not in json.dumps(template_of(stack))


class TestEncryptionKey:
    def test_service_role_and_provider_use_it_through_bedrock_only(self, stack):
        model(stack, encryption_key=kms.Key(stack, "Key"))
        template = template_of(stack)
        for role in ("ServiceRole", "Events"):
            statement = allowed(template, role, "kms:CreateGrant")
            assert statement["Action"] == ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:CreateGrant"]
            assert text(statement["Condition"]["StringEquals"]["kms:ViaService"]) == (
                "bedrock.<AWS::Region>.amazonaws.com"
            )

    def test_its_policy_gets_a_statement_for_the_service_and_none_that_names_a_role(self, stack):
        model(stack, encryption_key=kms.Key(stack, "Key"))
        root, service = only(template_of(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        assert root["Action"] == "kms:*"
        assert service["Principal"] == {"Service": "bedrock.amazonaws.com"}
        assert service["Condition"] == {
            "ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "aws:bedrock:custom-model"}
        }

    def test_a_key_of_another_stack_is_no_cycle(self):
        app = cdk.App()
        keys, models = cdk.Stack(app, "Keys"), cdk.Stack(app, "Models")
        model(models, encryption_key=kms.Key(keys, "Key"))
        assembly = app.synth()
        assert [artifact.id for artifact in assembly.get_stack_artifact("Keys").dependencies] == ["Keys.assets"]

    def test_an_imported_key_prints_the_statements_that_it_needs(self, stack):
        model(stack, encryption_key=kms.Key.from_key_arn(stack, "Key", KEY_ARN))
        (warning,) = warnings(stack)
        assert '"kms:ViaService"' in warning
        assert "kms:EncryptionContextKeys" in warning

    @pytest.mark.parametrize("imported", [True, False])
    def test_an_alias_is_refused(self, stack, imported):
        if imported:
            key = kms.Alias.from_alias_name(stack, "Alias", "alias/models")
        else:
            key = kms.Alias(stack, "Alias", alias_name="alias/models", target_key=kms.Key(stack, "Key"))
        with pytest.raises(ValueError, match="takes a key's ARN, not an alias"):
            model(stack, encryption_key=key)

    def test_an_asymmetric_key_is_refused(self, stack):
        key = kms.Key(stack, "Key", key_spec=kms.KeySpec.RSA_2048, key_usage=kms.KeyUsage.SIGN_VERIFY)
        with pytest.raises(ValueError, match="must be symmetric, got 'RSA_2048'"):
            model(stack, encryption_key=key)


class TestWait:
    def test_nothing_is_deleted_with_a_wait(self, stack):
        model(stack)
        (wait,) = resources(template_of(stack), WAIT).values()
        assert (wait["DeletionPolicy"], wait["UpdateReplacePolicy"]) == ("Retain", "Retain")


class TestReferences:
    def test_a_model_arn_that_crosses_stacks_is_no_export(self):
        app = cdk.App()
        producer, consumer = cdk.Stack(app, "Producer"), cdk.Stack(app, "Consumer")
        cdk.CfnOutput(consumer, "Arn", value=model(producer).custom_model_arn)
        template = app.synth().get_stack_by_name("Producer").template
        assert "Export" not in json.dumps(template["Outputs"])

    def test_an_imported_model_is_a_model_for_cdks_own_consumers(self, stack):
        imported = CustomModel.from_custom_model_arn(stack, "Imported", MODEL_ARN)
        assert imported.custom_model_arn == imported.model_arn == MODEL_ARN
        assert MODEL_ARN in _trained_further(stack, imported)

    def test_a_model_made_here_is_one_too(self, stack):
        made = model(stack)
        assert "ModelArn" in _trained_further(stack, made)

    def test_the_region_and_account_of_an_imported_model_are_those_of_its_arn(self, stack):
        imported = CustomModel.from_custom_model_arn(stack, "Imported", MODEL_ARN)
        assert (imported.env.region, imported.env.account) == ("us-east-1", "123456789012")

    def test_an_imported_model_brings_its_key(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        imported = CustomModel.from_custom_model_attributes(
            stack, "Imported", custom_model_arn=MODEL_ARN, encryption_key=key
        )
        assert imported.encryption_key is key

    def test_both_are_what_the_interface_promises(self, stack):
        promised = {name for name in vars(ICustomModel) if not name.startswith("_")}
        for some in (model(stack), CustomModel.from_custom_model_arn(stack, "Imported", MODEL_ARN)):
            assert all(hasattr(some, name) for name in promised | {"model_arn", "env", "stack", "node"})


def _trained_further(stack: cdk.Stack, some_model: ICustomModel) -> str:
    """What the CDK's own task is told. A custom model itself cannot be invoked, only trained from."""
    bucket = s3.Bucket(stack, "Bucket")
    task = tasks.BedrockCreateModelCustomizationJob(
        stack,
        "Train",
        base_model=some_model,
        custom_model_name="further",
        job_name="further",
        training_data=tasks.TrainingBucketConfiguration(bucket=bucket, path="train.jsonl"),
        validation_data=[tasks.ValidationBucketConfiguration(bucket=bucket, path="validation.jsonl")],
        output_data=tasks.OutputBucketConfiguration(bucket=bucket, path="output"),
    )
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(task))
    machines = resources(template_of(stack), "AWS::StepFunctions::StateMachine")
    return json.dumps([machine for name, machine in machines.items() if name.startswith("Machine")])


BAD_NAMES = ["", "-a", "a--b", "my model", "ä", "a" * 64, "a_-b"]
BAD_URIS = ["", "bucket/key", "s3:/bucket/key", "s3://B/key", "https://bucket.s3.amazonaws.com/key", "s3://ab"]
BAD_PACKAGES = ["", "nova/1", MODEL_ARN, "arn:aws:sagemaker:us-east-1:123456789012:model/nova"]


class TestBadInput:
    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_a_name_outside_the_apis_pattern(self, stack, name):
        with pytest.raises(ValueError, match=r"custom_model_name must be 1 to 63 letters .*, got .*; (use|leave)"):
            model(stack, custom_model_name=name)

    @pytest.mark.parametrize("uri", BAD_URIS)
    def test_an_s3_uri_that_is_none(self, uri):
        with pytest.raises(ValueError, match=r"uri must be s3://.*, got .*; give"):
            ModelSource.from_s3_uri(uri)

    @pytest.mark.parametrize("file", ["manifest.json", "output.tar.gz"])
    def test_a_file_that_only_says_where_the_artifacts_are(self, stack, file):
        told = rf"must be the prefix of the artifacts, and {file} is .*, got .*; .* its key checkpoint_s3_bucket"
        with pytest.raises(ValueError, match=f"uri {told}"):
            ModelSource.from_s3_uri(f"s3://example-output/my-job/output/output/{file}")
        with pytest.raises(ValueError, match=f"prefix {told}"):
            ModelSource.from_bucket(s3.Bucket(stack, "Bucket"), f"my-job/{file}")

    @pytest.mark.parametrize("arn", BAD_PACKAGES)
    def test_an_arn_of_something_else_than_a_model_package(self, arn):
        with pytest.raises(ValueError, match=r"arn must be an ARN like .*model-package.*, got"):
            ModelSource.from_model_package_arn(arn)

    @pytest.mark.parametrize("arn", ["", PACKAGE, "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"])
    def test_an_arn_of_something_else_than_a_custom_model(self, stack, arn):
        with pytest.raises(ValueError, match=r"custom_model_arn must be an ARN like .*custom-model.*, got"):
            CustomModel.from_custom_model_arn(stack, "Imported", arn)

    def test_no_source(self, stack):
        with pytest.raises(TypeError, match="source"):
            CustomModel(stack, "Assistant")

    @pytest.mark.parametrize(
        ("tags", "rule"),
        [
            ({"aws:team": "x"}, "must not use the prefix 'aws:'"),
            ({"AWS:team": "x"}, "must not use the prefix 'aws:'"),
            ({"bedrock-models:owner": "x"}, "must not use this library's 'bedrock-models:'"),
            ({"": "x"}, "tags key must be 1 to 128"),
            ({"k" * 129: "x"}, "tags key must be 1 to 128"),
            ({"team": "v" * 257}, "must be 0 to 256"),
            ({"team": "a&b"}, "must be 0 to 256 letters"),
            ({f"k{number}": "" for number in range(45)}, "at most 44 entries"),
        ],
    )
    def test_tags_that_bedrock_refuses(self, stack, tags, rule):
        with pytest.raises(ValueError, match=rule):
            model(stack, tags=tags)

    @pytest.mark.parametrize("timeout", [cdk.Duration.seconds(0), cdk.Duration.days(15)])
    def test_a_timeout_out_of_bounds(self, stack, timeout):
        with pytest.raises(ValueError, match="timeout must be above zero and at most 14 days"):
            model(stack, timeout=timeout)

    def test_a_timeout_that_is_a_token(self, stack):
        timeout = cdk.Duration.minutes(cdk.CfnParameter(stack, "Minutes", type="Number").value_as_number)
        with pytest.raises(ValueError, match="timeout must be known at synth"):
            model(stack, timeout=timeout)

    @pytest.mark.parametrize("lock_id", ["", "two words", "x" * 129])
    def test_a_lock_id_that_is_no_name(self, stack, lock_id):
        with pytest.raises(ValueError, match="lock_id must be 1 to 128"):
            model(stack, lock_id=lock_id)

    def test_nothing_is_left_in_the_tree_by_a_refusal(self, stack):
        with pytest.raises(ValueError, match="custom_model_name"):
            model(stack, custom_model_name="my model")
        assert stack.node.try_find_child("Assistant") is None

    def test_tokens_pass_all_checks_unharmed(self, stack):
        def token(id: str) -> str:
            return cdk.CfnParameter(stack, id).value_as_string

        model(
            stack,
            custom_model_name=token("Name"),
            lock_id=token("Lock"),
            tags={"team": token("Team")},
            encryption_key=kms.Key.from_key_arn(stack, "Key", token("KeyArn")),
        )
        properties = only(template_of(stack), MODEL)
        assert properties["RunInputs"]["modelName"] == {"Ref": "Name"}
        assert properties["RunInputs"]["modelKmsKeyArn"] == {"Ref": "KeyArn"}
        assert properties["Settings"]["LockId"] == {"Ref": "Lock"}
        assert properties["Tags"] == [{"Key": "team", "Value": {"Ref": "Team"}}]
        CustomModel.from_custom_model_arn(stack, "Imported", token("ModelArn"))
