"""The ARN to invoke as an SSM parameter: written when what serves the model is ready."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock

from constructs_lib import CustomModel, CustomModelDeployment, ProvisionedModelThroughput
from tests.support.synth import new_stack, only, resources, template_of

MODEL_ARN = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/abc123def456"
PARAMETER = "AWS::SSM::Parameter"


def serving(stack: cdk.Stack, kind: type) -> Any:
    if kind is CustomModelDeployment:
        return CustomModelDeployment(
            stack, "Live", custom_model=CustomModel.from_custom_model_arn(stack, "Model", MODEL_ARN)
        )
    model_id = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0")
    model = bedrock.FoundationModel.from_foundation_model_id(stack, "Model", model_id)
    return ProvisionedModelThroughput(stack, "Live", model=model)


@pytest.mark.parametrize("kind", [CustomModelDeployment, ProvisionedModelThroughput])
def test_the_value_comes_out_of_the_wait(kind: type) -> None:
    stack = new_stack()
    parameter = serving(stack, kind).publish_to("/support/model")

    written = only(template_of(stack), PARAMETER)

    assert (written["Name"], written["Type"]) == ("/support/model", "String")
    assert written["Value"]["Fn::GetAtt"][0].startswith("LiveReady")
    assert parameter.parameter_name


def test_it_can_be_published_under_several_names() -> None:
    stack = new_stack()
    live = serving(stack, CustomModelDeployment)

    live.publish_to("/support/model")
    live.publish_to("support-model")

    assert len(resources(template_of(stack), PARAMETER)) == 2


def test_a_name_of_the_deployment_is_taken() -> None:
    stack = new_stack()
    name = cdk.CfnParameter(stack, "Name").value_as_string

    serving(stack, CustomModelDeployment).publish_to(name)

    assert only(template_of(stack), PARAMETER)["Name"] == {"Ref": "Name"}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "support/model",
        "/aws/model",
        "ssm-model",
        "AWSmodel",
        "/",
        "//a",
        "/a/",
        "/a" * 16,
        "a" * 1012,
        "\u00e4",
    ],
)
def test_a_name_that_systems_manager_refuses_is_refused(name: str) -> None:
    stack = new_stack()

    with pytest.raises(ValueError, match="parameter_name must be a name that AWS Systems Manager takes"):
        serving(stack, CustomModelDeployment).publish_to(name)
