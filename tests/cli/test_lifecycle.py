"""What is trained from, or serves, a base model that comes to its end is told by doctor, list and orphans."""

import json
from datetime import timedelta
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_bedrock as bedrock

from constructs_lib import Customization, TeacherModel
from local.bedrock import Fault
from tests.cli.conftest import NOVA, Desk, tags_of
from tests.cli.fakes import stack_id
from tests.cli.test_doctor import _examined, _job

LITE = "amazon.nova-lite-v1:0"


def live(desk: Desk, model: str, **days: int) -> None:
    now = desk.clock.now()
    desk.bedrock.set_lifecycle(model, **{name: now + timedelta(days=each) for name, each in days.items()})


@pytest.mark.parametrize(
    ("days", "verdict", "text"),
    [
        ({"end": 60}, "warning", "serves until"),
        ({"legacy": 0, "end": 300}, "problem", "it takes no new jobs"),
        ({"legacy": -200, "end": -1}, "problem", "is Ended"),
        ({"end": 200}, "ok", "Active, ends"),
        ({}, "ok", "Active"),
    ],
)
def test_doctor_tells_how_long_the_base_model_lives(
    desk: Desk, tmp_path: Path, days: dict[str, int], verdict: str, text: str
) -> None:
    live(desk, LITE, **days)
    [found] = [each for each in _examined(desk, tmp_path, _job)[verdict] if each["check"] == "life"]
    assert text in found["text"]


def test_doctor_tells_of_a_teacher_that_has_ended(desk: Desk, tmp_path: Path) -> None:
    live(desk, "amazon.nova-pro-v1:0", legacy=-200, end=-1)

    def distilled(stack: cdk.Stack) -> None:
        nova_pro = bedrock.FoundationModelIdentifier("amazon.nova-pro-v1:0")
        teacher = TeacherModel.from_model(bedrock.FoundationModel.from_foundation_model_id(stack, "Pro", nova_pro))
        _job(stack, customization=Customization.distillation(teacher_model=teacher))

    [found] = [each for each in _examined(desk, tmp_path, distilled)["problem"] if each["check"] == "life"]
    assert "the teacher amazon.nova-pro-v1:0 is Ended" in found["text"]


def test_what_stands_on_a_model_that_ends_is_listed_with_the_date(desk: Desk) -> None:
    model = desk.trained("support")
    desk.deployment(model, "live")
    desk.throughput(NOVA, "bought")
    live(desk, NOVA, end=80)
    _, screen = desk.run("list")
    [line] = [line for line in screen.splitlines() if "Active, ends 20" in line]
    assert line.strip().startswith(NOVA)
    assert {"support-model", "live", "bought"} <= set(line.rpartition(": ")[2].split(", "))
    assert "support" not in line.rpartition(": ")[2].split(", "), "a run that has ended"


@pytest.mark.parametrize(("days", "is_told"), [("79", False), ("81", True)])
def test_how_near_is_near_can_be_said(desk: Desk, days: str, is_told: bool) -> None:
    desk.throughput(NOVA)
    live(desk, NOVA, end=80)
    assert ("Base models that end" in desk.run("list", "--ends-within", days)[1]) is is_told


def test_orphans_tells_of_what_has_its_stack_too(desk: Desk) -> None:
    desk.throughput(NOVA, "bought", tags=tags_of(stack_id("Gone"), "Bought"))
    live(desk, NOVA, legacy=0)
    assert f"{NOVA}  Legacy: bought" in desk.run("orphans")[1]


def test_nothing_is_said_of_models_that_live_on_and_of_imported_ones(desk: Desk) -> None:
    desk.throughput(NOVA)
    assert "Base models that end" not in desk.run("list")[1]
    assert "Base models that end" not in desk.run("orphans")[1]


def test_json_has_status_and_end(desk: Desk) -> None:
    desk.throughput(NOVA)
    live(desk, NOVA, legacy=-1, end=80)
    [bought] = json.loads(desk.run("list", "throughput", "--json")[1])
    assert bought["baseModelStatus"] == "Legacy"
    assert bought["baseModelEnds"].startswith("20")


def test_credentials_that_may_not_ask_see_the_list_all_the_same(desk: Desk) -> None:
    desk.throughput(NOVA)
    desk.bedrock.faults.add("ListFoundationModels", Fault.ACCESS_DENIED, times=9)
    code, screen = desk.run("list")
    assert (code, "bought" in screen) == (0, True)


def test_models_that_take_no_new_jobs_show_when_asked_for(desk: Desk) -> None:
    live(desk, LITE, legacy=0)
    assert LITE not in desk.run("models")[1]
    assert f"{LITE}  " in desk.run("models", "--all", width=300)[1]
