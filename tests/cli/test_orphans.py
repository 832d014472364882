"""`bedrock-models orphans`: what counts as left behind, what it costs, and that nothing else is ever deleted."""

import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bedrock_models.bedrock import prices
from bedrock_models.bedrock.custom_model_units import Units
from bedrock_models.contract import KEPT_TAG, MODEL_CUSTOMIZATION_JOB_TYPE
from tests.cli.conftest import ROLE, Desk, tags_of
from tests.cli.fakes import stack_id

GONE, MODELS = stack_id("Gone"), stack_id("Models")
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}}]}
DEPLOYMENT_TYPE = "Custom::BedrockCustomModelDeployment"


def _orphans(desk: Desk) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(desk.run("orphans", "--json")[1])}


def _models(desk: Desk, status: str = "CREATE_COMPLETE", **resources: tuple[str, str, str]) -> None:
    desk.stacks.put("Models", status, resources)


def test_what_was_left_is_shown_with_reason_cost_and_way_to_go(desk: Desk, snapshot: SnapshotAssertion) -> None:
    kept = desk.trained("kept", tags=tags_of(GONE, "Kept", policy="retain"))
    desk.throughput(kept, tags=tags_of(GONE, "Bought"))
    _models(desk, "ROLLBACK_COMPLETE", Back=(MODEL_CUSTOMIZATION_JOB_TYPE, "running", "DELETE_COMPLETE"))
    desk.job("running", tags=tags_of(MODELS, "Back"))
    desk.iam.put("Gone-KeptServiceRole", TRUST, tags={KEPT_TAG: "Kept"})

    code, screen = desk.run("orphans")

    assert code == 0
    assert screen == snapshot


def test_what_a_stack_owns_is_no_orphan(desk: Desk) -> None:
    model = desk.trained("run", tags=tags_of(MODELS, "Job"))
    desk.deployment(model, tags=tags_of(MODELS, "Live"))
    _models(
        desk,
        Job=(MODEL_CUSTOMIZATION_JOB_TYPE, "run", "CREATE_COMPLETE"),
        Live=(DEPLOYMENT_TYPE, "live", "CREATE_COMPLETE"),
    )
    assert _orphans(desk) == {}


def test_a_model_of_an_earlier_training_is_an_orphan_of_a_stack_that_lives(desk: Desk) -> None:
    desk.trained("first", tags=tags_of(MODELS, "Job", policy="retain"))
    desk.trained("second", tags=tags_of(MODELS, "Job"))
    _models(desk, Job=(MODEL_CUSTOMIZATION_JOB_TYPE, "second", "UPDATE_COMPLETE"))
    assert {name: each["why"] for name, each in _orphans(desk).items()} == {
        "first-model": "stack Models has another one now"
    }


def test_nothing_is_an_orphan_while_its_stack_moves(desk: Desk) -> None:
    desk.trained("run", tags=tags_of(MODELS, "Job"))
    _models(desk, "UPDATE_IN_PROGRESS")
    assert _orphans(desk) == {}


def test_a_construct_that_was_removed_leaves_an_orphan(desk: Desk) -> None:
    desk.trained("run", tags=tags_of(MODELS, "Job"))
    _models(desk)
    assert _orphans(desk)["run-model"]["why"] == "stack Models has this resource no more"


