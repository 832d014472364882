"""CustomModel through CloudFormation: imported once, changed in place, replaced, rolled back, deleted."""

import aws_cdk as cdk
import pytest

from constructs_lib import CustomModel
from tests.e2e.stage import Stage, broken, failure

DESTROY, RETAIN = cdk.RemovalPolicy.DESTROY, cdk.RemovalPolicy.RETAIN


def test_a_model_is_imported_and_waited_for(stage: Stage) -> None:
    deployed = stage.deploy(lambda stack: stage.model(stack, tags={"team": "support"}))

    [model] = stage.models
    assert deployed.status == "CREATE_COMPLETE"
    assert deployed.outputs["ModelArn"] == model.arn
    assert (model.status, model.user_tags) == ("Active", {"team": "support"})


def test_tags_change_in_place(stage: Stage) -> None:
    first = stage.deploy(lambda stack: stage.model(stack, tags={"team": "support", "stage": "test"}))

    second = stage.deploy(lambda stack: stage.model(stack, tags={"team": "sales"}))

    assert (second.status, second.outputs) == ("UPDATE_COMPLETE", first.outputs)
    assert stage.models[0].user_tags == {"team": "sales"}
    assert len(stage.calls("CreateCustomModel")) == 1


@pytest.mark.parametrize(("policy", "left"), [(DESTROY, 1), (RETAIN, 2)])
def test_another_source_makes_another_model(stage: Stage, policy: cdk.RemovalPolicy, left: int) -> None:
    stage.deploy(lambda stack: stage.model(stack, removal_policy=policy))

    replaced = stage.deploy(lambda stack: stage.model(stack, uri=_narrower(stage), removal_policy=policy))

    assert replaced.status == "UPDATE_COMPLETE"
    assert len(stage.models) == left
    assert replaced.outputs["ModelArn"] == stage.models[-1].arn


def test_a_failed_import_fails_the_stack_in_bedrocks_words(stage: Stage) -> None:
    stage.script(fail="The manifest names no checkpoint.")

    deployed = stage.deploy(stage.model)

    assert deployed.status == "ROLLBACK_COMPLETE"
    assert "The manifest names no checkpoint." in failure(deployed)
    assert stage.models == []


def test_a_failed_import_is_tried_again_by_the_next_deployment(stage: Stage) -> None:
    stage.script(fail="The manifest names no checkpoint.", times=1)
    stage.deploy(stage.model)
    stage.delete()

    assert stage.deploy(stage.model).status == "CREATE_COMPLETE"
    assert [model.status for model in stage.models] == ["Active"]


def test_a_name_that_is_taken_is_refused_with_both_ways_out(stage: Stage) -> None:
    stage.deploy(lambda stack: stage.model(stack, custom_model_name=stage.id))

    deployed = stage.deploy(
        lambda stack: stage.model(stack, uri=_narrower(stage), custom_model_name=stage.id), name=f"{stage.id}Other"
    )

    assert deployed.status == "ROLLBACK_COMPLETE"
    assert "from_custom_model_arn" in failure(deployed)
    assert "custom_model_name" in failure(deployed)
    assert [model.status for model in stage.models] == ["Active"]
    assert len(stage.calls("CreateCustomModel")) == 1


@pytest.mark.parametrize(("policy", "left"), [(DESTROY, 0), (RETAIN, 1)])
def test_a_deleted_stack_leaves_what_its_policy_says(stage: Stage, policy: cdk.RemovalPolicy, left: int) -> None:
    stage.deploy(lambda stack: stage.model(stack, removal_policy=policy))

    assert stage.delete().status == "DELETE_COMPLETE"
    assert len(stage.models) == left


def test_a_rollback_keeps_the_model_and_the_next_deployment_adopts_it(stage: Stage) -> None:
    rolled_back = stage.deploy(lambda stack: broken(stack, after=stage.model(stack, removal_policy=DESTROY)))
    [kept] = stage.models
    stage.delete()

    deployed = stage.deploy(lambda stack: stage.model(stack, removal_policy=DESTROY))

    assert (rolled_back.status, deployed.status) == ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    assert deployed.outputs["ModelArn"] == kept.arn
    assert len(stage.calls("CreateCustomModel")) == 1
    stage.delete()
    assert stage.models == []


def test_an_update_that_is_rolled_back_goes_back_to_the_old_model(stage: Stage) -> None:
    first = stage.deploy(lambda stack: stage.model(stack, removal_policy=DESTROY))

    failed = stage.deploy(
        lambda stack: broken(stack, after=stage.model(stack, uri=_narrower(stage), removal_policy=DESTROY))
    )

    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert failed.outputs == first.outputs
    assert len(stage.models) == 2
    stage.delete()
    assert stage.models == []


def test_a_rollback_to_a_model_that_is_gone_still_completes(stage: Stage) -> None:
    stage.deploy(stage.model)
    stage.aws.client("bedrock").delete_custom_model(modelIdentifier=stage.models[0].arn)

    failed = stage.deploy(lambda stack: broken(stack, after=stage.model(stack, uri=_narrower(stage))))

    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(stage.calls("CreateCustomModel")) == 2


def test_a_model_in_a_nested_stack_survives_its_parents_rollback(stage: Stage) -> None:
    def nested(stack: cdk.Stack) -> CustomModel:
        return stage.model(cdk.NestedStack(stack, "Nested"), removal_policy=DESTROY)

    rolled_back = stage.deploy(lambda stack: broken(stack, after=nested(stack)))
    [kept] = stage.models
    stage.delete()
    deployed = stage.deploy(nested)

    assert (rolled_back.status, deployed.status) == ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    assert [model.arn for model in stage.models] == [kept.arn]
    stage.delete()
    assert stage.models == []


def _narrower(stage: Stage) -> str:
    """Another source with the same artefacts."""
    return f"{stage.escrow_uri}manifest"
