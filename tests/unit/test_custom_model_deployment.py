"""CustomModelDeployment at synth: what it renders, whom it allows what, and what it refuses."""

import json
import typing

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ICustomModelDeployment,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    TrainingData,
)
from tests.support.synth import allowed, is_bound_to_own_stack, new_stack, only, resources, template_of, text

DEPLOYMENT = "Custom::BedrockCustomModelDeployment"
WAIT = "Custom::BedrockModelWait"
MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456"
DEPLOYMENT_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc123def456"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def model(stack: cdk.Stack, uri: str = "s3://escrow/model/", **arguments: typing.Any) -> CustomModel:
    return CustomModel(stack, "Model", source=ModelSource.from_s3_uri(uri), **arguments)


def deployment(stack: cdk.Stack, id: str = "Live", **arguments: typing.Any) -> CustomModelDeployment:
    given = {"custom_model": arguments.pop("custom_model", None) or imported(stack), **arguments}
    return CustomModelDeployment(stack, id, **given)


def imported(stack: cdk.Stack) -> typing.Any:
    found = stack.node.try_find_child("Imported")
    return found or CustomModel.from_custom_model_arn(stack, "Imported", MODEL_ARN)


class TestResource:
    def test_name_and_description_cannot_change_and_the_model_can(self, stack):
        deployment(stack, deployment_name="support", description="Answers customers")
        properties = only(template_of(stack), DEPLOYMENT)
        assert properties["RunInputs"] == {"modelDeploymentName": "support", "description": "Answers customers"}
        assert properties["Settings"] == {
            "NamePrefix": "Live",
            "Path": "Live",
            "TimeoutSeconds": 6000,
            "Request": {"modelArn": MODEL_ARN},
        }

    def test_it_comes_after_the_model_and_its_wait(self, stack):
        deployment(stack, custom_model=model(stack))
        template = template_of(stack)
        (ready,) = [name for name in resources(template, WAIT) if name.startswith("Model")]
        request = only(template, DEPLOYMENT)["Settings"]["Request"]
        assert request == {"modelArn": {"Fn::GetAtt": [ready, "ModelArn"]}}

    def test_what_callers_invoke_comes_from_the_end_of_the_wait(self, stack):
        made = deployment(stack)
        cdk.CfnOutput(stack, "Arn", value=made.model_arn)
        cdk.CfnOutput(stack, "Name", value=made.custom_model_deployment_name)
        template = template_of(stack)
        (ready,) = [name for name, wait in resources(template, WAIT).items() if wait["Properties"].get("Last")]
        assert template["Outputs"]["Arn"]["Value"] == {"Fn::GetAtt": [ready, "CustomModelDeploymentArn"]}
        assert template["Outputs"]["Name"]["Value"] == {"Fn::GetAtt": [ready, "CustomModelDeploymentName"]}

    def test_every_wait_is_told_which_model_to_wait_for(self, stack):
        deployment(stack)
        template = template_of(stack)
        (resource,) = resources(template, DEPLOYMENT)
        waits = [wait["Properties"] for wait in resources(template, WAIT).values()]
        assert len(waits) == 2
        assert all(wait["ServedModelArn"] == {"Fn::GetAtt": [resource, "ServedModelArn"]} for wait in waits)

    @pytest.mark.parametrize(
        ("policy", "rendered"), [(None, "destroy"), (cdk.RemovalPolicy.RETAIN, "retain")], ids=["default", "retain"]
    )
    def test_it_is_deleted_unless_told_otherwise(self, stack, policy, rendered):
        deployment(stack, **({"removal_policy": policy} if policy else {}))
        assert only(template_of(stack), DEPLOYMENT)["RemovalPolicy"] == rendered

    def test_cdks_own_ways_to_the_policy_end_in_the_property(self, stack):
        deployment(stack).apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        (resource,) = resources(template_of(stack), DEPLOYMENT).values()
        assert resource["Properties"]["RemovalPolicy"] == "retain"
        assert resource["DeletionPolicy"] == "Delete"

    def test_tags_of_wins_over_the_argument(self, stack):
        made = deployment(stack, tags={"team": "argument", "cost": "42"})
        cdk.Tags.of(made).add("team", "tags-of")
        tags = {tag["Key"]: tag["Value"] for tag in only(template_of(stack), DEPLOYMENT)["Tags"]}
        assert tags == {"team": "tags-of", "cost": "42"}


