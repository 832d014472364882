"""How a stack waits: a last wait beside the resource, the others in a nested stack."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from constructs import Construct

from constructs_lib.core.contract import MODEL_CUSTOMIZATION_JOB_TYPE
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.custom_resource import ProvidedResource
from constructs_lib.resources.wait_chain import WaitChain
from tests.support import apps
from tests.support.synth import new_stack, published, resources, template_of

WAIT = "Custom::BedrockModelWait"
NESTED = "AWS::CloudFormation::Stack"


@pytest.fixture
def stack() -> cdk.Stack:
    return new_stack()


def wait(scope: Construct, minutes: float, id: str = "Model", **options: Any) -> WaitChain:
    model = Construct(scope, id)
    owner = ProvidedResource(
        model,
        "Resource",
        type=MODEL_CUSTOMIZATION_JOB_TYPE,
        run_inputs={},
        settings={},
        removal_policy=cdk.RemovalPolicy.DESTROY,
        tags=None,
    )
    return WaitChain(model, waited_for=owner, seconds=minutes * 60, **options)


def nested_template(stack: cdk.Stack) -> dict[str, Any]:
    """What the one nested stack would be made of."""
    assembly = cdk.App.of(stack).synth()
    template = assembly.get_stack_artifact(stack.artifact_id).template
    [nested] = resources(template, NESTED).values()
    key = nested["Properties"]["TemplateURL"]["Fn::Sub"].rsplit("/", 1)[1]
    [file] = [file for file, to in published(Path(assembly.directory)) if to["objectKey"] == key]
    return json.loads(file.read_text(encoding="utf-8"))


class TestLength:
    @pytest.mark.parametrize("minutes", [5, 50])
    def test_within_one_segment_there_is_only_the_last_wait(self, stack: cdk.Stack, minutes: int) -> None:
        wait(stack, minutes)
        assert [*resources(template_of(stack), WAIT)] == ["ModelReadyB7F433B7"]

    def test_a_second_segment_stands_beside_it(self, stack: cdk.Stack) -> None:
        wait(stack, 51)
        template = template_of(stack)
        assert len(resources(template, WAIT)) == 2
        assert resources(template, NESTED) == {}

    @pytest.mark.parametrize(("hours", "earlier"), [(2, 2), (24, 28), (14 * 24, 403)])
    def test_more_of_them_stand_in_a_nested_stack(self, stack: cdk.Stack, hours: int, earlier: int) -> None:
        wait(stack, hours * 60)
        names = [f"Wait{number:02}" for number in range(1, earlier + 1)]
        assert [*nested_template(stack)["Resources"]] == names
        assert [*resources(template_of(stack), WAIT)] == ["ModelReadyB7F433B7"]

    def test_the_context_scales_the_segments(self) -> None:
        stack = cdk.Stack(cdk.App(context={"bedrock-models:wait_segment_seconds": "10"}), "Models")
        wait(stack, 40 / 60)
        assert len(nested_template(stack)["Resources"]) == 3
        events = resources(template_of(stack), "AWS::Lambda::Function")["BedrockModelProviderEvents"]
        assert events["Properties"]["Environment"]["Variables"]["SEGMENT_SECONDS"] == "10"

    @pytest.mark.parametrize("seconds", ["0", "3001", "-5", "1.5", "soon", True, ""])
    def test_a_context_that_is_no_length_is_refused(self, seconds: object) -> None:
        stack = cdk.Stack(cdk.App(context={"bedrock-models:wait_segment_seconds": seconds}), "Models")
        rule = "^The context key bedrock-models:wait_segment_seconds must be a whole number from 1 to 3000, got "
        with pytest.raises(ValueError, match=rule):
            wait(stack, 60)

    def test_it_is_refused_where_nothing_waits_too(self) -> None:
        stack = cdk.Stack(cdk.App(context={"bedrock-models:wait_segment_seconds": "soon"}), "Models")
        with pytest.raises(ValueError, match=r"^The context key bedrock-models:wait_segment_seconds must be a whole"):
            assert ModelProvider.of(stack).service_token

    def test_more_waits_than_cloudformation_takes_are_refused(self) -> None:
        stack = cdk.Stack(cdk.App(context={"bedrock-models:wait_segment_seconds": 60}), "Models")
        said = "^timeout must be at most 30060 seconds with bedrock-models:wait_segment_seconds=60, got 30120"
        with pytest.raises(ValueError, match=said):
            wait(stack, 502)

    def test_no_wait_that_stays_changes_with_the_timeout(self) -> None:
        def waits(hours: int) -> tuple[dict[str, Any], dict[str, Any]]:
            stack = new_stack()
            wait(stack, hours * 60)
            last = resources(template_of(stack), WAIT)
            return {name: each["Properties"] for name, each in last.items()}, nested_template(stack)["Resources"]

        (short_last, short), (long_last, long) = waits(3), waits(30)
        assert short_last == long_last
        assert short == {name: each for name, each in long.items() if name in short}


class TestOrder:
    def test_the_last_wait_comes_after_all_others(self, stack: cdk.Stack) -> None:
        wait(stack, 24 * 60)
        template = template_of(stack)
        [ready] = resources(template, WAIT).values()
        assert ready["DependsOn"] == [*resources(template, NESTED)]

    def test_the_others_come_one_after_another(self, stack: cdk.Stack) -> None:
        wait(stack, 4 * 60)
        after = [each["Properties"]["After"] for each in nested_template(stack)["Resources"].values()]
        assert after == ["-", *({"Fn::GetAtt": [name, "Ended"]} for name in ("Wait01", "Wait02", "Wait03"))]

    def test_all_of_them_wait_for_the_same(self, stack: cdk.Stack) -> None:
        wait(stack, 4 * 60, expecting=["ServedModelArn"])
        template = template_of(stack)
        [ready], [nested] = resources(template, WAIT).values(), resources(template, NESTED).values()
        told = {name: ready["Properties"][name] for name in ("ServiceToken", "For", "Name", "ServedModelArn")}
        assert nested["Properties"]["Parameters"] == told
        for each in nested_template(stack)["Resources"].values():
            alike = {name: value for name, value in each["Properties"].items() if name != "After"}
            assert alike == {name: {"Ref": name} for name in told} | {"ServiceTimeout": 3600}

    def test_only_the_last_one_is_told_to_fail_with_the_work(self, stack: cdk.Stack) -> None:
        wait(stack, 4 * 60)
        [ready] = resources(template_of(stack), WAIT).values()
        assert ready["Properties"]["Last"] is True
        assert "Last" not in json.dumps(nested_template(stack))


class TestNestedStack:
    def test_models_that_wait_equally_long_share_one_template(self, stack: cdk.Stack) -> None:
        for number in range(3):
            wait(stack, 24 * 60, f"Model{number}")
        nested = resources(template_of(stack), NESTED).values()
        assert len(nested) == 3
        assert len({json.dumps(each["Properties"]["TemplateURL"]) for each in nested}) == 1

    def test_cloudformation_would_take_it(self, stack: cdk.Stack) -> None:
        wait(stack, 24 * 60, expecting=["ServedModelArn"])
        assert apps.findings(nested_template(stack)) == []

    def test_nothing_is_deleted_with_a_wait(self, stack: cdk.Stack) -> None:
        wait(stack, 24 * 60)
        waits = [*resources(template_of(stack), WAIT).values(), *nested_template(stack)["Resources"].values()]
        assert {(each["DeletionPolicy"], each["UpdateReplacePolicy"]) for each in waits} == {("Retain", "Retain")}

    @pytest.mark.parametrize("policies", [cdk.RemovalPolicies, cdk.MissingRemovalPolicies])
    def test_no_aspect_leaves_an_empty_stack_behind(self, stack: cdk.Stack, policies: Any) -> None:
        wait(stack, 24 * 60)
        policies.of(stack).retain()
        [nested] = resources(template_of(stack), NESTED).values()
        assert (nested["DeletionPolicy"], nested["UpdateReplacePolicy"]) == ("Delete", "Delete")

    def test_it_stands_in_a_nested_stack_of_the_users_too(self, stack: cdk.Stack) -> None:
        inner = cdk.NestedStack(stack, "Inner")
        wait(inner, 24 * 60)
        assembly = cdk.App.of(stack).synth()
        template = json.loads(Path(assembly.directory, inner.template_file).read_text(encoding="utf-8"))
        assert len(resources(template, NESTED)) == 1

    def test_forty_eight_jobs_of_a_day_leave_room_in_a_stack(self, stack: cdk.Stack) -> None:
        for number in range(48):
            wait(stack, 24 * 60, f"Model{number}")
        owners = waits = nested = 48
        provider = 14
        assert len(template_of(stack)["Resources"]) == owners + waits + nested + provider
