"""A model's ARN that crosses stacks: always a weak reference, and told at synth."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from constructs_lib import (
    Customization,
    CustomModel,
    CustomModelDeployment,
    ICustomModel,
    ModelCustomizationJob,
    ModelSource,
    OutputData,
    ProvisionedModelThroughput,
    TrainingData,
)
from tests.support.synth import warnings

ID = "bedrock-models:modelArnCrossesStacks"


def imported(scope: Construct, uri: str = "s3://escrow/model/") -> ICustomModel:
    return CustomModel(scope, "Model", source=ModelSource.from_s3_uri(uri))


def trained(scope: Construct, base_model: bedrock.IModel | None = None) -> ICustomModel:
    return ModelCustomizationJob(
        scope,
        "Model",
        base_model=base_model
        or bedrock.FoundationModel.from_foundation_model_id(
            scope, "Base", bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
        ),
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_s3_uri("s3://data/train.jsonl"),
        output_data=OutputData.to_s3_uri("s3://data/output"),
    ).custom_model


def deployed(scope: Construct, model: ICustomModel) -> CustomModelDeployment:
    return CustomModelDeployment(scope, "Deployment", custom_model=model)


def provisioned(scope: Construct, model: ICustomModel) -> None:
    ProvisionedModelThroughput(scope, "Throughput", model=model)


def written_down(scope: Construct, model: ICustomModel) -> None:
    ssm.StringParameter(scope, "Parameter", string_value=model.custom_model_arn)


def told(*stacks: cdk.Stack) -> int:
    return sum(ID in warning for stack in stacks for warning in warnings(stack))


class Two:
    """Who makes a model, and who uses it."""

    def __init__(self) -> None:
        self.app = cdk.App()
        self.producer, self.consumer = cdk.Stack(self.app, "Producer"), cdk.Stack(self.app, "Consumer")

    def templates(self) -> dict[str, dict[str, Any]]:
        assembly = self.app.synth()
        return {name: assembly.get_stack_by_name(name).template for name in ("Producer", "Consumer")}


@pytest.fixture
def two() -> Two:
    return Two()


@pytest.mark.parametrize("make", [imported, trained])
@pytest.mark.parametrize("use", [deployed, provisioned, written_down])
def test_a_model_used_in_another_stack_warns_once(two: Two, make: Any, use: Any) -> None:
    use(two.consumer, make(two.producer))
    assert told(two.producer, two.consumer) == 1


@pytest.mark.parametrize("use", [deployed, provisioned, written_down])
def test_a_model_used_in_its_own_stack_does_not(two: Two, use: Any) -> None:
    use(two.producer, imported(two.producer))
    assert told(two.producer) == 0


def test_neither_does_the_arn_of_a_deployment_in_another_stack(two: Two) -> None:
    deployment = deployed(two.producer, imported(two.producer))
    ssm.StringParameter(two.consumer, "Parameter", string_value=deployment.custom_model_deployment_arn)
    assert told(two.producer, two.consumer) == 0


def test_a_nested_stack_and_the_one_around_it_are_one(two: Two) -> None:
    inner, beside = cdk.NestedStack(two.producer, "Inner"), cdk.NestedStack(two.producer, "Beside")
    model = imported(inner)
    written_down(two.producer, model)
    written_down(beside, model)
    assert told(two.producer) == 0


@pytest.fixture
def nested_twice(two: Two) -> Two:
    inner = cdk.NestedStack(cdk.NestedStack(two.producer, "Outer"), "Inner")
    written_down(cdk.NestedStack(two.consumer, "Inner"), imported(inner))
    return two


def test_out_of_a_nested_stack_it_crosses_too(nested_twice: Two) -> None:
    assert told(nested_twice.producer) == 1


def test_out_of_a_nested_stack_it_is_no_export_either(nested_twice: Two) -> None:
    assert "Export" not in json.dumps(nested_twice.templates()["Producer"]["Outputs"])


def test_an_export_made_by_hand_warns(two: Two) -> None:
    two.producer.export_value(imported(two.producer).custom_model_arn)
    assert told(two.producer) == 1


def test_the_warning_can_be_acknowledged(two: Two) -> None:
    model = imported(two.producer)
    deployed(two.consumer, model)
    cdk.Annotations.of(two.producer).acknowledge_warning(ID, "deployed after every training")
    assert told(two.producer) == 0


def test_stacks_of_a_stage_are_no_exception(two: Two) -> None:
    stage = cdk.Stage(two.app, "Production")
    producer, consumer = cdk.Stack(stage, "Producer"), cdk.Stack(stage, "Consumer")
    written_down(consumer, imported(producer))
    stage.synth()
    assert told(producer) == 1


def chain(uri: str) -> dict[str, dict[str, Any]]:
    """The templates of a chain of trainings that begins with this model."""
    app = cdk.App()
    first, second, third = (cdk.Stack(app, name) for name in ("First", "Second", "Third"))
    deployed(third, trained(second, imported(first, uri)))
    return {stack.stack_name: stack.template for stack in app.synth().stacks}


@pytest.fixture(scope="module")
def chains() -> list[dict[str, dict[str, Any]]]:
    return [chain(uri) for uri in ("s3://escrow/model/", "s3://escrow/model/", "s3://escrow/other/")]


@pytest.mark.parametrize("which", ["Second", "Third"])
def test_every_stack_along_a_chain_of_trainings_changes_with_the_first_model(
    chains: list[dict[str, dict[str, Any]]], which: str
) -> None:
    """The CLI skips a stack whose template is the same, and then nothing would be trained or served anew."""
    one, again, of_another = (templates[which] for templates in chains)
    assert one == again
    assert one != of_another


def of_data(scope: Construct, bucket: s3.IBucket) -> ModelCustomizationJob:
    base = bedrock.FoundationModelIdentifier("amazon.nova-lite-v1:0:300k")
    return ModelCustomizationJob(
        scope,
        "Model",
        base_model=bedrock.FoundationModel.from_foundation_model_id(scope, "Base", base),
        customization=Customization.fine_tuning(),
        training_data=TrainingData.from_bucket(bucket, "train.jsonl"),
        output_data=OutputData.to_s3_uri("s3://data/output"),
    )


class Data(cdk.Stack):
    """One class of stack: every instance gives its bucket the same logical id."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.bucket = s3.Bucket(self, "Bucket")


