"""`bedrock-models list`: what stands in the table, what the filters leave, how errors read."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from syrupy.assertion import SnapshotAssertion

from local.bedrock import Fault
from local.bedrock.settings import Quotas
from tests.cli.conftest import NOVA, Desk, tags_of
from tests.cli.fakes import stack_id

STACK = stack_id("Models")


@pytest.fixture
def filled(desk: Desk) -> Desk:
    model = desk.trained("Support-0123456789-00112233445566778899", tags=tags_of(STACK, "Support"))
    desk.wait(days=3)
    desk.deployment(model, tags=tags_of(STACK, "Live"))
    desk.throughput(NOVA)
    desk.job("by-hand")
    desk.wait(minutes=90)
    return desk


def test_everything_is_shown_with_status_age_and_stack(filled: Desk, snapshot: SnapshotAssertion) -> None:
    code, screen = filled.run("list")
    assert code == 0
    assert screen == snapshot


def test_a_terminal_gets_the_same_columns(filled: Desk, snapshot: SnapshotAssertion) -> None:
    assert filled.run("list", "jobs", terminal=True)[1] == snapshot


NESTED = "Models-SupportNestedStackSupportNestedStackResource1A2B3C4D-1QAZ2WSX3EDC"


@pytest.fixture
def nested(desk: Desk) -> Desk:
    """A model of a nested stack, whose name CloudFormation has made from that of its root."""
    desk.stacks.put("Models", "CREATE_COMPLETE", {})
    inner = desk.stacks.put(NESTED, "CREATE_COMPLETE", {}, root=STACK)
    desk.trained("Support-0123456789-00112233445566778899", tags=tags_of(inner, "Support"))
    return desk


@pytest.mark.parametrize("width", [80, 140])
def test_a_terminal_shows_names_whole_and_every_fact_at_any_width(
    nested: Desk, snapshot: SnapshotAssertion, width: int
) -> None:
    screen = nested.run("list", terminal=True, width=width)[1]
    assert all(len(line.rstrip()) <= width for line in screen.splitlines())
    assert screen == snapshot


def test_a_pipe_gets_one_line_for_each_resource_however_narrow_it_is(nested: Desk) -> None:
    screen = nested.run("list", "models", width=20)[1]
    assert [line.split() for line in screen.splitlines()[2:]] == [
        ["Support-0123456789-00112233445566778899-model", "Active", NOVA, "60m", "Models"]
    ]


def test_a_stack_filters_by_the_name_of_its_root_and_by_its_own(nested: Desk) -> None:
    for name in ("Models", NESTED):
        [found] = json.loads(nested.run("list", "models", "--json", "--stack", name)[1])
        assert (found["stack"], found["stackId"]) == ("Models", stack_id(NESTED))


def test_who_may_not_ask_for_the_root_sees_the_nested_name(desk: Desk) -> None:
    desk.trained(tags=tags_of(stack_id(NESTED), "Support"))
    assert NESTED in desk.run("list", "models")[1]


def test_json_has_arns_and_tags(filled: Desk) -> None:
    [found] = json.loads(filled.run("list", "models", "--json")[1])
    assert found["stack"] == "Models"
    assert found["baseModel"] == NOVA
    assert found["tags"]["team"] == "support"
    assert found["arn"].startswith("arn:aws:bedrock:us-east-1:123456789012:custom-model/")


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["--status", "Completed"], ["Support-0123456789-00112233445566778899"]),
        (["--name-contains", "hand"], ["by-hand"]),
        (["--created-after", "1d"], ["by-hand"]),
        (["--created-before", "2026-01-02"], ["Support-0123456789-00112233445566778899"]),
        (["--stack", "Models"], ["Support-0123456789-00112233445566778899"]),
        (["--base-model", "nova-pro"], []),
        (["--sort", "oldest"], ["Support-0123456789-00112233445566778899", "by-hand"]),
    ],
)
def test_filters_leave_only_what_fits(filled: Desk, filters: list[str], names: list[str]) -> None:
    listed = json.loads(filled.run("list", "jobs", "--json", *filters)[1])
    assert [each["name"] for each in listed] == names


def test_a_status_lists_only_the_kinds_that_have_it(filled: Desk) -> None:
    screen = filled.run("list", "--status", "InService")[1]
    assert "Provisioned Throughput (1)" in screen
    assert "Custom models" not in screen


def test_models_that_others_share_are_no_models_of_ours(filled: Desk) -> None:
    assert filled.run("list", "--shared")[1] == "Custom models: none\n"
    assert "Support" in filled.run("list", "--owned")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["jobs", "--status", "Done"], "--status of jobs must be one of InProgress, Completed, Failed, Stopping"),
        (["--status", "Done"], "--status must be one of Active, Completed, Creating"),
        (["jobs", "--created-after", "yesterday"], "a time must be a date, or how long ago, got 'yesterday'"),
        (["jobs", "--shared"], "use: bedrock-models list models --shared"),
    ],
)
def test_wrong_filters_are_explained(
    desk: Desk, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert desk.run("list", *arguments)[0] == 2
    assert said in capsys.readouterr().err


def test_all_pages_are_read_and_throttling_is_waited_out(desk: Desk) -> None:
    desk.bedrock.config.quotas = Quotas(page_size=2, concurrent_customization_jobs=9)
    for number in range(5):
        desk.job(f"run-{number}")
    desk.bedrock.faults.add(operation="ListModelCustomizationJobs", fault=Fault.THROTTLE, times=2)
    assert len(json.loads(desk.run("list", "jobs", "--json")[1])) == 5


def test_imported_models_are_listed_by_their_architecture(desk: Desk) -> None:
    desk.imported("writer", tags=tags_of(stack_id("Models"), "Writer"))

    code, screen = desk.run("list", "imported-models")

    assert code == 0
    assert "Models" in screen
    cost = (
        "3.90 USD a month of storage, and 0.11 USD a minute for each copy while it is called, by prices of 2026-09-12"
    )
    assert screen.splitlines()[-1] == f"writer: 2 custom model units: {cost}"
    [listed] = json.loads(desk.run("list", "imported-models", "--json")[1])
    assert listed["customModelUnits"] == {"perCopy": 2, "version": "v1.0"}
    assert desk.run("list", "imported-models", "--status", "Active")[0] == 2


@pytest.mark.parametrize("code", ["UnknownOperationException", "ValidationException"])
def test_a_region_without_imports_has_none(desk: Desk, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    def refuse(**_: object) -> Iterator[None]:
        yield from ()
        raise ClientError({"Error": {"Code": code, "Message": "not here"}}, "ListImportedModels")

    paginator = desk.api.get_paginator
    monkeypatch.setattr(
        desk.api,
        "get_paginator",
        lambda name: SimpleNamespace(paginate=refuse) if name == "list_imported_models" else paginator(name),
    )

    assert desk.run("list", "imported-models") == (0, "Imported models: none\n")
