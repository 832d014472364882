"""`models` shows which base models can be customized here, with what is documented of them."""

import json
import subprocess
import sys
from pathlib import Path

from bedrock_models.bedrock import documented
from constructs_lib.customization import base_models
from tests.cli.conftest import Desk

ROOT = Path(__file__).parents[2]


def test_it_reads_the_librarys_own_file() -> None:
    assert documented.everything() == base_models.documented()


def test_each_model_shows_how_it_is_customized_and_within_which_bounds(desk: Desk) -> None:
    code, screen = desk.run("models", width=300)
    assert code == 0
    [line] = [line for line in screen.splitlines() if line.startswith("amazon.nova-lite-v1:0 ")]
    assert "fine-tuning, distillation, teacher: amazon.nova-pro-v1:0" in line
    assert "epochCount 1 to 5 (default 2)" in line
    assert "Active" in line
    assert "as documented on 2026-" in screen


def test_a_type_that_the_api_does_not_list_is_documented(desk: Desk) -> None:
    _, screen = desk.run("models", "--customization", "REINFORCEMENT_FINE_TUNING", "--json")
    assert {each["name"] for each in json.loads(screen)} == {"Nova 2 Lite"}


def test_only_models_of_a_type_can_be_asked_for(desk: Desk) -> None:
    _, screen = desk.run("models", "--customization", "DISTILLATION", "--json")
    found = json.loads(screen)
    assert found
    assert all("DISTILLATION" in each["customizations"] for each in found)


def test_json_has_the_bounds_and_the_life(desk: Desk) -> None:
    _, screen = desk.run("models", "--json")
    [nova] = [each for each in json.loads(screen) if each["id"] == "amazon.nova-micro-v1:0"]
    assert nova["hyper_parameters"]["epochCount"] == {"least": "1", "most": "5", "default": "2"}
    assert nova["life"] == {"status": "Active", "legacy": None, "end": None}


def test_the_file_is_read_without_the_cdk() -> None:
    module = "bedrock_models.bedrock.documented"
    program = f"import sys; import {module} as file; file.everything(); print('aws_cdk' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "cli",
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "False\n"
