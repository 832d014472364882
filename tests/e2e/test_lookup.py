"""A model that another stack makes is found, served, trained further, swapped, and swapped back by a rollback."""

from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
import pytest

from constructs_lib import CustomModel, CustomModelDeployment
from tests.e2e.caller import Caller
from tests.e2e.stage import Stage, broken, failure
from tests.support.cloudformation import Deployment

DESTROY = cdk.RemovalPolicy.DESTROY
MAKERS = "Makers"
SECONDS = cdk.Duration.seconds(20)


@dataclass(frozen=True)
class LookedUp:
    """Two models that were made one after the other, and the stack that looks for the newest."""

    models: list[str]
    first: Deployment
    unasked: Deployment
    failed: Deployment
    swapped: Deployment
    deleted: Deployment
    left: list[str]
    caller: Caller


@pytest.fixture(scope="module")
def looked_up(new_stage: Callable[[str], Stage]) -> LookedUp:
    stage = new_stage("looked-up")

    def makers(stack: cdk.Stack, *names: str) -> None:
        for name in names:
            stage.model(stack, name, custom_model_name=f"{stage.id}-{name}", removal_policy=DESTROY)

    def users(stack: cdk.Stack, *, refresh: str, team: str = "ml", fails: bool = False) -> None:
        model = CustomModel.from_newest(stack, "Found", name_contains=stage.id, refresh=refresh)
        deployment = CustomModelDeployment(
            stack, f"{stage.id}Live", custom_model=model, timeout=SECONDS, tags={"team": team}
        )
        cdk.CfnOutput(stack, "DeploymentArn", value=deployment.custom_model_deployment_arn)
        cdk.CfnOutput(stack, "ModelArn", value=model.custom_model_arn)
        if fails:
            broken(stack, after=[deployment])

    name = f"{stage.id}{MAKERS}"
    made = stage.deploy(lambda stack: makers(stack, "one"), name=name)
    first = stage.deploy(lambda stack: users(stack, refresh="1"))
    with Caller(stage.aws, first.outputs["DeploymentArn"]) as caller:
        both = stage.deploy(lambda stack: makers(stack, "one", "two"), name=name)
        unasked = stage.deploy(lambda stack: users(stack, refresh="1", team="other"))
        failed = stage.deploy(lambda stack: users(stack, refresh="2", fails=True))
        swapped = stage.deploy(lambda stack: users(stack, refresh="3"))
    models = [made.outputs["ModelArnone"], both.outputs["ModelArntwo"]]
    deleted = stage.delete()
    left = [each.arn for each in stage.models]
    stage.delete(name)
    return LookedUp(models, first, unasked, failed, swapped, deleted, left, caller)


def test_the_newest_is_served(looked_up: LookedUp) -> None:
    assert looked_up.first.status == "CREATE_COMPLETE", failure(looked_up.first)
    assert looked_up.first.outputs["ModelArn"] == looked_up.models[0]


def test_a_deployment_that_does_not_ask_again_keeps_it(looked_up: LookedUp) -> None:
    assert looked_up.unasked.status == "UPDATE_COMPLETE", failure(looked_up.unasked)
    assert looked_up.unasked.outputs["ModelArn"] == looked_up.models[0]


def test_callers_are_answered_by_the_old_model_again_when_an_update_is_rolled_back(looked_up: LookedUp) -> None:
    assert looked_up.failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert looked_up.swapped.status == "UPDATE_COMPLETE", failure(looked_up.swapped)
    one, two = looked_up.models
    assert looked_up.caller.models == [one, two, one, two]
    assert looked_up.caller.failures == []


def test_the_stack_that_looked_deletes_no_model(looked_up: LookedUp) -> None:
    assert looked_up.deleted.status == "DELETE_COMPLETE"
    assert sorted(looked_up.left) == sorted(looked_up.models)


def test_a_found_model_is_trained_further(stage: Stage) -> None:
    def build(stack: cdk.Stack) -> None:
        model = CustomModel.from_custom_model_name(stack, "Found", f"{stage.id}-base")
        stage.job(stack, "Further", base_model=model, removal_policy=DESTROY)

    makers = f"{stage.id}{MAKERS}"
    # An imported model is no base model to the API: its pattern takes only ARNs of models that were trained.
    made = stage.deploy(
        lambda stack: stage.job(stack, custom_model_name=f"{stage.id}-base", removal_policy=DESTROY), name=makers
    )
    trained = stage.deploy(build)
    assert trained.status == "CREATE_COMPLETE", failure(trained)
    assert stage.calls("CreateModelCustomizationJob")[-1]["params"]["baseModelIdentifier"] == made.outputs["ModelArn"]
    assert [stage.delete(name).status for name in ("", makers)] == ["DELETE_COMPLETE"] * 2


def test_a_stack_that_finds_nothing_says_what_there_is(stage: Stage) -> None:
    makers = f"{stage.id}{MAKERS}"
    stage.deploy(
        lambda stack: stage.model(stack, custom_model_name=f"{stage.id}-assistant", removal_policy=DESTROY), name=makers
    )
    done = stage.deploy(lambda stack: CustomModel.from_custom_model_name(stack, "Found", f"{stage.id}-asistant"))
    assert done.status == "ROLLBACK_COMPLETE"
    assert f"{stage.id}-assistant (Active)" in failure(done)
    assert [stage.delete(name).status for name in ("", makers)] == ["DELETE_COMPLETE"] * 2
