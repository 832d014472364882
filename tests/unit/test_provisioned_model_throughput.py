"""ProvisionedModelThroughput at synth: what it renders, what it warns of, and what it refuses."""

import json
import typing

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms

from constructs_lib import (
    CommitmentDuration,
    CustomModel,
    IProvisionedModelThroughput,
    ModelSource,
    ProvisionedModelThroughput,
)
from local.bedrock.routes import service_model
from tests.support.synth import allowed, is_bound_to_own_stack, new_stack, only, resources, template_of, text, warnings

THROUGHPUT = "Custom::BedrockProvisionedModelThroughput"
WAIT = "Custom::BedrockModelWait"
MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456"
THROUGHPUT_ARN = "arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc123def456"


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def foundation_model(stack: cdk.Stack) -> bedrock.IModel:
    identifier = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0")
    return bedrock.FoundationModel.from_foundation_model_id(stack, "Base", identifier)


def throughput(stack: cdk.Stack, id: str = "Reserved", **arguments: typing.Any) -> ProvisionedModelThroughput:
    found = stack.node.try_find_child("Imported")
    imported = found or CustomModel.from_custom_model_arn(stack, "Imported", MODEL_ARN)
    return ProvisionedModelThroughput(stack, id, **{"model": imported, **arguments})


class TestResource:
    def test_units_and_term_cannot_change_and_model_and_name_can(self, stack):
        throughput(
            stack,
            model_units=3,
            commitment_duration=CommitmentDuration.SIX_MONTHS,
            provisioned_model_name="reserved",
        )
        properties = only(template_of(stack), THROUGHPUT)
        assert properties["RunInputs"] == {"modelUnits": 3, "commitmentDuration": "SixMonths"}
        assert properties["Settings"] == {
            "NamePrefix": "Reserved",
            "Path": "Reserved",
            "Request": {"modelId": MODEL_ARN, "provisionedModelName": "reserved"},
        }

    def test_one_unit_by_the_hour_is_the_default(self, stack):
        throughput(stack)
        assert only(template_of(stack), THROUGHPUT)["RunInputs"] == {"modelUnits": 1}

    def test_it_is_deleted_unless_told_otherwise(self, stack):
        throughput(stack)
        throughput(stack, "Kept", removal_policy=cdk.RemovalPolicy.RETAIN)
        rendered = {
            resource["Properties"]["Settings"]["Path"]: resource["Properties"]["RemovalPolicy"]
            for resource in resources(template_of(stack), THROUGHPUT).values()
        }
        assert rendered == {"Reserved": "destroy", "Kept": "retain"}

    def test_a_foundation_model_is_served_as_well(self, stack):
        throughput(stack, model=foundation_model(stack))
        settings = only(template_of(stack), THROUGHPUT)["Settings"]
        assert text(settings["Request"]["modelId"]).endswith("::foundation-model/amazon.nova-lite-v1:0")
        assert "ModelInputs" not in settings

    def test_what_serves_a_model_is_not_served_again(self, stack):
        with pytest.raises(ValueError, match="model must be a foundation model or a custom model"):
            throughput(stack, "Again", model=throughput(stack))

    def test_what_callers_invoke_comes_from_the_end_of_the_wait(self, stack):
        made = throughput(stack)
        cdk.CfnOutput(stack, "Arn", value=made.model_arn)
        cdk.CfnOutput(stack, "Name", value=made.provisioned_model_name)
        template = template_of(stack)
        (ready,) = [name for name, wait in resources(template, WAIT).items() if wait["Properties"].get("Last")]
        assert template["Outputs"]["Arn"]["Value"] == {"Fn::GetAtt": [ready, "ProvisionedModelArn"]}
        assert template["Outputs"]["Name"]["Value"] == {"Fn::GetAtt": [ready, "ProvisionedModelName"]}

    def test_every_wait_is_told_which_model_to_wait_for(self, stack):
        throughput(stack)
        template = template_of(stack)
        (resource,) = resources(template, THROUGHPUT)
        waits = [wait["Properties"] for wait in resources(template, WAIT).values()]
        assert all(wait["ServedModelArn"] == {"Fn::GetAtt": [resource, "ServedModelArn"]} for wait in waits)

    def test_the_template_changes_with_what_the_model_is_made_of(self):
        def digest(uri: str) -> str:
            stack = new_stack()
            throughput(stack, model=CustomModel(stack, "Model", source=ModelSource.from_s3_uri(uri)))
            return only(template_of(stack), THROUGHPUT)["Settings"]["ModelInputs"]

        assert digest("s3://escrow/model/") != digest("s3://escrow/other/")

    def test_the_terms_are_those_of_the_api(self):
        shape = service_model("bedrock").shape_for("CommitmentDuration")
        assert [str(term) for term in CommitmentDuration] == shape.enum


