"""The end of stacks and constructs that trained: what runs is stopped, and nobody touches what is another's."""

import aws_cdk as cdk

from tests.e2e.stage import Stage, in_order

DESTROY = cdk.RemovalPolicy.DESTROY


def test_a_run_is_stopped_and_seen_to_be_stopped(stage: Stage) -> None:
    stage.script(durations={"job_training": 1e9, "job_stop": 2000})
    stage.deploy(lambda stack: stage.job(stack, wait=False))
    [running] = stage.runs

    deleted = stage.seen(stage.delete())

    assert running.status == "InProgress"
    assert deleted.status == "DELETE_COMPLETE"
    assert [run.status for run in deleted.runs] == ["Stopped"]
    assert stage.roles == []


def test_each_of_two_stacks_of_one_template_deletes_only_its_own(stage: Stage) -> None:
    template = stage.template(lambda stack: stage.job(stack, removal_policy=DESTROY))
    names = [f"{stage.id}{number}" for number in (1, 2)]
    first, second = (stage.start_template(template, name=name).result() for name in names)

    stage.delete(names[0])

    assert len(stage.runs) == 2
    assert [model.arn for model in stage.models] == [second.outputs["ModelArn"]] != [first.outputs["ModelArn"]]


def test_a_renamed_construct_trains_anew_unless_it_has_a_lock_id(stage: Stage) -> None:
    def build(stack: cdk.Stack, name: str) -> None:
        in_order(
            stage.job(stack, f"Free{name}", removal_policy=DESTROY),
            stage.job(stack, f"Locked{name}", removal_policy=DESTROY, lock_id=stage.id),
        )

    before = stage.seen(stage.deploy(lambda stack: build(stack, "Old")))
    after = stage.seen(stage.deploy(lambda stack: build(stack, "New")))
    deleted = stage.seen(stage.delete())

    assert (before.status, after.status) == ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert [len(after.runs_of(which)) for which in ("FreeOld", "FreeNew", "LockedOld", "LockedNew")] == [1, 1, 1, 0]
    assert after.arn("LockedNew") == before.arn("LockedOld")
    assert set(after.arns_of("")) == {after.arn("FreeNew"), after.arn("LockedNew")}
    assert deleted.models == []


def test_an_event_that_comes_after_its_own_delete_starts_nothing(stage: Stage) -> None:
    def build(stack: cdk.Stack, *names: str) -> None:
        in_order(*(stage.job(stack, which, removal_policy=DESTROY) for which in names))

    # Bedrock does not know the second one's role yet, so its Create goes through the waiter, which shows it to us.
    stage.fault("CreateModelCustomizationJob", "validation", after=1)
    stage.deploy(lambda stack: build(stack, "Stays", "Gone"))
    [create] = stage.waiting_events()
    stage.deploy(lambda stack: build(stack, "Stays"))

    stage.deliver(create)
    stage.hold("Other")
    updating = stage.start(lambda stack: build(stack, "Stays", "Other"))
    stage.until(lambda: len(stage.runs) == 3)
    stage.deliver(create)
    stage.finish("Other")

    done = stage.seen(updating.result())
    assert create["LogicalResourceId"].startswith(f"{stage.id}Gone")
    assert done.status == "UPDATE_COMPLETE"
    assert [len(done.runs_of(which)) for which in ("Stays", "Gone", "Other")] == [1, 1, 1]
    assert done.arns_of("Gone") == []
