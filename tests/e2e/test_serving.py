"""Models at work: callers keep their ARN and are always answered, whatever happens to the model behind."""

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ssm as ssm

from constructs_lib import CustomModelDeployment, ICustomModel
from tests.e2e.caller import Caller
from tests.e2e.several_stacks import NewStack, Templates, templates
from tests.e2e.stage import Stage, broken
from tests.support.cloudformation import Deployment

DESTROY = cdk.RemovalPolicy.DESTROY
DEPLOYMENT = "custom model deployment"
SECONDS = cdk.Duration.seconds(20)


def deployed(stage: Stage, scope: cdk.Stack, model: ICustomModel, which: str = "Live") -> CustomModelDeployment:
    deployment = CustomModelDeployment(scope, f"{stage.id}{which}", custom_model=model, timeout=SECONDS)
    cdk.CfnOutput(scope, "DeploymentArn", value=deployment.custom_model_deployment_arn)
    return deployment


def deployments(stage: Stage) -> list[str]:
    found = stage.aws.bedrock("resources")["resources"]
    return [each["arn"] for each in found if each["kind"] == DEPLOYMENT and stage.id in each["name"]]


@dataclass(frozen=True)
class Retrained:
    """A model that is trained, trained anew, and once more in an update that fails; then its stack is deleted."""

    stage: Stage
    first: Deployment
    second: Deployment
    failed: Deployment
    deleted: Deployment
    caller: Caller
    models: list[list[str]]


@pytest.fixture(scope="module")
def retrained(new_stage: Callable[[str], Stage]) -> Retrained:
    stage = new_stage("retrained")

    def build(stack: cdk.Stack, epochs: int, *, fails: bool = False) -> None:
        job = stage.job(stack, epochs=epochs, removal_policy=DESTROY)
        deployment = deployed(stage, stack, job.custom_model)
        if fails:
            broken(stack, after=[deployment])

    models: list[list[str]] = []

    def deploy(epochs: int, *, fails: bool = False) -> Deployment:
        done = stage.deploy(lambda stack: build(stack, epochs, fails=fails))
        models.append([model.arn for model in stage.models])
        return done

    first = deploy(2)
    with Caller(stage.aws, first.outputs["DeploymentArn"]) as caller:
        second = deploy(3)
        failed = deploy(4, fails=True)
    return Retrained(stage, first, second, failed, stage.delete(), caller, models)


def test_a_caller_is_always_answered_by_the_old_model_and_then_by_the_new_one(retrained: Retrained) -> None:
    assert (retrained.first.status, retrained.second.status) == ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert retrained.first.outputs["DeploymentArn"] == retrained.second.outputs["DeploymentArn"]
    assert retrained.caller.failures == []
    assert retrained.caller.models[:2] == [each.outputs["ModelArn"] for each in (retrained.first, retrained.second)]


def test_the_old_model_goes_when_the_new_one_serves(retrained: Retrained) -> None:
    assert retrained.models[1] == [retrained.second.outputs["ModelArn"]]
    stage = retrained.stage
    order = [
        event["LogicalResourceId"].removeprefix(stage.id)[:5] + " " + event["ResourceStatus"]
        for event in retrained.second.events
        if event["ResourceType"].startswith("Custom::Bedrock")
    ]
    trained, swaps = order.index("Ready UPDATE_COMPLETE"), order.index("LiveR UPDATE_COMPLETE")
    assert trained < swaps < next(number for number, text in enumerate(order) if text.endswith("DELETE_IN_PROGRESS"))


def test_a_rollback_swaps_back_and_keeps_what_was_paid_for(retrained: Retrained) -> None:
    assert retrained.failed.status == "UPDATE_ROLLBACK_COMPLETE"
    old, paid_for = retrained.models[2]
    assert old == retrained.second.outputs["ModelArn"]
    assert retrained.caller.models[1:] == [old, paid_for, old]


def test_a_deleted_stack_leaves_nothing(retrained: Retrained) -> None:
    stage = retrained.stage
    assert retrained.deleted.status == "DELETE_COMPLETE"
    assert (stage.models, deployments(stage), stage.functions()) == ([], [], [])


STRONG, WEAK = "Strong", "Weak"


@dataclass(frozen=True)
class Across:
    """A model that is trained anew while one stack holds the deployment's ARN and another the model's."""

    stage: Stage
    before: Templates
    after: Templates
    first: Mapping[str, Deployment]
    second: Mapping[str, Deployment]
    callers: Mapping[str, Caller]
    between: list[str]
    deleted: list[str]

    @property
    def models(self) -> list[str]:
        """The old one and the new one."""
        return [each[""].outputs["ModelArn"] for each in (self.first, self.second)]


@pytest.fixture(scope="module")
def across(new_stage: Callable[[str], Stage], tmp_path_factory: pytest.TempPathFactory) -> Across:
    stage = new_stage("across")

    def build(epochs: int, new_stack: NewStack) -> None:
        producer, strong, weak = (new_stack(name) for name in ("", STRONG, WEAK))
        model = stage.job(producer, epochs=epochs, removal_policy=DESTROY).custom_model
        deployment = deployed(stage, producer, model)
        held = cdk.Token.as_string(producer.export_value(deployment.custom_model_deployment_arn))
        ssm.StringParameter(strong, "Held", parameter_name=f"/{stage.id}/held", string_value=held)
        deployed(stage, weak, model, WEAK)

    def deploy(made: Templates, *names: str) -> dict[str, Deployment]:
        under_way = {name: stage.start_template(made[name], name=f"{stage.id}{name}") for name in names}
        return {name: deploying.result() for name, deploying in under_way.items()}

    before, after = (
        templates(stage, tmp_path_factory.mktemp("cdk.out"), functools.partial(build, epochs)) for epochs in (2, 3)
    )
    first = deploy(before, "") | deploy(before, STRONG, WEAK)
    arns = {name: first[name].outputs["DeploymentArn"] for name in ("", WEAK)}
    with Caller(stage.aws, arns[""]) as own, Caller(stage.aws, arns[WEAK]) as weak:
        second = deploy(after, "")
        between = [weak.answered_by[-1], *(model.arn for model in stage.models)]
        second |= deploy(after, WEAK)
    deleted = [stage.delete(f"{stage.id}{name}").status for name in (WEAK, STRONG, "")]
    return Across(stage, before, after, first, second, {"": own, WEAK: weak}, between, deleted)


def test_a_model_is_trained_anew_while_other_stacks_use_it(across: Across) -> None:
    assert {done.status for done in across.first.values()} == {"CREATE_COMPLETE"}
    assert {done.status for done in across.second.values()} == {"UPDATE_COMPLETE"}
    assert [caller.failures for caller in across.callers.values()] == [[], []]


def test_who_holds_the_deployment_has_nothing_to_do(across: Across) -> None:
    assert "Fn::ImportValue" in json.dumps(across.before[STRONG])
    assert across.before[STRONG] == across.after[STRONG]
    assert across.callers[""].models == across.models


def test_who_holds_the_model_is_served_the_old_one_until_deployed_too(across: Across) -> None:
    assert "Fn::GetStackOutput" in json.dumps(across.before[WEAK])
    assert across.before[WEAK] != across.after[WEAK]
    old, new = across.models
    # In use it could not be deleted, though it was to be.
    assert across.between == [old, old, new]
    assert across.callers[WEAK].models == [old, new]


def test_what_could_not_be_deleted_then_goes_with_its_stack(across: Across) -> None:
    assert across.deleted == ["DELETE_COMPLETE"] * 3
    assert (across.stage.models, deployments(across.stage)) == ([], [])
