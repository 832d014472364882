"""What a person meets before any command begins: help, missing extras, missing credentials; and the package's walls."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from bedrock_models import contract
from bedrock_models.context import Aws, Context, console
from bedrock_models.doctor import life
from bedrock_models.main import main
from constructs_lib.core import contract as library
from constructs_lib.customization.teacher_model import REGIONS_OF
from local.bedrock import Fault
from provider.cloudformation import identity
from provider.cloudformation.resource_settings import ResourceSettings
from provider.lifecycle import base_model_life
from tests.cli.conftest import Desk

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cli" / "bedrock_models"


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that knows neither credentials nor a Region."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("command", ["list", "watch", "invoke", "stop", "plot", "orphans", "adopt", "doctor"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as over:
        main([command, "--help"])
    assert over.value.code == 0
    assert "--profile NAME" in capsys.readouterr().out


@pytest.mark.parametrize("package", ["boto3", "botocore.exceptions", "rich.console"])
def test_a_missing_extra_is_named(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "bedrock_models.context", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["list", "--region", "us-east-1"]) == 2
    assert "install it with: pip install 'cdk-bedrock-custom-models[cli]'" in capsys.readouterr().err


def test_a_picture_names_the_extra_that_draws_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.trained()
    monkeypatch.delitem(sys.modules, "bedrock_models.commands.plot.picture", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert desk.run("plot", "run", "--output", "losses.png")[0] == 2
    assert "cdk-bedrock-custom-models[plot]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list"], "A Region is needed, got none; add --region us-east-1"),
        (["list", "--region", "us-east-1"], "Credentials are needed, got none; add --profile NAME"),
        (["list", "--profile", "nobody"], "list the profiles there are with: aws configure list-profiles"),
    ],
)
@pytest.mark.usefixtures("nobody")
def test_what_is_missing_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--endpoint-url", "localhost:4566"], "must begin with https:// or http:// and a host"),
        (["list", "--endpoint-url", "https://[::1"], "must begin with https:// or http:// and a host"),
        (["list", "--endpoint-url", "https://"], "must begin with https:// or http:// and a host"),
        (["watch", "Models", "--interval", "soon"], "must be a number of seconds above 0, got 'soon'"),
        (["watch", "Models", "--interval", "nan"], "must be a number of seconds above 0, got 'nan'"),
    ],
)
def test_a_malformed_option_is_refused_before_anything_is_asked(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as over:
        main(arguments)
    assert over.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variables", "arguments", "said"),
    [
        ({"AWS_ENDPOINT_URL": "nowhere"}, ["--region", "us-east-1"], "check --endpoint-url and the variables"),
        ({"AWS_ENDPOINT_URL": "https://a b:c"}, ["--region", "us-east-1"], "check --endpoint-url and the variables"),
        ({}, ["--region", "us east"], "a Region is written like us-east-1"),
        ({"AWS_REGION": "us-east-1"}, ["--created-after", "99999999999999d"], "a time must be a date"),
    ],
)
@pytest.mark.usefixtures("nobody")
def test_a_wrong_endpoint_region_or_time_is_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variables: dict[str, str],
    arguments: list[str],
    said: str,
) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **variables}.items():
        monkeypatch.setenv(name, value)
    assert main(["list", "models", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("given", "variables", "region"),
    [
        (None, {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        (None, {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-west-2"}, "eu-west-1"),
        (None, {"AWS_DEFAULT_REGION": "us-west-2"}, "us-west-2"),
        (None, {"AWS_PROFILE": "models"}, "ap-south-1"),
        (None, {"AWS_PROFILE": "models", "AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ("us-east-1", {"AWS_PROFILE": "models", "AWS_REGION": "eu-west-1"}, "us-east-1"),
    ],
)
@pytest.mark.usefixtures("nobody")
def test_the_region_is_looked_up_in_the_order_of_the_aws_cli(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str | None, variables: dict[str, str], region: str
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile models]\nregion = ap-south-1\n")
    for name, value in {"AWS_CONFIG_FILE": str(config), **variables}.items():
        monkeypatch.setenv(name, value)
    assert Aws(region=given).region == region


@pytest.mark.usefixtures("nobody")
def test_ctrl_c_before_anything_was_asked_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bedrock_models.main._run", interrupt)
    assert main(["list"]) == 130


def test_a_refused_call_names_its_action(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    refusal = "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:ListCustomModels on resource: *"
    desk.bedrock.faults.add("ListCustomModels", Fault.ACCESS_DENIED, refusal, times=9)
    assert desk.run("list", "models")[0] == 2
    assert "These credentials may not do bedrock:ListCustomModels; allow it" in capsys.readouterr().err


def test_a_pipe_gets_no_escape_codes_even_where_ci_forces_colors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    context = Context(aws=None, screen=console())
    context.say("red", style="red")
    assert not context.screen.is_terminal
    assert capsys.readouterr().out == "red\n"


def test_the_words_are_those_of_templates_and_tags() -> None:
    shared = [name for name in vars(contract) if name.isupper() and name != "NESTED_STACK_TYPE"]
    assert {name: getattr(contract, name) for name in shared} == {name: getattr(library, name) for name in shared}


def test_owner_and_scope_are_those_of_the_provider() -> None:
    root = "arn:aws:cloudformation:us-east-1:1:stack/Models/0000"
    assert contract.owner(root, "Job") == identity.owner(root, "Job")
    assert contract.scope_of_path("Models", "Team/Job") == identity.scope(ResourceSettings(path="Team/Job"), root)
    assert contract.scope_of_lock("support") == identity.scope(ResourceSettings(lock_id="support"), root)


def test_no_module_imports_another_program() -> None:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        # The plan runs the handlers themselves: another decision beside theirs would differ one day.
        own = {"provider"} if path.parent.name == "plan" else set()
        assert not _roots(ast.walk(tree)) & {"aws_cdk", "constructs", "jsii", "provider", "local", "index"} - own, path
        # The checkers of records are borrowed, but not before there are records.
        assert "constructs_lib" not in _roots(tree.body), path


def _roots(nodes: Iterable[ast.AST]) -> set[str]:
    found = list(nodes)
    plain = {alias.name for node in found if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.split(".")[0] for name in plain | {node.module or "" for node in found if isinstance(node, ast.ImportFrom)}
    }


def test_the_checkouts_launcher_runs_from_anywhere_and_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "bedrock-models"
    link.symlink_to(ROOT / "scripts" / "bedrock-models")
    ran = subprocess.run([str(link), "--help"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "invoke" in ran.stdout


def test_both_sides_know_the_geographies_that_the_library_knows() -> None:
    """In front of a model's id in that of an inference profile; the expression is one where no import may cross."""
    known = {*REGIONS_OF, "global"}
    for geography in known:
        profile = f"{geography}.amazon.nova-pro-v1:0"
        assert life.GEOGRAPHY.sub("", profile) == base_model_life._GEOGRAPHY.sub("", profile) == "amazon.nova-pro-v1:0"
    assert life.GEOGRAPHY.pattern == base_model_life._GEOGRAPHY.pattern
    assert {*re.findall(r"[a-z-]+(?=[|)])", life.GEOGRAPHY.pattern)} == known
