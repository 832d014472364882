"""An update of stacks that train: what is changed in place, and what is another run."""

from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from constructs_lib import ModelCustomizationJob
from tests.e2e.stage import SEGMENT, Seen, Stage, failure, in_order

DESTROY, RETAIN = cdk.RemovalPolicy.DESTROY, cdk.RemovalPolicy.RETAIN
IN_PLACE = ("Tags", "Role", "Longer", "Shorter", "ByHand")


@dataclass(frozen=True)
class Updated:
    before: Seen
    after: Seen
    deleted: Seen


@pytest.fixture(scope="module")
def updated(new_stage: Callable[[str], Stage]) -> Updated:
    """Jobs in one stack, each of which is changed in another way; of one the model was deleted by hand before."""
    stage = new_stage("updated")

    def build(stack: cdk.Stack, *, again: bool) -> None:
        own = iam.Role(stack, "Own", assumed_by=ModelCustomizationJob.service_principal(stack))
        short, long = cdk.Duration.seconds(SEGMENT), cdk.Duration.seconds(3 * SEGMENT)
        in_order(
            stage.job(stack, "Tags", tags={"team": "sales"} if again else {"team": "support", "phase": "test"}),
            stage.job(stack, "Role", role=own if again else None),
            stage.job(stack, "Longer", timeout=long if again else short),
            stage.job(stack, "Shorter", timeout=short if again else long),
            stage.job(stack, "ByHand", tags={"again": str(again)}),
            stage.job(stack, "Gone", epochs=3 if again else 2, removal_policy=DESTROY),
            stage.job(stack, "Kept", epochs=3 if again else 2, removal_policy=RETAIN),
        )

    before = stage.seen(stage.deploy(lambda stack: build(stack, again=False)))
    stage.aws.client("bedrock").delete_custom_model(modelIdentifier=before.arn("ByHand"))
    after = stage.seen(stage.deploy(lambda stack: build(stack, again=True)))
    return Updated(before, after, stage.seen(stage.delete()))


@pytest.mark.parametrize("which", IN_PLACE)
def test_what_changes_in_place_trains_nothing(updated: Updated, which: str) -> None:
    assert (updated.before.status, updated.after.status) == ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    [run] = updated.after.runs_of(which)
    assert updated.after.arn(which) == updated.before.arn(which) == run.description["outputModelArn"]


def test_tags_change_on_the_job_and_on_its_model(updated: Updated) -> None:
    [run] = updated.after.runs_of("Tags")
    [model] = [model for model in updated.after.models if model.arn == updated.after.arn("Tags")]
    assert run.user_tags == model.user_tags == {"team": "sales"}


@pytest.mark.parametrize("which", ["Longer", "Shorter"])
def test_another_timeout_touches_no_segment_that_stays(updated: Updated, which: str) -> None:
    events = updated.after.deployment.events
    assert [event for event in events if f"{which}Ready" in event["LogicalResourceId"]] == []
    assert any(f"{which}Waits" in event["LogicalResourceId"] for event in events)


@pytest.mark.parametrize(("which", "left"), [("Gone", 1), ("Kept", 2)])
def test_other_inputs_are_another_run_and_the_old_model_goes_by_its_policy(
    updated: Updated, which: str, left: int
) -> None:
    assert [run.status for run in updated.after.runs_of(which)] == ["Completed", "Completed"]
    assert len(updated.after.arns_of(which)) == left
    assert updated.after.arn(which) == updated.after.arns_of(which)[-1] != updated.before.arn(which)


def test_a_deleted_stack_takes_only_what_is_not_retained(updated: Updated) -> None:
    assert updated.deleted.status == "DELETE_COMPLETE"
    assert len(updated.deleted.runs) == 9
    assert updated.deleted.arns_of("Gone") == []
    assert len(updated.deleted.arns_of("Kept")) == 2


def test_a_paid_run_is_refused_under_protection_and_the_old_one_stays(stage: Stage) -> None:
    def build(stack: cdk.Stack, epochs: int) -> None:
        # Other tests trained the same inputs, and protection looks at the whole account.
        stage.job(stack, epochs=epochs, revision=stage.id, retrain_protection=True)

    first = stage.deploy(lambda stack: build(stack, 2))
    refused = stage.deploy(lambda stack: build(stack, 3))

    assert refused.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "retrain_protection: a change of hyperParameters would start a paid training run" in failure(refused)
    assert refused.outputs == first.outputs
    assert len(stage.runs) == 1


def test_inputs_that_failed_twice_are_not_trained_a_third_time(stage: Stage) -> None:
    stage.deploy(stage.job)
    stage.script(fail="Unable to parse Amazon S3 file: train.jsonl.")

    updates = [stage.deploy(lambda stack: stage.job(stack, epochs=3)) for _ in range(3)]

    assert {update.status for update in updates} == {"UPDATE_ROLLBACK_COMPLETE"}
    assert [run.status for run in stage.runs] == ["Completed", "Failed", "Failed"]
    last = failure(updates[-1])
    assert all(words in last for words in ("max_attempts is 2", "Unable to parse Amazon S3 file", "revision"))
