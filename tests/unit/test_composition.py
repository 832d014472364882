"""Composed into apps that know nothing of this library: policies for everything, exports, one lock twice."""

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    TrainingData,
)
from tests.support.synth import new_stack, resources, template_of, warnings

EXPORTED, SHARED = "bedrock-models:modelArnExported", "bedrock-models:sharedLockId"


def model(scope: Construct, id: str = "Model", *, lock_id: str | None = None) -> CustomModel:
    source = ModelSource.from_s3_uri("s3://customer-escrow-1-smtj-a/model/")
    return CustomModel(scope, id, source=source, lock_id=lock_id)


def job(scope: Construct, id: str = "Job", *, lock_id: str | None = None) -> ModelCustomizationJob:
    nova = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    return ModelCustomizationJob(
        scope,
        id,
        base_model=bedrock.FoundationModel.from_foundation_model_id(scope, f"{id}Base", nova),
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl"),
        output_data=OutputData.to_s3_uri("s3://data/output/"),
        lock_id=lock_id,
    )


def policies(stack: cdk.Stack) -> dict[str, str]:
    """What the provider is told, by the kind of resource."""
    found = {}
    for kind in ("CustomModel", "ModelCustomizationJob", "CustomModelDeployment", "ProvisionedModelThroughput"):
        (resource,) = resources(template_of(stack), f"Custom::Bedrock{kind}").values()
        assert resource["DeletionPolicy"] == "Delete", "with Retain the provider would get no event"
        found[kind] = resource["Properties"]["RemovalPolicy"]
    return found


@pytest.fixture
def everything() -> cdk.Stack:
    stack = new_stack(env=cdk.Environment(account="111111111111", region="us-east-1"))
    made = model(stack)
    job(stack)
    CustomModelDeployment(stack, "Live", custom_model=made)
    ProvisionedModelThroughput(stack, "Bought", model=made)
    return stack


DEFAULTS = {
    "CustomModel": "retain",
    "ModelCustomizationJob": "retain",
    "CustomModelDeployment": "destroy",
    "ProvisionedModelThroughput": "destroy",
}


class TestRemovalPolicies:
    def test_what_fills_in_missing_ones_finds_none_missing(self, everything: cdk.Stack) -> None:
        cdk.MissingRemovalPolicies.of(everything).destroy()
        assert policies(everything) == DEFAULTS

    def test_nor_does_it_retain_what_serves(self, everything: cdk.Stack) -> None:
        cdk.MissingRemovalPolicies.of(everything).retain()
        assert policies(everything) == DEFAULTS

    def test_one_for_all_is_heard_by_all(self, everything: cdk.Stack) -> None:
        cdk.RemovalPolicies.of(everything).destroy()
        assert set(policies(everything).values()) == {"destroy"}


def told(id: str, *stacks: cdk.Stack) -> int:
    return sum(id in warning for stack in stacks for warning in warnings(stack))


class TestExports:
    @pytest.mark.parametrize("deep", [False, True])
    @pytest.mark.parametrize("make", [model, lambda scope: job(scope).custom_model])
    def test_an_export_of_a_models_arn_is_warned_of(self, make: Callable[[Construct], CustomModel], deep: bool) -> None:
        stack = new_stack()
        arn = make(stack).custom_model_arn
        cdk.CfnOutput(Construct(stack, "Outputs") if deep else stack, "Arn", value=arn, export_name="model")
        assert told(EXPORTED, stack) == 1

    def test_an_output_that_exports_nothing_is_not(self) -> None:
        stack = new_stack()
        cdk.CfnOutput(stack, "Arn", value=model(stack).custom_model_arn)
        assert told(EXPORTED, stack) == 0

    def test_nor_is_the_export_of_a_deployment(self) -> None:
        stack = new_stack()
        live = CustomModelDeployment(stack, "Live", custom_model=model(stack))
        cdk.CfnOutput(stack, "Arn", value=live.custom_model_deployment_arn, export_name="live")
        assert told(EXPORTED, stack) == 0


class TestOneLockTwice:
    @pytest.mark.parametrize("make", [model, job])
    def test_in_two_stacks_of_one_app_it_is_warned_of(self, make: Callable[..., Construct]) -> None:
        app = cdk.App()
        stacks = [cdk.Stack(app, name) for name in ("Dev", "Prod")]
        for stack in stacks:
            make(stack, lock_id="support")
        assert told(SHARED, *stacks) == 1

    def test_in_one_stack_too(self) -> None:
        stack = new_stack()
        model(stack, "One", lock_id="support")
        model(stack, "Two", lock_id="support")
        assert told(SHARED, stack) == 1

    def test_locks_of_their_own_are_not(self) -> None:
        app = cdk.App()
        stacks = [cdk.Stack(app, name) for name in ("Dev", "Prod")]
        for stack in stacks:
            model(stack, lock_id=f"support-{stack.stack_name}")
        assert told(SHARED, *stacks) == 0

    def test_while_a_construct_moves_it_can_be_acknowledged(self) -> None:
        app = cdk.App()
        model(cdk.Stack(app, "Old"), lock_id="support")
        moved = cdk.Stack(app, "New")
        cdk.Annotations.of(model(moved, lock_id="support")).acknowledge_warning(SHARED, "It moves here")
        assert told(SHARED, moved) == 0