def test_what_is_not_tagged_is_never_touched(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.trained("by-hand")
    assert _orphans(desk) == {}
    assert desk.run("orphans", "--delete", "by-hand-model", "--yes")[0] == 2
    assert "carries no tag of the constructs" in capsys.readouterr().err
    assert desk.api.get_custom_model(modelIdentifier="by-hand-model")["modelStatus"] == "Active"


def test_what_a_stack_owns_is_refused_by_name(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.trained("run", tags=tags_of(MODELS, "Job"))
    _models(desk, Job=(MODEL_CUSTOMIZATION_JOB_TYPE, "run", "CREATE_COMPLETE"))
    assert desk.run("orphans", "--delete", "run-model", "--yes")[0] == 2
    assert "'run-model' is no orphan: the stack Models owns it" in capsys.readouterr().err


def _names(desk: Desk) -> set[str]:
    return {model["modelName"] for model in desk.api.list_custom_models()["modelSummaries"]}


def test_delete_takes_what_nobody_meant_to_keep_and_asks_first(desk: Desk) -> None:
    desk.trained("kept", tags=tags_of(GONE, "Kept", policy="retain"))
    desk.trained("dropped", tags=tags_of(GONE, "Dropped"))
    desk.answers = ["1"]

    code, screen = desk.run("orphans", "--delete", terminal=True)

    assert code == 0
    assert "deleted  model dropped-model" in screen
    assert _names(desk) == {"kept-model"}


def test_another_answer_deletes_nothing(desk: Desk) -> None:
    desk.trained("dropped", tags=tags_of(GONE, "Dropped"))
    desk.answers = ["y"]
    assert "Nothing was deleted." in desk.run("orphans", "--delete", terminal=True)[1]
    assert _names(desk) == {"dropped-model"}


def test_without_a_person_deletion_takes_yes(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.trained("dropped", tags=tags_of(GONE, "Dropped"))
    assert desk.run("orphans", "--delete")[0] == 2
    assert "add --yes in scripts" in capsys.readouterr().err
    assert desk.run("orphans", "--delete", "--yes")[0] == 0
    assert _names(desk) == set()


def test_what_was_retained_goes_when_it_is_named(desk: Desk) -> None:
    desk.trained("kept", tags=tags_of(GONE, "Kept", policy="retain"))
    assert "goes only when it is named" in desk.run("orphans", "--delete", "--yes")[1]
    assert desk.run("orphans", "--delete", "kept-model", "--yes")[0] == 0
    assert _names(desk) == set()


def test_a_run_of_a_rollback_is_stopped_only_when_named(desk: Desk) -> None:
    desk.job("running", tags=tags_of(GONE, "Job"))
    desk.run("orphans", "--delete", "--yes")
    assert desk.api.get_model_customization_job(jobIdentifier="running")["status"] == "InProgress"
    assert "stopping  run running" in desk.run("orphans", "--delete", "running", "--yes")[1]
    assert desk.api.get_model_customization_job(jobIdentifier="running")["status"] == "Stopping"


def test_what_uses_a_model_goes_before_the_model(desk: Desk) -> None:
    model = desk.trained("dropped", tags=tags_of(GONE, "Dropped"))
    desk.deployment(model, tags=tags_of(GONE, "Live"))
    desk.wait(hours=1)
    code, screen = desk.run("orphans", "--delete", "--yes")
    assert code == 0
    assert screen.index("deleted  deployment live") < screen.index("deleted  model dropped-model")


def test_what_cannot_be_deleted_is_told_and_exits_1(desk: Desk) -> None:
    model = desk.trained("dropped", tags=tags_of(GONE, "Dropped"))
    desk.deployment(model, "by-hand")
    code, screen = desk.run("orphans", "--delete", "--yes")
    assert code == 1
    assert "FAILED   model dropped-model: DeleteCustomModel failed: " in screen
    assert "is in use by custom model deployment" in screen


def test_a_role_goes_with_its_policies_unless_a_run_needs_it(desk: Desk) -> None:
    desk.iam.put("trainer", TRUST, tags={KEPT_TAG: "Job"}, Default={})
    desk.iam.put("by-hand", TRUST)
    desk.job("running")
    assert desk.iam.roles["trainer"]["arn"] == ROLE
    assert _orphans(desk) == {}
    desk.wait(hours=5)
    assert _orphans(desk)["trainer"]["why"] == "no stack has it"
    desk.run("orphans", "--delete", "--yes")
    assert set(desk.iam.roles) == {"by-hand"}


@pytest.mark.parametrize(
    ("model", "region", "text"),
    [
        ("amazon.nova-2-lite-v1:0:256k", "us-east-1", "1.95 USD a month"),
        ("amazon.nova-2-lite-v1:0:256k", "eu-west-1", "storage a month: see pricing page"),
        ("meta.llama3-3-70b-instruct-v1:0", "us-east-1", "storage a month: see pricing page"),
    ],
)
def test_a_price_is_told_only_where_it_is_known(model: str, region: str, text: str) -> None:
    assert prices.storage(model, region) == text


def test_a_commitment_has_a_price_of_its_own() -> None:
    model = "amazon.nova-2-lite-v1:0"
    assert prices.throughput(model, "us-east-1", 2, committed=False) == "121.00 USD an hour, 88,330 USD a month"
    assert prices.throughput(model, "us-east-1", 2, committed=True) == "2 model units by the hour: see pricing page"


@pytest.mark.parametrize(
    "arguments",
    [["--delete", "kept-model", "--yes"], ["--delete", "--yes", "kept-model"], ["kept-model", "--delete", "--yes"]],
)
def test_a_name_may_stand_anywhere_among_the_options(desk: Desk, arguments: list[str]) -> None:
    desk.trained("kept", tags=tags_of(GONE, "Kept", policy="retain"))
    assert desk.run("orphans", *arguments)[0] == 0
    assert _orphans(desk) == {}


def test_names_without_delete_and_a_stack_show_only_these(desk: Desk) -> None:
    desk.trained("kept", tags=tags_of(GONE, "Kept"))
    desk.trained("other", tags=tags_of(stack_id("AlsoGone"), "Other"))
    for chosen in (["kept-model"], ["--stack", "Gone"]):
        assert [each["name"] for each in json.loads(desk.run("orphans", *chosen, "--json")[1])] == ["kept-model"]
    assert desk.run("orphans", "--stack", "Gone", "--delete", "--yes")[0] == 0
    assert list(_orphans(desk)) == ["other-model"]


IMPORTED_TYPE = "Custom::BedrockImportedModel"


def test_an_imported_model_is_an_orphan_when_its_stack_is_gone_and_goes_with_delete(desk: Desk) -> None:
    desk.imported("writer", tags=tags_of(GONE, "Writer"))

    found = _orphans(desk)["writer"]
    assert (found["kind"], found["why"]) == ("imported model", "stack Gone is deleted")
    assert found["cost"].startswith("2 custom model units: 3.90 USD a month of storage")

    assert desk.run("orphans", "--delete", "--yes")[0] == 0
    assert _orphans(desk) == {}
    assert desk.api.list_imported_models()["modelSummaries"] == []


@pytest.mark.parametrize(
    ("units", "region", "text"),
    [
        (Units(), "us-east-1", "storage a month, and each copy a minute while it is called: see pricing page"),
        (
            Units(per_copy=1, architecture="Qwen3ForCausalLM", version="v1.0"),
            "us-east-1",
            "1 custom model unit of storage a month, and of each copy a minute while it is called: see pricing page",
        ),
        (
            Units(per_copy=2, architecture="llama", version="v1.0"),
            "eu-central-1",
            "2 custom model units of storage a month, and of each copy a minute while it is called: see pricing page",
        ),
    ],
)
def test_of_an_imported_model_only_a_seen_price_is_a_number(units: Units, region: str, text: str) -> None:
    assert prices.imported_model(units, region) == text


def test_an_imported_model_that_a_stack_owns_by_its_job_is_no_orphan(desk: Desk) -> None:
    desk.imported("writer", tags=tags_of(MODELS, "Writer"))
    _models(desk, Writer=(IMPORTED_TYPE, "writer-job", "CREATE_COMPLETE"))
    assert _orphans(desk) == {}

    _models(desk, Writer=(IMPORTED_TYPE, "another-job", "UPDATE_COMPLETE"))
    assert _orphans(desk)["writer"]["why"] == "stack Models has another one now"
