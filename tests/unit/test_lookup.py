"""Look-ups at synth: what they render, who uses their answer and with which permission, and what they refuse."""

import datetime as dt
import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    CustomModelStatus,
    JobStatus,
    ModelCheck,
    ModelCustomizationJob,
    OutputData,
    ProvisionedModelThroughput,
    TrainingData,
)
from local.bedrock.routes import service_model
from provider.cloudformation.contract import (
    CUSTOM_MODEL_DEPLOYMENT_TYPE,
    MODEL_CUSTOMIZATION_JOB_TYPE,
    MODEL_LOOKUP_TYPE,
    PROVISIONED_MODEL_THROUGHPUT_TYPE,
)
from provider.cloudformation.request import Properties
from provider.lookup.query import Query
from tests.support.synth import (
    creation_order,
    new_stack,
    only,
    resources,
    statements,
    template_of,
    warnings,
)

KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456"
NOVA_LITE = "amazon.nova-lite-v1:0:300k"
CREATE_JOB = "bedrock:CreateModelCustomizationJob"


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack(env=cdk.Environment(account="123456789012", region="us-east-1"))


def nova(stack: cdk.Stack) -> bedrock.IModel:
    return bedrock.FoundationModel.from_foundation_model_id(stack, "Nova", bedrock.FoundationModelIdentifier(NOVA_LITE))


def job(stack: cdk.Stack, base_model: bedrock.IModel) -> ModelCustomizationJob:
    return ModelCustomizationJob(
        stack,
        "Further",
        base_model=base_model,
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl"),
        output_data=OutputData.to_s3_uri("s3://data/output/"),
    )


def policy_to_train(template: dict[str, Any]) -> dict[str, Any]:
    """The policy that stands with the job for the model that was found."""
    [found] = [
        policy
        for name, policy in resources(template, "AWS::IAM::Policy").items()
        if name.startswith("FurtherTrainBaseModel")
    ]
    return found


def query_of(stack: cdk.Stack) -> dict[str, Any]:
    return dict(only(template_of(stack), MODEL_LOOKUP_TYPE)["Query"])


