"""The provider under hard conditions: an event delivered again and again, a function that is broken."""

from concurrent.futures import ThreadPoolExecutor

import aws_cdk as cdk

from tests.e2e.stage import Stage, failure


def test_a_create_that_is_delivered_four_times_at_once_starts_one_run(stage: Stage) -> None:
    stage.fault("CreateModelCustomizationJob", "validation", times=10_000)
    deploying = stage.start(stage.job)
    [create] = stage.until(stage.waiting_events)
    stage.faults_over()

    with ThreadPoolExecutor() as threads:
        list(threads.map(stage.deliver, [create] * 4))

    assert deploying.result().status == "CREATE_COMPLETE"
    assert len(stage.runs) == 1


def test_a_broken_poll_function_ends_in_an_answer(stage: Stage) -> None:
    def build(stack: cdk.Stack, *names: str) -> None:
        for which in names:
            stage.job(stack, which)

    stage.deploy(lambda stack: build(stack, "First"))
    [poll] = [name for name in stage.functions() if "Poll" in name]
    # It takes one argument where Lambda gives two.
    stage.aws.client("lambda").update_function_configuration(FunctionName=poll, Handler="json.dumps")
    stage.hold("Second")

    failed = stage.deploy(lambda stack: build(stack, "First", "Second"))

    assert failed.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "The provider's function failed again and again" in failure(failed)
    assert [run.status for run in stage.runs] == ["Completed", "InProgress"]