class TestModelInputs:
    def digest(self, uri: str) -> str:
        stack = new_stack()
        deployment(stack, custom_model=model(stack, uri))
        return only(template_of(stack), DEPLOYMENT)["Settings"]["ModelInputs"]

    def test_the_template_changes_with_what_the_model_is_made_of(self):
        assert self.digest("s3://escrow/model/") == self.digest("s3://escrow/model/")
        assert self.digest("s3://escrow/model/") != self.digest("s3://escrow/other/")

    def test_it_changes_across_stacks_where_the_reference_does_not(self):
        def consumer(uri: str) -> dict[str, typing.Any]:
            app = cdk.App()
            producer, stack = cdk.Stack(app, "Producer"), cdk.Stack(app, "Consumer")
            deployment(stack, custom_model=model(producer, uri))
            return only(app.synth().get_stack_by_name("Consumer").template, DEPLOYMENT)["Settings"]

        one, other = consumer("s3://escrow/model/"), consumer("s3://escrow/other/")
        assert one["Request"] == other["Request"]
        assert one["ModelInputs"] != other["ModelInputs"]

    def test_inputs_known_only_at_deployment_count_as_they_stand_in_the_template(self, stack):
        uri = cdk.CfnParameter(stack, "Source").value_as_string
        deployment(stack, custom_model=model(stack, uri))
        digest = only(template_of(stack), DEPLOYMENT)["Settings"]["ModelInputs"]
        assert len(digest) == 20

    def test_a_trained_model_counts_by_the_runs_inputs(self):
        def digest(epochs: int) -> str:
            stack = new_stack()
            bucket = s3.Bucket(stack, "Data")
            job = ModelCustomizationJob(
                stack,
                "Job",
                base_model=bedrock.FoundationModel.from_foundation_model_id(
                    stack, "Base", bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
                ),
                customization=Customization.fine_tuning(hyper_parameters={"epochCount": epochs}),
                training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
                output_data=OutputData.to_bucket(bucket, "output"),
            )
            deployment(stack, custom_model=job.custom_model)
            return only(template_of(stack), DEPLOYMENT)["Settings"]["ModelInputs"]

        assert digest(2) == digest(2)
        assert digest(2) != digest(3)