class TestQuestion:
    def test_by_name(self, stack):
        CustomModel.from_custom_model_name(stack, "Model", "assistant", refresh="7")
        assert query_of(stack) == {"Find": "CustomModel", "Name": "assistant", "KmsKeyArn": "", "Refresh": "7"}

    def test_the_newest_by_the_members_of_the_api(self, stack):
        model = CustomModel.from_custom_model_arn(stack, "Base", MODEL_ARN)
        CustomModel.from_newest(
            stack,
            "Model",
            name_contains="assistant",
            base_model=model,
            foundation_model=nova(stack),
            created_after="2026-11-01",
            created_before=dt.datetime(2026, 11, 2, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
            is_owned=True,
        )
        assert query_of(stack)["Filters"] == {
            "nameContains": "assistant",
            "baseModelArnEquals": MODEL_ARN,
            "foundationModelArnEquals": {
                "Fn::Join": [
                    "",
                    ["arn:", {"Ref": "AWS::Partition"}, f":bedrock:us-east-1::foundation-model/{NOVA_LITE}"],
                ]
            },
            "creationTimeAfter": "2026-11-01T00:00:00Z",
            "creationTimeBefore": "2026-11-02T00:00:00Z",
            "isOwned": True,
            "modelStatus": "Active",
        }

    def test_the_newest_job(self, stack):
        ModelCustomizationJob.from_newest(stack, "Job", status=JobStatus.COMPLETED, name_contains="assistant")
        assert query_of(stack) == {
            "Find": "ModelCustomizationJob",
            "Filters": {"statusEquals": "Completed", "nameContains": "assistant"},
            "KmsKeyArn": "",
        }

    @pytest.mark.parametrize("status", [None, JobStatus.IN_PROGRESS, JobStatus.FAILED, JobStatus.STOPPED])
    def test_a_job_whose_model_nobody_can_use_says_nothing_about_a_key(self, stack, status):
        ModelCustomizationJob.from_newest(stack, "Job", status=status)
        assert "KmsKeyArn" not in query_of(stack)

    def test_the_provider_reads_it(self, stack):
        CustomModel.from_newest(stack, "Model", created_after="2026-11-01T00:00:00Z", is_owned=False)
        properties = Properties.of(only(template_of(stack), MODEL_LOOKUP_TYPE))
        assert Query.of(properties).filters["creationTimeAfter"] == "2026-11-01T00:00:00Z"

    def test_it_comes_after_a_complete_provider_and_nothing_is_deleted_for_it(self, stack):
        CustomModel.from_newest(stack, "Model")
        (resource,) = resources(template_of(stack), MODEL_LOOKUP_TYPE).values()
        assert any("WaiterPermission" in name for name in resource["DependsOn"])
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")

    def test_a_removal_policy_of_an_aspect_does_not_reach_it(self, stack):
        CustomModel.from_newest(stack, "Model")
        cdk.RemovalPolicies.of(stack).destroy()
        (resource,) = resources(template_of(stack), MODEL_LOOKUP_TYPE).values()
        assert resource["DeletionPolicy"] == "Retain"


class TestUse:
    @pytest.mark.parametrize("refresh", [None, "1"])
    def test_what_serves_the_model_carries_a_digest_that_changes_with_refresh(self, refresh):
        def template(value: str | None) -> dict[str, Any]:
            stack = new_stack()
            model = CustomModel.from_newest(stack, "Model", refresh=value)
            CustomModelDeployment(stack, "Live", custom_model=model)
            return only(template_of(stack), CUSTOM_MODEL_DEPLOYMENT_TYPE)["Settings"]

        assert template(refresh)["ModelInputs"] == template(refresh)["ModelInputs"]
        assert template(refresh)["ModelInputs"] != template("2")["ModelInputs"]

    def test_an_override_of_the_question_counts(self, stack):
        model = CustomModel.from_newest(stack, "Model")
        CustomModelDeployment(stack, "Live", custom_model=model)
        before = new_stack()
        CustomModelDeployment(before, "Live", custom_model=CustomModel.from_newest(before, "Model"))
        model.node.find_child("Resource").add_property_override("Query.Refresh", "9")
        digests = [
            only(template_of(each), CUSTOM_MODEL_DEPLOYMENT_TYPE)["Settings"]["ModelInputs"] for each in (stack, before)
        ]
        assert digests[0] != digests[1]

    def test_it_is_deployed_and_provisioned_by_its_attribute(self, stack):
        model = CustomModel.from_custom_model_name(stack, "Model", "assistant")
        CustomModelDeployment(stack, "Live", custom_model=model)
        ProvisionedModelThroughput(stack, "Bought", model=model)
        template = template_of(stack)
        (found,) = resources(template, MODEL_LOOKUP_TYPE)
        arn = {"Fn::GetAtt": [found, "ModelArn"]}
        assert only(template, CUSTOM_MODEL_DEPLOYMENT_TYPE)["Settings"]["Request"]["modelArn"] == arn
        assert only(template, PROVISIONED_MODEL_THROUGHPUT_TYPE)["Settings"]["Request"]["modelId"] == arn
        assert creation_order(template)

    def test_it_is_trained_further_with_a_permission_for_exactly_this_model(self, stack):
        model = CustomModel.from_newest(stack, "Model")
        job(stack, model)
        template = template_of(stack)
        (found,) = resources(template, MODEL_LOOKUP_TYPE)
        arn = {"Fn::GetAtt": [found, "ModelArn"]}
        assert only(template, MODEL_CUSTOMIZATION_JOB_TYPE)["RunInputs"]["baseModelIdentifier"] == arn
        allowing = [each for each in statements(template, "Events") if each["Action"] == CREATE_JOB]
        assert {"Action": CREATE_JOB, "Effect": "Allow", "Resource": arn} in allowing
        order = creation_order(template)
        (trained,) = resources(template, MODEL_CUSTOMIZATION_JOB_TYPE)
        (policy,) = [name for name in order if "TrainBaseModel" in name]
        assert order.index(found) < order.index(policy) < order.index(trained)

    def test_the_model_of_the_newest_job_is_a_custom_model(self, stack):
        found = ModelCustomizationJob.from_newest(stack, "Job", status=JobStatus.COMPLETED)
        CustomModelDeployment(stack, "Live", custom_model=found.custom_model)
        template = template_of(stack)
        settings = only(template, CUSTOM_MODEL_DEPLOYMENT_TYPE)["Settings"]
        assert settings["Request"]["modelArn"]["Fn::GetAtt"][1] == "ModelArn"
        assert settings["ModelInputs"]

    def test_the_events_of_a_found_job_are_told_by_its_arn(self, stack):
        found = ModelCustomizationJob.from_newest(stack, "Job")
        found.on_state_change("Changed")
        detail = only(template_of(stack), "AWS::Events::Rule")["EventPattern"]["detail"]
        assert detail["jobArn"][0]["Fn::GetAtt"][1] == "JobArn"

    def test_its_key_may_be_used_by_who_serves_it(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        model = CustomModel.from_custom_model_name(stack, "Model", "assistant", encryption_key=key)
        CustomModelDeployment(stack, "Live", custom_model=model)
        template = template_of(stack)
        assert only(template, MODEL_LOOKUP_TYPE)["Query"]["KmsKeyArn"] == KEY_ARN
        assert any(each["Resource"] == KEY_ARN for each in statements(template, "Events"))

    def test_everything_that_it_tells_can_be_an_output(self, stack):
        model = CustomModel.from_newest(stack, "Model")
        told = {
            "BaseModelArn": model.base_model_arn,
            "CustomizationType": model.customization_type,
            "JobArn": model.job_arn,
            "JobName": model.job_name,
            "KmsKeyArn": model.kms_key_arn,
            "ModelArn": model.custom_model_arn,
            "ModelName": model.custom_model_name,
            "TrainingLoss": model.training_loss,
        }
        for name, value in told.items():
            cdk.CfnOutput(stack, f"Out{name}", value=value)
        cdk.CfnOutput(stack, "OutLosses", value=cdk.Fn.select(0, model.validation_losses))
        outputs = template_of(stack)["Outputs"]
        assert {name: outputs[f"Out{name}"]["Value"]["Fn::GetAtt"][1] for name in told} == {name: name for name in told}
        assert "ValidationLosses" in json.dumps(outputs["OutLosses"])

    def test_another_stack_refers_to_it_weakly_and_is_warned(self):
        app = cdk.App()
        env = cdk.Environment(account="123456789012", region="us-east-1")
        one, two = cdk.Stack(app, "One", env=env), cdk.Stack(app, "Two", env=env)
        CustomModelDeployment(two, "Live", custom_model=CustomModel.from_newest(one, "Model"))
        template = template_of(one)
        assert [each for each in template.get("Outputs", {}).values() if "Export" in each] == []
        assert any("Another stack uses this model's ARN" in each for each in warnings(one))


class TestPermissions:
    def test_a_look_up_alone_lets_the_provider_make_nothing(self, stack):
        CustomModel.from_newest(stack, "Model")
        ModelCustomizationJob.from_newest(stack, "Job")
        assert "bedrock:Create" not in json.dumps(statements(template_of(stack), "Events"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"name_contains": "my model"}, "name_contains must be 1 to 63 letters"),
            ({"created_after": "yesterday"}, "created_after must be a time with its zone"),
            ({"created_after": "2026-11-01T00:00:00"}, "created_after must be a time with its zone"),
            ({"created_before": dt.datetime(2026, 11, 1)}, "created_before must be a time with its zone"),
            (
                {"created_after": "2026-11-02", "created_before": "2026-11-01"},
                "created_after must be earlier than created_before",
            ),
            ({"refresh": "a\nb"}, "refresh must be one line"),
            ({"model_status": "Active"}, "use CustomModelStatus.ACTIVE"),
            ({"is_owned": "true"}, "is_owned must be True or False"),
        ],
    )
    def test_of_models(self, stack, arguments, words):
        with pytest.raises(ValueError, match=words):
            CustomModel.from_newest(stack, "Model", **arguments)
        assert stack.node.children == []

    def test_a_custom_model_as_the_foundation_model(self, stack):
        model = CustomModel.from_custom_model_arn(stack, "Base", MODEL_ARN)
        with pytest.raises(ValueError, match="foundation_model must be a foundation model"):
            CustomModel.from_newest(stack, "Model", foundation_model=model)

    def test_a_name_that_no_model_can_have(self, stack):
        with pytest.raises(ValueError, match="name must be 1 to 63 letters or digits"):
            CustomModel.from_custom_model_name(stack, "Model", "my model")

    def test_an_empty_name(self, stack):
        with pytest.raises(ValueError, match="name must be 1 to 63 letters or digits"):
            CustomModel.from_custom_model_name(stack, "Model", "")

    def test_a_name_that_no_job_can_have(self, stack):
        with pytest.raises(ValueError, match="name_contains must be 1 to 63 letters, digits"):
            ModelCustomizationJob.from_newest(stack, "Job", name_contains="my_job")

    def test_the_model_of_jobs_that_may_have_none(self, stack):
        found = ModelCustomizationJob.from_newest(stack, "Job")
        with pytest.raises(ValueError, match="custom_model needs a look-up of Completed jobs"):
            _ = found.custom_model

    def test_a_key_for_jobs_whose_model_nobody_can_use(self, stack):
        key = kms.Key.from_key_arn(stack, "Key", KEY_ARN)
        with pytest.raises(ValueError, match="encryption_key is for the model of a Completed job"):
            ModelCustomizationJob.from_newest(stack, "Job", encryption_key=key)