class TestCommitment:
    @pytest.mark.parametrize(
        ("term", "words"),
        [(CommitmentDuration.ONE_MONTH, "one month"), (CommitmentDuration.SIX_MONTHS, "six months")],
    )
    def test_a_term_is_warned_of_with_what_and_how_long(self, stack, term, words):
        throughput(stack, model_units=2, commitment_duration=term)
        (warning,) = warnings(stack)
        assert "2 model unit(s)" in warning
        assert words in warning
        assert "RemovalPolicy.RETAIN" in warning
        assert "bedrock-models:commitment" in warning

    def test_none_is_silent(self, stack):
        throughput(stack)
        assert warnings(stack) == []


class TestProviderPermissions:
    def test_custom_models_are_bought_for_in_the_account(self, stack):
        throughput(stack)
        statement = allowed(template_of(stack), "Events", "bedrock:CreateProvisionedModelThroughput")
        assert text(statement["Resource"]).endswith(":custom-model/*")
        assert is_bound_to_own_stack(statement, "Request")

    def test_a_foundation_model_is_named_exactly(self, stack):
        throughput(stack, model=foundation_model(stack))
        statement = allowed(template_of(stack), "Events", "bedrock:CreateProvisionedModelThroughput")
        assert text(statement["Resource"]).endswith("::foundation-model/amazon.nova-lite-v1:0")
        updating = allowed(template_of(stack), "Events", "bedrock:UpdateProvisionedModelThroughput")
        assert ":provisioned-model/*" in text(updating["Resource"])
        assert is_bound_to_own_stack(updating, "Resource")

    def test_what_a_delete_needs_is_there_without_any_throughput(self, stack):
        CustomModel(stack, "Model", source=ModelSource.from_s3_uri("s3://escrow/model/"))
        statement = allowed(template_of(stack), "Events", "bedrock:DeleteProvisionedModelThroughput")
        assert is_bound_to_own_stack(statement, "Resource")
        assert "provisioned-model/*" in json.dumps(statement["Resource"])

    def test_the_models_key_lets_the_service_and_the_provider_read_it(self, stack):
        key = kms.Key(stack, "Key")
        model = CustomModel.from_custom_model_attributes(
            stack, "Encrypted", custom_model_arn=MODEL_ARN, encryption_key=key
        )
        throughput(stack, model=model)
        template = template_of(stack)
        assert allowed(template, "Events", "kms:Decrypt")["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        _, service = only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        assert service["Principal"] == {"Service": "bedrock.amazonaws.com"}


class TestReferences:
    def test_the_region_and_account_of_an_imported_one_are_those_of_its_arn(self, stack):
        found = ProvisionedModelThroughput.from_provisioned_model_arn(stack, "Found", THROUGHPUT_ARN)
        assert found.provisioned_model_arn == found.model_arn == THROUGHPUT_ARN
        assert (found.env.region, found.env.account) == ("us-east-1", "123456789012")

    def test_both_are_what_the_interface_promises(self, stack):
        bases = IProvisionedModelThroughput.__mro__
        promised = {name for base in bases for name in vars(base) if not name.startswith("_")}
        found = ProvisionedModelThroughput.from_provisioned_model_arn(stack, "Found", THROUGHPUT_ARN)
        for some in (throughput(stack), found):
            assert all(hasattr(some, name) for name in promised | {"model_arn", "grant_invoke", "encryption_key"})


BAD_NAMES = ["", "-a", "a--b", "my model", "ä", "a" * 64]
BAD_UNITS = [0, -1, 1.5, True, "1", None]
OTHERS = ["", MODEL_ARN, "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc123def456"]


class TestBadInput:
    @pytest.mark.parametrize("name", BAD_NAMES)
    def test_a_name_outside_the_apis_pattern(self, stack, name):
        with pytest.raises(ValueError, match=r"provisioned_model_name must be 1 to 63 letters .*, got .*; (use|leave)"):
            throughput(stack, provisioned_model_name=name)

    @pytest.mark.parametrize("units", BAD_UNITS)
    def test_units_that_are_no_number_from_one_on(self, stack, units):
        with pytest.raises(ValueError, match=r"model_units must be a whole number( from 1)?, got .*; (use 1|give)"):
            throughput(stack, model_units=units)

    @pytest.mark.parametrize("term", ["", "OneYear", "ONE_MONTH"])
    def test_a_term_that_is_not_sold(self, stack, term):
        with pytest.raises(
            ValueError, match=r"commitment_duration must be one of CommitmentDuration.ONE_MONTH, .*, got"
        ):
            throughput(stack, commitment_duration=term)

    @pytest.mark.parametrize("arn", OTHERS)
    def test_an_arn_of_something_else(self, stack, arn):
        with pytest.raises(ValueError, match=r"provisioned_model_arn must be an ARN like .*provisioned-model/.*, got"):
            ProvisionedModelThroughput.from_provisioned_model_arn(stack, "Found", arn)

    def test_a_custom_model_of_another_region(self):
        stack = new_stack(env=cdk.Environment(region="us-west-2", account="123456789012"))
        with pytest.raises(ValueError, match=r"model must be in the stack's Region, us-west-2, got 'us-east-1'"):
            throughput(stack)

    def test_a_foundation_model_of_another_region(self):
        stack = new_stack(env=cdk.Environment(region="us-west-2", account="123456789012"))
        arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
        model = bedrock.ProvisionedModel.from_provisioned_model_arn(stack, "Base", arn)
        with pytest.raises(ValueError, match=r"model must be in the stack's Region, us-west-2, got 'us-east-1'"):
            throughput(stack, model=model)

    def test_a_snapshot(self, stack):
        with pytest.raises(ValueError, match="removal_policy must be DESTROY, RETAIN"):
            throughput(stack, removal_policy=cdk.RemovalPolicy.SNAPSHOT)

    def test_what_is_refused_leaves_nothing_in_the_tree(self, stack):
        with pytest.raises(ValueError, match="model_units"):
            throughput(stack, model_units=0)
        assert stack.node.try_find_child("Reserved") is None

    def test_values_known_only_at_deployment_pass(self, stack):
        name = cdk.CfnParameter(stack, "Name").value_as_string
        units = cdk.CfnParameter(stack, "Units", type="Number").value_as_number
        throughput(stack, provisioned_model_name=name, model_units=units)
        properties = only(template_of(stack), THROUGHPUT)
        assert properties["RunInputs"] == {"modelUnits": {"Ref": "Units"}}
        assert properties["Settings"]["Request"]["provisionedModelName"] == {"Ref": "Name"}

    def test_a_commitment_of_units_known_only_at_deployment_warns_all_the_same(self, stack):
        units = cdk.CfnParameter(stack, "Units", type="Number").value_as_number
        throughput(stack, model_units=units, commitment_duration=CommitmentDuration.ONE_MONTH)
        (warning,) = warnings(stack)
        assert "model units are billed" in warning