class TestProviderPermissions:
    def test_nothing_is_deployed_without_our_tag(self, stack):
        deployment(stack)
        statement = allowed(template_of(stack), "Events", "bedrock:CreateCustomModelDeployment")
        assert is_bound_to_own_stack(statement, "Request")
        assert text(statement["Resource"]).endswith(":custom-model/*")

    def test_what_a_delete_needs_is_there_without_any_deployment(self, stack):
        model(stack)
        template = template_of(stack)
        statement = allowed(template, "Events", "bedrock:DeleteCustomModelDeployment")
        assert is_bound_to_own_stack(statement, "Resource")
        assert "custom-model-deployment/*" in json.dumps(statement["Resource"])
        for action in ("GetCustomModelDeployment", "ListCustomModelDeployments", "TagResource"):
            assert allowed(template, "Events", f"bedrock:{action}")

    def test_two_deployments_take_no_more_statements_than_one(self, stack):
        deployment(stack, "One")
        deployment(stack, "Two")
        assert allowed(template_of(stack), "Events", "bedrock:CreateCustomModelDeployment")

    def test_the_provider_may_use_the_key_of_a_model_of_another_stack(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        custom_model = CustomModel.from_custom_model_attributes(
            stack, "Encrypted", custom_model_arn=MODEL_ARN, encryption_key=key
        )
        deployment(stack, custom_model=custom_model)
        using = allowed(template_of(stack), "Events", "kms:GenerateDataKey")
        assert (using["Action"], using["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], KEY_ARN)

    def test_what_the_provider_may_do_to_make_a_model_is_not_said_again_to_deploy_it(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        made = CustomModel(stack, "Made", source=ModelSource.from_s3_uri("s3://escrow/model/"), encryption_key=key)
        deployment(stack, custom_model=made)
        using = allowed(template_of(stack), "Events", "kms:Decrypt")
        assert "kms:CreateGrant" in using["Action"]


class TestReferences:
    def test_the_region_and_account_of_an_imported_one_are_those_of_its_arn(self, stack):
        found = CustomModelDeployment.from_custom_model_deployment_arn(stack, "Found", DEPLOYMENT_ARN)
        assert found.custom_model_deployment_arn == found.model_arn == DEPLOYMENT_ARN
        assert (found.env.region, found.env.account) == ("us-east-1", "123456789012")

    def test_an_arn_that_crosses_stacks_is_no_export(self):
        app = cdk.App()
        producer, consumer = cdk.Stack(app, "Producer"), cdk.Stack(app, "Consumer")
        cdk.CfnOutput(consumer, "Arn", value=deployment(producer).model_arn)
        template = app.synth().get_stack_by_name("Producer").template
        assert "Export" not in json.dumps(template.get("Outputs", {}))

    def test_both_are_what_the_interface_promises(self, stack):
        promised = {name for base in ICustomModelDeployment.__mro__ for name in vars(base) if not name.startswith("_")}
        found = CustomModelDeployment.from_custom_model_deployment_arn(stack, "Found", DEPLOYMENT_ARN)
        for some in (deployment(stack), found):
            assert all(hasattr(some, name) for name in promised | {"model_arn", "grant_invoke", "encryption_key"})


BAD_NAMES = ["", "-a", "a--b", "my model", "ä", "a" * 64]
OTHERS = ["", MODEL_ARN, "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123def456"]


class TestBadInput:
    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_a_name_outside_the_apis_pattern(self, stack, name):
        with pytest.raises(ValueError, match=r"deployment_name must be 1 to 63 letters .*, got .*; (use|leave)"):
            deployment(stack, deployment_name=name)

    @pytest.mark.parametrize("description", ["", "x" * 2049, "two\nlines"])
    def test_a_description_that_the_api_refuses(self, stack, description):
        with pytest.raises(ValueError, match=r"description must be one line of 1 to 2048 characters, got .*; shorten"):
            deployment(stack, description=description)

    @pytest.mark.parametrize("arn", OTHERS)
    def test_an_arn_of_something_else(self, stack, arn):
        with pytest.raises(ValueError, match=r"custom_model_deployment_arn must be an ARN like .*-deployment/.*, got"):
            CustomModelDeployment.from_custom_model_deployment_arn(stack, "Found", arn)

    def test_a_model_of_another_region(self):
        stack = new_stack(env=cdk.Environment(region="us-west-2", account="123456789012"))
        with pytest.raises(ValueError, match=r"custom_model must be in the stack's Region, us-west-2, got 'us-east-1'"):
            deployment(stack)

    def test_a_model_of_a_stack_in_another_region(self):
        app = cdk.App()
        west = cdk.Stack(app, "West", env=cdk.Environment(region="us-west-2", account="123456789012"))
        east = cdk.Stack(app, "East", env=cdk.Environment(region="us-east-1", account="123456789012"))
        with pytest.raises(ValueError, match="must be in the stack's Region"):
            deployment(east, custom_model=model(west))

    def test_no_model(self, stack):
        with pytest.raises(TypeError, match="custom_model"):
            CustomModelDeployment(stack, "Live")

    def test_a_tag_of_ours(self, stack):
        with pytest.raises(ValueError, match="must not use this library's 'bedrock-models:'"):
            deployment(stack, tags={"bedrock-models:owner": "me"})

    def test_a_timeout_of_nothing(self, stack):
        with pytest.raises(ValueError, match="timeout must be above zero"):
            deployment(stack, timeout=cdk.Duration.seconds(0))

    def test_what_is_refused_leaves_nothing_in_the_tree(self, stack):
        with pytest.raises(ValueError, match="deployment_name"):
            deployment(stack, deployment_name="-")
        assert stack.node.try_find_child("Live") is None

    def test_values_known_only_at_deployment_pass(self, stack):
        parameter = cdk.CfnParameter(stack, "Parameter").value_as_string
        arn = cdk.Fn.import_value("model")
        custom_model = CustomModel.from_custom_model_arn(stack, "Later", arn)
        deployment(stack, custom_model=custom_model, deployment_name=parameter, description=parameter)
        CustomModelDeployment.from_custom_model_deployment_arn(stack, "Found", arn)
        properties = only(template_of(stack), DEPLOYMENT)
        assert properties["RunInputs"]["modelDeploymentName"] == {"Ref": "Parameter"}
        assert properties["Settings"]["Request"] == {"modelArn": {"Fn::ImportValue": "model"}}
