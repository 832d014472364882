"""CustomModel through CloudFormation: imported once, changed in place, replaced, refused, deleted."""

from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
import pytest

from tests.e2e.stage import Seen, Stage, failure, in_order

DESTROY, RETAIN = cdk.RemovalPolicy.DESTROY, cdk.RemovalPolicy.RETAIN
NewStage = Callable[[str], Stage]


@dataclass(frozen=True)
class Changed:
    imported: Seen
    changed: Seen
    deleted: Seen
    started: int


@pytest.fixture(scope="module")
def three(new_stage: NewStage) -> Changed:
    """Three models: of one the tags change, of two the source."""
    stage = new_stage("three")

    def build(stack: cdk.Stack, uri: str, tags: dict[str, str]) -> None:
        in_order(
            stage.model(stack, "Tags", tags=tags, removal_policy=DESTROY),
            stage.model(stack, "Gone", uri=uri, removal_policy=DESTROY),
            stage.model(stack, "Kept", uri=uri, removal_policy=RETAIN),
        )

    imported = stage.seen(stage.deploy(lambda stack: build(stack, "", {"team": "support", "phase": "test"})))
    changed = stage.seen(stage.deploy(lambda stack: build(stack, narrower(stage), {"team": "sales"})))
    return Changed(imported, changed, stage.seen(stage.delete()), stage.imports)


def test_models_are_imported_and_waited_for(three: Changed) -> None:
    assert three.imported.status == "CREATE_COMPLETE"
    assert {model.status for model in three.imported.models} == {"Active"}
    for which in ("Tags", "Gone", "Kept"):
        assert three.imported.arns_of(which) == [three.imported.arn(which)]


def test_tags_change_in_place(three: Changed) -> None:
    [before], [after] = ([m for m in seen.models if "Tags" in m.name] for seen in (three.imported, three.changed))

    assert three.changed.status == "UPDATE_COMPLETE"
    assert (before.user_tags, after.user_tags) == ({"team": "support", "phase": "test"}, {"team": "sales"})
    assert before.arn == after.arn == three.changed.arn("Tags")


def test_another_source_makes_another_model_and_the_old_one_goes(three: Changed) -> None:
    assert three.changed.arns_of("Gone") == [three.changed.arn("Gone")]
    assert three.changed.arn("Gone") != three.imported.arn("Gone")


def test_a_replaced_model_is_retained_by_its_policy(three: Changed) -> None:
    assert three.changed.arns_of("Kept") == [three.imported.arn("Kept"), three.changed.arn("Kept")]
    assert three.started == 5


def test_a_deleted_stack_leaves_what_is_to_be_retained(three: Changed) -> None:
    assert three.deleted.status == "DELETE_COMPLETE"
    assert [len(three.deleted.arns_of(which)) for which in ("Tags", "Gone", "Kept")] == [0, 0, 2]


def test_a_failed_import_fails_the_stack_in_bedrocks_words_and_may_be_tried_again(stage: Stage) -> None:
    stage.script(fail="The manifest names no checkpoint.", times=1)

    failed = stage.deploy(stage.model)

    assert failed.status == "ROLLBACK_COMPLETE"
    assert "The manifest names no checkpoint." in failure(failed)
    assert stage.models == []
    stage.delete()
    assert stage.deploy(stage.model).status == "CREATE_COMPLETE"
    assert [model.status for model in stage.models] == ["Active"]


def test_a_name_that_is_taken_is_refused_with_both_ways_out(stage: Stage) -> None:
    def build(stack: cdk.Stack, *names: str) -> None:
        for which in names:
            stage.model(stack, which, uri=stage.escrow_uri + which, custom_model_name=stage.id)

    stage.deploy(lambda stack: build(stack, ""))
    refused = stage.deploy(lambda stack: build(stack, "", "manifest"))

    assert refused.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "from_custom_model_arn" in failure(refused)
    assert "custom_model_name" in failure(refused)
    assert stage.imports == len(stage.models) == 1


def narrower(stage: Stage) -> str:
    """Another source, with the same artifacts."""
    return f"{stage.escrow_uri}manifest"