def serving_template(data: str, where: Callable[[Two], Construct]) -> str:
    """What the serving stack, nested or not, is told when the model learns from D1's or D2's bucket."""
    two = Two()
    buckets = {name: Data(two.app, name).bucket for name in ("D1", "D2")}
    deployed(where(two), of_data(two.producer, buckets[data]).custom_model)
    folder = Path(two.app.synth().directory)
    return "\n".join(path.read_text() for path in sorted(folder.glob("*Consumer*template.json")))


@pytest.mark.parametrize(
    "where", [lambda two: two.consumer, lambda two: cdk.NestedStack(two.consumer, "Nested")], ids=["root", "nested"]
)
def test_data_that_moves_to_an_equal_id_in_another_stack_changes_the_serving_stack(where: Any) -> None:
    before = serving_template("D1", where)
    assert before != serving_template("D2", where)
    assert before == serving_template("D1", where)


def consumer(make: Any, use: Any, **overrides: Any) -> dict[str, Any]:
    """The template of the stack that uses the model, with properties of what makes the model overridden."""
    two = Two()
    use(two.consumer, make(two.producer))
    made = two.producer.node.find_child("Model").node.default_child
    assert isinstance(made, cdk.CfnResource)
    for path, value in overrides.items():
        made.add_property_override(path, value)
    return two.templates()["Consumer"]


as_it_is = functools.cache(consumer)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("RunInputs.revision", "2"),
        ("RunInputs", {"revision": "2"}),
        ("RunInputs.hyperParameters.epochCount", "3"),
        ("RunInputs.customizationType", None),
    ],
)
@pytest.mark.parametrize("make", [imported, trained])
@pytest.mark.parametrize("use", [deployed, provisioned])
def test_an_override_of_the_inputs_changes_the_serving_stack(make: Any, use: Any, path: str, value: Any) -> None:
    assert consumer(make, use, **{path: value}) != as_it_is(make, use)


def test_an_override_of_anything_else_does_not() -> None:
    assert consumer(imported, deployed, RemovalPolicy="destroy") == consumer(imported, deployed, RemovalPolicy="retain")
