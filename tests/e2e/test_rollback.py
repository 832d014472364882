"""Rollbacks: nothing that was paid for is lost, nothing is repeated, nothing goes on unseen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import aws_cdk as cdk
import pytest
from constructs import Construct

from constructs_lib import RollbackBehavior
from tests.e2e.stage import Seen, Stage, broken, failure, in_order
from tests.support.cloudformation import wait

DESTROY = cdk.RemovalPolicy.DESTROY
NewStage = Callable[[str], Stage]


@dataclass(frozen=True)
class RolledBack:
    """`imports` and `runs` count all that were ever started."""

    failed: Seen
    deployed: Seen
    deleted: Seen
    imports: int

    @property
    def runs(self) -> int:
        return len(self.deleted.runs)


@pytest.fixture(scope="module")
def first_create(new_stage: NewStage) -> RolledBack:
    """A first create that a later resource fails, the same again without that, and the end of it all."""
    stage = new_stage("first-create")

    def build(stack: cdk.Stack) -> Iterable[Construct]:
        nested = cdk.NestedStack(stack, "Nested")
        return [*both(stack, "Root"), *both(nested, "Inner")]

    def both(scope: Construct, where: str) -> Iterable[Construct]:
        return in_order(
            stage.job(scope, f"{where}Job", removal_policy=DESTROY),
            stage.model(scope, f"{where}Model", removal_policy=DESTROY),
        )

    failed = stage.seen(stage.deploy(lambda stack: broken(stack, after=build(stack))))
    stage.delete()
    deployed = stage.seen(stage.deploy(build))
    return RolledBack(failed, deployed, stage.seen(stage.delete()), stage.imports)


@pytest.mark.parametrize("which", ["RootJob", "InnerJob", "RootModel", "InnerModel"])
def test_what_a_failed_first_create_made_is_adopted_by_the_next(first_create: RolledBack, which: str) -> None:
    assert (first_create.failed.status, first_create.deployed.status) == ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    assert first_create.failed.arns_of(which) == first_create.deployed.arns_of(which) != []


def test_a_failed_first_create_and_the_next_train_and_import_once(first_create: RolledBack) -> None:
    assert (first_create.runs, first_create.imports) == (2, 2)


def test_what_was_adopted_goes_with_its_new_stack(first_create: RolledBack) -> None:
    assert first_create.deleted.status == "DELETE_COMPLETE"
    assert first_create.deleted.models == []


@pytest.fixture(scope="module")
def update(new_stage: NewStage) -> RolledBack:
    """An update that a later resource fails, while old models were deleted by hand, and the same without that."""
    stage = new_stage("update")

    def build(stack: cdk.Stack, *, again: bool) -> Iterable[Construct]:
        uri = f"{stage.escrow_uri}manifest" if again else stage.escrow_uri
        epochs = 3 if again else 2
        return in_order(
            stage.job(stack, "ThereJob", epochs=epochs, removal_policy=DESTROY),
            stage.job(stack, "LostJob", epochs=epochs, removal_policy=DESTROY),
            stage.model(stack, "ThereModel", uri=uri, removal_policy=DESTROY),
            stage.model(stack, "LostModel", uri=uri, removal_policy=DESTROY),
        )

    first = stage.seen(stage.deploy(lambda stack: build(stack, again=False)))
    for which in ("LostJob", "LostModel"):
        stage.aws.client("bedrock").delete_custom_model(modelIdentifier=first.arn(which))
    failed = stage.seen(stage.deploy(lambda stack: broken(stack, after=build(stack, again=True))))
    deployed = stage.seen(stage.deploy(lambda stack: build(stack, again=True)))
    return RolledBack(failed, deployed, stage.seen(stage.delete()), stage.imports)


@pytest.mark.parametrize("which", ["ThereJob", "ThereModel"])
def test_an_update_that_is_rolled_back_keeps_both_models(update: RolledBack, which: str) -> None:
    assert update.failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert update.failed.arns_of(which) == [update.failed.arn(which), update.deployed.arn(which)]


@pytest.mark.parametrize("which", ["LostJob", "LostModel"])
def test_a_rollback_to_a_model_that_is_gone_still_completes(update: RolledBack, which: str) -> None:
    assert update.failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert update.failed.arns_of(which) == [update.deployed.arn(which)]


def test_the_same_update_again_adopts_what_the_first_one_made(update: RolledBack) -> None:
    assert update.deployed.status == "UPDATE_COMPLETE"
    assert (update.runs, update.imports) == (4, 4)


def test_what_rollbacks_kept_goes_with_the_stack(update: RolledBack) -> None:
    assert update.deleted.models == []


def test_a_cancelled_create_is_found_by_its_inputs(stage: Stage) -> None:
    """Its answer was lost: CloudFormation makes an id up for the Delete."""

    def build(stack: cdk.Stack) -> None:
        first = stage.job(stack, "First")
        late = stage.job(stack, "Late", rollback_behavior=RollbackBehavior.STOP_RUNNING)
        late.node.find_child("Resource").node.add_dependency(first.node.find_child("Resource"))
        broken(stack, after=[first])

    stage.hold()
    stage.fault("CreateModelCustomizationJob", "lost_after_effect", after=1, times=3)
    stage.fault("ListTagsForResource", "internal_error", times=10_000)
    deploying = stage.start(build)
    stage.until(lambda: len(stage.runs) == 2)
    stage.finish("First")
    stage.until_status("Late", "DELETE_IN_PROGRESS")
    stage.faults_over()

    deployed = stage.seen(deploying.result())

    [invented] = {
        event["PhysicalResourceId"]
        for event in deployed.deployment.events
        if event["ResourceStatus"] == "DELETE_COMPLETE"
        and event["LogicalResourceId"].startswith(f"{stage.id}Late")
        and event["ResourceType"] == "Custom::BedrockModelCustomizationJob"
    }
    assert deployed.status == "ROLLBACK_COMPLETE"
    assert "Resource creation cancelled" in failure(deployed.deployment)
    assert invented.startswith(f"{stage.id}-{stage.id}Late")
    assert [run.status for run in deployed.runs] == ["Completed", "Stopped"]


def test_a_rollback_after_no_rollback_leaves_the_run_its_role_and_the_next_attaches(
    stage: Stage,
) -> None:
    stage.hold()

    def build(stack: cdk.Stack) -> Iterable[Construct]:
        return [stage.job(stack, timeout=cdk.Duration.hours(8), removal_policy=DESTROY)]

    def failing(stack: cdk.Stack) -> Iterable[Construct]:
        made = [job.node.find_child("Resource") for job in build(stack)]
        broken(stack, after=made)
        return []

    assert stage.start(failing, segment=None, disable_rollback=True).result().status == "CREATE_FAILED"
    [run] = stage.runs
    role = run.description["roleArn"].rsplit("/", 1)[1]
    # What `cdk rollback`, and `cdk deploy` over such a stack, ask for.
    stage.aws.client("cloudformation").rollback_stack(StackName=stage.id, RetainExceptOnCreate=True)
    rolled_back = wait(stage.aws, stage.id)
    assert rolled_back.status == "ROLLBACK_FAILED"
    assert "is still in progress and is kept" in failure(rolled_back)
    assert role in stage.roles
    # The CLI deletes a stack whose creation failed, then makes it anew.
    assert stage.delete().status == "DELETE_COMPLETE"
    assert role in stage.roles
    stage.finish()
    assert stage.deploy(build).status == "CREATE_COMPLETE"
    assert [(each.name, each.status) for each in stage.runs] == [(run.name, "Completed")]
    stage.delete()
    assert stage.roles == []


def test_a_failed_creation_that_is_deleted_at_once_keeps_what_was_trained(stage: Stage) -> None:
    def build(stack: cdk.Stack) -> Iterable[Construct]:
        return in_order(stage.job(stack, removal_policy=DESTROY))

    failed = stage.start(lambda stack: broken(stack, after=build(stack)), on_failure="DELETE").result()
    assert failed.status == "DELETE_COMPLETE"
    [run] = stage.runs
    assert [model.arn for model in stage.models] == [run.description["outputModelArn"]]
    assert stage.deploy(build).status == "CREATE_COMPLETE"
    assert len(stage.runs) == 1