@pytest.mark.parametrize(("ours", "shape"), [(CustomModelStatus, "ModelStatus"), (JobStatus, "FineTuningJobStatus")])
def test_the_statuses_are_those_of_the_service_model(ours, shape):
    assert {str(each) for each in ours} == set(service_model("bedrock").shape_for(shape).enum)


def test_the_policy_to_train_what_was_found_has_no_wildcard(stack):
    job(stack, CustomModel.from_newest(stack, "Model"))
    template = template_of(stack)
    [policy] = [
        each
        for name, each in resources(template, "AWS::IAM::Policy").items()
        if name.startswith("FurtherTrainBaseModel")
    ]
    assert "*" not in json.dumps(policy["Properties"]["PolicyDocument"]["Statement"])


@pytest.mark.parametrize("looks_up", [True, False])
def test_a_checked_model_that_nobody_here_made_is_trained_by_its_own_arn(stack, looks_up):
    found = (
        CustomModel.from_newest(stack, "Model")
        if looks_up
        else CustomModel.from_custom_model_arn(stack, "Model", MODEL_ARN)
    )
    job(stack, ModelCheck(stack, "Check", custom_model=found, max_training_loss=1).custom_model)
    template = template_of(stack)
    [policy] = [
        each
        for name, each in resources(template, "AWS::IAM::Policy").items()
        if name.startswith("FurtherTrainBaseModel")
    ]
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == CREATE_JOB
    assert statement["Resource"] == only(template, MODEL_CUSTOMIZATION_JOB_TYPE)["RunInputs"]["baseModelIdentifier"]
    assert creation_order(template)
